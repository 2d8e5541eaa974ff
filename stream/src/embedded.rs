//! The store of a single machine: one fjall database (LSM) in the data folder.
//!
//! Per table two keyspaces: `rows` (key → offset and row) and `changes` (offset → key). When a row is written again its
//! older change goes, so the changes are compacted by construction. All writes of a batch are one fjall batch: one
//! checksummed entry of the journal, which recovery takes whole or not at all.

mod epochs;
mod replica;
mod snapshot;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use rustc_hash::FxHashMap;
use tidemark_model::Key;

use crate::store::{Batch, Durability, Offset, Reset, Snapshot, Store, Table};
use crate::{Error, codec};

use epochs::{EPOCHS, Epochs};
pub(crate) use replica::{Page, Told};
use snapshot::EmbeddedSnapshot;

/// Read cache for blocks of the LSM tree.
const CACHE_BYTES: u64 = 96 << 20;
/// Per keyspace; many keyspaces are written at once, so that this times their number bounds the memory.
const MEMTABLE_BYTES: u64 = 16 << 20;
/// The journal is cut, and the oldest memtables are written out, at this size: what opening has to read again.
const JOURNAL_BYTES: u64 = 192 << 20;
/// What a stored row begins with: the offset of its newest change.
const OFFSET_BYTES: usize = 8;
/// The named value that holds the newest offset given out.
const NEWEST: &str = "log/newest";
/// What the named value starts with that only the newest batch has, followed by the batch's number.
///
/// The journal's checksums cover what a batch writes, but not the place that the batch has among the others. A batch that
/// a damaged journal puts before its time would be half hidden by older ones: then it cannot take the older seal away.
const SEAL: &str = "log/seal/";
/// Batches are numbered one by one, so that none reaches this; from 2^63 on fjall writes no more.
const LAST_BATCH: u64 = 1 << 56;
/// The named value that holds a reset while it is under way.
const RESET: &str = "log/reset";

/// The tables of a data folder, held by this process alone.
pub struct EmbeddedStore {
    path: PathBuf,
    database: Database,
    /// Replaced by a reset; snapshots keep those that they were taken of.
    spaces: RwLock<Arc<Spaces>>,
    meta: Keyspace,
    /// What was given out last; held while a batch is written, so that one is written at a time.
    newest: Mutex<Newest>,
    /// Held, by advisory lock, as long as the store is open.
    _lock: File,
}

/// What a store takes, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Of memory, for blocks that were read.
    pub(crate) cache: u64,
    /// Of disk, and of what opening has to read again.
    pub(crate) journal: u64,
}

#[derive(Clone, Copy)]
struct Newest {
    offset: Offset,
    batch: u64,
}

#[derive(Clone, Default)]
struct Spaces {
    tables: FxHashMap<Table, TableSpaces>,
    emitted: FxHashMap<&'static str, Keyspace>,
}

#[derive(Clone)]
struct TableSpaces {
    rows: Keyspace,
    changes: Keyspace,
    /// Held by who writes the table, from the look at its older rows on: only the writing itself is one at a time.
    writing: Arc<Mutex<()>>,
}

impl Spaces {
    fn table(&self, table: &str) -> Result<&TableSpaces, Error> {
        self.tables.get(table).ok_or_else(|| Error::NoTable(table.to_owned()))
    }
}

impl TableSpaces {
    fn open(database: &Database, table: Table, epochs: &Epochs) -> Result<Self, fjall::Error> {
        Ok(Self {
            rows: epochs.open(database, &format!("rows.{table}"))?,
            changes: epochs.open(database, &format!("changes.{table}"))?,
            writing: Arc::default(),
        })
    }
}

impl EmbeddedStore {
    /// Opens the store in `folder`, creating it where there is none, and finishes what was interrupted.
    ///
    /// Fails where another process holds the folder, where the disk refuses, or where the store is damaged.
    pub fn open(folder: &Path, tables: &[Table], processors: &[&'static str]) -> Result<Self, Error> {
        Self::open_sized(folder, tables, processors, Sizes { cache: CACHE_BYTES, journal: JOURNAL_BYTES })
    }

    /// As [`Self::open`], with other sizes: where many stores share a machine.
    pub(crate) fn open_sized(
        folder: &Path,
        tables: &[Table],
        processors: &[&'static str],
        sizes: Sizes,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|error| disk(folder, "created", &error))?;
        let lock = take_lock(folder)?;
        let path = folder.join("store");
        let fjall = |error: fjall::Error| from_fjall(&path, "opened", &error);
        let database = Database::builder(&path)
            .cache_size(sizes.cache)
            .max_journaling_size(sizes.journal)
            .manual_journal_persist(true)
            .open()
            .map_err(fjall)?;
        if database.seqno() > LAST_BATCH {
            return Err(damaged(format!("the journal numbers a batch {}", database.seqno())));
        }
        let meta = database.keyspace("meta", options).map_err(fjall)?;
        let epochs = Epochs::read(&meta, &path)?;
        // What a reset that was interrupted at its end has left.
        for name in database.list_keyspace_names() {
            if epochs.is_former(&name) {
                let former = database.keyspace(&name, options).map_err(fjall)?;
                database.delete_keyspace(former).map_err(fjall)?;
            }
        }
        let mut spaces = Spaces::default();
        for table in tables {
            spaces.tables.insert(table, TableSpaces::open(&database, table, &epochs).map_err(fjall)?);
        }
        for processor in processors {
            let space = epochs.open(&database, &format!("emitted.{processor}")).map_err(fjall)?;
            spaces.emitted.insert(processor, space);
        }
        let newest = meta.get(NEWEST).map_err(fjall)?;
        let offset = newest.and_then(|bytes| bytes.as_ref().try_into().ok()).map_or(0, Offset::from_be_bytes);
        let newest = Newest { offset, batch: newest_batch(&meta, &path)? };
        let store = Self {
            path: path.clone(),
            database,
            spaces: RwLock::new(Arc::new(spaces)),
            meta,
            newest: Mutex::new(newest),
            _lock: lock,
        };
        if let Some(bytes) = store.meta.get(RESET).map_err(fjall)? {
            let reset =
                serde_json::from_slice(&bytes).map_err(|error| corrupt_meta(RESET, error.to_string()))?;
            store.empty(&reset)?;
        }
        Ok(store)
    }

    fn spaces(&self) -> Result<Arc<Spaces>, Error> {
        self.spaces.read().map(|spaces| Arc::clone(&spaces)).map_err(|_| self.poisoned())
    }

    /// Makes the keyspaces anew instead of clearing them: a journal goes only when all that it was written for is in
    /// files, which what was cleared never is.
    fn empty(&self, reset: &Reset) -> Result<(), Error> {
        let failed = |error: fjall::Error| from_fjall(&self.path, "emptied", &error);
        let mut spaces = self.spaces()?.as_ref().clone();
        if let Some(unknown) = reset.tables.iter().find(|table| !spaces.tables.contains_key(table.as_str())) {
            return Err(Error::NoTable(unknown.clone()));
        }
        let mut epochs = Epochs::read(&self.meta, &self.path)?;
        let mut former = Vec::new();
        for (table, found) in &mut spaces.tables {
            if reset.tables.iter().any(|name| name == table) {
                epochs.renew(format!("rows.{table}"));
                epochs.renew(format!("changes.{table}"));
                let new = TableSpaces::open(&self.database, table, &epochs).map_err(failed)?;
                let TableSpaces { rows, changes, .. } = std::mem::replace(found, new);
                former.extend([rows, changes]);
            }
        }
        for (processor, found) in &mut spaces.emitted {
            if reset.processors.iter().any(|name| name == processor) {
                let name = format!("emitted.{processor}");
                epochs.renew(name.clone());
                let new = epochs.open(&self.database, &name).map_err(failed)?;
                former.push(std::mem::replace(found, new));
            }
        }
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for prefix in &reset.meta_prefixes {
            for guard in self.meta.prefix(prefix.as_bytes()) {
                batch.remove(&self.meta, guard.key().map_err(failed)?);
            }
        }
        batch.remove(&self.meta, RESET);
        batch.insert(&self.meta, EPOCHS, serde_json::to_vec(&epochs).unwrap_or_default());
        batch.commit().map_err(failed)?;
        *self.spaces.write().map_err(|_| self.poisoned())? = Arc::new(spaces);
        for keyspace in former {
            self.database.delete_keyspace(keyspace).map_err(failed)?;
        }
        Ok(())
    }
}

impl Store for EmbeddedStore {
    fn snapshot(&self) -> Box<dyn Snapshot + '_> {
        // Spaces whose lock is poisoned are none: each read says that there is no such table.
        let spaces = self.spaces().unwrap_or_default();
        Box::new(EmbeddedSnapshot { store: self, spaces, snapshot: self.database.snapshot() })
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), Error> {
        let failed = |error: fjall::Error| from_fjall(&self.path, "written", &error);
        if batch.is_empty() {
            return Ok(());
        }
        let all = self.spaces()?;
        let Batch { rows, forgotten, emitted, meta } = batch;
        // In one order, so that nobody waits in a circle.
        let names = rows.iter().map(|row| row.table).chain(forgotten.iter().map(|(table, _)| *table));
        let mut tables = BTreeMap::new();
        for name in names {
            if let Entry::Vacant(entry) = tables.entry(name) {
                entry.insert(all.table(name)?);
            }
        }
        let held = tables.values().map(|spaces| spaces.writing.lock().map_err(|_| self.poisoned()));
        let _held: Vec<MutexGuard<'_, ()>> = held.collect::<Result<_, _>>()?;
        // All that takes long is done before others are kept from writing.
        let mut writes = fjall_batch(&self.database, durability);
        let older = |spaces: &TableSpaces, key: &Key| {
            let older = spaces.rows.get(key).map_err(failed)?;
            Ok::<_, Error>(older.filter(|row| row.len() >= OFFSET_BYTES))
        };
        let mut packed = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(spaces) = tables.get(row.table).copied() else { continue };
            if !row.fresh
                && let Some(older) = older(spaces, &row.key)?
            {
                writes.remove(&spaces.changes, &older[..OFFSET_BYTES]);
            }
            packed.push((spaces, row.key, row.json.map(codec::pack)));
        }
        for (table, key) in forgotten {
            let Some(spaces) = tables.get(table).copied() else { continue };
            if let Some(older) = older(spaces, &key)? {
                writes.remove(&spaces.changes, &older[..OFFSET_BYTES]);
                writes.remove(&spaces.rows, key.as_bytes());
            }
        }
        self.write_values(&mut writes, &all, emitted, meta)?;
        let newest = self.newest.lock().map_err(|_| self.poisoned())?;
        let mut next = newest.offset;
        for (spaces, key, json) in packed {
            next += 1;
            let offset = next.to_be_bytes();
            writes.insert(&spaces.changes, offset, key.as_bytes());
            match json {
                Some(json) => {
                    writes.insert(&spaces.rows, key.as_bytes(), [&offset[..], &json].concat());
                }
                None => writes.remove(&spaces.rows, key.as_bytes()),
            }
        }
        self.write_sealed(writes, newest, Some(next))
    }

    /// About a millisecond, in which no webhook can be written.
    fn small_commit(&self) -> usize {
        128
    }

    fn sync(&self) -> Result<(), Error> {
        self.database.persist(PersistMode::SyncAll).map_err(|error| from_fjall(&self.path, "written", &error))
    }

    fn reset(&self, reset: &Reset) -> Result<(), Error> {
        let failed = |error: fjall::Error| from_fjall(&self.path, "emptied", &error);
        let intent = serde_json::to_vec(reset).unwrap_or_default();
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        batch.insert(&self.meta, RESET, intent);
        batch.commit().map_err(failed)?;
        self.empty(reset)
    }

    fn disk_bytes(&self) -> Result<u64, Error> {
        self.database.disk_space().map_err(|error| from_fjall(&self.path, "read", &error))
    }
}

impl EmbeddedStore {
    /// Adds to a batch what processors emitted, and named values.
    fn write_values(
        &self,
        writes: &mut fjall::OwnedWriteBatch,
        all: &Spaces,
        emitted: Vec<(&'static str, Key, Option<Vec<u8>>)>,
        meta: Vec<(String, Option<Vec<u8>>)>,
    ) -> Result<(), Error> {
        for (processor, group, value) in emitted {
            let space = all.emitted.get(processor).ok_or_else(|| Error::NoTable(processor.to_owned()))?;
            match value {
                Some(value) => writes.insert(space, group.as_bytes(), value),
                None => writes.remove(space, group.as_bytes()),
            }
        }
        for (name, value) in meta {
            match value {
                Some(value) => writes.insert(&self.meta, name.as_bytes(), value),
                None => writes.remove(&self.meta, name.as_bytes()),
            }
        }
        Ok(())
    }

    /// Writes a batch, with its seal and the newest offset where that was given out here.
    fn write_sealed(
        &self,
        mut writes: fjall::OwnedWriteBatch,
        mut newest: MutexGuard<'_, Newest>,
        next: Option<Offset>,
    ) -> Result<(), Error> {
        let next = next.unwrap_or(newest.offset);
        if next != newest.offset {
            writes.insert(&self.meta, NEWEST, next.to_be_bytes());
        }
        let sealed = Newest { offset: next, batch: newest.batch + 1 };
        writes.remove(&self.meta, seal(newest.batch));
        writes.insert(&self.meta, seal(sealed.batch), []);
        writes.commit().map_err(|error| from_fjall(&self.path, "written", &error))?;
        *newest = sealed;
        Ok(())
    }

    fn poisoned(&self) -> Error {
        let reason = "an earlier write failed".to_owned();
        Error::Disk { path: self.path.display().to_string(), action: "written", reason }
    }
}

fn fjall_batch(database: &Database, durability: Durability) -> fjall::OwnedWriteBatch {
    database.batch().durability(Some(match durability {
        Durability::Synced => PersistMode::SyncAll,
        Durability::Buffered => PersistMode::Buffer,
    }))
}

fn seal(batch: u64) -> String {
    format!("{SEAL}{batch:020}")
}

/// The number of the newest batch, 0 where there is none; a second seal says that the newest batch is not whole.
fn newest_batch(meta: &Keyspace, path: &Path) -> Result<u64, Error> {
    let mut found = Vec::new();
    for guard in meta.prefix(SEAL) {
        let key = guard.key().map_err(|error| from_fjall(path, "opened", &error))?;
        found.push(String::from_utf8_lossy(&key).into_owned());
    }
    match found.as_slice() {
        [] => Ok(0),
        [only] => only[SEAL.len()..].parse().map_err(|_| damaged(format!("`{only}` is no batch"))),
        several => Err(damaged(format!("{} batches are the newest one", several.len()))),
    }
}

fn damaged(reason: String) -> Error {
    corrupt_meta(SEAL, reason)
}

fn corrupt_meta(key: &str, reason: String) -> Error {
    Error::Corrupt { table: "meta".to_owned(), key: key.to_owned(), reason }
}

fn options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES).manual_journal_persist(true)
}

fn take_lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let failed = |error: &std::io::Error| disk(&path, "opened", error);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)
                .and_then(|()| write!(file, "pid {}", std::process::id()))
                .map_err(|error| failed(&error))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(|error| failed(&error))?;
            Err(Error::Locked { path: folder.display().to_string(), holder })
        }
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

fn disk(path: &Path, action: &'static str, error: &std::io::Error) -> Error {
    let reason = if error.kind() == std::io::ErrorKind::StorageFull {
        "no space left on the device: free some space and run again, nothing that was acknowledged is lost"
            .to_owned()
    } else {
        error.to_string()
    };
    Error::Disk { path: path.display().to_string(), action, reason }
}

fn from_fjall(path: &Path, action: &'static str, error: &fjall::Error) -> Error {
    match error {
        fjall::Error::Io(error) => disk(path, action, error),
        fjall::Error::Storage(fjall::LsmError::Io(error)) => disk(path, action, error),
        fjall::Error::Poisoned => {
            let reason =
                "an earlier write failed (is the disk full?): free some space and run again".to_owned();
            Error::Disk { path: path.display().to_string(), action, reason }
        }
        other => Error::Corrupt {
            table: "store".to_owned(),
            key: path.display().to_string(),
            reason: other.to_string(),
        },
    }
}
