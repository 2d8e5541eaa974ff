//! The full list of an issue's states over time, replayed from its changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::Archive;
use crate::issue::{Change, Issue, sprint_field, sprint_list};
use crate::points::Points;
use crate::sprint::Board;

/// All that the numbers need to know of an issue at one instant.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) exists: bool,
    pub(crate) sprints: BTreeSet<i64>,
    pub(crate) estimate: Option<Points>,
    /// With rolled-up sub-tasks: the estimates of those it has, by their ids.
    pub(crate) sub_estimates: BTreeMap<String, Points>,
    pub(crate) status: String,
    /// Whether it has a resolution.
    pub(crate) resolution: bool,
    pub(crate) issue_type: String,
    pub(crate) parent: Option<String>,
    /// Only for an issue without a changelog: whether its resolution date has
    /// come (rule 7).
    pub(crate) resolved: Option<bool>,
}

/// A state and the instant from which it holds.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) state: State,
}

/// One thing that changes at one instant.
#[derive(Debug, Clone)]
enum Turn {
    Sprints(BTreeSet<i64>),
    Estimate(Option<Points>),
    Status(String),
    Resolution(bool),
    IssueType(String),
    Parent(Option<String>),
    Resolved,
    Deleted,
}

/// A changelog item of a field that matters: the value before and after.
#[derive(Debug)]
struct Replayed {
    at: i64,
    before: Turn,
    after: Turn,
}

/// The states of one issue by its own fields, in the order of their instants.
/// Every changelog item makes a state of its own (METRICS section 0).
pub(crate) fn timeline(archive: &Archive, board: &Board, issue: &Issue) -> Vec<Step> {
    let present = present_state(archive, board, issue);
    let start = issue.exists_from();
    let mut initial = present.clone();
    let mut turns: Vec<(i64, Turn)> = Vec::new();

    if let Some(changes) = &issue.changes {
        let read = |change| replayed(archive, board, change);
        let replayed: Vec<Replayed> = changes.iter().filter_map(read).collect();
        // Rule 4: before its first change a field has that change's `from`.
        // Backwards, so that each field's first change is applied last.
        for change in replayed.iter().rev() {
            apply(&mut initial, &change.before);
        }
        // In a broken chain `to` wins (case 29): `from` is not looked at again.
        turns.extend(replayed.into_iter().map(|change| (change.at, change.after)));
        let corrected_at = correction_instant(issue);
        let corrections = corrections(&initial, &turns, &present);
        turns.extend(corrections.into_iter().map(|turn| (corrected_at, turn)));
    } else {
        // Rule 7: done(t) = resolution date ≤ t if the issue is done now.
        initial.resolved = Some(issue.resolved.is_some_and(|at| at <= start));
        turns.extend(issue.resolved.filter(|at| *at > start).map(|at| (at, Turn::Resolved)));
    }
    turns.extend(issue.deleted.map(|at| (at, Turn::Deleted)));
    turns.sort_by_key(|(at, _)| *at);

    let mut steps = vec![Step { at: start, state: initial }];
    for (at, turn) in turns {
        if let Some(mut state) = steps.last().map(|step| step.state.clone()) {
            apply(&mut state, &turn);
            steps.push(Step { at, state });
        }
    }
    steps
}

fn present_state(archive: &Archive, board: &Board, issue: &Issue) -> State {
    State {
        exists: true,
        sprints: sprint_field(issue.field(&archive.sprint_field)),
        estimate: archive.present_estimate(issue, &board.estimation_field),
        sub_estimates: BTreeMap::new(),
        status: issue.status.clone(),
        resolution: !issue.field("resolution").is_null(),
        issue_type: issue.kind.clone(),
        parent: issue.parent.clone(),
        resolved: None,
    }
}

/// Reads a changelog item of a field that matters.
fn replayed(archive: &Archive, board: &Board, change: &Change) -> Option<Replayed> {
    let id = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let estimate = |text: &Option<String>| Points::from_text(text.as_deref().unwrap_or_default());
    let estimation_name = board.estimation_name.as_deref().unwrap_or("Story Points");
    let (before, after) = if change.is_of(&archive.sprint_field, &["Sprint"]) {
        let sprints = |ids: &Option<String>| Turn::Sprints(sprint_list(ids.as_deref()));
        (sprints(&change.from), sprints(&change.to))
    } else if change.is_of(&board.estimation_field, &[estimation_name]) {
        (Turn::Estimate(estimate(&change.from_string)), Turn::Estimate(estimate(&change.to_string)))
    } else if change.is_of("status", &["status"]) {
        (Turn::Status(id(&change.from)?), Turn::Status(id(&change.to)?))
    } else if change.is_of("resolution", &["resolution"]) {
        let resolved = |side: &Option<String>| Turn::Resolution(id(side).is_some());
        (resolved(&change.from), resolved(&change.to))
    } else if change.is_of("issuetype", &["issuetype"]) {
        (Turn::IssueType(id(&change.from)?), Turn::IssueType(id(&change.to)?))
    } else if is_of_parent(change) {
        (Turn::Parent(id(&change.from)), Turn::Parent(id(&change.to)))
    } else {
        return None;
    };
    Some(Replayed { at: change.at, before, after })
}

fn is_of_parent(change: &Change) -> bool {
    let names = ["parent", "IssueParentAssociation"];
    names.iter().any(|name| change.is_of(name, &names) || change.field == *name)
}

fn apply(state: &mut State, turn: &Turn) {
    match turn {
        Turn::Sprints(sprints) => state.sprints.clone_from(sprints),
        Turn::Estimate(estimate) => state.estimate = *estimate,
        Turn::Status(status) => state.status.clone_from(status),
        Turn::Resolution(resolution) => state.resolution = *resolution,
        Turn::IssueType(issue_type) => state.issue_type.clone_from(issue_type),
        Turn::Parent(parent) => state.parent.clone_from(parent),
        Turn::Resolved => state.resolved = Some(true),
        Turn::Deleted => state.exists = false,
    }
}

/// Corrections come at `updated`, but never before the changes they correct.
pub(crate) fn correction_instant(issue: &Issue) -> i64 {
    let last = issue.changes.iter().flatten().map(|change| change.at).max();
    last.max(issue.updated).unwrap_or_else(|| issue.exists_from())
}

/// "Snapshot wins": where the replayed value is not the present one, the
/// present one is set (METRICS section 0, case 29).
fn corrections(initial: &State, turns: &[(i64, Turn)], present: &State) -> Vec<Turn> {
    let mut last = initial.clone();
    for (_, turn) in turns {
        apply(&mut last, turn);
    }
    let mut corrections = Vec::new();
    if last.sprints != present.sprints {
        corrections.push(Turn::Sprints(present.sprints.clone()));
    }
    if last.estimate != present.estimate {
        corrections.push(Turn::Estimate(present.estimate));
    }
    if last.status != present.status {
        corrections.push(Turn::Status(present.status.clone()));
    }
    if last.resolution != present.resolution {
        corrections.push(Turn::Resolution(present.resolution));
    }
    if last.issue_type != present.issue_type {
        corrections.push(Turn::IssueType(present.issue_type.clone()));
    }
    if last.parent != present.parent {
        corrections.push(Turn::Parent(present.parent.clone()));
    }
    corrections
}

/// The last state at or before an instant.
pub(crate) fn state_at(steps: &[Step], at: i64) -> Option<&State> {
    steps.iter().rev().find(|step| step.at <= at).map(|step| &step.state)
}

/// The states with a sub-task's sprints taken from its parent (rule 5): while
/// it is a sub-task, it is in the sprints its parent is in.
pub(crate) fn with_inherited_sprints(
    archive: &Archive,
    own: &[Step],
    timelines: &BTreeMap<String, Vec<Step>>,
) -> Vec<Step> {
    let mut steps = own.to_vec();
    let subtask = |state: &State| archive.is_subtask_type(&state.issue_type);
    let while_subtask = own.iter().filter(|step| subtask(&step.state));
    let parents: BTreeSet<&String> = while_subtask.filter_map(|step| step.state.parent.as_ref()).collect();
    // Each instant at which a parent changes may change the sub-task's sprints.
    for parent in parents {
        for step in timelines.get(parent).into_iter().flatten() {
            if let Some(state) = state_at(own, step.at) {
                steps.push(Step { at: step.at, state: state.clone() });
            }
        }
    }
    steps.sort_by_key(|step| step.at);
    for step in steps.iter_mut().filter(|step| subtask(&step.state)) {
        let parent = step.state.parent.as_ref().and_then(|parent| timelines.get(parent));
        if let Some(parent) = parent.and_then(|parent| state_at(parent, step.at)) {
            step.state.sprints = if parent.exists { parent.sprints.clone() } else { BTreeSet::new() };
        }
    }
    steps
}
