//! A source's thread: it polls, says what came of it, and wakes the processing.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidemark_connectors::Connector;
use tidemark_ingest::{Poll, Polled, Pulled};
use tidemark_model::Timestamp;
use tidemark_model::time::{Clock, SystemClock};

use super::Shared;
use super::states::numbers;
use super::wake::Wake;
use crate::config::Source;

/// How soon a pause notices that the program stops.
const LOOK: Duration = Duration::from_millis(50);

/// What a long first poll has brought so far is processed this often.
const MEANWHILE: Duration = Duration::from_secs(10);

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
    let mut processed = Instant::now();
    poll.run(&|time| pause(time, shared), &mut |polled| match polled {
        Polled::Page(pulled) => {
            shared.states.reads(name, pulled.read);
            if pulled.changed && processed.elapsed() >= MEANWHILE {
                processed = Instant::now();
                wake.wake();
            }
        }
        Polled::Ended(pulled) => {
            ended(name, pulled, shared, wake);
            asked(polling, shared, source.poll_interval);
            processed = Instant::now();
        }
        Polled::Unreconciled(error) => {
            tracing::warn!(source.name = %name, %error, "source {name} can't be reconciled");
            shared.states.unreconciled(name, error.to_string());
        }
        Polled::Reconciled(found) => {
            tracing::info!(source.name = %name, ?found, "source {name} is reconciled");
            shared.states.reconciled(name, SystemClock.now());
            asked(polling, shared, source.poll_interval);
            if found.changed {
                wake.wake();
            }
        }
        Polled::KeptUp(kept) => shared.states.kept_up(name, kept),
        Polled::Failed { error, pause } => {
            let error = error.to_string();
            let pause_secs = pause.as_secs();
            tracing::warn!(source.name = name, %error, pause_secs, "source {name} can't be read");
            shared.metrics.poll_failed(name);
            shared.states.failed(name, SystemClock.now(), error);
            asked(polling, shared, pause);
            wake.wake();
        }
    })?;
    Ok(())
}

/// What asking has cost so far, and when it goes on.
fn asked(polling: &Polling, shared: &Shared, pause: Duration) {
    let account = polling.connector.account();
    if let Some(account) = &account {
        shared.metrics.called(&polling.name, &numbers(account));
    }
    let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    let next = Timestamp(SystemClock.now().0.saturating_add(pause_ms));
    shared.states.asked(&polling.name, account, next);
}

fn ended(name: &str, pulled: &Pulled, shared: &Shared, wake: &Wake) {
    let first = !shared.states.all_asked();
    if pulled.records > 0 {
        shared.metrics.polled(name, pulled.records);
    }
    shared.states.succeeded(name, SystemClock.now(), pulled.records, pulled.changed);
    if pulled.changed || first {
        tracing::debug!(source.name = name, records = pulled.records, "source {name} has something new");
        wake.wake();
    }
}

fn pause(time: Duration, shared: &Shared) -> ControlFlow<()> {
    let mut left = time;
    while !shared.stop.is_cancelled() {
        if left.is_zero() {
            return ControlFlow::Continue(());
        }
        let step = LOOK.min(left);
        std::thread::sleep(step);
        left -= step;
    }
    ControlFlow::Break(())
}
