//! Deliveries of a receiver that believes everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tidemark_connectors::hook::{Delivery, Received, Receiver, Refusal};
use tidemark_connectors::{Check, Connector, Cursor, Pull};
use tidemark_model::Timestamp;
use tidemark_model::delivery::Delivery as Taken;
use tidemark_model::time::ManualClock;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::store::{Batch, Durability, Reset, Snapshot, Store};

use super::{LARGE_BYTES, Outcome, inbox};
use crate::{Pulled, pull};

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
    fn admits(&self, _: &Delivery) -> Result<(), Refusal> {
        Ok(())
    }

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
    Delivery {
        headers: vec![("id".to_owned(), id.to_owned())],
        body: body.as_bytes().to_vec(),
        ..Delivery::default()
    }
}

/// Runs a writer over a store, and hands out what delivers to it.
fn with_writer(
    store: &dyn Store,
    clock: &ManualClock,
    test: impl FnOnce(&dyn Fn(&str, Delivery) -> Outcome),
) {
    let sources = [("acme".to_owned(), Arc::new(Credulous) as Arc<dyn Connector>)].into();
    let (inbox, mut writer) = inbox(sources);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // As a process does whose log fails in passing: it goes on with the same writer.
            while !stop.load(Ordering::SeqCst) {
                writer.run(store, clock, &|| stop.load(Ordering::SeqCst), &|| ()).ok();
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        test(&|source, delivery| runtime.block_on(inbox.deliver(source, delivery)));
        stop.store(true, Ordering::SeqCst);
    });
}

#[test]
fn what_could_not_be_written_is_taken_when_it_is_sent_again() {
    let store = Failing { store: MemoryStore::new(), failed: AtomicBool::new(false) };
    with_writer(&store, &ManualClock::at(Timestamp(1)), |deliver| {
        assert_eq!(deliver("acme", delivery("one", "a")), Outcome::Failed);
        assert_eq!(deliver("acme", delivery("one", "a")), Outcome::Taken, "it is not on disk");
        assert_eq!(deliver("acme", delivery("one", "a")), Outcome::Repeated);
        assert_eq!(deliver("acme", delivery("two", "b")), Outcome::Taken);
        assert_eq!(deliver("nobody", delivery("x", "y")), Outcome::NoSource);
    });
}

#[test]
fn the_same_is_repeated_at_first_and_replayed_then_whatever_number_it_has() {
    let store = MemoryStore::new();
    let clock = ManualClock::at(Timestamp(1));
    let told = |id| delivery(id, "a");
    with_writer(&store, &clock, |deliver| {
        assert_eq!(deliver("acme", told("one")), Outcome::Taken);
        assert_eq!(deliver("acme", told("one")), Outcome::Repeated, "tried again");
        assert_eq!(deliver("acme", told("two")), Outcome::Repeated, "another registration's");
        clock.set(Timestamp(2 + Taken::REPEATED_FOR_MS));
        assert_eq!(deliver("acme", told("one")), Outcome::Replayed);
        assert_eq!(deliver("acme", told("three")), Outcome::Replayed);
        assert_eq!(deliver("acme", delivery("one", "b")), Outcome::Taken, "another body");
    });
    // A process that was started since knows it from the store.
    with_writer(&store, &clock, |deliver| {
        assert_eq!(deliver("acme", told("one")), Outcome::Replayed);
        clock.set(Timestamp(1 + Taken::REMEMBERED_FOR_MS));
        assert_eq!(deliver("acme", told("one")), Outcome::Replayed);
        clock.set(Timestamp(2 + Taken::REMEMBERED_FOR_MS));
        assert_eq!(deliver("acme", told("one")), Outcome::Taken, "it is forgotten");
        assert_eq!(deliver("acme", told("one")), Outcome::Repeated, "and known again");
    });
}

#[test]
fn a_large_body_is_read_as_a_small_one_is() {
    with_writer(&MemoryStore::new(), &ManualClock::at(Timestamp(1)), |deliver| {
        let large = "x".repeat(2 * LARGE_BYTES);
        assert_eq!(deliver("acme", delivery("one", &large)), Outcome::Taken);
        assert_eq!(deliver("acme", delivery("one", &large)), Outcome::Repeated);
    });
}

/// Deliveries whose body is `ask` ask for what rarely changes, which pulls read or fail to.
#[derive(Default)]
struct Asking {
    asked: AtomicBool,
    times: AtomicU32,
    failing: AtomicBool,
}

impl Connector for Asking {
    fn pull(&self, _: Option<Cursor>, _: Timestamp) -> Pull<'_> {
        Box::pin(async {
            let asked = self.asked.swap(false, Ordering::SeqCst);
            if self.failing.load(Ordering::SeqCst) {
                let (input, reason) = ("it".to_owned(), "is away".to_owned());
                return Err(tidemark_connectors::Error::Busy { input, reason, wait: Duration::ZERO });
            }
            self.times.fetch_add(u32::from(asked), Ordering::SeqCst);
            Ok(tidemark_connectors::Page::default())
        })
    }

    fn check(&self) -> Check<'_> {
        Box::pin(async { Ok(String::new()) })
    }

    fn receiver(&self) -> Option<&dyn Receiver> {
        Some(self)
    }
}

impl Receiver for Asking {
    fn admits(&self, _: &Delivery) -> Result<(), Refusal> {
        Ok(())
    }

    fn verify(&self, delivery: &Delivery) -> Result<String, Refusal> {
        Ok(String::from_utf8_lossy(&delivery.body).into_owned())
    }

    fn read(&self, delivery: &Delivery) -> Result<Received, Refusal> {
        Ok(Received { asks: delivery.body.starts_with(b"ask"), ..Received::default() })
    }

    fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}

#[test]
fn what_is_asked_for_is_read_by_the_next_pull_that_succeeds_whoever_makes_it() {
    let store = MemoryStore::new();
    let clock = ManualClock::at(Timestamp(1));
    let tell = |body: &str| {
        let sources = [("acme".to_owned(), Arc::new(Asking::default()) as Arc<dyn Connector>)].into();
        let (inbox, mut writer) = inbox(sources);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let told = std::thread::scope(|scope| {
            let told = scope.spawn(|| runtime.block_on(inbox.deliver("acme", delivery("", body))));
            while !told.is_finished() {
                writer.run(&store, &clock, &|| true, &|| ()).unwrap();
            }
            told.join().unwrap()
        });
        assert_eq!(told, Outcome::Taken);
    };
    let again = |connector: &Asking| {
        let go_on = &mut |_: &Pulled| std::ops::ControlFlow::Continue(());
        let pulled = pull("acme", connector, &store, &clock, go_on);
        (pulled.is_ok(), connector.times.load(Ordering::SeqCst))
    };
    // Each is the connector of a process that was started since.
    assert_eq!(again(&Asking::default()), (true, 0));
    tell("nothing");
    assert_eq!(again(&Asking::default()), (true, 0));
    tell("ask for it");
    let away = Asking { failing: true.into(), ..Asking::default() };
    assert_eq!(again(&away), (false, 0));
    away.failing.store(false, Ordering::SeqCst);
    assert_eq!(again(&away), (true, 1), "the pull before it failed");
    assert_eq!(again(&away), (true, 1), "once is enough");
    assert_eq!(again(&Asking::default()), (true, 0));
    tell("ask for it again");
    assert_eq!(again(&Asking::default()), (true, 1));
}
