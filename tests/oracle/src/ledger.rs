//! One sprint's report from the walks of its issues.

use std::collections::BTreeMap;

use crate::archive::Archive;
use crate::issue::Issue;
use crate::moments::{Moment, moments};
use crate::points::Points;
use crate::report::{Entry, IssueCounts, Item, Kind, Outcome, PointSums, Report};
use crate::sprint::{Board, Sprint};
use crate::timeline::Step;
use crate::walk::{Span, Walk, walk};

/// A report in the making: the walks that count, and what is listed.
#[derive(Debug, Default)]
struct Rows<'a> {
    counted: Vec<(&'a Issue, Walk)>,
    subtasks: Vec<(&'a Issue, Walk)>,
}

/// The report of a sprint; none before it starts (case 41).
pub(crate) fn report(
    archive: &Archive,
    board: &Board,
    sprint: &Sprint,
    timelines: &BTreeMap<String, Vec<Step>>,
) -> Option<Report> {
    let start = sprint.start.filter(|_| sprint.has_report())?;
    let span = Span { start, end: sprint.end.unwrap_or(i64::MAX) };
    let mut rows = Rows::default();
    for (id, steps) in timelines {
        let Some(issue) = archive.issues.get(id) else {
            continue;
        };
        let moments = moments(archive, board, sprint, steps);
        rows.add(issue, &moments, span);
    }
    Some(Report {
        sprint: sprint.id,
        board: board.id,
        points: rows.points(history_missing(archive, &rows)),
        issues: rows.issues(history_missing(archive, &rows)),
        unestimated: rows.unestimated(),
        items: rows.items(),
        entries: rows.entries(),
    })
}

/// Rule 7: whether the report rests on issues without a changelog, or the
/// archive has no changelog at all.
fn history_missing(archive: &Archive, rows: &Rows<'_>) -> bool {
    let none_at_all = archive.issues.values().all(|issue| issue.changes.is_none());
    rows.counted.iter().any(|(issue, _)| issue.changes.is_none())
        || (none_at_all && !archive.issues.is_empty())
}

impl<'a> Rows<'a> {
    /// Walks an issue as one that counts, that is while it is no sub-task, so
    /// that a change of type is `REMOVE` or `ADD` (case 15). One that was
    /// here as a sub-task alone is listed, but in no number (rule 5).
    fn add(&mut self, issue: &'a Issue, moments: &[Moment], span: Span) {
        let counted = walk(moments, span, |moment| moment.member && !moment.subtask);
        if counted.outcome.is_some() {
            self.counted.push((issue, counted));
            return;
        }
        let any = walk(moments, span, |moment| moment.member);
        if any.outcome.is_some() {
            self.subtasks.push((issue, any));
        }
    }

    fn sum(&self, kinds: &[Kind]) -> Points {
        let entries = self.counted.iter().flat_map(|(_, walk)| &walk.entries);
        let chosen = entries.filter(|entry| kinds.contains(&entry.kind));
        chosen.fold(Points::default(), |sum, entry| sum.plus(entry.delta))
    }

    fn count_entries(&self, kinds: &[Kind]) -> u64 {
        let entries = self.counted.iter().flat_map(|(_, walk)| &walk.entries);
        count(entries.filter(|entry| kinds.contains(&entry.kind)))
    }

    fn with(&self, outcomes: &[Outcome]) -> impl Iterator<Item = &Walk> {
        let walks = self.counted.iter().map(|(_, walk)| walk);
        walks.filter(|walk| walk.outcome.is_some_and(|outcome| outcomes.contains(&outcome)))
    }

    fn points(&self, history_missing: bool) -> PointSums {
        let known = |points| if history_missing { None } else { Some(points) };
        let state = |outcomes: &[Outcome]| {
            let estimates = self.with(outcomes).filter_map(|walk| walk.last);
            Some(estimates.fold(Points::default(), Points::plus))
        };
        PointSums {
            committed: known(self.sum(&[Kind::Commit])),
            added: known(self.sum(&[Kind::Add, Kind::Reopen])),
            removed: known(Points::default().minus(self.sum(&[Kind::Remove]))),
            reestimated: known(self.sum(&[Kind::Reestimate])),
            final_scope: state(&[Outcome::Completed, Outcome::NotCompleted]),
            completed: state(&[Outcome::Completed]),
            not_completed: state(&[Outcome::NotCompleted]),
        }
    }

    fn issues(&self, history_missing: bool) -> IssueCounts {
        let known = |number| if history_missing { None } else { Some(number) };
        let reestimated =
            |walk: &&(&Issue, Walk)| walk.1.entries.iter().any(|entry| entry.kind == Kind::Reestimate);
        let scope = [Outcome::Completed, Outcome::NotCompleted];
        IssueCounts {
            committed: known(self.count_entries(&[Kind::Commit])),
            added: known(self.count_entries(&[Kind::Add, Kind::Reopen])),
            removed: known(self.count_entries(&[Kind::Remove])),
            reestimated: known(count(self.counted.iter().filter(reestimated))),
            final_scope: Some(count(self.with(&scope))),
            completed: Some(count(self.with(&[Outcome::Completed]))),
            not_completed: Some(count(self.with(&[Outcome::NotCompleted]))),
            done_before_start: count(self.with(&[Outcome::DoneBeforeStart])),
            done_outside: count(self.with(&[Outcome::DoneOutside])),
        }
    }

    /// Rule 8: in the final scope with no estimate at E.
    fn unestimated(&self) -> u64 {
        let scope = [Outcome::Completed, Outcome::NotCompleted];
        count(self.with(&scope).filter(|walk| walk.last.is_none()))
    }

    fn items(&self) -> Vec<Item> {
        let counted = self.counted.iter().map(|(issue, walk)| (issue, walk, false));
        let subtasks = self.subtasks.iter().map(|(issue, walk)| (issue, walk, true));
        let rows = counted.chain(subtasks);
        let mut items: Vec<Item> =
            rows.filter_map(|(issue, walk, subtask)| item(issue, walk, subtask)).collect();
        items.sort_by(|one, other| one.issue.cmp(&other.issue));
        items
    }

    /// The ledger; an issue without a changelog has none that could be told.
    fn entries(&self) -> Vec<Entry> {
        let told = self.counted.iter().filter(|(issue, _)| issue.changes.is_some());
        let mut entries: Vec<Entry> = told
            .flat_map(|(issue, walk)| {
                walk.entries.iter().map(|entry| Entry {
                    kind: entry.kind,
                    at: entry.at,
                    issue: issue.key.clone(),
                    delta: entry.delta.0,
                })
            })
            .collect();
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}

fn item(issue: &Issue, walk: &Walk, subtask: bool) -> Option<Item> {
    let entered = |kinds: &[Kind]| walk.entries.iter().any(|entry| kinds.contains(&entry.kind));
    Some(Item {
        issue: issue.key.clone(),
        outcome: walk.outcome?,
        subtask,
        committed: entered(&[Kind::Commit]),
        added: entered(&[Kind::Add, Kind::Reopen]),
        initial: walk.initial,
        last: walk.last,
    })
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |number, _| number + 1)
}
