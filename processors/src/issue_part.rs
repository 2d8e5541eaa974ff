//! One issue's part in one sprint on one board: what [`crate::ledger`] makes of its history, as rows.

use std::collections::BTreeSet;

use tidemark_model::facts::{EntryKind, LedgerEntry, Mode, Outcome, SprintItem};
use tidemark_model::issue::Standing;
use tidemark_model::membership::{ChangeRef, SprintIssue, SprintIssueState, StepTo, Successors};
use tidemark_model::policy::SubtaskPolicy;
use tidemark_model::sprint::{Sprint, SprintState};
use tidemark_model::sums::{Contribution, Leg, Sum};
use tidemark_model::{Points, Timestamp};

use crate::claims::decide;
use crate::contribution::{contributions, sums_of_item};
use crate::ledger::{Account, Entry, Keeping, Part, account, apply, estimate};
use crate::rules::{Reading, Rules, Window};

/// Modes that are computed: `final` follows from `jira_cloud`.
const COMPUTED: [Mode; 4] = [Mode::JiraCloud, Mode::JiraDc, Mode::Grace24h, Mode::Eazybi];

/// Where an issue is looked at.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub sprint: &'a Sprint,
    /// What is known of the sprints that its issues moved on to, where it was opened again.
    pub successors: Option<&'a Successors>,
    /// The board, as `source/native-id`.
    pub board_id: &'a str,
    /// The board's teams.
    pub teams: &'a BTreeSet<&'a str>,
}

/// What an issue is to a sprint.
pub struct IssuePart {
    pub item: SprintItem,
    pub entries: Vec<LedgerEntry>,
    /// By discipline.
    pub contributions: Vec<Contribution>,
    /// Where it was in scope.
    pub leg: Option<Leg>,
}

/// An issue's part in a sprint: item, entries and leg as `rules` read them, contributions in every mode; nothing where it
/// never was in the sprint while it ran.
pub fn issue_part(issue: &SprintIssue, place: Place<'_>, rules: &Rules<'_>) -> Option<IssuePart> {
    let blank = blank_item(issue, place);
    let window = Window::of(place.sprint, place.successors);
    if place.sprint.now.state == SprintState::Future {
        return planned(issue, rules, blank, place);
    }
    let complete = issue.history_complete && (issue.subtasks_complete || !rules.rolls_up());
    if !complete || window.started_at.is_none() {
        return without_history(issue, &window, rules, blank, place);
    }
    let included = rules.reading().subtasks == SubtaskPolicy::Include;
    let keeping = Keeping { rules, part: Part::Whole, with_subtasks: included };
    if let Some(counted) = account(issue, &window, keeping) {
        let item = SprintItem {
            subtask: state_at(issue, window.ended_at).subtask,
            ..counted_item(blank, &counted, place)
        };
        let entries = counted.entries.iter().zip(1..);
        let entries = entries.map(|(entry, number)| ledger_entry(&item, entry, number)).collect();
        let contributions = contributions(issue, &window, rules, (&item, &counted), place);
        let leg = leg(&item, &counted, &window, place);
        return Some(IssuePart { item, entries, contributions, leg });
    }
    // A sub-task is listed and marked, and counts in no number (rule 5).
    let shown = account(issue, &window, Keeping { with_subtasks: true, ..keeping })?;
    let (discipline, discipline_rule) = decide(&shown.claims, place.teams);
    let item = SprintItem {
        outcome: outcome(&shown),
        subtask: true,
        committed: Some(false),
        added: Some(false),
        initial_points: shown.initial_estimate,
        final_points: shown.final_estimate,
        done_at: shown.done_at,
        discipline,
        discipline_rule,
        ..blank
    };
    Some(listed(item, None))
}

/// The modes under a board's policy.
pub(crate) fn readings(rules: &Rules<'_>) -> impl Iterator<Item = Reading> {
    let configured = rules.reading();
    COMPUTED.into_iter().map(move |mode| Reading {
        mode,
        done: if mode == Mode::Eazybi {
            tidemark_model::policy::DonePolicy::StatusCategory
        } else {
            configured.done
        },
        ..configured
    })
}

/// An item that counts nothing yet.
pub(crate) fn blank_item(issue: &SprintIssue, place: Place<'_>) -> SprintItem {
    SprintItem {
        source: issue.source.clone(),
        board_id: place.board_id.to_owned(),
        sprint_id: format!("{}/{}", place.sprint.source, place.sprint.id),
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
        discipline: String::new(),
        discipline_rule: String::new(),
        done_at: None,
        marks: marks(issue),
    }
}

/// The item of an issue that counts, by its account.
pub(crate) fn counted_item(blank: SprintItem, account: &Account, place: Place<'_>) -> SprintItem {
    let share = |holds: bool| if account.in_scope && holds { account.final_points } else { Points::ZERO };
    let totals = account.totals;
    let (discipline, discipline_rule) = decide(&account.claims, place.teams);
    let marks = with_mark(blank.marks, "reestimated", totals.reestimations > 0);
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
        discipline,
        discipline_rule,
        done_at: account.done_at,
        marks: with_mark(marks, "unmapped", account.in_scope && account.unmapped),
        ..blank
    }
}

/// How the issue ended (rule 6).
pub(crate) fn outcome(account: &Account) -> Outcome {
    if account.in_scope {
        return if account.done { Outcome::Completed } else { Outcome::NotCompleted };
    }
    if account.was_in_scope {
        return Outcome::Removed;
    }
    match account.entries.last().map(|entry| entry.kind) {
        Some(EntryKind::DoneOutside) => Outcome::DoneOutside,
        _ => Outcome::DoneBeforeStart,
    }
}

/// In a sprint that has not started an issue is only planned (case 41).
fn planned(issue: &SprintIssue, rules: &Rules<'_>, blank: SprintItem, place: Place<'_>) -> Option<IssuePart> {
    let state = state_at(issue, None);
    if !state.member || issue.gone.as_ref().is_some_and(|gone| gone.standing == Standing::Deleted) {
        return None;
    }
    let (discipline, discipline_rule) = decide(&state.claims, place.teams);
    let item = SprintItem {
        subtask: state.subtask,
        final_points: estimate(&state, rules, Part::Whole),
        discipline,
        discipline_rule,
        ..unaccounted(blank)
    };
    Some(listed(item, None))
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
fn without_history(
    issue: &SprintIssue,
    window: &Window,
    rules: &Rules<'_>,
    blank: SprintItem,
    place: Place<'_>,
) -> Option<IssuePart> {
    let state = state_at(issue, None);
    if !state.member {
        return None;
    }
    let (discipline, discipline_rule) = decide(&state.claims, place.teams);
    let blank = SprintItem { discipline, discipline_rule, subtask: state.subtask, ..unaccounted(blank) };
    let item = |rules: &Rules<'_>| {
        let done_now = rules.is_done(&state);
        let done_by = |end: Timestamp| done_now && issue.resolved_at.is_some_and(|resolved| resolved <= end);
        let done_at_start = window.started_at.is_some_and(done_by);
        let done = window.ended_at.map_or(done_now, done_by);
        let left_out = done_at_start && !rules.commits_done();
        let outcome = match (left_out, done) {
            (true, _) => Outcome::DoneBeforeStart,
            (false, true) => Outcome::Completed,
            (false, false) => Outcome::NotCompleted,
        };
        let counted = !state.subtask || rules.reading().subtasks == SubtaskPolicy::Include;
        let estimate = estimate(&state, rules, Part::Whole);
        let in_scope = counted && !left_out;
        let counts = in_scope && rules.counts_in(&state.status_id);
        let points = estimate.filter(|_| counts).unwrap_or_default();
        let share = |holds: bool| if holds { points } else { Points::ZERO };
        let unmapped = in_scope && !rules.is_mapped(&state.status_id);
        SprintItem {
            outcome,
            counted,
            final_points: estimate,
            final_scope_points: points,
            completed_points: share(done),
            not_completed_points: share(!done),
            unestimated: in_scope && estimate.is_none(),
            done_at: issue.resolved_at.filter(|_| done),
            marks: with_mark(blank.marks.clone(), "unmapped", unmapped),
            ..blank.clone()
        }
    };
    let mut sum = Sum::default();
    for reading in readings(rules) {
        sum.sums.set(reading.mode, sums_of_item(&item(&rules.with(reading))));
    }
    Some(listed(item(rules), Some(sum)))
}

/// An item without an account: it is listed, and contributes what is known.
fn listed(item: SprintItem, sum: Option<Sum>) -> IssuePart {
    let mut sum = sum.unwrap_or_default();
    sum.listed = 1;
    sum.planned = i64::from(item.outcome == Outcome::Planned);
    for mark in item.marks.split(' ').filter(|mark| !mark.is_empty()) {
        sum.mark(mark, &item.issue_id, &item.issue_key);
    }
    let contributions = vec![Contribution {
        source: item.source.clone(),
        board_id: item.board_id.clone(),
        sprint_id: item.sprint_id.clone(),
        discipline: item.discipline.clone(),
        issue_id: item.issue_id.clone(),
        sum,
    }];
    IssuePart { item, entries: Vec::new(), contributions, leg: None }
}

/// The state after all changes up to an instant, or after all there are.
fn state_at(issue: &SprintIssue, end: Option<Timestamp>) -> SprintIssueState {
    let mut state = issue.initial.clone();
    for step in issue.steps.iter().take_while(|step| end.is_none_or(|end| step.change.at <= end)) {
        apply(&mut state, &step.to);
    }
    state
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
        ("moved", standing == Some(Standing::Moved)),
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

/// The issue's time in the sprint's scope.
fn leg(item: &SprintItem, account: &Account, window: &Window, place: Place<'_>) -> Option<Leg> {
    let counts = account.was_in_scope && place.sprint.now.state != SprintState::Deleted;
    Some(Leg {
        source: item.source.clone(),
        board_id: item.board_id.clone(),
        issue_id: item.issue_id.clone(),
        sprint_id: item.sprint_id.clone(),
        issue_key: item.issue_key.clone(),
        sprint_name: place.sprint.now.name.clone(),
        started_at: window.started_at.filter(|_| counts)?,
        closed_at: window.ended_at,
        member_since: account.member_since,
        in_scope: account.in_scope,
        done: account.done,
        initial_points: account.initial_points,
        final_points: account.final_points,
    })
}

/// An entry of an item's account as a row.
pub(crate) fn ledger_entry(item: &SprintItem, entry: &Entry, number: i64) -> LedgerEntry {
    // What was true at the start is owed to whoever had made it so.
    let happened = match entry.kind {
        EntryKind::Commit => entry.origins.sprint.as_ref(),
        EntryKind::DoneBeforeStart => entry.origins.done.as_ref(),
        _ => entry.change.as_ref(),
    };
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
        actor: happened.and_then(|change| change.actor.clone()),
        change_id: entry.change.as_ref().map(ChangeRef::id),
        sprint_change_id: entry.origins.sprint.as_ref().map(ChangeRef::id),
        done_change_id: entry.origins.done.as_ref().map(ChangeRef::id),
        estimate_change_id: entry.origins.estimate.as_ref().map(ChangeRef::id),
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
