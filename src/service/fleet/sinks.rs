//! The outlets' threads: they follow every task that this process is given, each outlet at its own pace.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tidemark_stream::kafka::KafkaStore;
use tidemark_stream::runner::Stop;
use tidemark_stream::{Snapshot, Store};
use tokio::runtime::Handle;

use super::Parts;
use crate::fleet::Failed;
use crate::outlets::Writer;
use crate::persist::{persist, sleep};
use crate::progress::Progress;

/// The pause between batches for the warehouse: large ones are cheaper there.
const PAUSE: Duration = Duration::from_secs(2);

/// Keeps the serving database up to date: every change at once.
pub(super) fn serving(parts: &Parts, handle: &Handle) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let open = || handle.block_on(parts.fleet.outlets.serving());
    let opened = persist("opening the serving database", &stop, is_transient, open)?;
    let Some(serving) = opened else { return Ok(()) };
    let serving = tokio::sync::Mutex::new(serving);
    let caches = parts.caches("serving");
    parts.on_log("serving", &|log, stop| {
        let follow = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let Some(partition) = store.partition() else { return Ok(()) };
            let started = Instant::now();
            let followed = persist("writing to the serving database", stop, may_pass, || {
                handle.block_on(async {
                    let snapshot = store.snapshot();
                    serving.lock().await.follow(snapshot.as_ref(), log.generation(), partition).await
                })
            });
            if followed.map_err(anyhow::Error::from)?.is_some_and(|followed| followed.rows > 0) {
                parts.metrics.processed(started.elapsed());
            }
            Ok(())
        };
        parts.fleet.following(log, "serving", &caches).run(stop, &follow)
    })
}

/// Keeps the warehouse up to date, in batches.
pub(super) fn warehouse(parts: &Parts) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let transient = |error: &anyhow::Error| error.downcast_ref().is_some_and(is_transient);
    let opened = persist("opening the warehouse", &stop, transient, || parts.fleet.outlets.writer())?;
    let Some(writer) = opened else { return Ok(()) };
    let writer = Mutex::new(writer);
    let caches = parts.caches("warehouse");
    parts.on_log("warehouse", &|log, stop| {
        let follow = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let Some(partition) = store.partition() else { return Ok(()) };
            let started = Instant::now();
            let flushed = persist("writing to the warehouse", stop, is_transient, || {
                flush(&writer, store.snapshot().as_ref(), log.generation(), partition)
            });
            if flushed.map_err(anyhow::Error::from)?.is_some_and(|rows| rows > 0) {
                parts.metrics.flushed();
            }
            sleep(PAUSE.saturating_sub(started.elapsed()), stop);
            Ok(())
        };
        parts.fleet.following(log, "warehouse", &caches).run(stop, &follow)
    })
}

fn flush(
    writer: &Mutex<Writer>,
    snapshot: &dyn Snapshot,
    generation: u64,
    partition: u32,
) -> Result<u64, tidemark_sinks::Error> {
    // What a batch that panicked left behind is written again by the next one.
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    writer.flush(snapshot, generation, partition, &mut Progress::silent())
}

fn is_transient(error: &tidemark_sinks::Error) -> bool {
    error.is_transient()
}

/// Another process that was given the same task has written: one of the two will lose it.
fn may_pass(error: &tidemark_sinks::Error) -> bool {
    error.is_transient() || matches!(error, tidemark_sinks::Error::OtherWriter { .. })
}
