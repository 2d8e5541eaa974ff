//! The sprint ledger: one issue's account with one sprint, entry by entry. Read it from top to bottom.
//!
//! Scope is a state (METRICS rule 1). An issue *enters* a sprint's scope when it is in the sprint and not done: by
//! `COMMIT` if that was so at the start, by `ADD` if it came later, by `REOPEN` if it was done when it came and is
//! worked on again. It *leaves* only by `REMOVE`. If it is done when it comes, it counts nothing: `DONE_BEFORE_START`
//! at the start, `DONE_OUTSIDE` later. In scope, `DONE` and `REOPEN` move it between remaining and completed work, and
//! `REESTIMATE` changes its points. So for every history
//!
//! > committed + added − removed + reestimated = final scope = completed + not completed.

use tidemark_model::facts::EntryKind;
use tidemark_model::issue::Standing;
use tidemark_model::membership::{ChangeRef, SprintIssue, SprintIssueState, StepTo};
use tidemark_model::{Points, Timestamp};

use crate::rules::{Rules, Window};

/// One entry of an issue's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    pub at: Timestamp,
    pub reason: Option<&'static str>,
    /// The change it comes from; nothing for what was true at the start.
    pub change: Option<ChangeRef>,
    pub before: Points,
    pub after: Points,
    /// How the entry changes the issue's share of the sprint.
    pub scope: Delta,
    pub remaining: Delta,
    pub completed: Delta,
}

/// A change in points and in issues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delta {
    pub points: Points,
    pub issues: i64,
}

/// One issue's account with one sprint on one board.
#[derive(Debug, Default)]
pub struct Account {
    pub entries: Vec<Entry>,
    /// Whether the issue is in scope at the end.
    pub in_scope: bool,
    /// Whether it was in scope at any time.
    pub was_in_scope: bool,
    /// Whether it is done at the end.
    pub done: bool,
    /// Since when it is done at the end.
    pub done_at: Option<Timestamp>,
    /// Its estimate when it first came, and at the end or when it left; nothing where there was none.
    pub initial_estimate: Option<Points>,
    pub final_estimate: Option<Points>,
    /// Its points at the end, as the sprint counts them.
    pub final_points: Points,
    pub totals: Totals,
}

/// Sums over an account's entries, as the report names them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub committed: Delta,
    pub added: Delta,
    pub removed: Delta,
    pub reestimated: Points,
    /// The parts of `reestimated` that changed work added after the start, and work that was done.
    pub reestimated_added: Points,
    pub reestimated_done: Points,
    pub reestimations: i64,
}

/// How an issue stands towards the sprint at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stand {
    /// In the sprint, existing, and of a type that counts.
    inside: bool,
    done: bool,
    mapped: bool,
    estimate: Option<Points>,
    /// What the sprint counts: the estimate, or 0 in a status that the board does not show.
    points: Points,
}

/// Keeps one issue's account with one sprint from its start to its end. Sub-tasks count only where `with_subtasks`.
/// Nothing where the issue was never in the sprint while it ran.
///
/// The history must be complete; [`crate::sprint_ledger`] handles the others by METRICS rule 7.
pub fn account(
    issue: &SprintIssue,
    window: Window,
    rules: &Rules<'_>,
    with_subtasks: bool,
) -> Option<Account> {
    let start = window.started_at?;
    let mut book = Book::default();
    let deleted_at =
        issue.gone.as_ref().filter(|gone| gone.standing == Standing::Deleted).and_then(|gone| gone.at);
    let stand_of = |state: &SprintIssueState, at: Timestamp| {
        let exists = at >= issue.exists_from && deleted_at.is_none_or(|deleted| at < deleted);
        stand(state, exists, rules, with_subtasks)
    };

    // The state at the start includes what changed at that very instant (rule 3).
    let mut state = issue.initial.clone();
    let mut since = Since::default();
    since.note(stand_of(&state, issue.exists_from).done, issue.exists_from);
    let mut steps = issue.steps.iter().peekable();
    while let Some(step) = steps.next_if(|step| step.change.at <= start) {
        apply(&mut state, &step.to);
        since.note(rules.is_done(&state.status_id), step.change.at);
    }
    let mut before = stand_of(&state, start);
    if before.inside {
        book.open(before, start);
    }

    // An issue that is created inside the sprint enters at its creation (rule 4).
    if issue.exists_from > start && window.reaches(issue.exists_from) {
        let after = stand_of(&state, issue.exists_from);
        book.turn(
            before,
            after,
            &Turn { at: issue.exists_from, start, since, change: None, reason: Some("created") },
        );
        before = after;
    }
    for step in steps.take_while(|step| window.reaches(step.change.at)) {
        if deleted_at.is_some_and(|deleted| step.change.at >= deleted) {
            break;
        }
        apply(&mut state, &step.to);
        let after = stand_of(&state, step.change.at);
        since.note(rules.is_done(&state.status_id), step.change.at);
        let reason = reason(&step.to, &step.change, before, after);
        book.turn(
            before,
            after,
            &Turn { at: step.change.at, start, since, change: Some(&step.change), reason },
        );
        before = after;
    }
    if let Some(deleted) = deleted_at.filter(|at| *at > start && window.reaches(*at)) {
        let after = Stand { inside: false, ..before };
        book.turn(before, after, &Turn { at: deleted, start, since, change: None, reason: Some("deleted") });
        before = after;
    }
    book.close(before, since)
}

/// An instant at which something about the issue changed.
struct Turn<'a> {
    at: Timestamp,
    /// S.
    start: Timestamp,
    since: Since,
    change: Option<&'a ChangeRef>,
    reason: Option<&'static str>,
}

/// Since when the issue is done, if it is.
#[derive(Debug, Clone, Copy, Default)]
struct Since(Option<Timestamp>);

impl Since {
    fn note(&mut self, done: bool, at: Timestamp) {
        self.0 = if done { self.0.or(Some(at)) } else { None };
    }
}

/// The account while it is being kept.
#[derive(Default)]
struct Book {
    account: Account,
    /// Whether the issue came into the sprint at all, in scope or not.
    came: bool,
    /// Whether its present stay in scope began after the start.
    added: bool,
}

impl Book {
    /// The start of the sprint: committed, or done already.
    fn open(&mut self, now: Stand, start: Timestamp) {
        let turn = Turn { at: start, start, since: Since::default(), change: None, reason: None };
        self.came = true;
        self.account.initial_estimate = now.estimate;
        if now.done {
            self.write(EntryKind::DoneBeforeStart, now, now, &turn);
        } else {
            self.enter(EntryKind::Commit, now, &turn);
        }
    }

    /// One change after the start.
    fn turn(&mut self, before: Stand, after: Stand, turn: &Turn<'_>) {
        match (before.inside, after.inside) {
            (false, true) => self.arrive(after, turn),
            (true, false) => self.leave(before, turn),
            (true, true) if self.account.in_scope => self.stay(before, after, turn),
            // It came done and counted nothing so far: worked on again, it enters.
            (true, true) if !after.done => self.enter(EntryKind::Reopen, after, turn),
            (true, true) | (false, false) => {}
        }
    }

    /// The issue comes into the running sprint. If it is done it counts nothing, unless it comes back and was finished
    /// while this sprint ran.
    fn arrive(&mut self, now: Stand, turn: &Turn<'_>) {
        let comes_back = self.came;
        let finished_inside = turn.since.0.is_some_and(|done_at| done_at > turn.start);
        self.came = true;
        if !self.account.was_in_scope {
            self.account.initial_estimate = now.estimate;
        }
        if !now.done || comes_back && finished_inside {
            self.enter(EntryKind::Add, now, turn);
        } else {
            self.write(EntryKind::DoneOutside, now, now, turn);
        }
    }

    fn enter(&mut self, kind: EntryKind, now: Stand, turn: &Turn<'_>) {
        let value = Delta { points: now.points, issues: 1 };
        if !self.account.was_in_scope {
            self.account.initial_estimate = now.estimate;
        }
        self.account.in_scope = true;
        self.account.was_in_scope = true;
        self.added = kind != EntryKind::Commit;
        let total =
            if self.added { &mut self.account.totals.added } else { &mut self.account.totals.committed };
        total.add(value);
        let entry = self.write(kind, now, now, turn);
        entry.scope = value;
        entry.share(now.done).add(value);
    }

    /// The issue leaves the sprint, at the points that it has then, done or not.
    fn leave(&mut self, before: Stand, turn: &Turn<'_>) {
        self.account.final_estimate = before.estimate;
        if !self.account.in_scope {
            return;
        }
        let value = Delta { points: before.points, issues: 1 };
        self.account.in_scope = false;
        self.account.totals.removed.add(value);
        let entry = self.write(EntryKind::Remove, before, before, turn);
        entry.scope = value.negated();
        entry.share(before.done).add(value.negated());
    }

    /// The issue stays in scope: its points may change, and it may be done or worked on again.
    fn stay(&mut self, before: Stand, after: Stand, turn: &Turn<'_>) {
        let change = after.points - before.points;
        if change != Points::ZERO {
            let totals = &mut self.account.totals;
            totals.reestimated += change;
            totals.reestimations += 1;
            if self.added {
                totals.reestimated_added += change;
            }
            if before.done {
                totals.reestimated_done += change;
            }
            let entry = self.write(EntryKind::Reestimate, before, after, turn);
            entry.scope.points = change;
            entry.share(before.done).points = change;
        }
        if before.done != after.done {
            let value = Delta { points: after.points, issues: 1 };
            let kind = if after.done { EntryKind::Done } else { EntryKind::Reopen };
            let entry = self.write(kind, after, after, turn);
            entry.share(before.done).add(value.negated());
            entry.share(after.done).add(value);
        }
    }

    /// The end of the sprint, or now.
    fn close(mut self, last: Stand, since: Since) -> Option<Account> {
        if !self.came {
            return None;
        }
        if last.inside {
            self.account.final_estimate = last.estimate;
        }
        if self.account.in_scope {
            self.account.final_points = last.points;
        }
        self.account.done = last.done;
        self.account.done_at = since.0;
        Some(self.account)
    }

    fn write(&mut self, kind: EntryKind, before: Stand, after: Stand, turn: &Turn<'_>) -> &mut Entry {
        self.account.entries.push(Entry {
            kind,
            at: turn.at,
            reason: turn.reason,
            change: turn.change.cloned(),
            before: before.points,
            after: after.points,
            scope: Delta::default(),
            remaining: Delta::default(),
            completed: Delta::default(),
        });
        let last = self.account.entries.len() - 1;
        &mut self.account.entries[last]
    }
}

impl Entry {
    /// The share that the issue's points are part of: completed while it is done, remaining while it is not.
    fn share(&mut self, done: bool) -> &mut Delta {
        if done { &mut self.completed } else { &mut self.remaining }
    }
}

impl Delta {
    fn add(&mut self, other: Self) {
        self.points += other.points;
        self.issues += other.issues;
    }

    fn negated(self) -> Self {
        Self { points: -self.points, issues: -self.issues }
    }
}

/// Takes a step.
pub fn apply(state: &mut SprintIssueState, to: &StepTo) {
    match to {
        StepTo::Member(member) => state.member = *member,
        StepTo::Type { subtask, member } => (state.subtask, state.member) = (*subtask, *member),
        StepTo::Status(status_id) => state.status_id.clone_from(status_id),
        StepTo::Estimate { field, value } => {
            state.estimates.insert(field.clone(), value.clone());
        }
    }
}

fn stand(state: &SprintIssueState, exists: bool, rules: &Rules<'_>, with_subtasks: bool) -> Stand {
    let estimate = estimate(state, rules);
    let mapped = rules.is_mapped(&state.status_id);
    Stand {
        inside: exists && state.member && (with_subtasks || !state.subtask),
        done: rules.is_done(&state.status_id),
        mapped,
        estimate,
        points: estimate.filter(|_| mapped).unwrap_or_default(),
    }
}

/// The estimate in the board's estimation field.
pub fn estimate(state: &SprintIssueState, rules: &Rules<'_>) -> Option<Points> {
    let field = rules.estimation_field()?;
    state.estimates.get(field).and_then(|estimate| estimate.points)
}

/// Why an entry was made, where its kind alone does not say it.
fn reason(to: &StepTo, change: &ChangeRef, before: Stand, after: Stand) -> Option<&'static str> {
    if change.history_id == ChangeRef::CORRECTION {
        return Some("correction");
    }
    match to {
        StepTo::Type { .. } => Some("type"),
        StepTo::Status(_) if before.mapped && !after.mapped => Some("unmapped"),
        StepTo::Status(_) if !before.mapped && after.mapped => Some("mapped"),
        StepTo::Status(_) | StepTo::Member(_) | StepTo::Estimate { .. } => None,
    }
}

#[cfg(test)]
mod tests;
