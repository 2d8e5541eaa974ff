//! Copying a task's rows to the outlets, for as long as it takes: servers may be away, and another process that was given
//! the same task may write as well, until one of the two loses it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidemark_sinks::{Error, Followed, Serving};
use tidemark_stream::Store;
use tidemark_stream::kafka::KafkaStore;
use tidemark_stream::runner::Stop;
use tokio::runtime::Handle;

use crate::outlets::Writer;
use crate::persist::{persist, sleep};
use crate::progress::Progress;

/// How often a task whose position was moved by another process is tried again, and the pause before.
const TRIES: u32 = 5;
const AFTER_OTHER: Duration = Duration::from_millis(200);

/// Writes to the serving database, with a writer for each task.
pub(crate) struct Copier<'a> {
    serving: &'a Serving,
    handle: &'a Handle,
    by_partition: Mutex<BTreeMap<u32, Serving>>,
}

impl<'a> Copier<'a> {
    pub(crate) fn new(serving: &'a Serving, handle: &'a Handle) -> Self {
        Self { serving, handle, by_partition: Mutex::default() }
    }

    /// Copies what a task says; nothing where `stop` came first, or another process was ahead again and again.
    pub(crate) fn follow(
        &self,
        store: &KafkaStore,
        (generation, partition): (u64, u32),
        stop: &Stop<'_>,
    ) -> Result<Option<Followed>, Error> {
        let mut ahead = 0;
        for _ in 0..TRIES {
            // A database that is ahead of the log's very end has what the log has lost.
            let fresh = || if ahead < 2 { self.serving.for_task() } else { self.serving.for_task_at_end() };
            let mut writer = self.writers().remove(&partition).unwrap_or_else(fresh);
            let copy = || {
                let snapshot = store.snapshot();
                self.handle.block_on(writer.follow(snapshot.as_ref(), generation, partition))
            };
            let what = "writing to the serving database";
            let followed = persist(what, stop, Error::is_transient, || false, copy);
            match followed {
                // The next try knows what the other knew, and finds out how far it has come.
                Err(error @ (Error::OtherWriter { .. } | Error::Past { .. } | Error::Ahead { .. })) => {
                    tracing::debug!(%error, task.partition = partition, "a task is followed by another process too");
                    ahead += u32::from(matches!(error, Error::Ahead { .. }));
                    sleep(AFTER_OTHER, stop);
                    store.catch_up()?;
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

/// Copies what a task says to the warehouse; the number of rows, or nothing where `stop` came first.
pub(crate) fn flush(
    writer: &Writer,
    store: &KafkaStore,
    (generation, partition): (u64, u32),
    stop: &Stop<'_>,
) -> Result<Option<u64>, Error> {
    let flush = || {
        persist(
            "writing to the warehouse",
            stop,
            Error::is_transient,
            || false,
            || {
                let snapshot = store.snapshot();
                writer.flush(snapshot.as_ref(), generation, partition, &mut Progress::silent())
            },
        )
    };
    match flush() {
        // Another process knew more. A warehouse that is ahead of the log's very end has what the log has lost.
        Err(Error::Ahead { .. }) => {
            store.catch_up()?;
            flush()
        }
        flushed => flushed,
    }
}
