//! An issue's states seen from one sprint on one board.

use std::collections::BTreeSet;

use crate::archive::Archive;
use crate::points::Points;
use crate::policy::Subtasks;
use crate::shares::Shares;
use crate::sights::{is_open, reopenings};
use crate::sprint::Sprint;
use crate::timeline::{State, Step, state_at};
use crate::view::View;

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
    worth: Option<Shares>,
}

impl Moment {
    /// The estimate; null when there is none.
    pub(crate) fn estimate(&self) -> Option<Points> {
        self.worth.as_ref().map(Shares::total)
    }

    /// The estimate in a sum: null counts 0 (rule 8).
    pub(crate) fn shares(&self) -> Shares {
        self.worth.clone().unwrap_or_default()
    }
}

/// The moments of one issue in one sprint, in the order of its states.
pub(crate) fn moments(view: &View<'_>, sprint: &Sprint, id: &str, steps: &[Step]) -> Vec<Moment> {
    let mut seen: Vec<(i64, bool, &State)> = steps.iter().map(|step| (step.at, false, &step.state)).collect();
    for at in reopenings(&view.archive.sights, sprint) {
        seen.extend(state_at(steps, at).map(|state| (at, true, state)));
    }
    // Stable: a reopening comes after the changes of its instant.
    seen.sort_by_key(|(at, ..)| *at);

    // Case 23: an issue of this sprint that is in another active one when this
    // one is reopened is out of it for as long as it stays in the other.
    let mut elsewhere: BTreeSet<i64> = BTreeSet::new();
    let mut moments = Vec::new();
    for (at, reopened, state) in seen {
        if reopened {
            elsewhere.extend(other_open_sprints(view.archive, sprint, at));
        }
        let is_in = state.sprints.contains(&sprint.id);
        elsewhere.retain(|other| is_in && state.sprints.contains(other));
        let member = state.exists && is_in && elsewhere.is_empty();
        moments.push(Moment {
            at,
            member,
            subtask: view.is_subtask(state),
            done: view.is_done(state),
            worth: worth(view, id, state),
        });
    }
    moments
}

fn other_open_sprints<'a>(
    archive: &'a Archive,
    sprint: &'a Sprint,
    at: i64,
) -> impl Iterator<Item = i64> + 'a {
    let others = archive.sprints.iter().filter(|other| other.id != sprint.id);
    others.filter(move |other| is_open(&archive.sights, other, at)).map(|other| other.id)
}

/// Its own estimate, else with roll-up the sum of its sub-tasks' (rule 11).
fn worth(view: &View<'_>, id: &str, state: &State) -> Option<Shares> {
    let own = state.estimate.map(|points| Shares::of(id, points));
    let rolls_up = view.policy.subtasks == Subtasks::RollUp && !state.sub_estimates.is_empty();
    let rolled_up = || rolls_up.then(|| Shares::from_estimates(state.sub_estimates.clone()));
    let worth = own.or_else(rolled_up);
    if view.counts_nothing(state) { worth.map(|_| Shares::default()) } else { worth }
}
