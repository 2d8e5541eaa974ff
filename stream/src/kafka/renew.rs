//! Emptying a log that tasks share, so that everything is computed anew: all of them are stopped first.

use std::path::Path;
use std::sync::Arc;

use tidemark_model::time::Clock;

use super::log::{Identity, Log};
use super::store::{Actor, Held, KafkaStore, Opening};
use crate::Error;
use crate::store::Table;

/// How often a task that started at the same moment is taken over once more.
const ATTEMPTS: u32 = 5;

/// Whoever empties a log.
#[derive(Clone, Copy)]
pub struct Renewal<'a> {
    /// What every task holds.
    pub held: &'a [(Table, Held)],
    pub processors: &'a [&'static str],
    pub caches: &'a Path,
    pub clock: &'a Arc<dyn Clock>,
}

/// What empties a task's store.
type Empty<'a> = &'a (dyn Fn(&KafkaStore) -> Result<(), Error> + Sync);

impl Log {
    /// Empties the log with `empty`, which is called with every task's store, and raises the generation.
    ///
    /// The log is marked first: no task is opened from then on, and those that are open are taken over, so that none
    /// writes into what another has emptied already. Where this is interrupted the mark stays, nothing is computed, and
    /// doing it again ends it.
    pub fn renew(&mut self, renewal: Renewal<'_>, empty: Empty<'_>) -> Result<(), Error> {
        self.state(Identity { emptying: true, ..self.identity.clone() })?;
        let mut attempt = 1;
        loop {
            match self.empty_all(renewal, empty) {
                // Who looked at the log just before it was marked has taken a task over, and drops it when it sees the mark.
                Err(Error::Fenced { .. }) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
                Ok(()) => return self.raise_generation(0),
            }
        }
    }

    fn empty_all(&self, renewal: Renewal<'_>, empty: Empty<'_>) -> Result<(), Error> {
        let Renewal { held, processors, caches, clock } = renewal;
        let open = |partition| {
            let actor = &Actor::Task(partition);
            KafkaStore::open(self, Opening { actor, held, processors, caches, clock })
        };
        let stores = at_once(0..self.partitions(), open)?;
        // What an older owner has written last is in the log of its target by now.
        at_once(&stores, KafkaStore::catch_up)?;
        at_once(&stores, empty)?;
        // Each waits for its connections to end.
        at_once(stores, |store| {
            drop(store);
            Ok(())
        })?;
        Ok(())
    }
}

/// Does something with all of them side by side: most of it is waiting for brokers and disks.
fn at_once<T: Send, U: Send>(
    all: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> Result<U, Error> + Sync,
) -> Result<Vec<U>, Error> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = all.into_iter().map(|one| scope.spawn(move || work(one))).collect();
        let panicked = |_| {
            let action = "making the log anew".to_owned();
            Err(Error::Kafka { action, reason: "a thread panicked".to_owned(), transient: false })
        };
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
    })
}
