//! An issue's life as a sprint sees it: its state at one instant, and how its history changes it.

use std::collections::BTreeSet;

use tidemark_model::issue::Standing;
use tidemark_model::membership::{ChangeRef, SprintIssue, SprintIssueState, Step, StepTo};
use tidemark_model::{Points, Timestamp};

use super::Origins;
use crate::rules::Rules;

/// Whose points are counted, where sub-tasks' estimates are rolled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The issue's: its own estimate, else the sum of its sub-tasks'.
    Whole,
    /// What comes from its own estimate.
    Own,
    /// What comes from one of its sub-tasks.
    Subtask(&'a str),
}

/// How an issue's account is kept.
#[derive(Clone, Copy)]
pub struct Keeping<'a> {
    pub rules: &'a Rules<'a>,
    pub part: Part<'a>,
    /// Whether the issue counts while it is a sub-task.
    pub with_subtasks: bool,
}

/// How an issue stands towards the sprint at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    /// In the sprint, existing, and of a type that counts. That it also counts is its account's to say: what was done when
    /// it came is in the sprint and not in scope.
    pub(super) in_sprint: bool,
    pub(super) done: bool,
    pub(super) mapped: bool,
    pub(super) estimate: Option<Points>,
    /// What the sprint counts: the estimate, or 0 in a status that the board does not show.
    pub(super) points: Points,
}

/// The issue's state as its history is taken step by step.
pub(super) struct Life<'a> {
    issue: &'a SprintIssue,
    keeping: Keeping<'a>,
    pub(super) state: SprintIssueState,
    /// Since when it is done, if it is.
    pub(super) done_since: Option<Timestamp>,
    pub(super) member_since: Timestamp,
    /// The sprints that it had moved on to when this one was opened again: it comes back once it has left those.
    left_for: BTreeSet<String>,
    /// The changes by which it came to be, or not to be, in the sprint …
    sprint_by: Option<&'a ChangeRef>,
    /// … done …
    done_by: Option<&'a ChangeRef>,
    /// … and estimated as it is.
    estimate_by: Option<&'a ChangeRef>,
}

impl<'a> Life<'a> {
    pub(super) fn of(issue: &'a SprintIssue, keeping: Keeping<'a>) -> Self {
        let mut life = Self {
            issue,
            keeping,
            state: issue.initial.clone(),
            done_since: None,
            member_since: issue.exists_from,
            left_for: BTreeSet::new(),
            sprint_by: None,
            done_by: None,
            estimate_by: None,
        };
        life.note_done(issue.exists_from);
        life
    }

    /// Lets one change happen.
    pub(super) fn take(&mut self, step: &'a Step) {
        let at = step.change.at;
        let (was_member, was_done) = (self.state.member, self.done_since.is_some());
        let estimated =
            matches!(step.to, StepTo::Estimate { .. } | StepTo::Subtask { .. }).then(|| self.estimate());
        apply(&mut self.state, &step.to);
        if self.state.member && !was_member {
            self.member_since = at;
        }
        let (member, moved_on) = (self.state.member, &self.state.moved_on);
        self.left_for.retain(|sprint| member && moved_on.contains(sprint));
        self.note_done(at);
        if member != was_member {
            self.sprint_by = Some(&step.change);
        }
        if self.done_since.is_some() != was_done {
            self.done_by = Some(&step.change);
        }
        if estimated.is_some_and(|before| before != self.estimate()) {
            self.estimate_by = Some(&step.change);
        }
    }

    fn estimate(&self) -> Option<Points> {
        estimate(&self.state, self.keeping.rules, self.keeping.part)
    }

    /// The changes that its standing comes from.
    pub(super) fn origins(&self) -> Origins {
        let Self { sprint_by, done_by, estimate_by, .. } = self;
        Origins { sprint: sprint_by.cloned(), done: done_by.cloned(), estimate: estimate_by.cloned() }
    }

    fn note_done(&mut self, at: Timestamp) {
        let done = self.keeping.rules.is_done(&self.state);
        self.done_since = if done { self.done_since.or(Some(at)) } else { None };
    }

    pub(super) fn exists(&self, at: Timestamp) -> bool {
        at >= self.issue.exists_from && !is_deleted(self.issue, at)
    }

    /// How it stands at an instant, all changes up to which have been taken.
    pub(super) fn stand(&self, at: Timestamp) -> Stand {
        let Keeping { rules, with_subtasks, .. } = self.keeping;
        let state = &self.state;
        let estimate = self.estimate();
        Stand {
            in_sprint: self.exists(at)
                && state.member
                && self.left_for.is_empty()
                && (with_subtasks || !state.subtask),
            done: self.done_since.is_some(),
            mapped: rules.is_mapped(&state.status_id),
            estimate,
            points: estimate.filter(|_| rules.counts_in(&state.status_id)).unwrap_or_default(),
        }
    }

    /// The sprint is opened again: an issue that is in one of the sprints that are `active` by then stays out.
    pub(super) fn sprint_reopened(&mut self, active: &BTreeSet<String>) {
        if self.state.member {
            self.left_for.extend(self.state.moved_on.intersection(active).cloned());
        }
    }
}

/// When the issue was deleted, where that is known.
pub(super) fn deleted_at(issue: &SprintIssue) -> Option<Timestamp> {
    issue.gone.as_ref().filter(|gone| gone.standing == Standing::Deleted).and_then(|gone| gone.at)
}

/// Whether it is deleted at an instant.
pub(super) fn is_deleted(issue: &SprintIssue, at: Timestamp) -> bool {
    deleted_at(issue).is_some_and(|deleted| at >= deleted)
}

/// Changes the state as a step says.
pub fn apply(state: &mut SprintIssueState, to: &StepTo) {
    match to {
        StepTo::Member(member) => state.member = *member,
        StepTo::Type { subtask, member } => (state.subtask, state.member) = (*subtask, *member),
        StepTo::Status(status_id) => state.status_id.clone_from(status_id),
        StepTo::Estimate { field, value } => {
            state.estimates.insert(field.clone(), value.clone());
        }
        StepTo::Resolved(resolved) => state.resolved = *resolved,
        StepTo::MovedOn(moved_on) => state.moved_on.clone_from(moved_on),
        StepTo::Claims(claims) => state.claims.clone_from(claims),
        StepTo::Subtask { id, now } => {
            state.subtasks.insert(id.clone(), now.clone());
        }
    }
}

/// The estimate in the board's estimation field; rolled up, what a part of it comes to.
pub fn estimate(state: &SprintIssueState, rules: &Rules<'_>, part: Part<'_>) -> Option<Points> {
    let field = rules.estimation_field()?;
    let own = state.estimates.get(field).and_then(|estimate| estimate.points);
    if !rules.rolls_up() {
        return own;
    }
    let of = |id: &str| state.subtasks.get(id)?.estimates.get(field)?.points;
    match part {
        Part::Own => own,
        Part::Whole if own.is_some() => own,
        Part::Whole => {
            let parts: Vec<Points> = state.subtasks.keys().filter_map(|id| of(id)).collect();
            if parts.is_empty() { None } else { Some(parts.into_iter().sum()) }
        }
        Part::Subtask(id) => of(id).filter(|_| own.is_none()),
    }
}
