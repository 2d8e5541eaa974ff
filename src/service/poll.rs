//! A source's thread: it polls, says what came of it, and wakes the processing.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidemark_connectors::Connector;
use tidemark_ingest::Poll;
use tidemark_model::time::SystemClock;

use super::Shared;
use super::hearer::Hearer;
use super::wake::Wake;
use crate::config::Source;
use crate::pace::Pace;
use crate::persist::sleep;

/// A source to be polled.
pub(super) struct Polling {
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) connector: Arc<dyn Connector>,
}

pub(super) fn run(polling: &Polling, shared: &Shared, wake: &Wake) -> anyhow::Result<()> {
    let Polling { name, source, connector } = polling;
    let poll = Poll {
        source: name,
        connector: connector.as_ref(),
        store: shared.app.store,
        clock: &SystemClock,
        every: source.poll_interval,
        reconcile_every: source.reconcile_interval,
    };
    let mut hearer = Hearer {
        name,
        connector: connector.as_ref(),
        every: source.poll_interval,
        states: &shared.states,
        metrics: &shared.metrics,
        wake: &|| wake.wake(),
        woken: Instant::now(),
        pace: Pace::default(),
    };
    let stop = || shared.stop.is_cancelled();
    let pause = |time: Duration| {
        sleep(time, &stop);
        if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    Ok(poll.run(&pause, &mut |polled| hearer.hear(polled))?)
}
