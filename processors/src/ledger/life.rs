//! An issue's life as a sprint sees it: its state at one instant, and how its history changes it.

use std::collections::BTreeSet;

use tidemark_model::issue::Standing;
use tidemark_model::membership::{SprintIssue, SprintIssueState, StepTo};
use tidemark_model::{Points, Timestamp};

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
    /// In the sprint, existing, and of a type that counts.
    pub(super) inside: bool,
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
    pub(super) deleted_at: Option<Timestamp>,
    /// Since when it is done, if it is.
    pub(super) done_since: Option<Timestamp>,
    pub(super) member_since: Timestamp,
    /// The sprints that it had moved on to when this one was opened again: it stays out while it is in one of them.
    left_for: BTreeSet<String>,
}

impl<'a> Life<'a> {
    pub(super) fn of(issue: &'a SprintIssue, keeping: Keeping<'a>) -> Self {
        let deleted = issue.gone.as_ref().filter(|gone| gone.standing == Standing::Deleted);
        let mut life = Self {
            issue,
            keeping,
            state: issue.initial.clone(),
            deleted_at: deleted.and_then(|gone| gone.at),
            done_since: None,
            member_since: issue.exists_from,
            left_for: BTreeSet::new(),
        };
        life.note_done(issue.exists_from);
        life
    }

    pub(super) fn take(&mut self, to: &StepTo, at: Timestamp) {
        let was_member = self.state.member;
        apply(&mut self.state, to);
        if self.state.member && !was_member {
            self.member_since = at;
        }
        let (member, moved_on) = (self.state.member, &self.state.moved_on);
        self.left_for.retain(|sprint| member && moved_on.contains(sprint));
        self.note_done(at);
    }

    fn note_done(&mut self, at: Timestamp) {
        let done = self.keeping.rules.is_done(&self.state);
        self.done_since = if done { self.done_since.or(Some(at)) } else { None };
    }

    pub(super) fn exists(&self, at: Timestamp) -> bool {
        at >= self.issue.exists_from && self.deleted_at.is_none_or(|deleted| at < deleted)
    }

    /// How it stands at an instant, all changes up to which have been taken.
    pub(super) fn stand(&self, at: Timestamp) -> Stand {
        let Keeping { rules, part, with_subtasks } = self.keeping;
        let state = &self.state;
        let estimate = estimate(state, rules, part);
        Stand {
            inside: self.exists(at)
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
    pub(super) fn reopen(&mut self, active: &BTreeSet<String>) {
        if self.state.member {
            self.left_for.extend(self.state.moved_on.intersection(active).cloned());
        }
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
