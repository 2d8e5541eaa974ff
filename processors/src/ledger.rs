//! The sprint ledger: one issue's account with one sprint, entry by entry. Read it from top to bottom.
//!
//! Scope is a state (METRICS rule 1). An issue *enters* a sprint's scope when it is in the sprint and not done: by
//! `COMMIT` if that was so at the start, by `ADD` if it came later, by `REOPEN` if it was done when it came and is
//! worked on again. It *leaves* only by `REMOVE`. If it is done when it comes, it counts nothing: `DONE_BEFORE_START`
//! at the start, `DONE_OUTSIDE` later. In scope, `DONE` and `REOPEN` move it between remaining and completed work, and
//! `REESTIMATE` changes its points. `CARRY_OUT` says that it was left over at the end, and changes nothing; `CARRY_IN`,
//! which other sprints decide, is written by [`crate::carry_over`]. What enters counts as added unless it was committed, by
//! `REOPEN` too. So for every history
//!
//! > committed + added − removed + reestimated = final scope = completed + not completed.
//!
//! The book is kept double: an entry says under `scope` what came in or went out, and under `remaining` and `completed` on
//! which side it stands, so that at every instant scope = remaining + completed.
//!
//! The words of this file: the [`Window`] is the time of the sprint, from its start S to its end E; [`Keeping`] says by
//! which rules the account is kept, and for which [`Part`] of the issue's points; a [`Life`] is the issue's state while its
//! history is taken step by step; a [`Stand`] is how it stands towards the sprint at one instant; a [`Moment`] is an instant
//! at which that changes; the [`Book`] writes the entries. A [`Claim`] is what one rule says of the issue's discipline.

use std::collections::BTreeMap;

use tidemark_model::facts::EntryKind;
use tidemark_model::membership::{ChangeRef, Claim, SprintIssue, StepTo};
use tidemark_model::{Points, Timestamp};

use crate::rules::{Reopening, Window};

mod life;

pub use life::{Keeping, Part, apply, estimate};
use life::{Life, Stand, deleted_at, is_deleted};

/// One entry of an issue's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    pub at: Timestamp,
    pub reason: Option<&'static str>,
    /// The change that happened then; nothing for what was true at the start.
    pub change: Option<ChangeRef>,
    /// The earlier changes that the issue's standing came from.
    pub origins: Origins,
    /// The issue's own points. Entering and leaving do not change them.
    pub before: Points,
    pub after: Points,
    /// What came into scope, or went out of it.
    pub scope: Delta,
    /// The same on the side of what is not done …
    pub remaining: Delta,
    /// … and of what is done.
    pub completed: Delta,
}

/// The last changes of what an issue's standing is made of; nothing where it has been so since its creation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Of whether it is in the sprint.
    pub sprint: Option<ChangeRef>,
    /// Of whether it is done.
    pub done: Option<ChangeRef>,
    /// Of its estimate.
    pub estimate: Option<ChangeRef>,
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
    /// When it had last joined the sprint, when it first came into scope.
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
    // A sprint that is shorter than that ends first.
    let commitment = window.ended_at.map_or(commitment, |end| commitment.min(end).max(start));
    let mut life = Life::of(issue, keeping);
    let mut book = Book::default();
    let mut steps = issue.steps.iter().peekable();

    // The state at the start includes what changed at that very instant (rule 3).
    while let Some(step) = steps.next_if(|step| step.change.at <= start) {
        life.take(step);
    }
    // What was not created yet was not done.
    let done_at_start = life.exists(start) && life.stand(start).done;
    // Changes between the start and the commitment, which only mode `grace_24h` has: they belong to what is committed.
    let mut done_or_not_by = None;
    while let Some(step) = steps.next_if(|step| step.change.at <= commitment) {
        let was_done = life.done_since.is_some();
        life.take(step);
        if life.done_since.is_some() != was_done {
            done_or_not_by = Some(&step.change);
        }
    }
    let mut before = life.stand(commitment);
    if before.in_sprint {
        let moment = Moment { at: commitment, start, change: done_or_not_by, reason: None, life: &life };
        book.commit(before, done_at_start, keeping.rules.commits_done(), &moment);
    }

    // An issue that is created inside the sprint enters at its creation (rule 4).
    if issue.exists_from > commitment && window.reaches(issue.exists_from) {
        let at = issue.exists_from;
        // A sub-task's steps include those of its parent's sprints, which may be older than itself: they say no more than
        // where it was created.
        while let Some(step) = steps.next_if(|step| step.change.at < at) {
            life.take(step);
        }
        let after = life.stand(at);
        book.change(before, after, &Moment { at, start, change: None, reason: Some("created"), life: &life });
        before = after;
    }

    // Three things happen after the commitment, and are taken in the order of their times: changes of the issue, the
    // sprint being opened again after a close, and the deletion, with which everything ends.
    let mut reopenings = window.reopened.iter().filter(|reopening| reopening.at > commitment).peekable();
    for step in steps.take_while(|step| window.reaches(step.change.at) && !is_deleted(issue, step.change.at))
    {
        let at = step.change.at;
        while let Some(reopening) = reopenings.next_if(|reopening| reopening.at < at) {
            before = book.sprint_reopened(before, &mut life, reopening, start);
        }
        life.take(step);
        let after = life.stand(at);
        let reason = reason(&step.to, &step.change, before, after);
        book.change(before, after, &Moment { at, start, change: Some(&step.change), reason, life: &life });
        before = after;
        book.note_claims_at_removal(&life, at);
    }
    for reopening in
        reopenings.filter(|reopening| window.reaches(reopening.at) && !is_deleted(issue, reopening.at))
    {
        before = book.sprint_reopened(before, &mut life, reopening, start);
    }
    if let Some(at) = deleted_at(issue).filter(|at| *at > commitment && window.reaches(*at)) {
        let after = Stand { in_sprint: false, ..before };
        book.change(before, after, &Moment { at, start, change: None, reason: Some("deleted"), life: &life });
        before = after;
    }
    book.close(before, &life, window)
}

/// An instant at which something about the issue changed.
#[derive(Clone, Copy)]
struct Moment<'a> {
    at: Timestamp,
    /// When the sprint started: what was done later was done here.
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
    fn commit(&mut self, now: Stand, done_at_start: bool, commits_done: bool, moment: &Moment<'_>) {
        let at_start = Moment { change: None, reason: None, ..*moment };
        self.came = true;
        self.account.initial_estimate = now.estimate;
        if done_at_start && !commits_done {
            self.write(EntryKind::DoneBeforeStart, now, now, &at_start);
            if !now.done {
                self.enter(EntryKind::Reopen, now, moment);
            }
        } else {
            let before = Stand { done: done_at_start, ..now };
            self.enter(EntryKind::Commit, before, &at_start);
            self.stay(before, now, moment);
        }
    }

    /// One change after the start.
    fn change(&mut self, before: Stand, after: Stand, moment: &Moment<'_>) {
        match (before.in_sprint, after.in_sprint) {
            (false, true) => self.arrive(after, moment),
            (true, false) => self.leave(before, moment),
            (true, true) if self.account.in_scope => self.stay(before, after, moment),
            // It came done and counted nothing so far: worked on again, it enters.
            (true, true) if !after.done => self.enter(EntryKind::Reopen, after, moment),
            (true, true) | (false, false) => {}
        }
    }

    /// The sprint is opened again: what has moved on to another sprint meanwhile does not come back (case 23).
    fn sprint_reopened(
        &mut self,
        before: Stand,
        life: &mut Life<'_>,
        reopening: &Reopening,
        start: Timestamp,
    ) -> Stand {
        let at = reopening.at;
        life.sprint_reopened(&reopening.active);
        let after = life.stand(at);
        self.change(before, after, &Moment { at, start, change: None, reason: Some("moved_on"), life });
        after
    }

    /// The issue comes into the running sprint. If it is done it counts nothing, unless it comes back and was finished
    /// while this sprint ran (rule 1, at its end).
    fn arrive(&mut self, now: Stand, moment: &Moment<'_>) {
        let comes_back = self.came;
        let finished_here = moment.life.done_since.is_some_and(|done_at| done_at > moment.start);
        self.came = true;
        if !self.account.was_in_scope {
            self.account.initial_estimate = now.estimate;
        }
        if !now.done || (comes_back && finished_here) {
            self.enter(EntryKind::Add, now, moment);
        } else {
            self.write(EntryKind::DoneOutside, now, now, moment);
        }
    }

    /// The issue comes into scope, at the points that it has then: committed, or else added.
    fn enter(&mut self, kind: EntryKind, now: Stand, moment: &Moment<'_>) {
        let value = Delta { points: now.points, issues: 1 };
        if !self.account.was_in_scope {
            self.account.initial_estimate = now.estimate;
            self.account.initial_points = now.points;
            self.account.member_since = moment.life.member_since;
        }
        self.account.in_scope = true;
        self.account.was_in_scope = true;
        self.added = kind != EntryKind::Commit;
        let total =
            if self.added { &mut self.account.totals.added } else { &mut self.account.totals.committed };
        total.add(value);
        let entry = self.write(kind, now, now, moment);
        entry.scope = value;
        entry.side(now.done).add(value);
    }

    /// The issue leaves the sprint, at the points that it has then, done or not.
    fn leave(&mut self, before: Stand, moment: &Moment<'_>) {
        self.account.final_estimate = before.estimate;
        self.account.final_points = before.points;
        if !self.account.in_scope {
            return;
        }
        self.removed_at = Some(moment.at);
        self.read_claims(moment.life);
        let value = Delta { points: before.points, issues: 1 };
        self.account.in_scope = false;
        self.account.totals.removed.add(value);
        let entry = self.write(EntryKind::Remove, before, before, moment);
        entry.scope = value.negated();
        entry.side(before.done).add(value.negated());
    }

    /// The issue stays in scope: its points may change, and it may be done or worked on again. Where both happen at once,
    /// its points change on the side where it was, and all of them move to the other one.
    fn stay(&mut self, before: Stand, after: Stand, moment: &Moment<'_>) {
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
            let entry = self.write(EntryKind::Reestimate, before, after, moment);
            entry.scope.points = change;
            entry.side(before.done).points = change;
        }
        if before.done != after.done {
            let value = Delta { points: after.points, issues: 1 };
            let kind = if after.done { EntryKind::Done } else { EntryKind::Reopen };
            let entry = self.write(kind, after, after, moment);
            entry.side(before.done).add(value.negated());
            entry.side(after.done).add(value);
        }
    }

    /// The end of the sprint, or now.
    fn close(mut self, last: Stand, life: &Life<'_>, window: &Window) -> Option<Account> {
        if !self.came {
            return None;
        }
        if last.in_sprint {
            self.account.final_estimate = last.estimate;
            self.account.final_points = last.points;
        }
        // What left the scope keeps what was read at its removal (rule 10).
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
                &Moment { at, start, change: None, reason: None, life },
            );
        }
        Some(self.account)
    }

    /// What else changed at the instant of a removal counts with it.
    fn note_claims_at_removal(&mut self, life: &Life<'_>, at: Timestamp) {
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

    fn write(&mut self, kind: EntryKind, before: Stand, after: Stand, moment: &Moment<'_>) -> &mut Entry {
        self.account.entries.push(Entry {
            kind,
            at: moment.at,
            reason: moment.reason,
            change: moment.change.cloned(),
            origins: moment.life.origins(),
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
    /// The side on which the issue stands: completed while it is done, remaining while it is not.
    fn side(&mut self, done: bool) -> &mut Delta {
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

impl Account {
    /// Whether the book is balanced: at every instant what is in scope is done or remains, and in the end the entries come to
    /// what the totals say (METRICS rules 1 and 2).
    pub fn balances(&self) -> bool {
        let (mut scope, mut sides) = (Delta::default(), Delta::default());
        let mut entries = self.entries.iter().peekable();
        while let Some(entry) = entries.next() {
            scope.add(entry.scope);
            sides.add(entry.remaining);
            sides.add(entry.completed);
            if entries.peek().is_none_or(|next| next.at != entry.at) && scope != sides {
                return false;
            }
        }
        let Totals { committed, added, removed, reestimated, .. } = self.totals;
        let mut told = committed;
        told.add(added);
        told.add(removed.negated());
        told.points += reestimated;
        let at_end =
            if self.in_scope { Delta { points: self.final_points, issues: 1 } } else { Delta::default() };
        scope == told && scope == at_end
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
