//! The stores that there are, each in a place where it can be closed and opened again.

use tempfile::TempDir;
use tidemark_stream::Store;
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::kafka::{Actor, Held, TableSpec};
use tidemark_stream::memory::MemoryStore;

use crate::broker::Harbour;
use crate::contents::{PROCESSORS, TABLES};

/// A store and where it lies.
pub(crate) struct Place {
    store: Option<Box<dyn Store>>,
    lies: Lies,
}

/// Where a store lies.
enum Lies {
    /// Nowhere: it cannot be closed.
    Memory,
    Folder(TempDir),
    Kafka(Harbour),
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self { store: Some(Box::new(MemoryStore::new())), lies: Lies::Memory }
    }

    pub(crate) fn embedded() -> Self {
        let mut place = Self { store: None, lies: Lies::Folder(tempfile::tempdir().unwrap()) };
        place.reopen();
        place
    }

    /// A store of the one task of a log, where there is a cluster.
    pub(crate) fn kafka() -> Option<Self> {
        let harbour = Harbour::new(&TABLES.map(|name| TableSpec { name, place: 1 }), 1)?;
        let mut place = Self { store: None, lies: Lies::Kafka(harbour) };
        place.reopen();
        Some(place)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_deref().unwrap()
    }

    pub(crate) fn reopen(&mut self) {
        match &self.lies {
            Lies::Memory => {}
            Lies::Folder(folder) => {
                drop(self.store.take());
                self.store =
                    Some(Box::new(EmbeddedStore::open(folder.path(), &TABLES, &PROCESSORS).unwrap()));
            }
            Lies::Kafka(harbour) => {
                drop(self.store.take());
                let held = TABLES.map(|table| (table, Held::Own));
                self.store = Some(Box::new(harbour.open(&Actor::Task(0), &held, &PROCESSORS).unwrap()));
            }
        }
    }
}

/// Runs a chapter of the contract in every kind of store.
pub(crate) fn everywhere(chapter: fn(&mut Place)) {
    let places = [Some(Place::memory()), Some(Place::embedded()), Place::kafka()];
    places.into_iter().flatten().for_each(|mut place| chapter(&mut place));
}
