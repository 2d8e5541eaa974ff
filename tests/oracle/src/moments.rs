//! An issue's states seen from one sprint on one board.

use std::collections::BTreeSet;

use crate::archive::Archive;
use crate::points::Points;
use crate::sprint::{Board, Sprint, reopenings};
use crate::timeline::{State, Step, state_at};

/// What a sprint sees of an issue from an instant on.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) at: i64,
    /// In the sprint, be it as a sub-task.
    pub(crate) member: bool,
    pub(crate) subtask: bool,
    pub(crate) done: bool,
    /// The estimate as it counts: 0 in a status that is in no column (rule
    /// 11); `None` when there is no estimate (rule 8).
    pub(crate) estimate: Option<Points>,
}

impl Moment {
    /// The estimate in a sum: null counts 0 (rule 8).
    pub(crate) fn points(&self) -> Points {
        self.estimate.unwrap_or_default()
    }
}

/// The moments of one issue in one sprint, in the order of its states.
pub(crate) fn moments(archive: &Archive, board: &Board, sprint: &Sprint, steps: &[Step]) -> Vec<Moment> {
    let mut seen: Vec<(i64, bool, &State)> = steps.iter().map(|step| (step.at, false, &step.state)).collect();
    for at in reopenings(&archive.sprint_sights, sprint.id) {
        seen.extend(state_at(steps, at).map(|state| (at, true, state)));
    }
    // Stable: a reopening comes after the changes of its instant.
    seen.sort_by_key(|(at, ..)| *at);

    // Case 23: an issue that is in another active sprint when this one is
    // reopened is out of this one for as long as it stays in the other.
    let mut elsewhere: BTreeSet<i64> = BTreeSet::new();
    let mut moments = Vec::new();
    for (at, reopened, state) in seen {
        if reopened {
            elsewhere = other_running_sprints(archive, sprint, at);
        }
        elsewhere.retain(|other| state.sprints.contains(other));
        let member = state.exists && state.sprints.contains(&sprint.id) && elsewhere.is_empty();
        moments.push(moment(archive, board, at, member, state));
    }
    moments
}

fn other_running_sprints(archive: &Archive, sprint: &Sprint, at: i64) -> BTreeSet<i64> {
    let others = archive.sprints.iter().filter(|other| other.id != sprint.id);
    others.filter(|other| other.is_running(at)).map(|other| other.id).collect()
}

fn moment(archive: &Archive, board: &Board, at: i64, member: bool, state: &State) -> Moment {
    let status = &state.status;
    let done = board.is_done(status).unwrap_or_else(|| archive.is_done_category(status));
    let unmapped = board.is_unmapped(status);
    Moment {
        at,
        member,
        subtask: archive.is_subtask_type(&state.issue_type),
        done: done && state.resolved.unwrap_or(true),
        estimate: state.estimate.map(|points| if unmapped { Points::default() } else { points }),
    }
}
