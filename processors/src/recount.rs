//! A sprint's numbers by definitions that are not stored: another mode, another policy for sub-tasks or for what is done.
//!
//! Nothing is counted differently here: the histories go through the same account, contributions, sums and reports as in
//! the processors, read by other rules.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::board::{Board, Field, Status};
use tidemark_model::facts::{
    BoardSprint, LedgerEntry, Mode, Outcome, SprintDiscipline, SprintItem, SprintReport,
};
use tidemark_model::membership::{SprintIssue, Successors};
use tidemark_model::policy::Policy;
use tidemark_model::sprint::Sprint;
use tidemark_model::sums::{DisciplineTotal, Sum};
use tidemark_model::{Key, Points};

use crate::claims::teams_of;
use crate::contribution::{discipline_of, subtasks_of};
use crate::explain::{Piece, Unit};
use crate::fields::estimation_field;
use crate::issue_part::{IssuePart, Place, blank_item, counted_item, issue_part, ledger_entry};
use crate::ledger::{Account, Keeping, Part, account};
use crate::rules::{Reading, Rules, Window};
use crate::sprint_reports::report;
use crate::totals::discipline_report;

/// Everything that a sprint's numbers on a board are computed from.
#[derive(Clone, Copy)]
pub struct Stated<'a> {
    pub sprint: &'a Sprint,
    /// What is known of the sprints that its issues moved on to, where it was opened again.
    pub successors: Option<&'a Successors>,
    /// The sprint as the board shows it.
    pub shown: &'a BoardSprint,
    pub boards: &'a BTreeMap<Key, Board>,
    pub fields: &'a BTreeMap<Key, Field>,
    pub statuses: &'a BTreeMap<Key, Status>,
    pub policy: &'a Policy,
    /// The histories of the issues that ever were in the sprint.
    pub issues: &'a [SprintIssue],
}

/// A sprint, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Recount {
    pub report: SprintReport,
    /// By name; none where the sprint has not started.
    pub disciplines: Vec<SprintDiscipline>,
    /// By issue. In mode `final` they say what the sprint is taken to have been.
    pub items: Vec<SprintItem>,
    /// By issue and entry, without `CARRY_IN`, which other sprints decide. In mode `final` the history is that of
    /// `jira_cloud`: only its end counts.
    pub entries: Vec<LedgerEntry>,
}

/// A discipline's part of a sprint: its report, and the accounts that make it.
#[derive(Debug, Clone, PartialEq)]
pub struct DisciplinePart {
    pub report: SprintReport,
    pub pieces: Vec<Piece>,
}

/// Counts a sprint by these definitions.
pub fn recount(stated: &Stated<'_>, reading: Reading) -> Recount {
    let (parts, sums) = Desk::of(*stated).count(reading);
    let total = |(discipline, sum): (&String, &Sum)| DisciplineTotal {
        source: stated.shown.source.clone(),
        board_id: stated.shown.board_id.clone(),
        sprint_id: stated.shown.sprint_id.clone(),
        discipline: discipline.clone(),
        sum: sum.clone(),
    };
    let disciplines = sums.iter().map(total).filter_map(|total| discipline_report(&total, reading.mode));
    let (items, entries): (Vec<SprintItem>, Vec<Vec<LedgerEntry>>) =
        parts.into_iter().map(|part| (part.item, part.entries)).unzip();
    let as_read = |item| if reading.mode == Mode::Final { as_final(item) } else { item };
    Recount {
        report: report(stated.shown, &whole(&sums), reading.mode),
        disciplines: disciplines.collect(),
        items: items.into_iter().map(as_read).collect(),
        entries: entries.into_iter().flatten().collect(),
    }
}

/// A discipline's part of a sprint by these definitions; else the disciplines that there are.
pub fn of_discipline(
    stated: &Stated<'_>,
    reading: Reading,
    discipline: &str,
) -> Result<DisciplinePart, Vec<String>> {
    let desk = Desk::of(*stated);
    let (_, sums) = desk.count(reading);
    let Some(sum) = sums.get(discipline) else { return Err(sums.into_keys().collect()) };
    let report = report(stated.shown, sum, reading.mode);
    let rules = desk.rules(told_by(reading));
    let pieces = stated.issues.iter().flat_map(|issue| pieces(issue, desk.place(), &rules));
    Ok(DisciplinePart {
        report,
        pieces: pieces.filter(|piece| piece.item.discipline == discipline).collect(),
    })
}

/// A sprint on its board, ready to be counted.
struct Desk<'a> {
    stated: Stated<'a>,
    board: Option<&'a Board>,
    teams: BTreeSet<&'a str>,
}

impl<'a> Desk<'a> {
    fn of(stated: Stated<'a>) -> Self {
        let BoardSprint { source, board_id, .. } = stated.shown;
        let native = board_id.strip_prefix(source.as_str()).and_then(|rest| rest.strip_prefix('/'));
        let board = native.and_then(|native| stated.boards.get(&Key::of([source.as_str(), native])));
        Self { stated, board, teams: teams_of(stated.policy, board_id) }
    }

    fn rules(&self, reading: Reading) -> Rules<'a> {
        let Stated { sprint, statuses, fields, policy, .. } = self.stated;
        let estimation_field = estimation_field(&sprint.source, self.board, fields, policy);
        Rules::of(&sprint.source, self.board, statuses, estimation_field, reading)
    }

    fn place(&self) -> Place<'_> {
        let Stated { sprint, successors, shown, .. } = self.stated;
        Place { sprint, successors, board_id: &shown.board_id, teams: &self.teams }
    }

    /// The part of each issue as it is read, and the sums by discipline in every mode.
    fn count(&self, reading: Reading) -> (Vec<IssuePart>, BTreeMap<String, Sum>) {
        // As in the processor, every mode's sums come with those of `jira_cloud`.
        let rules = self.rules(Reading { mode: Mode::JiraCloud, ..reading });
        let read = told_by(reading);
        let mut parts = Vec::new();
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        for issue in self.stated.issues {
            let part = issue_part(issue, self.place(), &rules);
            for contribution in part.iter().flat_map(|part| &part.contributions) {
                sums.entry(contribution.discipline.clone()).or_default().add(&contribution.sum);
            }
            let same = read == rules.reading();
            parts.extend(if same { part } else { issue_part(issue, self.place(), &rules.with(read)) });
        }
        (parts, sums)
    }
}

/// Mode `final` is told by the history of `jira_cloud`.
fn told_by(reading: Reading) -> Reading {
    let mode = if reading.mode == Mode::Final { Mode::JiraCloud } else { reading.mode };
    Reading { mode, ..reading }
}

fn whole(sums: &BTreeMap<String, Sum>) -> Sum {
    let mut whole = Sum::default();
    for sum in sums.values() {
        whole.add(sum);
    }
    whole
}

/// An issue's accounts by discipline: one, unless its sub-tasks' estimates are rolled up. Then its points are its own
/// and its sub-tasks', and as an issue it counts in its own discipline.
fn pieces(issue: &SprintIssue, place: Place<'_>, rules: &Rules<'_>) -> Vec<Piece> {
    let Some(IssuePart { item, entries, .. }) = issue_part(issue, place, rules) else { return Vec::new() };
    let subtasks = if rules.rolls_up() { subtasks_of(issue) } else { BTreeSet::new() };
    if subtasks.is_empty() || entries.is_empty() {
        return vec![Piece { item, entries, only: None, subtask_id: None }];
    }
    let window = Window::of(place.sprint, place.successors);
    let kept = |part| account(issue, &window, Keeping { rules, part, with_subtasks: false });
    let piece = |account: &Account, discipline: String, subtask: Option<&str>| {
        let item = SprintItem { discipline, ..counted_item(blank_item(issue, place), account, place) };
        let entries = account.entries.iter().zip(1..);
        Piece {
            entries: entries.map(|(entry, number)| ledger_entry(&item, entry, number)).collect(),
            item,
            only: Some(Unit::Points),
            subtask_id: subtask.map(|id| format!("{}/{id}", issue.source)),
        }
    };
    let own = kept(Part::Own).map(|own| piece(&own, item.discipline.clone(), None));
    let rolled = subtasks.iter().filter_map(|id| {
        let rolled = kept(Part::Subtask(id))?;
        Some(piece(&rolled, discipline_of(id, &rolled, &item.discipline, place), Some(id)))
    });
    let mut pieces: Vec<Piece> = own.into_iter().chain(rolled).collect();
    pieces.push(Piece { item, entries, only: Some(Unit::Issues), subtask_id: None });
    pieces
}

/// An item in mode `final`: what is in scope at the end was committed, and nothing changed.
fn as_final(item: SprintItem) -> SprintItem {
    // What is not known of an issue without a history is not known in this mode either; what is planned has no numbers.
    if item.committed.is_none() {
        return item;
    }
    let kept = item.counted && matches!(item.outcome, Outcome::Completed | Outcome::NotCompleted);
    let marks: Vec<&str> = item.marks.split(' ').filter(|mark| *mark != "reestimated").collect();
    let nothing = Some(Points::ZERO);
    SprintItem {
        committed: Some(kept),
        added: Some(false),
        initial_points: if kept { item.final_points } else { item.initial_points },
        committed_points: Some(item.final_scope_points),
        added_points: nothing,
        removed_points: nothing,
        reestimated_points: nothing,
        reestimated_added_points: nothing,
        reestimated_done_points: nothing,
        added_entries: Some(0),
        removed_entries: Some(0),
        marks: marks.join(" "),
        ..item
    }
}

#[cfg(test)]
mod tests;
