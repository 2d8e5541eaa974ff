//! The estimates of an issue's sub-tasks over time, for the policy that lets
//! them stand for a missing estimate of the issue (rule 11).

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::Archive;
use crate::points::Points;
use crate::timeline::{State, Step, state_at};

/// The issues that were ever a sub-task of another, by that other's id.
pub(crate) fn subtasks_by_parent(
    archive: &Archive,
    timelines: &BTreeMap<String, Vec<Step>>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_parent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, steps) in timelines {
        for state in steps.iter().map(|step| &step.state) {
            if let Some(parent) = state.parent.as_ref().filter(|_| archive.is_subtask_type(&state.issue_type))
            {
                by_parent.entry(parent.clone()).or_default().insert(id.clone());
            }
        }
    }
    by_parent
}

/// The states of an issue with the estimates of the sub-tasks it has.
pub(crate) fn with_sub_estimates(
    archive: &Archive,
    id: &str,
    subtasks: &BTreeSet<String>,
    timelines: &BTreeMap<String, Vec<Step>>,
) -> Vec<Step> {
    let own = timelines.get(id).map(Vec::as_slice).unwrap_or_default();
    let mut steps = own.to_vec();
    // Each instant at which a sub-task changes may change the sum.
    for step in subtasks.iter().filter_map(|subtask| timelines.get(subtask)).flatten() {
        if let Some(state) = state_at(own, step.at) {
            steps.push(Step { at: step.at, state: state.clone() });
        }
    }
    // Stable: at one instant the issue's own changes come first.
    steps.sort_by_key(|step| step.at);
    for step in &mut steps {
        let estimates = subtasks.iter().filter_map(|subtask| {
            let state = state_at(timelines.get(subtask)?, step.at)?;
            Some((subtask.clone(), estimate_under(archive, state, id)?))
        });
        step.state.sub_estimates = estimates.collect();
    }
    steps
}

/// The estimate of what is a sub-task of an issue, and exists.
fn estimate_under(archive: &Archive, state: &State, parent: &str) -> Option<Points> {
    let is_under = state.parent.as_deref() == Some(parent);
    let counts = state.exists && is_under && archive.is_subtask_type(&state.issue_type);
    state.estimate.filter(|_| counts)
}
