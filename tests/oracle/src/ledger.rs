//! One sprint's report from the walks of its issues.

use std::collections::BTreeMap;

use crate::policy::Mode;
use crate::predictability::Predictability;
use crate::report::{Entry, Item, Kind, Report};
use crate::rows::{Row, rows, span};
use crate::shares::Shares;
use crate::sprint::Sprint;
use crate::tally::{Judged, Tally};
use crate::timeline::Step;
use crate::view::View;
use crate::walk::Happening;

/// The report of a sprint; none before it starts (case 41).
pub(crate) fn report(
    view: &View<'_>,
    sprint: &Sprint,
    timelines: &BTreeMap<String, Vec<Step>>,
) -> Option<Report> {
    let span = span(view, sprint)?;
    let mut rows = rows(view, sprint, span, timelines);
    let missing = history_missing(view, &rows);
    if view.policy.mode == Mode::Final {
        // While the sprint is open its end is not known.
        let end = sprint.end.unwrap_or(span.start);
        rows.iter_mut().for_each(|row| row.walk.commit_the_end(end));
    }
    let judged: Vec<Judged<'_>> = rows.into_iter().map(|row| Judged::new(view, row)).collect();
    let tally = Tally::new(&judged, missing);
    let (points, issues) = (tally.points(), tally.issues());
    let kept = tally.completed_committed();
    Some(Report {
        sprint: sprint.id,
        board: view.board.id,
        predictability: Some(Predictability::new(&points, &issues, &kept)),
        completed_committed: Some(kept),
        disciplines: tally.disciplines(),
        unestimated: tally.unestimated(),
        points,
        issues,
        items: items(&judged),
        entries: entries(&judged),
    })
}

/// Rule 7: whether the report rests on issues without a changelog, be it for
/// the points they bear, or the archive has no changelog at all.
fn history_missing(view: &View<'_>, rows: &[Row<'_>]) -> bool {
    let issues = &view.archive.issues;
    let none_at_all = issues.values().all(|issue| issue.changes.is_none());
    let has_none = |bearer: &String| issues.get(bearer).is_some_and(|issue| issue.changes.is_none());
    let mut counted = rows.iter().filter(|row| row.counted);
    let rests_on_none = counted.any(|row| {
        let mut bearers = row.walk.entries.iter().flat_map(|entry| entry.delta.bearers());
        row.issue.changes.is_none() || bearers.any(has_none)
    });
    rests_on_none || (none_at_all && !issues.is_empty())
}

fn items(judged: &[Judged<'_>]) -> Vec<Item> {
    let mut items: Vec<Item> = judged.iter().filter_map(item).collect();
    items.sort_by(|one, other| one.issue.cmp(&other.issue));
    items
}

fn item(judged: &Judged<'_>) -> Option<Item> {
    let walk = &judged.row.walk;
    let entered = |kinds: &[Kind]| walk.entries.iter().any(|entry| kinds.contains(&entry.kind));
    Some(Item {
        issue: judged.row.issue.key.clone(),
        outcome: walk.outcome?,
        subtask: judged.row.subtask,
        committed: entered(&[Kind::Commit]),
        added: entered(&[Kind::Add, Kind::Reopen]),
        initial: walk.initial,
        last: walk.last,
        discipline: judged.verdict.discipline.clone(),
        rule: judged.verdict.rule.clone(),
    })
}

/// The ledger; an issue without a changelog has none that could be told.
fn entries(judged: &[Judged<'_>]) -> Vec<Entry> {
    let told = judged.iter().map(|judged| &judged.row);
    let told = told.filter(|row| row.counted && row.issue.changes.is_some());
    let mut entries: Vec<Entry> = told.flat_map(entries_of).collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

/// A change of who bears the same points is none of the ledger.
fn entries_of<'a>(row: &'a Row<'_>) -> impl Iterator<Item = Entry> + 'a {
    let told = |entry: &&Happening| entry.kind != Kind::Reestimate || entry.is_reestimate();
    row.walk.entries.iter().filter(told).map(|entry| Entry {
        kind: entry.kind,
        at: entry.at,
        issue: row.issue.key.clone(),
        delta: Shares::total(&entry.delta).0,
    })
}
