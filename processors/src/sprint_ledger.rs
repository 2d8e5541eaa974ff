//! Each issue's account with each sprint, as ledger entries and as one item that the report sums.

use tidemark_model::board::{Board, Field, Status};
use tidemark_model::facts::{LedgerEntry, Outcome, SprintItem};
use tidemark_model::issue::Standing;
use tidemark_model::membership::{ChangeRef, SprintIssue, SprintIssueState, StepTo};
use tidemark_model::sprint::{Sprint, SprintState};
use tidemark_model::{Key, Points, Row, Rows, Timestamp};
use tidemark_stream::{Processor, Spec, Tables};

use crate::ledger::{Account, Entry, account, apply, estimate};
use crate::rules::{Rules, Window, boards_of};

/// Ledger entries and one item per board, sprint and issue.
pub struct SprintLedger;

impl Processor for SprintLedger {
    fn spec(&self) -> Spec {
        Spec {
            name: "sprint_ledger",
            version: 1,
            // Source, sprint and issue: a change of the sprint touches all of its issues.
            group_parts: 3,
            inputs: &[Sprint::TABLE, SprintIssue::TABLE],
            globals: &[Board::TABLE, Field::TABLE, Status::TABLE],
            outputs: &[SprintItem::TABLE, LedgerEntry::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(issue) = tables.get::<SprintIssue>(group) else { return };
        let sprint = group.prefix(2).and_then(|sprint| tables.shared::<Sprint>(&sprint));
        let Some(sprint) = sprint else { return };
        let (boards, fields, statuses) =
            (tables.global::<Board>(), tables.global::<Field>(), tables.global::<Status>());
        for shown in boards_of(&sprint, &boards) {
            let rules = Rules::of(&sprint.source, shown.board, &statuses, &fields);
            let board_id = format!("{}/{}", sprint.source, shown.board_id);
            item_rows(&issue, &sprint, &rules, board_id, out);
        }
    }
}

fn item_rows(issue: &SprintIssue, sprint: &Sprint, rules: &Rules<'_>, board_id: String, out: &mut Rows) {
    let blank = blank_item(issue, sprint, board_id);
    let window = Window { started_at: sprint.now.started_at(), ended_at: sprint.now.closed_at() };
    if sprint.now.state == SprintState::Future {
        out_planned(issue, rules, blank, out);
    } else if !issue.history_complete || window.started_at.is_none() {
        out_without_history(issue, window, rules, blank, out);
    } else if let Some(counted) = account(issue, window, rules, false) {
        for (entry, number) in counted.entries.iter().zip(1..) {
            out.push(&ledger_entry(&blank, entry, number));
        }
        out.push(&SprintItem {
            subtask: subtask_at_end(issue, window),
            ..counted_item(blank, &counted, issue)
        });
    } else if let Some(shown) = account(issue, window, rules, true) {
        // A sub-task is listed and marked, and counts in no number (rule 5).
        out.push(&SprintItem {
            outcome: outcome(&shown),
            subtask: true,
            committed: Some(false),
            added: Some(false),
            initial_points: shown.initial_estimate,
            final_points: shown.final_estimate,
            done_at: shown.done_at,
            ..blank
        });
    }
}

/// An item that counts nothing yet.
fn blank_item(issue: &SprintIssue, sprint: &Sprint, board_id: String) -> SprintItem {
    SprintItem {
        source: issue.source.clone(),
        board_id,
        sprint_id: format!("{}/{}", sprint.source, sprint.id),
        issue_id: format!("{}/{}", issue.source, issue.issue_id),
        issue_key: issue.issue_key.clone(),
        summary: issue.summary.clone(),
        issue_type: issue.issue_type.clone(),
        subtask: false,
        outcome: Outcome::Planned,
        counted: false,
        committed: None,
        added: None,
        initial_points: None,
        final_points: None,
        committed_points: Some(Points::ZERO),
        added_points: Some(Points::ZERO),
        removed_points: Some(Points::ZERO),
        reestimated_points: Some(Points::ZERO),
        reestimated_added_points: Some(Points::ZERO),
        reestimated_done_points: Some(Points::ZERO),
        final_scope_points: Points::ZERO,
        completed_points: Points::ZERO,
        not_completed_points: Points::ZERO,
        added_entries: Some(0),
        removed_entries: Some(0),
        unestimated: false,
        done_at: None,
        marks: marks(issue),
    }
}

fn counted_item(blank: SprintItem, account: &Account, issue: &SprintIssue) -> SprintItem {
    let share = |holds: bool| if account.in_scope && holds { account.final_points } else { Points::ZERO };
    let totals = account.totals;
    SprintItem {
        outcome: outcome(account),
        counted: true,
        committed: Some(totals.committed.issues > 0),
        added: Some(totals.added.issues > 0),
        initial_points: account.initial_estimate,
        final_points: account.final_estimate,
        committed_points: Some(totals.committed.points),
        added_points: Some(totals.added.points),
        removed_points: Some(totals.removed.points),
        reestimated_points: Some(totals.reestimated),
        reestimated_added_points: Some(totals.reestimated_added),
        reestimated_done_points: Some(totals.reestimated_done),
        final_scope_points: share(true),
        completed_points: share(account.done),
        not_completed_points: share(!account.done),
        added_entries: Some(totals.added.issues),
        removed_entries: Some(totals.removed.issues),
        unestimated: account.in_scope && account.final_estimate.is_none(),
        done_at: account.done_at,
        marks: with_mark(marks(issue), "reestimated", totals.reestimations > 0),
        ..blank
    }
}

/// How the issue ended (rule 6).
fn outcome(account: &Account) -> Outcome {
    if account.in_scope {
        return if account.done { Outcome::Completed } else { Outcome::NotCompleted };
    }
    if account.was_in_scope {
        return Outcome::Removed;
    }
    match account.entries.last().map(|entry| entry.kind) {
        Some(tidemark_model::facts::EntryKind::DoneOutside) => Outcome::DoneOutside,
        _ => Outcome::DoneBeforeStart,
    }
}

/// In a sprint that has not started an issue is only planned (case 41).
fn out_planned(issue: &SprintIssue, rules: &Rules<'_>, blank: SprintItem, out: &mut Rows) {
    let state = state_at(issue, None);
    if !state.member || issue.gone.as_ref().is_some_and(|gone| gone.standing == Standing::Deleted) {
        return;
    }
    out.push(&SprintItem {
        subtask: state.subtask,
        final_points: estimate(&state, rules),
        ..unaccounted(blank)
    });
}

/// An item whose part in the scope is not known, which is not zero.
fn unaccounted(blank: SprintItem) -> SprintItem {
    SprintItem {
        committed_points: None,
        added_points: None,
        removed_points: None,
        reestimated_points: None,
        reestimated_added_points: None,
        reestimated_done_points: None,
        added_entries: None,
        removed_entries: None,
        ..blank
    }
}

/// Without a history (rule 7) the present fields tell who was in the sprint, and the resolution date when it was done;
/// what was committed, added, removed and re-estimated is unknown, which is not zero.
fn out_without_history(
    issue: &SprintIssue,
    window: Window,
    rules: &Rules<'_>,
    blank: SprintItem,
    out: &mut Rows,
) {
    let state = state_at(issue, None);
    if !state.member {
        return;
    }
    let done_now = rules.is_done(&state.status_id);
    let done_by = |end: Timestamp| done_now && issue.resolved_at.is_some_and(|resolved| resolved <= end);
    let done_at_start = window.started_at.is_some_and(done_by);
    let done = window.ended_at.map_or(done_now, done_by);
    let outcome = match (done_at_start, done) {
        (true, _) => Outcome::DoneBeforeStart,
        (false, true) => Outcome::Completed,
        (false, false) => Outcome::NotCompleted,
    };
    let counted = !state.subtask;
    let estimate = estimate(&state, rules);
    let in_scope = counted && !done_at_start;
    let points = estimate.filter(|_| in_scope && rules.is_mapped(&state.status_id)).unwrap_or_default();
    let share = |holds: bool| if holds { points } else { Points::ZERO };
    out.push(&SprintItem {
        subtask: state.subtask,
        outcome,
        counted,
        initial_points: None,
        final_points: estimate,
        final_scope_points: points,
        completed_points: share(done),
        not_completed_points: share(!done),
        unestimated: in_scope && estimate.is_none(),
        done_at: issue.resolved_at.filter(|_| done),
        ..unaccounted(blank)
    });
}

/// The state after all changes up to an instant, or after all there are.
fn state_at(issue: &SprintIssue, end: Option<Timestamp>) -> SprintIssueState {
    let mut state = issue.initial.clone();
    for step in issue.steps.iter().take_while(|step| end.is_none_or(|end| step.change.at <= end)) {
        apply(&mut state, &step.to);
    }
    state
}

fn subtask_at_end(issue: &SprintIssue, window: Window) -> bool {
    state_at(issue, window.ended_at).subtask
}

/// What to know before trusting an item.
fn marks(issue: &SprintIssue) -> String {
    let corrected = issue.steps.iter().any(|step| step.change.history_id == ChangeRef::CORRECTION);
    let unreadable = issue.initial.estimates.values().any(|estimate| estimate.unreadable.is_some())
        || issue
            .steps
            .iter()
            .any(|step| matches!(&step.to, StepTo::Estimate { value, .. } if value.unreadable.is_some()));
    let standing = issue.gone.as_ref().map(|gone| gone.standing);
    let found = [
        ("history_missing", !issue.history_complete),
        ("changelog_disagrees", corrected),
        ("estimate_unreadable", unreadable),
        ("deleted", standing == Some(Standing::Deleted)),
        ("hidden", standing == Some(Standing::Hidden)),
    ];
    found.into_iter().fold(String::new(), |marks, (mark, holds)| with_mark(marks, mark, holds))
}

fn with_mark(mut marks: String, mark: &str, holds: bool) -> String {
    if holds {
        if !marks.is_empty() {
            marks.push(' ');
        }
        marks.push_str(mark);
    }
    marks
}

fn ledger_entry(item: &SprintItem, entry: &Entry, number: i64) -> LedgerEntry {
    LedgerEntry {
        source: item.source.clone(),
        board_id: item.board_id.clone(),
        sprint_id: item.sprint_id.clone(),
        issue_id: item.issue_id.clone(),
        entry: number,
        issue_key: item.issue_key.clone(),
        at: entry.at,
        kind: entry.kind,
        reason: entry.reason.map(str::to_owned),
        actor: entry.change.as_ref().and_then(|change| change.actor.clone()),
        change_id: entry.change.as_ref().map(ChangeRef::id),
        before_points: entry.before,
        after_points: entry.after,
        scope_points: entry.scope.points,
        remaining_points: entry.remaining.points,
        completed_points: entry.completed.points,
        scope_issues: entry.scope.issues,
        remaining_issues: entry.remaining.issues,
        completed_issues: entry.completed.issues,
    }
}
