//! Deliveries are forgotten when nobody could send them again any more.
//!
//! The table is walked over slowly, again and again: deliveries are listed by what proved them, so that no order of theirs is
//! one of time, and a walk costs the same however many came on one day. That one is still there decides nothing
//! ([`Delivery::again`] does).

use tidemark_model::delivery::{Again, Delivery};
use tidemark_model::{Key, Row, Timestamp};
use tidemark_stream::store::{Batch, Durability, Store};
use tidemark_stream::{Error, tables};

/// Deliveries that are looked at together, and how often: a million of them take a quarter of an hour.
const STEP: usize = 1000;
const STEP_EVERY_MS: i64 = 1000;
/// The pause between two walks.
const WALK_EVERY_MS: i64 = 3_600_000;

/// A walk over the deliveries.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    /// The delivery that was looked at last.
    reached: Key,
    /// When it goes on.
    next_at: Timestamp,
}

impl Expiry {
    /// Goes on by a step where it is time to.
    pub(crate) fn go_on(&mut self, store: &dyn Store, now: Timestamp) -> Result<(), Error> {
        // A clock that was set back does not hold it up.
        if now < self.next_at && self.next_at.0 - now.0 <= WALK_EVERY_MS {
            return Ok(());
        }
        let mut batch = Batch::default();
        let (mut seen, snapshot) = (0, store.snapshot());
        for row in snapshot.scan_after(Delivery::TABLE, &self.reached)?.take(STEP) {
            let (key, stored) = row?;
            let delivery: Delivery = tables::decode(&key, &stored.json)?;
            seen += 1;
            self.reached = key.clone();
            if delivery.again(now) == Again::Forgotten {
                batch.forgotten.push((Delivery::TABLE, key));
            }
        }
        drop(snapshot);
        let ended = seen < STEP;
        if ended {
            self.reached = Key::default();
        }
        self.next_at = Timestamp(now.0 + if ended { WALK_EVERY_MS } else { STEP_EVERY_MS });
        // After a crash they are forgotten again.
        if batch.is_empty() { Ok(()) } else { store.commit(batch, Durability::Buffered) }
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::delivery::Delivery;
    use tidemark_model::{Key, Row, Timestamp};
    use tidemark_stream::embedded::EmbeddedStore;
    use tidemark_stream::memory::MemoryStore;
    use tidemark_stream::store::{Batch, Durability, RowWrite, Store};

    use super::{Expiry, STEP, WALK_EVERY_MS};

    fn take(store: &dyn Store, number: usize, at: i64) {
        let delivery = Delivery {
            source: "acme".to_owned(),
            signature: format!("{number:08}"),
            id: String::new(),
            event: String::new(),
            received_at: Timestamp(at),
        };
        let json = serde_json::to_vec(&delivery).ok();
        let row = RowWrite { table: Delivery::TABLE, key: delivery.key(), json, fresh: true };
        store.commit(Batch { rows: vec![row], ..Batch::default() }, Durability::Buffered).unwrap();
    }

    fn left(store: &dyn Store) -> (usize, usize) {
        let snapshot = store.snapshot();
        let rows = snapshot.scan(Delivery::TABLE, &Key::default()).unwrap().count();
        (rows, snapshot.changes(Delivery::TABLE, 0).unwrap().count())
    }

    #[test]
    fn what_is_a_week_old_goes_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let stores: [Box<dyn Store>; 2] = [
            Box::new(MemoryStore::new()),
            Box::new(EmbeddedStore::open(folder.path(), &[Delivery::TABLE], &[]).unwrap()),
        ];
        for store in &stores {
            let mut expiry = Expiry::default();
            for number in 0..STEP + 10 {
                take(store.as_ref(), number, if number % 2 == 0 { 1 } else { 2 });
            }
            let now = Timestamp(Delivery::REMEMBERED_FOR_MS + 2);
            expiry.go_on(store.as_ref(), now).unwrap();
            assert_eq!(left(store.as_ref()).0, STEP / 2 + 10, "a step at a time");
            expiry.go_on(store.as_ref(), now).unwrap();
            assert_eq!(left(store.as_ref()).0, STEP / 2 + 10, "not before it is time");
            expiry.go_on(store.as_ref(), Timestamp(now.0 + 1000)).unwrap();
            assert_eq!(
                left(store.as_ref()),
                (STEP / 2, STEP / 2),
                "those that were too young when it came by"
            );
            expiry.go_on(store.as_ref(), Timestamp(now.0 + 1000 + WALK_EVERY_MS)).unwrap();
            assert_eq!(left(store.as_ref()), (0, 0));
        }
    }

    #[test]
    fn a_walk_begins_again_after_an_hour() {
        let store = MemoryStore::new();
        let mut expiry = Expiry::default();
        expiry.go_on(&store, Timestamp(5)).unwrap();
        take(&store, 1, 5 - Delivery::REMEMBERED_FOR_MS - 1);
        expiry.go_on(&store, Timestamp(5 + WALK_EVERY_MS - 1)).unwrap();
        assert_eq!(left(&store).0, 1);
        expiry.go_on(&store, Timestamp(5 + WALK_EVERY_MS)).unwrap();
        assert_eq!(left(&store), (0, 0));
    }
}
