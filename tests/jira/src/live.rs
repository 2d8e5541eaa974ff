//! Time passes, and hands from outside change things: what happened goes into the index, and out as webhooks.

use tidemark_model::Timestamp;
use tidemark_simulation::{Happening, World};

use crate::state::State;
use crate::webhooks::{Delivery, Event};

/// Lets the organisation live until then.
pub(crate) fn advance(state: &mut State, to: Timestamp) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    while let Some(happenings) = state.world.step(to) {
        deliveries.extend(take_in(state, &happenings));
    }
    deliveries
}

/// Does something to the organisation, now.
pub(crate) fn interfere(state: &mut State, act: impl Fn(&mut World) -> Vec<Happening>) -> Vec<Delivery> {
    let now = state.now();
    let mut deliveries = advance(state, now);
    let happenings = act(&mut state.world);
    deliveries.extend(take_in(state, &happenings));
    deliveries
}

/// What becomes of things that have just happened.
fn take_in(state: &mut State, happenings: &[Happening]) -> Vec<Delivery> {
    let from = Timestamp(state.world.now().0 + state.options.rules.index_lag_ms);
    let mut touched: Vec<u32> = Vec::new();
    let mut deliveries = Vec::new();
    for happening in happenings {
        match happening {
            Happening::IssueCreated { issue }
            | Happening::IssueChanged { issue, .. }
            | Happening::IssueDeleted { issue } => touched.push(*issue),
            Happening::Sprint { .. } => state.learn_sprints(),
        }
    }
    touched.sort_unstable();
    touched.dedup();
    for issue in touched {
        state.learn(issue, from);
    }
    for (nth, happening) in happenings.iter().enumerate() {
        let cascaded = nth + 1 < happenings.len()
            && happenings[nth + 1..].iter().any(|later| matches!(later, Happening::IssueDeleted { .. }));
        deliveries.extend(Event::Happened { happening: *happening, cascaded }.delivery(state));
    }
    deliveries
}

/// A board was configured anew.
pub(crate) fn configured(state: &mut State, board: u32) -> Vec<Delivery> {
    Event::Configured { board }.delivery(state).into_iter().collect()
}
