//! The outlets' threads: they follow every task that this process is given, each outlet at its own pace.

use std::time::{Duration, Instant};

use tidemark_sinks::Error;
use tidemark_stream::Store;
use tidemark_stream::kafka::KafkaStore;
use tidemark_stream::runner::Stop;
use tokio::runtime::Handle;

use super::super::watch::{WAREHOUSE, Watch};
use super::Parts;
use crate::copy::{self, Copier};
use crate::fleet::Failed;
use crate::persist::{persist, sleep};

/// The pause between batches for the warehouse: large ones are cheaper there.
const PAUSE: Duration = Duration::from_secs(2);
/// What follows from a change comes in several transactions: a batch begins when none has come for so long, and at the
/// latest so long after the first.
const QUIET: Duration = Duration::from_millis(150);
const GATHERED: Duration = Duration::from_secs(1);

/// Keeps the serving database up to date: every change at once.
pub(super) fn serving(parts: &Parts, handle: &Handle) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let open = || handle.block_on(parts.fleet.outlets.serving());
    let opened = persist("opening the serving database", &stop, Error::is_transient, || false, open)?;
    let Some(serving) = opened else { return Ok(()) };
    let caches = parts.fleet.caches("serving");
    let watch = Watch::new("serving", &parts.metrics);
    parts.on_log("serving", &|log, stop| {
        let copier = Copier::new(&serving, handle);
        let follow = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let Some(partition) = store.partition() else { return Ok(()) };
            let _span = tracing::info_span!("serve", task.partition = partition).entered();
            let started = Instant::now();
            let followed = copier.follow(store, (log.generation(), partition), stop)?;
            if followed.is_some_and(|followed| followed.rows > 0) {
                parts.metrics.processed(started.elapsed());
            }
            watch.wrote(store.snapshot().as_ref(), partition)?;
            Ok(())
        };
        let told = |partition, standing| watch.standing(partition, standing);
        parts.fleet.following(log, "serving", &caches, &told).run(stop, &follow)
    })
}

/// Keeps the warehouse up to date, in batches.
pub(super) fn warehouse(parts: &Parts, handle: &Handle) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let open = || parts.fleet.outlets.writer(handle);
    let opened = persist("opening the warehouse", &stop, Error::is_transient, || false, open)?;
    let Some(writer) = opened else { return Ok(()) };
    let caches = parts.fleet.caches("warehouse");
    let watch = Watch::new(WAREHOUSE, &parts.metrics);
    parts.on_log("warehouse", &|log, stop| {
        let follow = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let Some(partition) = store.partition() else { return Ok(()) };
            let _span = tracing::info_span!("flush", task.partition = partition).entered();
            let started = Instant::now();
            while started.elapsed() < GATHERED && store.follow(QUIET)? && !stop() {}
            let flushed = copy::flush(&writer, store, (log.generation(), partition), stop);
            match flushed {
                Ok(Some(rows)) if rows > 0 => parts.metrics.flushed(),
                Ok(_) => (),
                // The log was made anew by others, who wrote already: this task's store is about to hear of it.
                Err(error @ Error::OlderLog { .. }) => {
                    tracing::warn!(%error, task.partition = partition, "the warehouse follows a later log");
                }
                Err(error) => return Err(error.into()),
            }
            watch.wrote(store.snapshot().as_ref(), partition)?;
            sleep(PAUSE.saturating_sub(started.elapsed()), stop);
            Ok(())
        };
        let told = |partition, standing| watch.standing(partition, standing);
        parts.fleet.following(log, "warehouse", &caches, &told).run(stop, &follow)
    })
}
