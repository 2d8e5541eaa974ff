//! Toy rows and processors: fish are weighed per catch and season, and harbours add their catches up.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::store::Reset;
use tidemark_stream::{Batch, Durability, Error, Processor, Snapshot, Spec, Store, Tables};

macro_rules! toy {
    ($name:ident in $table:literal by $($part:ident),+; $($field:ident: $type:ty),*) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name { $(pub(crate) $part: String,)+ $(pub(crate) $field: $type,)* }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const PLACE: usize = 1;

            fn key(&self) -> Key {
                Key::of([$(&self.$part),+])
            }
        }
    };
}

toy!(Fish in "fish" by harbour, boat, id; weight: u64);
toy!(Harbour in "harbours" by harbour; tax: u64);
toy!(Season in "seasons" by name; factor: u64);
toy!(Catch in "catches" by harbour, boat; weight: u64);
toy!(Record in "records" by harbour, boat; weight: u64);
toy!(Total in "totals" by harbour; weight: u64);

/// The groups that were computed, in the order of their computing.
pub(crate) type Computed = Arc<Mutex<Vec<Key>>>;

/// Weighs each boat's fish; a boat above 100 has a record as well.
pub(crate) struct Catches {
    pub(crate) version: u32,
    pub(crate) computed: Computed,
}

impl Processor for Catches {
    fn spec(&self) -> Spec {
        Spec {
            name: "catches",
            version: self.version,
            group_parts: 2,
            inputs: &[Fish::TABLE, Harbour::TABLE],
            globals: &[Season::TABLE],
            outputs: &[Catch::TABLE, Record::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        self.computed.lock().unwrap().push(group.clone());
        let fish = tables.scan::<Fish>(group);
        let Some(first) = fish.first() else { return };
        let harbour = group.prefix(1).and_then(|harbour| tables.get::<Harbour>(&harbour));
        let factor: u64 = tables.global::<Season>().values().map(|season| season.factor).product();
        let sum: u64 = fish.iter().map(|fish| fish.weight).sum();
        let weight = sum * factor * u64::from(self.version) - harbour.map_or(0, |harbour| harbour.tax);
        let (harbour, boat) = (first.harbour.clone(), first.boat.clone());
        if weight > 100 {
            out.push(&Record { harbour: harbour.clone(), boat: boat.clone(), weight });
        }
        out.push(&Catch { harbour, boat, weight });
    }
}

/// Adds up the catches of a harbour.
pub(crate) struct Totals(pub(crate) Computed);

impl Processor for Totals {
    fn spec(&self) -> Spec {
        let (inputs, outputs) = (&[Catch::TABLE], &[Total::TABLE]);
        Spec { name: "totals", version: 1, group_parts: 1, inputs, globals: &[], outputs }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        self.0.lock().unwrap().push(group.clone());
        let catches = tables.scan::<Catch>(group);
        let Some(first) = catches.first() else { return };
        out.push(&Total {
            harbour: first.harbour.clone(),
            weight: catches.iter().map(|one| one.weight).sum(),
        });
    }
}

/// A store that takes some more commits and then fails.
pub(crate) struct Failing<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) left: Mutex<usize>,
    /// The groups of a commit that holds nobody up for long.
    pub(crate) small_commit: usize,
}

impl Store for Failing<'_> {
    fn snapshot(&self) -> Box<dyn Snapshot + '_> {
        self.store.snapshot()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), Error> {
        let mut left = self.left.lock().unwrap();
        *left = left.checked_sub(1).ok_or_else(|| Error::Disk {
            path: "the test".to_owned(),
            action: "written",
            reason: "the power went".to_owned(),
        })?;
        self.store.commit(batch, durability)
    }

    fn small_commit(&self) -> usize {
        self.small_commit
    }

    fn sync(&self) -> Result<(), Error> {
        self.store.sync()
    }

    fn reset(&self, reset: &Reset) -> Result<(), Error> {
        self.store.reset(reset)
    }

    fn disk_bytes(&self) -> Result<u64, Error> {
        self.store.disk_bytes()
    }
}
