//! The stores that there are, each in a place where it can be closed and opened again.

use tempfile::TempDir;
use tidemark_stream::Store;
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::memory::MemoryStore;

use crate::contents::{PROCESSORS, TABLES};

/// A store and where it lies.
pub(crate) struct Place {
    store: Option<Box<dyn Store>>,
    /// Nothing for a store in memory, which cannot be closed.
    folder: Option<TempDir>,
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self { store: Some(Box::new(MemoryStore::new())), folder: None }
    }

    pub(crate) fn embedded() -> Self {
        let mut place = Self { store: None, folder: Some(tempfile::tempdir().unwrap()) };
        place.reopen();
        place
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_deref().unwrap()
    }

    pub(crate) fn reopen(&mut self) {
        if let Some(folder) = &self.folder {
            drop(self.store.take());
            self.store = Some(Box::new(EmbeddedStore::open(folder.path(), &TABLES, &PROCESSORS).unwrap()));
        }
    }
}

/// Runs a chapter of the contract in every kind of store.
pub(crate) fn everywhere(chapter: fn(&mut Place)) {
    for mut place in [Place::memory(), Place::embedded()] {
        chapter(&mut place);
    }
}
