//! One consistent state of what a store on a log holds.

use tidemark_model::{Key, Timestamp};

use super::cache::{followed_at, position};
use super::store::{Held, KafkaStore};
use crate::Error;
use crate::store::{Change, Offset, Scan, Snapshot, Stored, Table};

/// The named value that holds the log's generation.
const GENERATION: &str = "log/generation";
/// The named value that tells the log from others.
const ID: &str = "log/id";

/// A state of the cache, with what only the log knows.
pub(super) struct KafkaSnapshot<'a> {
    pub(super) store: &'a KafkaStore,
    pub(super) cache: Box<dyn Snapshot + 'a>,
}

impl KafkaSnapshot<'_> {
    /// Offsets count in one partition: whoever owns none has no order of changes.
    fn ordered(&self, table: Table) -> Result<(), Error> {
        let owner = self.store.actor.partition();
        owner.map(|_| ()).ok_or_else(|| Error::Unordered(table.to_owned()))
    }
}

type Items<'a, T> = Box<dyn Iterator<Item = Result<T, Error>> + 'a>;

impl Snapshot for KafkaSnapshot<'_> {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error> {
        self.cache.get(table, key)
    }

    fn holds(&self, table: Table, key: &Key) -> bool {
        match self.store.held.get(table) {
            None => false,
            Some(Held::All) => true,
            Some(Held::Own) => self.owns(table, key),
        }
    }

    fn owns(&self, table: Table, key: &Key) -> bool {
        let log = &self.store.log;
        let partition = log.table(table).ok().map(|spec| spec.partition(key, log.partitions()));
        partition.is_some() && partition == self.store.actor.partition()
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error> {
        self.cache.scan(table, prefix)
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error> {
        self.cache.scan_after(table, after)
    }

    fn keys_after(&self, table: Table, after: &Key) -> Result<Items<'_, Key>, Error> {
        self.cache.keys_after(table, after)
    }

    fn changes(&self, table: Table, after: Offset) -> Result<Items<'_, Change>, Error> {
        self.ordered(table)?;
        self.cache.changes(table, after)
    }

    fn newest(&self, table: Table) -> Result<Offset, Error> {
        self.ordered(table)?;
        self.cache.newest(table)
    }

    fn edition(&self, table: Table) -> Result<u64, Error> {
        match self.store.held.get(table) {
            // How far each partition was read: together they grow with every change, wherever it is.
            Some(Held::All) => {
                let topic = self.store.log.names.table(table);
                let partitions = 0..self.store.log.partitions();
                let places = partitions.map(|partition| position(self.cache.as_ref(), &topic, partition));
                places.map(|place| place.map(i64::cast_unsigned)).sum()
            }
            _ => self.newest(table),
        }
    }

    fn followed_at(&self) -> Result<Option<Timestamp>, Error> {
        followed_at(self.cache.as_ref())
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error> {
        self.cache.emitted(processor, group)
    }

    fn emitted_after(&self, processor: &str, after: &Key) -> Result<Items<'_, Key>, Error> {
        self.cache.emitted_after(processor, after)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        if name == GENERATION {
            return Ok(Some(self.store.log.generation().to_string().into_bytes()));
        }
        if name == ID {
            return Ok(Some(self.store.log.identity.id.clone().into_bytes()));
        }
        self.cache.meta(name)
    }
}
