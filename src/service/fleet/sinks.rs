//! The outlets' threads: they follow every task that this process is given, each outlet at its own pace.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tidemark_sinks::{Error, Followed, Serving};
use tidemark_stream::Store;
use tidemark_stream::kafka::KafkaStore;
use tidemark_stream::runner::Stop;
use tokio::runtime::Handle;

use super::super::watch::{WAREHOUSE, Watch};
use super::Parts;
use crate::fleet::Failed;
use crate::persist::{persist, sleep};
use crate::progress::Progress;

/// The pause between batches for the warehouse: large ones are cheaper there.
const PAUSE: Duration = Duration::from_secs(2);
/// What follows from a change comes in several transactions: a batch begins when none has come for so long, and at the
/// latest so long after the first.
const QUIET: Duration = Duration::from_millis(150);
const GATHERED: Duration = Duration::from_secs(1);

/// How often a task whose position was moved by another process is tried again, and the pause before.
const TRIES: u32 = 5;
const AFTER_OTHER: Duration = Duration::from_millis(200);

/// Keeps the serving database up to date: every change at once.
pub(super) fn serving(parts: &Parts, handle: &Handle) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let open = || handle.block_on(parts.fleet.outlets.serving());
    let opened = persist("opening the serving database", &stop, Error::is_transient, open)?;
    let Some(serving) = opened else { return Ok(()) };
    let caches = parts.fleet.caches("serving");
    let watch = Watch::new("serving", &parts.metrics);
    parts.on_log("serving", &|log, stop| {
        let writers = Writers { serving: &serving, handle, by_partition: Mutex::default() };
        let follow = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let Some(partition) = store.partition() else { return Ok(()) };
            let _span = tracing::info_span!("serve", task.partition = partition).entered();
            let started = Instant::now();
            let followed = writers.follow(store, (log.generation(), partition), stop);
            if followed.map_err(anyhow::Error::from)?.is_some_and(|followed| followed.rows > 0) {
                parts.metrics.processed(started.elapsed());
            }
            watch.wrote(store.snapshot().as_ref(), partition)?;
            Ok(())
        };
        let told = |partition, standing| watch.standing(partition, standing);
        parts.fleet.following(log, "serving", &caches, &told).run(stop, &follow)
    })
}

/// A writer for each task.
struct Writers<'a> {
    serving: &'a Serving,
    handle: &'a Handle,
    by_partition: Mutex<BTreeMap<u32, Serving>>,
}

impl Writers<'_> {
    /// Copies what a task says, for as long as it takes: the server may be away, and another process that was given the same
    /// task may write as well, until one of the two loses it.
    fn follow(
        &self,
        store: &KafkaStore,
        (generation, partition): (u64, u32),
        stop: &Stop<'_>,
    ) -> Result<Option<Followed>, Error> {
        for _ in 0..TRIES {
            let mut writer = self.writers().remove(&partition).unwrap_or_else(|| self.serving.for_task());
            let followed = persist("writing to the serving database", stop, Error::is_transient, || {
                let snapshot = store.snapshot();
                self.handle.block_on(writer.follow(snapshot.as_ref(), generation, partition))
            });
            match followed {
                // The next try finds out how far the other has come.
                Err(error @ (Error::OtherWriter { .. } | Error::Past { .. })) => {
                    tracing::debug!(%error, task.partition = partition, "a task is followed by another process too");
                    sleep(AFTER_OTHER, stop);
                }
                done => {
                    self.writers().insert(partition, writer);
                    return done;
                }
            }
        }
        Ok(None)
    }

    fn writers(&self) -> MutexGuard<'_, BTreeMap<u32, Serving>> {
        // Each is taken out while it writes.
        self.by_partition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the warehouse up to date, in batches.
pub(super) fn warehouse(parts: &Parts, handle: &Handle) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let open = || parts.fleet.outlets.writer(handle);
    let opened = persist("opening the warehouse", &stop, Error::is_transient, open)?;
    let Some(writer) = opened else { return Ok(()) };
    let caches = parts.fleet.caches("warehouse");
    let watch = Watch::new(WAREHOUSE, &parts.metrics);
    parts.on_log("warehouse", &|log, stop| {
        let follow = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let Some(partition) = store.partition() else { return Ok(()) };
            let _span = tracing::info_span!("flush", task.partition = partition).entered();
            let started = Instant::now();
            while started.elapsed() < GATHERED && store.follow(QUIET)? && !stop() {}
            let flushed = persist("writing to the warehouse", stop, Error::is_transient, || {
                let snapshot = store.snapshot();
                writer.flush(snapshot.as_ref(), log.generation(), partition, &mut Progress::silent())
            });
            match flushed {
                Ok(Some(rows)) if rows > 0 => parts.metrics.flushed(),
                Ok(_) => (),
                // The log was made anew by others, who wrote already: this task's store is about to hear of it.
                Err(error @ Error::OlderLog { .. }) => {
                    tracing::warn!(%error, task.partition = partition, "the warehouse follows a later log");
                }
                Err(error) => return Err(anyhow::Error::from(error).into()),
            }
            watch.wrote(store.snapshot().as_ref(), partition)?;
            sleep(PAUSE.saturating_sub(started.elapsed()), stop);
            Ok(())
        };
        let told = |partition, standing| watch.standing(partition, standing);
        parts.fleet.following(log, "warehouse", &caches, &told).run(stop, &follow)
    })
}
