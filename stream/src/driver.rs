//! The test driver: feed rows, run everything to the end, look at what the tables say. Synchronous, without a disk.

use std::collections::BTreeMap;

use tidemark_model::{Key, Row};

use crate::memory::MemoryStore;
use crate::store::{Batch, Durability, RowWrite, Store, Table};
use crate::{Error, Processor, Runner, codec};

/// Processors over a store in memory.
pub struct Driver {
    store: MemoryStore,
    processors: Vec<Box<dyn Processor>>,
}

impl Driver {
    pub fn new(processors: Vec<Box<dyn Processor>>) -> Self {
        Self { store: MemoryStore::new(), processors }
    }

    /// States a row.
    pub fn put<R: Row>(&self, row: &R) -> Result<(), Error> {
        let json = codec::pack(serde_json::to_vec(row).unwrap_or_default());
        self.write(RowWrite { table: R::TABLE, key: row.key(), json: Some(json), fresh: false })
    }

    /// Takes a row away.
    pub fn remove<R: Row>(&self, key: &Key) -> Result<(), Error> {
        self.write(RowWrite { table: R::TABLE, key: key.clone(), json: None, fresh: false })
    }

    fn write(&self, row: RowWrite) -> Result<(), Error> {
        self.store.commit(Batch { rows: vec![row], ..Batch::default() }, Durability::Buffered)
    }

    /// Processes everything to the end.
    pub fn run(&self) -> Result<(), Error> {
        Runner::new(&self.store, &self.processors).run(&mut |_, _| {}).map(|_| ())
    }

    /// All rows of a type, in key order.
    pub fn rows<R: Row>(&self) -> Result<Vec<R>, Error> {
        let snapshot = self.store.snapshot();
        let rows = snapshot.scan(R::TABLE, &Key::default())?;
        rows.map(|row| row.and_then(|(key, stored)| crate::tables::decode(&key, &stored.json))).collect()
    }

    /// A table as text by key, for comparisons.
    pub fn table(&self, table: Table) -> Result<BTreeMap<Key, String>, Error> {
        let snapshot = self.store.snapshot();
        let rows = snapshot.scan(table, &Key::default())?;
        rows.map(|row| row.map(|(key, stored)| (key, String::from_utf8_lossy(&stored.json).into_owned())))
            .collect()
    }

    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub fn processors(&self) -> &[Box<dyn Processor>] {
        &self.processors
    }
}
