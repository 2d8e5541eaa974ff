//! The sources' threads: a group shares the sources out, so that each is polled by one process at a time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tidemark_ingest::{InboxWriter, Poll};
use tidemark_model::Key;
use tidemark_model::time::SystemClock;
use tidemark_sinks::serving::SourceState;
use tidemark_stream::kafka::{Group, Log, partition};
use tidemark_stream::runner::Stop;

use super::super::hearer::Hearer;
use super::{AWAY, Parts};
use crate::app::connector;
use crate::config::Source;
use crate::fleet::Failed;
use crate::pace::Pace;
use crate::persist::sleep;

/// How often what is known of the sources is written, where something is new, and at least.
const LOOK: Duration = Duration::from_millis(250);
const TELL: Duration = Duration::from_secs(10);

pub(super) fn run(parts: &Parts) -> anyhow::Result<()> {
    parts.on_log("ingest", &|log, stop| {
        parts.fleet.adopt(log, &parts.config.policy)?;
        let group = Group { log, name: "ingest", member: None };
        group.run(stop, &|task, stop| {
            let sources = parts.config.sources.iter();
            // One that fails ends all of them, so that all are begun again.
            let failed = AtomicBool::new(false);
            let stop = || stop() || failed.load(Ordering::SeqCst);
            let ours = sources.filter(|(name, _)| partition(&Key::of([name]), 1, log.partitions()) == task);
            std::thread::scope(|scope| {
                let polling: Vec<_> = ours
                    .map(|(name, source)| {
                        let (stop, failed) = (&stop, &failed);
                        scope.spawn(move || {
                            let polled = poll(parts, log, name, source, stop);
                            failed.fetch_or(polled.is_err(), Ordering::SeqCst);
                            polled
                        })
                    })
                    .collect();
                let ended = polling.into_iter().map(|thread| {
                    let panicked = |_| Err(anyhow!("the thread of a source panicked").into());
                    thread.join().unwrap_or_else(panicked)
                });
                // All of them are waited for.
                ended.collect::<Vec<Result<(), Failed>>>().into_iter().collect()
            })
        })
    })
}

/// Polls a source for as long as it is this process's.
fn poll(parts: &Parts, log: &Log, name: &str, source: &Source, stop: &Stop<'_>) -> Result<(), Failed> {
    let store = parts.fleet.source(log, name)?;
    let connector = connector(name, source)?;
    let poll = Poll {
        source: name,
        connector: connector.as_ref(),
        store: &store,
        clock: &SystemClock,
        every: source.poll_interval,
        reconcile_every: source.reconcile_interval,
    };
    // What webhooks have told meanwhile is written by other writers.
    let unheard = RefCell::new(None);
    let pause = |time: Duration| {
        sleep(time, stop);
        if !time.is_zero() && !stop() {
            unheard.replace(store.catch_up().err());
        }
        if stop() || unheard.borrow().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut hearer = Hearer {
        name,
        connector: connector.as_ref(),
        every: source.poll_interval,
        states: &parts.states,
        metrics: &parts.metrics,
        // Who computes reads the log.
        wake: &|| (),
        woken: Instant::now(),
        pace: Pace::default(),
    };
    let polled = poll.run(&pause, &mut |polled| hearer.hear(polled));
    // Others may have it from now on.
    parts.metrics.leaves(name);
    polled?;
    unheard.into_inner().map_or(Ok(()), |error| Err(error.into()))
}

/// Writes the webhooks that this process takes. Each process writes under a name of its own: none fences another.
pub(super) fn hooks(parts: &Parts, writer: InboxWriter) -> anyhow::Result<()> {
    let writer = Mutex::new(writer);
    parts.on_log("hooks", &|log, stop| {
        let store = parts.fleet.receiver(log)?;
        // Nobody else has it; a panic ends the process.
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(writer.run(&store, &SystemClock, stop, &|| ())?)
    })
}

/// Writes what is known of the sources that this process has asked. What can't be written now is written later.
pub(super) async fn tell(parts: Arc<Parts>) -> anyhow::Result<()> {
    let names: Vec<String> = parts.config.sources.keys().cloned().collect();
    let mut serving = None;
    let mut told = tokio::time::Instant::now();
    let mut known: BTreeMap<String, SourceState> = BTreeMap::new();
    let mut away = false;
    while parts.stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        let (states, news) = parts.states.take();
        if told.elapsed() < if away { AWAY } else { TELL } && (away || !news) {
            continue;
        }
        told = tokio::time::Instant::now();
        // What has not changed here may have changed elsewhere: a source that was polled here may be others' now.
        let ours = |state: &SourceState| state.polled_at.is_some() || state.read_per_mille.is_some();
        let new = |state: &SourceState| ours(state) && known.get(&state.name) != Some(state);
        let asked: Vec<_> = states.into_iter().filter(new).collect();
        if asked.is_empty() {
            continue;
        }
        let written = async {
            if serving.is_none() {
                serving = Some(parts.fleet.outlets.serving().await?);
            }
            match &serving {
                Some(serving) => serving.states(&asked, &names).await,
                None => Ok(()),
            }
        };
        match written.await {
            Ok(()) => {
                known.extend(asked.into_iter().map(|state| (state.name.clone(), state)));
                away = false;
            }
            Err(error) => {
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!(%error, "what is known of the sources can't be written");
                }
                serving = None;
            }
        }
    }
    Ok(())
}
