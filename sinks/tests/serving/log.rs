//! A log that tasks share, in memory: as many stores as partitions, and what one task sees of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use tidemark_model::{Key, Row};
use tidemark_stream::kafka::partition;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::store::{Scan, Table};
use tidemark_stream::{Change, Error, Offset, Snapshot, Store, Stored};

use crate::support::write;

/// The tables that every task holds whole.
const GLOBAL: [Table; 1] = ["boards"];

/// The log.
pub(crate) struct SharedLog {
    id: String,
    pub(crate) generation: u64,
    partitions: Vec<MemoryStore>,
    places: Mutex<HashMap<Table, usize>>,
}

impl SharedLog {
    pub(crate) fn new(id: &str, generation: u64, partitions: usize) -> Self {
        Self {
            id: id.to_owned(),
            generation,
            partitions: (0..partitions).map(|_| MemoryStore::new()).collect(),
            places: Mutex::default(),
        }
    }

    pub(crate) fn partitions(&self) -> u32 {
        self.partitions.len().try_into().unwrap()
    }

    pub(crate) fn partition_of<R: Row>(&self, row: &R) -> u32 {
        partition(&row.key(), R::PLACE, self.partitions())
    }

    pub(crate) fn write<R: Row>(&self, row: &R, present: bool) {
        self.places.lock().unwrap().insert(R::TABLE, R::PLACE);
        write(&self.partitions[self.partition_of(row) as usize], row, present);
    }

    /// What the task of a partition sees now.
    pub(crate) fn task(&self, own: u32) -> TaskSnapshot<'_> {
        self.late_task(own, &(0..self.partitions()).map(|other| self.now(other)).collect::<Vec<_>>())
    }

    /// One partition's state.
    pub(crate) fn now(&self, partition: u32) -> Arc<dyn Snapshot + '_> {
        self.partitions[partition as usize].snapshot().into()
    }

    /// What the task of a partition sees that knows these states.
    pub(crate) fn late_task<'a>(&'a self, own: u32, states: &[Arc<dyn Snapshot + 'a>]) -> TaskSnapshot<'a> {
        let places = self.places.lock().unwrap().clone();
        TaskSnapshot { id: self.id.clone(), own, places, states: states.to_vec() }
    }
}

/// One task's view: of its own partition, and of tables that are known everywhere, as far as it has heard of the others.
pub(crate) struct TaskSnapshot<'a> {
    id: String,
    own: u32,
    places: HashMap<Table, usize>,
    states: Vec<Arc<dyn Snapshot + 'a>>,
}

impl TaskSnapshot<'_> {
    fn partition_of(&self, table: Table, key: &Key) -> u32 {
        partition(key, self.places.get(table).copied().unwrap_or(1), self.states.len().try_into().unwrap())
    }

    fn own(&self) -> &dyn Snapshot {
        self.states[self.own as usize].as_ref()
    }
}

impl Snapshot for TaskSnapshot<'_> {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error> {
        if !self.holds(table, key) {
            return Ok(None);
        }
        self.states[self.partition_of(table, key) as usize].get(table, key)
    }

    fn holds(&self, table: Table, key: &Key) -> bool {
        GLOBAL.contains(&table) || self.owns(table, key)
    }

    fn owns(&self, table: Table, key: &Key) -> bool {
        self.partition_of(table, key) == self.own
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error> {
        let mut rows = BTreeMap::new();
        let seen = self
            .states
            .iter()
            .enumerate()
            .filter(|(at, _)| GLOBAL.contains(&table) || *at == self.own as usize);
        for (_, state) in seen {
            for row in state.scan(table, prefix)? {
                let (key, stored) = row?;
                rows.insert(key, stored);
            }
        }
        Ok(Box::new(rows.into_iter().map(Ok)))
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error> {
        self.own().scan_after(table, after)
    }

    fn keys_after(
        &self,
        table: Table,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error> {
        self.own().keys_after(table, after)
    }

    /// Each change twice: more than the newest of a key may be listed.
    fn changes(
        &self,
        table: Table,
        after: Offset,
    ) -> Result<Box<dyn Iterator<Item = Result<Change, Error>> + '_>, Error> {
        let changes: Vec<Change> = self.own().changes(table, after)?.collect::<Result<_, _>>()?;
        Ok(Box::new(changes.into_iter().flat_map(|change| [Ok(change.clone()), Ok(change)])))
    }

    fn newest(&self, table: Table) -> Result<Offset, Error> {
        self.own().newest(table)
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error> {
        self.own().emitted(processor, group)
    }

    fn emitted_after(
        &self,
        processor: &str,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error> {
        self.own().emitted_after(processor, after)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok((name == "log/id").then(|| self.id.clone().into_bytes()))
    }
}
