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

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Queue, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tidemark_connectors::Connector;
use tidemark_connectors::hook::{self, Received, Refusal};
use tidemark_model::delivery::Delivery;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::Rejected;
use tidemark_model::time::Clock;
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, RowWrite, Store};
use tidemark_stream::{codec, tables};
use tokio::sync::oneshot;

/// Deliveries that wait to be written; who comes later is asked to come again.
const WAITING: usize = 4096;
/// Deliveries of a batch: as many as come while the disk is busy.
const BATCH: usize = 1024;
/// How soon the writing thread notices that it has to stop.
const LOOK: Duration = Duration::from_millis(50);
/// Signatures that are remembered without asking the store.
const REMEMBERED: usize = 100_000;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk.
    Taken,
    /// It is on disk, and holds what can't be taken; why.
    Rejected(String),
    /// It is in order, and carries nothing that is measured.
    PassedOver(&'static str),
    /// It was taken before; it is sent again since the answer was lost.
    Repeated,
    /// There is no such source, or it takes no webhooks.
    NoSource,
    /// It is not believed.
    Refused(Refusal),
    /// The same body and signature came before, as another delivery.
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
    /// The signatures that were taken lately, with the delivery's number.
    known: HashMap<(String, String), String>,
}

/// An inbox for these sources, and what writes it.
pub fn inbox(sources: BTreeMap<String, Arc<dyn Connector>>) -> (Inbox, InboxWriter) {
    let (send, queue) = sync_channel(WAITING);
    let inbox = Inbox { sources: Arc::new(sources), queue: send };
    (inbox, InboxWriter { queue, known: HashMap::new() })
}

impl Inbox {
    /// Takes one delivery; answers once it is on disk.
    pub async fn deliver(&self, source: &str, delivery: &hook::Delivery) -> Outcome {
        let receiver = self.sources.get(source).and_then(|connector| connector.receiver());
        let Some(receiver) = receiver else { return Outcome::NoSource };
        let signature = match receiver.verify(delivery) {
            Ok(signature) => signature,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        let received = match receiver.read(delivery) {
            Ok(received) => received,
            Err(refusal) => return Outcome::Refused(refusal),
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
            let first = match self.queue.recv_timeout(LOOK) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) if !stop() => continue,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let mut waiting = vec![first];
            waiting.extend(self.queue.try_iter().take(BATCH - 1));
            self.write(store, clock, waiting, written)?;
        }
    }

    fn write(
        &mut self,
        store: &dyn Store,
        clock: &dyn Clock,
        waiting: Vec<Waiting>,
        written: &dyn Fn(),
    ) -> Result<(), tidemark_stream::Error> {
        let (mut batch, mut outcomes) = (Batch::default(), Vec::new());
        let (mut news, mut taken) = (false, HashMap::new());
        for one in &waiting {
            let key = (one.source.clone(), one.signature.clone());
            let before = taken.get(&key).cloned();
            if let Some(known) = before.map_or_else(|| self.known(store, &key), |id| Ok(Some(id)))? {
                let same = known == one.received.id;
                outcomes.push(if same { Outcome::Repeated } else { Outcome::Replayed });
                continue;
            }
            let (outcome, rows) = rows(one, clock);
            news |= !one.received.records.is_empty() || !one.received.rejected.is_empty();
            batch.rows.extend(rows);
            taken.insert(key, one.received.id.clone());
            outcomes.push(outcome);
        }
        if !batch.is_empty() {
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

    /// The number of the delivery that came with this signature.
    fn known(
        &mut self,
        store: &dyn Store,
        key: &(String, String),
    ) -> Result<Option<String>, tidemark_stream::Error> {
        if let Some(id) = self.known.get(key) {
            return Ok(Some(id.clone()));
        }
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        let row = Key::of([&key.0, &key.1]);
        let stored = store.snapshot().get(Delivery::TABLE, &row)?;
        let stored = stored.map(|stored| tables::decode::<Delivery>(&row, &stored.json)).transpose()?;
        Ok(stored.map(|delivery| delivery.id))
    }
}

/// What is written of a delivery, and how it is answered.
fn rows(one: &Waiting, clock: &dyn Clock) -> (Outcome, Vec<RowWrite>) {
    let Waiting { source, signature, received, .. } = one;
    let delivery = Delivery {
        source: source.clone(),
        signature: signature.clone(),
        id: received.id.clone(),
        event: received.event.clone(),
        received_at: clock.now(),
    };
    let mut rows = vec![row(&delivery, codec::pack)];
    // What says the same of a status or a type as others do is merged when the source is polled.
    let told = received.records.iter().filter(|record| !record.variant.is_empty());
    rows.extend(told.map(|record: &Raw| row(record, codec::pack)));
    rows.extend(received.rejected.iter().map(|rejected: &Rejected| row(rejected, codec::pack)));
    let outcome = match (received.passed_over, received.rejected.first()) {
        (_, Some(rejected)) => Outcome::Rejected(rejected.detail.clone()),
        (Some(why), None) => Outcome::PassedOver(why),
        (None, None) => Outcome::Taken,
    };
    (outcome, rows)
}

fn row<R: Row>(row: &R, pack: fn(Vec<u8>) -> Vec<u8>) -> RowWrite {
    let json = pack(serde_json::to_vec(row).unwrap_or_default());
    RowWrite { table: R::TABLE, key: row.key(), json: Some(json), fresh: false }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tidemark_connectors::hook::{Delivery, Received, Receiver, Refusal};
    use tidemark_connectors::{Check, Connector, Cursor, Pull};
    use tidemark_model::Timestamp;
    use tidemark_model::time::ManualClock;
    use tidemark_stream::memory::MemoryStore;
    use tidemark_stream::store::{Batch, Durability, Reset, Snapshot, Store};

    use super::{Outcome, inbox};

    /// Believes everything; the body is the signature.
    struct Credulous;

    impl Connector for Credulous {
        fn pull(&self, _: Option<Cursor>, _: Timestamp) -> Pull<'_> {
            Box::pin(async { Ok(tidemark_connectors::Page::default()) })
        }

        fn check(&self) -> Check<'_> {
            Box::pin(async { Ok(String::new()) })
        }

        fn receiver(&self) -> Option<&dyn Receiver> {
            Some(self)
        }
    }

    impl Receiver for Credulous {
        fn verify(&self, delivery: &Delivery) -> Result<String, Refusal> {
            Ok(String::from_utf8_lossy(&delivery.body).into_owned())
        }

        fn read(&self, delivery: &Delivery) -> Result<Received, Refusal> {
            let id = delivery.header("id").unwrap_or_default().to_owned();
            Ok(Received { id, ..Received::default() })
        }
    }

    /// A store whose first commit fails.
    struct Failing {
        store: MemoryStore,
        failed: AtomicBool,
    }

    impl Store for Failing {
        fn snapshot(&self) -> Box<dyn Snapshot + '_> {
            self.store.snapshot()
        }

        fn commit(&self, batch: Batch, durability: Durability) -> Result<(), tidemark_stream::Error> {
            if self.failed.swap(true, Ordering::SeqCst) {
                self.store.commit(batch, durability)
            } else {
                Err(tidemark_stream::Error::NoTable("the first commit".to_owned()))
            }
        }

        fn sync(&self) -> Result<(), tidemark_stream::Error> {
            self.store.sync()
        }

        fn reset(&self, reset: &Reset) -> Result<(), tidemark_stream::Error> {
            self.store.reset(reset)
        }

        fn disk_bytes(&self) -> Result<u64, tidemark_stream::Error> {
            self.store.disk_bytes()
        }
    }

    fn delivery(id: &str, body: &str) -> Delivery {
        Delivery { headers: vec![("id".to_owned(), id.to_owned())], body: body.as_bytes().to_vec() }
    }

    #[test]
    fn what_could_not_be_written_is_taken_when_it_is_sent_again() {
        let store = Failing { store: MemoryStore::new(), failed: AtomicBool::new(false) };
        let sources = [("acme".to_owned(), Arc::new(Credulous) as Arc<dyn Connector>)].into();
        let (inbox, mut writer) = inbox(sources);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let clock = ManualClock::at(Timestamp(1));
                // As a process does whose log fails in passing: it goes on with the same writer.
                while !stop.load(Ordering::SeqCst) {
                    writer.run(&store, &clock, &|| stop.load(Ordering::SeqCst), &|| ()).ok();
                }
            });
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let deliver = |id, body| runtime.block_on(inbox.deliver("acme", &delivery(id, body)));
            assert_eq!(deliver("one", "a"), Outcome::Failed);
            assert_eq!(deliver("one", "a"), Outcome::Taken, "it is not on disk");
            assert_eq!(deliver("one", "a"), Outcome::Repeated);
            assert_eq!(deliver("two", "a"), Outcome::Replayed);
            assert_eq!(deliver("two", "b"), Outcome::Taken);
            assert_eq!(runtime.block_on(inbox.deliver("nobody", &delivery("x", "y"))), Outcome::NoSource);
            stop.store(true, Ordering::SeqCst);
        });
    }
}
