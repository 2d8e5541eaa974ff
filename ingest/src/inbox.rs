//! The inbox of webhooks: what is genuine is written, and answered once it is on disk.
//!
//! ```text
//! each request ─► genuine? ─► read ─┐ bounded queue
//!                                   ▼
//!                        one thread: known already? ─► one batch of all that wait ─► fsync ─► answers
//! ```
//!
//! Nothing is read of what is stored about an issue: what a webhook tells has rows of its own, and translation puts
//! everything together. So whoever receives a delivery may write it, also where another process polls the source.
//!
//! # What is refused
//!
//! - **Missing, wrong**: a delivery whose signature is not there, or not that of its body under one of the source's secrets.
//!   Comparisons take the same time whatever they find.
//! - **Replayed**: one that is identical to another that was taken more than an hour before
//!   ([`Delivery::REPEATED_FOR_MS`](tidemark_model::delivery::Delivery)). Within the hour it is *repeated* instead: it changes
//!   nothing, and is answered as if it were new, since its sender has not heard our first answer. Jira sends a delivery again
//!   with the same body, number (`X-Atlassian-Webhook-Identifier`) and signature, and counts the tries in
//!   `X-Atlassian-Webhook-Retry`; two registrations with one secret send the same body under two numbers. No signature covers
//!   these headers, so that they prove nothing and decide nothing: what tells a retry from a replay is the time that has passed.
//! - After a week a delivery is forgotten. The same again is then taken once more, and does no harm: all that it tells loses
//!   against what was read since, or says what is known.

mod shown;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Queue, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tidemark_connectors::Connector;
use tidemark_connectors::hook::{self, Received, Refusal};
use tidemark_model::asked::Asked;
use tidemark_model::delivery::{Again, Delivery};
use tidemark_model::raw::Raw;
use tidemark_model::time::Clock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_stream::store::{Batch, Durability, RowWrite, Snapshot, Store, Table};
use tidemark_stream::{codec, tables};
use tokio::sync::oneshot;

use crate::expiry::Expiry;
use shown::Shown;

/// Deliveries that wait to be written; who comes later is asked to come again.
const WAITING: usize = 4096;
/// Deliveries of a batch: as many as come while the disk is busy.
const BATCH: usize = 1024;
/// How soon the writing thread notices that it has to stop.
const LOOK: Duration = Duration::from_millis(50);
/// Signatures that are remembered without asking the store.
const REMEMBERED: usize = 100_000;
/// A larger body is read on a thread of its own: it takes longer than others may wait for. This one takes about a millisecond.
const LARGE_BYTES: usize = 64 << 10;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk.
    Taken,
    /// It is on disk, and holds what can't be taken; why.
    Rejected(String),
    /// It is in order, and carries nothing that is measured.
    PassedOver(&'static str),
    /// The same was taken before: its sender has not heard so, or has told it twice.
    Repeated,
    /// There is no such source, or it takes no webhooks.
    NoSource,
    /// It is not believed.
    Refused(Refusal),
    /// The same was taken too long before to be sent again by who sent it.
    Replayed,
    /// Too many wait already.
    Full,
    /// It could not be written.
    Failed,
}

struct Waiting {
    source: String,
    signature: String,
    received: Received,
    answer: oneshot::Sender<Outcome>,
}

/// Takes deliveries.
#[derive(Clone)]
pub struct Inbox {
    sources: Arc<BTreeMap<String, Arc<dyn Connector>>>,
    queue: SyncSender<Waiting>,
}

/// Writes what the inbox takes.
pub struct InboxWriter {
    queue: Queue<Waiting>,
    /// What was taken lately.
    known: HashMap<Key, Delivery>,
    shown: Shown,
    expiry: Expiry,
}

/// An inbox for these sources, and what writes it.
pub fn inbox(sources: BTreeMap<String, Arc<dyn Connector>>) -> (Inbox, InboxWriter) {
    let (send, queue) = sync_channel(WAITING);
    let inbox = Inbox { sources: Arc::new(sources), queue: send };
    (inbox, InboxWriter { queue, known: HashMap::new(), shown: Shown::default(), expiry: Expiry::default() })
}

impl Inbox {
    /// Says whether a delivery may be taken whose body has not come yet; it is refused like a whole one.
    pub fn admits(&self, source: &str, head: &hook::Delivery) -> Result<(), Outcome> {
        let receiver = self.sources.get(source).and_then(|connector| connector.receiver());
        receiver.ok_or(Outcome::NoSource)?.admits(head).map_err(Outcome::Refused)
    }

    /// Takes one delivery; answers once it is on disk.
    pub async fn deliver(&self, source: &str, delivery: hook::Delivery) -> Outcome {
        let Some(connector) = self.sources.get(source) else { return Outcome::NoSource };
        let opened = if delivery.body.len() <= LARGE_BYTES {
            opened(connector.as_ref(), &delivery)
        } else {
            let connector = Arc::clone(connector);
            let opened = tokio::task::spawn_blocking(move || opened(connector.as_ref(), &delivery));
            opened.await.unwrap_or(Err(Outcome::Failed))
        };
        let (signature, received) = match opened {
            Ok(opened) => opened,
            Err(outcome) => return outcome,
        };
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { source: source.to_owned(), signature, received, answer };
        match self.queue.try_send(waiting) {
            Ok(()) => answered.await.unwrap_or(Outcome::Failed),
            Err(TrySendError::Full(_)) => Outcome::Full,
            Err(TrySendError::Disconnected(_)) => Outcome::Failed,
        }
    }
}

/// What proves a delivery genuine, and what it carries.
fn opened(connector: &dyn Connector, delivery: &hook::Delivery) -> Result<(String, Received), Outcome> {
    let receiver = connector.receiver().ok_or(Outcome::NoSource)?;
    let signature = receiver.verify(delivery).map_err(Outcome::Refused)?;
    Ok((signature, receiver.read(delivery).map_err(Outcome::Refused)?))
}

impl InboxWriter {
    /// Writes deliveries until `stop`; `written` hears of each batch that changes anything. A store that can't be written
    /// ends it: who waits is told that it failed.
    pub fn run(
        &mut self,
        store: &dyn Store,
        clock: &dyn Clock,
        stop: &dyn Fn() -> bool,
        written: &dyn Fn(),
    ) -> Result<(), tidemark_stream::Error> {
        loop {
            match self.queue.recv_timeout(LOOK) {
                Ok(first) => {
                    let mut waiting = vec![first];
                    waiting.extend(self.queue.try_iter().take(BATCH - 1));
                    self.write(store, clock.now(), waiting, written)?;
                }
                Err(RecvTimeoutError::Timeout) if !stop() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.expiry.go_on(store, clock.now())?;
        }
    }

    fn write(
        &mut self,
        store: &dyn Store,
        now: Timestamp,
        waiting: Vec<Waiting>,
        written: &dyn Fn(),
    ) -> Result<(), tidemark_stream::Error> {
        let (mut rows, mut outcomes) = (BTreeMap::new(), Vec::with_capacity(waiting.len()));
        let (mut news, mut taken, mut forgotten) = (false, HashMap::new(), Vec::new());
        let snapshot = store.snapshot();
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        for one in &waiting {
            let delivery = one.delivery(now);
            let key = delivery.key();
            let before = taken.get(&key).or_else(|| self.known.get(&key));
            let again = match before {
                Some(before) => before.again(now),
                None => stored(snapshot.as_ref(), &key)?.map_or(Again::Forgotten, |stored| stored.again(now)),
            };
            match again {
                Again::Repeated => outcomes.push(Outcome::Repeated),
                Again::Replayed => outcomes.push(Outcome::Replayed),
                Again::Forgotten => {
                    news |= !one.received.records.is_empty() || !one.received.rejected.is_empty();
                    outcomes.push(one.outcome());
                    // Two may tell the same: one write of a key is enough.
                    rows.extend(one.rows(&delivery).map(|row| ((row.table, row.key.clone()), row)));
                    for older in self.shown.older(&one.received.records) {
                        // It may not have been written yet.
                        if rows.remove(&(Raw::TABLE, older.clone())).is_none() {
                            forgotten.push((Raw::TABLE, older));
                        }
                    }
                    taken.insert(key, delivery);
                }
            }
        }
        drop(snapshot);
        if !rows.is_empty() {
            // What came late may tell it once more.
            forgotten.retain(|place| !rows.contains_key(place));
            let batch = Batch { rows: rows.into_values().collect(), forgotten, ..Batch::default() };
            store.commit(batch, Durability::Synced)?;
        }
        // What could not be written is not known: it is sent again.
        self.known.extend(taken);
        for (one, outcome) in waiting.into_iter().zip(outcomes) {
            // Who has gone away learns it when it comes again.
            one.answer.send(outcome).ok();
        }
        if news {
            written();
        }
        Ok(())
    }
}

fn stored(snapshot: &dyn Snapshot, key: &Key) -> Result<Option<Delivery>, tidemark_stream::Error> {
    let stored = snapshot.get(Delivery::TABLE, key)?;
    stored.map(|stored| tables::decode(key, &stored.json)).transpose()
}

impl Waiting {
    fn delivery(&self, now: Timestamp) -> Delivery {
        Delivery {
            source: self.source.clone(),
            signature: self.signature.clone(),
            id: self.received.id.clone(),
            event: self.received.event.clone(),
            received_at: now,
        }
    }

    /// How it is answered.
    fn outcome(&self) -> Outcome {
        match (self.received.passed_over, self.received.rejected.first()) {
            (_, Some(rejected)) => Outcome::Rejected(rejected.detail.clone()),
            (Some(why), None) => Outcome::PassedOver(why),
            (None, None) => Outcome::Taken,
        }
    }

    /// What is written of it.
    fn rows(&self, delivery: &Delivery) -> impl Iterator<Item = RowWrite> {
        let Received { records, rejected, asks, .. } = &self.received;
        let asked = asks.then(|| Asked {
            source: delivery.source.clone(),
            delivery: delivery.signature.clone(),
            event: delivery.event.clone(),
            at: delivery.received_at,
        });
        // What says the same of a status or a type as others do is merged when the source is polled.
        let told = records.iter().filter(|record| !record.variant.is_empty()).map(row);
        let rejected = rejected.iter().map(row);
        let asked = asked.map(|asked| row(&asked));
        std::iter::once(row(delivery)).chain(told).chain(rejected).chain(asked)
    }
}

fn row<R: Row>(row: &R) -> RowWrite {
    let json = codec::pack(serde_json::to_vec(row).unwrap_or_default());
    let table: Table = R::TABLE;
    RowWrite { table, key: row.key(), json: Some(json), fresh: false }
}

#[cfg(test)]
mod tests;
