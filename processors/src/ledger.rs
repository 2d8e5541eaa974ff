//! The sprint ledger: one issue's account with one sprint, entry by entry. Read it from top to bottom.
//!
//! Scope is a state (METRICS rule 1). An issue *enters* a sprint's scope when it is in the sprint and not done: by
//! `COMMIT` if that was so at the start, by `ADD` if it came later, by `REOPEN` if it was done when it came and is
//! worked on again. It *leaves* only by `REMOVE`. If it is done when it comes, it counts nothing: `DONE_BEFORE_START`
//! at the start, `DONE_OUTSIDE` later. In scope, `DONE` and `REOPEN` move it between remaining and completed work, and
//! `REESTIMATE` changes its points. So for every history
//!
//! > committed + added − removed + reestimated = final scope = completed + not completed.

use std::collections::BTreeMap;

use tidemark_model::facts::EntryKind;
use tidemark_model::membership::{ChangeRef, Claim, SprintIssue, StepTo};
use tidemark_model::{Points, Timestamp};

use crate::rules::{Reopening, Window};

mod life;

pub use life::{Keeping, Part, apply, estimate};
use life::{Life, Stand};

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
    /// Since when it was in the sprint without a break, when it first came into scope.
    pub member_since: Timestamp,
    /// Its estimate when it first came, and at the end or when it left; nothing where there was none.
    pub initial_estimate: Option<Points>,
    pub final_estimate: Option<Points>,
    /// Its points when it first came into scope, and at the end, or when it left, as the sprint counts them.
    pub initial_points: Points,
    pub final_points: Points,
    /// Whether its status at the end lies in no column.
    pub unmapped: bool,
    /// What was said of its discipline at the end, or when it left (rule 10); and of its sub-tasks'.
    pub claims: Vec<Claim>,
    pub subtask_claims: BTreeMap<String, Vec<Claim>>,
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

/// Keeps one issue's account with one sprint from its start to its end; nothing where the issue was never in the sprint
/// while it ran.
///
/// The history must be complete; [`crate::sprint_ledger`] handles the others by METRICS rule 7.
pub fn account(issue: &SprintIssue, window: &Window, keeping: Keeping<'_>) -> Option<Account> {
    let start = window.started_at?;
    // The commitment is read at the start, or a day later in mode `grace_24h`.
    let commitment = keeping.rules.commitment_at(start);
    let commitment = window.ended_at.map_or(commitment, |end| commitment.min(end).max(start));
    let mut life = Life::of(issue, keeping);
    let mut book = Book::default();
    let mut steps = issue.steps.iter().peekable();

    // The state at the start includes what changed at that very instant (rule 3).
    while let Some(step) = steps.next_if(|step| step.change.at <= start) {
        life.take(&step.to, step.change.at);
    }
    let done_at_start = life.exists(start) && life.stand(start).done;
    let mut last_turned = None;
    while let Some(step) = steps.next_if(|step| step.change.at <= commitment) {
        let done = life.done_since.is_some();
        life.take(&step.to, step.change.at);
        if life.done_since.is_some() != done {
            last_turned = Some(&step.change);
        }
    }
    let mut before = life.stand(commitment);
    if before.inside {
        let turn = Turn { at: commitment, start, change: last_turned, reason: None, life: &life };
        book.open(before, done_at_start, keeping.rules.commits_done(), &turn);
    }

    // An issue that is created inside the sprint enters at its creation (rule 4).
    if issue.exists_from > commitment && window.reaches(issue.exists_from) {
        let at = issue.exists_from;
        // A parent's changes may be older than the sub-task.
        while let Some(step) = steps.next_if(|step| step.change.at < at) {
            life.take(&step.to, step.change.at);
        }
        let after = life.stand(at);
        book.turn(before, after, &Turn { at, start, change: None, reason: Some("created"), life: &life });
        before = after;
    }
    let mut reopened = window.reopened.iter().filter(|reopening| reopening.at > commitment).peekable();
    let deleted = life.deleted_at.filter(|at| *at > commitment && window.reaches(*at));
    for step in steps.take_while(|step| window.reaches(step.change.at)) {
        let at = step.change.at;
        while let Some(reopening) = reopened.next_if(|reopening| reopening.at < at) {
            before = book.reopen(before, &mut life, reopening, start);
        }
        if life.deleted_at.is_some_and(|deleted| at >= deleted) {
            break;
        }
        life.take(&step.to, at);
        let after = life.stand(at);
        let reason = reason(&step.to, &step.change, before, after);
        book.turn(before, after, &Turn { at, start, change: Some(&step.change), reason, life: &life });
        before = after;
        book.note_claims(&life, at);
    }
    let before_deletion = |at: Timestamp| deleted.is_none_or(|deleted| at < deleted);
    for reopening in
        reopened.filter(|reopening| window.reaches(reopening.at) && before_deletion(reopening.at))
    {
        before = book.reopen(before, &mut life, reopening, start);
    }
    if let Some(at) = deleted {
        let after = Stand { inside: false, ..before };
        book.turn(before, after, &Turn { at, start, change: None, reason: Some("deleted"), life: &life });
        before = after;
    }
    book.close(before, &life, window)
}

/// An instant at which something about the issue changed.
#[derive(Clone, Copy)]
struct Turn<'a> {
    at: Timestamp,
    /// S.
    start: Timestamp,
    change: Option<&'a ChangeRef>,
    reason: Option<&'static str>,
    life: &'a Life<'a>,
}

/// The account while it is being kept.
#[derive(Default)]
struct Book {
    account: Account,
    /// Whether the issue came into the sprint at all, in scope or not.
    came: bool,
    /// Whether its present stay in scope began after the start.
    added: bool,
    /// When it last left the scope.
    removed_at: Option<Timestamp>,
}

impl Book {
    /// The commitment: what is in the sprint and was not done at its start. Where it was read later than the start, the
    /// issue may have been done, or worked on again, meanwhile.
    fn open(&mut self, now: Stand, done_at_start: bool, commits_done: bool, turn: &Turn<'_>) {
        let at_start = Turn { change: None, reason: None, ..*turn };
        self.came = true;
        self.account.initial_estimate = now.estimate;
        if done_at_start && !commits_done {
            self.write(EntryKind::DoneBeforeStart, now, now, &at_start);
            if !now.done {
                self.enter(EntryKind::Reopen, now, turn);
            }
        } else {
            let before = Stand { done: done_at_start, ..now };
            self.enter(EntryKind::Commit, before, &at_start);
            self.stay(before, now, turn);
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

    /// The sprint is opened again: what has moved on to another sprint meanwhile does not come back (case 23).
    fn reopen(
        &mut self,
        before: Stand,
        life: &mut Life<'_>,
        reopening: &Reopening,
        start: Timestamp,
    ) -> Stand {
        let at = reopening.at;
        life.reopen(&reopening.active);
        let after = life.stand(at);
        self.turn(before, after, &Turn { at, start, change: None, reason: Some("moved_on"), life });
        after
    }

    /// The issue comes into the running sprint. If it is done it counts nothing, unless it comes back and was finished
    /// while this sprint ran.
    fn arrive(&mut self, now: Stand, turn: &Turn<'_>) {
        let comes_back = self.came;
        let finished_inside = turn.life.done_since.is_some_and(|done_at| done_at > turn.start);
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
            self.account.initial_points = now.points;
            self.account.member_since = turn.life.member_since;
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
        self.account.final_points = before.points;
        if !self.account.in_scope {
            return;
        }
        self.removed_at = Some(turn.at);
        self.read_claims(turn.life);
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
    fn close(mut self, last: Stand, life: &Life<'_>, window: &Window) -> Option<Account> {
        if !self.came {
            return None;
        }
        if last.inside {
            self.account.final_estimate = last.estimate;
            self.account.final_points = last.points;
        }
        if self.account.in_scope || !self.account.was_in_scope {
            self.read_claims(life);
        }
        self.account.done = last.done;
        self.account.done_at = life.done_since;
        self.account.unmapped = !last.mapped;
        if let (true, false, Some(at), Some(start)) =
            (self.account.in_scope, last.done, window.ended_at, window.started_at)
        {
            self.write(
                EntryKind::CarryOut,
                last,
                last,
                &Turn { at, start, change: None, reason: None, life },
            );
        }
        Some(self.account)
    }

    /// What else changed at the instant of a removal counts with it.
    fn note_claims(&mut self, life: &Life<'_>, at: Timestamp) {
        if !self.account.in_scope && self.removed_at == Some(at) {
            self.read_claims(life);
        }
    }

    fn read_claims(&mut self, life: &Life<'_>) {
        self.account.claims.clone_from(&life.state.claims);
        let of_subtasks = life.state.subtasks.iter();
        self.account.subtask_claims =
            of_subtasks.map(|(id, rolled)| (id.clone(), rolled.claims.clone())).collect();
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

/// Why an entry was made, where its kind alone does not say it.
fn reason(to: &StepTo, change: &ChangeRef, before: Stand, after: Stand) -> Option<&'static str> {
    if change.history_id == ChangeRef::CORRECTION {
        return Some("correction");
    }
    match to {
        StepTo::Type { .. } => Some("type"),
        StepTo::Status(_) if before.mapped && !after.mapped => Some("unmapped"),
        StepTo::Status(_) if !before.mapped && after.mapped => Some("mapped"),
        StepTo::Subtask { .. } => Some("subtask"),
        StepTo::Status(_)
        | StepTo::Member(_)
        | StepTo::Estimate { .. }
        | StepTo::Resolved(_)
        | StepTo::MovedOn(_)
        | StepTo::Claims(_) => None,
    }
}

#[cfg(test)]
mod tests;
