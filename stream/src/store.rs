//! What a store of tables does. [`crate::embedded`] keeps them on disk, [`crate::kafka`] on a log that many machines
//! share, [`crate::memory`] for tests.

use tidemark_model::{Key, Timestamp};

use crate::Error;

/// The name of a table.
pub type Table = &'static str;

/// Numbers the changes of a table in one log generation, from 1, rising.
///
/// Where many machines share a log, a table lies in partitions, and each of them counts by itself: a store then lists the
/// changes of the one partition that its writer owns. A row never leaves its partition, so that of two offsets of one row
/// the greater is the newer everywhere. Offsets of different tables say nothing about each other.
pub type Offset = u64;

/// A row with the offset of its newest change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub offset: Offset,
    /// JSON, decompressed.
    pub json: Vec<u8>,
}

/// That a row changed: its newest state is in the table, or it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub offset: Offset,
    pub key: Key,
}

/// Rows of a table in key order.
pub type Scan<'a> = Box<dyn Iterator<Item = Result<(Key, Stored), Error>> + 'a>;

/// One consistent state of all tables. What is written later is not seen.
pub trait Snapshot: Send + Sync {
    /// The row of a key.
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error>;

    /// Whether a row of this key would be here: where many machines share a log, most rows are with others.
    fn holds(&self, _table: Table, _key: &Key) -> bool {
        true
    }

    /// Whether changes of a row of this key are listed here: each row's changes are listed by exactly one task, that of the
    /// partition that it lies in, however many hold the row.
    fn owns(&self, _table: Table, _key: &Key) -> bool {
        true
    }

    /// The rows whose keys start with `prefix`, in key order.
    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error>;

    /// The rows whose keys are greater than `after`, in key order.
    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error>;

    /// The keys greater than `after`, in order, without reading their rows.
    fn keys_after(
        &self,
        table: Table,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error>;

    /// The changes of a table after an offset, oldest first: for each key at least its newest one.
    fn changes(
        &self,
        table: Table,
        after: Offset,
    ) -> Result<Box<dyn Iterator<Item = Result<Change, Error>> + '_>, Error>;

    /// The offset of a table's newest change, 0 if it never had one.
    fn newest(&self, table: Table) -> Result<Offset, Error>;

    /// A number that differs once any row of a table has changed that is known everywhere, in whichever partition.
    fn edition(&self, table: Table) -> Result<u64, Error> {
        self.newest(table)
    }

    /// When everything that was written by then was known to be here, to the hour or so. Nothing where what was taken away is
    /// told of forever: a log on Kafka forgets it, so that who has looked away for too long has to copy all of it again.
    fn followed_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(None)
    }

    /// What a processor remembers of a group (see [`crate::emitted`]).
    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error>;

    /// The groups greater than `after` that a processor has emitted rows for, in order.
    fn emitted_after(
        &self,
        processor: &str,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error>;

    /// A named value: positions, cursors, the log's generation.
    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;
}

/// The writes of one step: all of them are made, or none.
#[derive(Debug, Default)]
pub struct Batch {
    pub rows: Vec<RowWrite>,
    /// Rows that go without being listed as changed, so that nothing of them is left: of tables whose changes nobody
    /// follows, or beside another change of the same group, by which all followers compute it anew.
    pub forgotten: Vec<(Table, Key)>,
    /// (processor, group, what it emitted or nothing).
    pub emitted: Vec<(&'static str, Key, Option<Vec<u8>>)>,
    pub meta: Vec<(String, Option<Vec<u8>>)>,
}

/// A row to be written, or to be taken away.
#[derive(Debug)]
pub struct RowWrite {
    pub table: Table,
    pub key: Key,
    /// The row as JSON; nothing takes the row away.
    pub json: Option<Vec<u8>>,
    /// Whether the writer knows that the table holds no row of this key (saves looking for a change to compact).
    pub fresh: bool,
}

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Returns after fsync: what was written survives a loss of power.
    Synced,
    /// Survives the end of the process; a loss of power may take the newest batches, whole ones, newest first.
    Buffered,
}

/// Tables that are written in atomic batches by one writer.
pub trait Store: Send + Sync {
    fn snapshot(&self) -> Box<dyn Snapshot + '_>;

    /// Makes all writes of a batch, or none. After an error the store takes no further writes, unless the error says that
    /// the batch names what there is not ([`Error::NoTable`], [`Error::Reserved`]).
    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), Error>;

    /// The groups of a commit that holds nobody up for long. By default any number: where each commit waits for a server,
    /// more of them only cost more.
    fn small_commit(&self) -> usize {
        usize::MAX
    }

    /// Waits until everything written so far is on disk.
    fn sync(&self) -> Result<(), Error>;

    /// Empties tables and what processors remember, and the named values that start with one of `meta_prefixes`.
    /// An interrupted reset is finished when the store is opened again.
    fn reset(&self, reset: &Reset) -> Result<(), Error>;

    /// Bytes on disk.
    fn disk_bytes(&self) -> Result<u64, Error>;
}

/// What to empty.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Reset {
    pub tables: Vec<String>,
    pub processors: Vec<String>,
    pub meta_prefixes: Vec<String>,
}

/// Adds up batches' sizes for limits.
impl Batch {
    pub fn is_empty(&self) -> bool {
        let Self { rows, forgotten, emitted, meta } = self;
        rows.is_empty() && forgotten.is_empty() && emitted.is_empty() && meta.is_empty()
    }

    /// Sets a named value.
    pub fn set_meta(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.meta.push((name.into(), Some(value.into())));
    }
}
