//! A store in memory, for tests: the same contract as [`crate::embedded`], without a disk.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, RwLock};

use tidemark_model::Key;

use crate::store::{Batch, Change, Durability, Offset, Reset, Scan, Snapshot, Store, Stored, Table};
use crate::{Error, codec};

#[derive(Debug, Default, Clone)]
struct State {
    rows: BTreeMap<String, BTreeMap<Key, (Offset, Vec<u8>)>>,
    changes: BTreeMap<String, BTreeMap<Offset, Key>>,
    emitted: BTreeMap<String, BTreeMap<Key, Vec<u8>>>,
    meta: BTreeMap<String, Vec<u8>>,
    newest: Offset,
}

/// A store that is gone when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RwLock<Arc<State>>,
}

struct MemorySnapshot(Arc<State>);

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self) -> Arc<State> {
        self.state.read().map(|state| Arc::clone(&state)).unwrap_or_default()
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        if let Ok(mut state) = self.state.write() {
            change(Arc::make_mut(&mut state));
        }
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> Box<dyn Snapshot + '_> {
        Box::new(MemorySnapshot(self.read()))
    }

    fn commit(&self, batch: Batch, _durability: Durability) -> Result<(), Error> {
        self.write(|state| {
            for row in batch.rows {
                state.newest += 1;
                let table = state.rows.entry(row.table.to_owned()).or_default();
                let changes = state.changes.entry(row.table.to_owned()).or_default();
                let older = match row.json {
                    Some(json) => table.insert(row.key.clone(), (state.newest, json)),
                    None => table.remove(&row.key),
                };
                if let Some((offset, _)) = older {
                    changes.remove(&offset);
                }
                changes.insert(state.newest, row.key);
            }
            for (table, key) in batch.forgotten {
                let gone = state.rows.get_mut(table).and_then(|rows| rows.remove(&key));
                if let (Some((offset, _)), Some(changes)) = (gone, state.changes.get_mut(table)) {
                    changes.remove(&offset);
                }
            }
            for (processor, group, value) in batch.emitted {
                let groups = state.emitted.entry(processor.to_owned()).or_default();
                match value {
                    Some(value) => groups.insert(group, value),
                    None => groups.remove(&group),
                };
            }
            for (name, value) in batch.meta {
                match value {
                    Some(value) => state.meta.insert(name, value),
                    None => state.meta.remove(&name),
                };
            }
        });
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }

    fn reset(&self, reset: &Reset) -> Result<(), Error> {
        self.write(|state| {
            for table in &reset.tables {
                state.rows.remove(table);
                state.changes.remove(table);
            }
            for processor in &reset.processors {
                state.emitted.remove(processor);
            }
            state.meta.retain(|name, _| !reset.meta_prefixes.iter().any(|prefix| name.starts_with(prefix)));
        });
        Ok(())
    }

    fn disk_bytes(&self) -> Result<u64, Error> {
        Ok(0)
    }
}

fn stored(key: &Key, offset: Offset, bytes: &[u8]) -> Result<Stored, Error> {
    let json = codec::unpack(bytes).map_err(|reason| Error::Corrupt {
        table: String::new(),
        key: key.to_string(),
        reason,
    })?;
    Ok(Stored { offset, json })
}

impl MemorySnapshot {
    fn rows_after<'a>(
        &'a self,
        table: Table,
        after: &Key,
    ) -> impl Iterator<Item = (&'a Key, &'a (Offset, Vec<u8>))> + use<'a> {
        self.0
            .rows
            .get(table)
            .map(|rows| rows.range((Excluded(after.clone()), Unbounded)))
            .into_iter()
            .flatten()
    }
}

impl Snapshot for MemorySnapshot {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error> {
        let row = self.0.rows.get(table).and_then(|rows| rows.get(key));
        row.map(|(offset, bytes)| stored(key, *offset, bytes)).transpose()
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error> {
        let prefix = prefix.clone();
        let rows = self.0.rows.get(table).map(|rows| rows.range(prefix.clone()..)).into_iter().flatten();
        let rows = rows.take_while(move |(key, _)| key.starts_with(&prefix));
        Ok(Box::new(rows.map(|(key, (offset, bytes))| Ok((key.clone(), stored(key, *offset, bytes)?)))))
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error> {
        let rows = self.rows_after(table, after);
        Ok(Box::new(rows.map(|(key, (offset, bytes))| Ok((key.clone(), stored(key, *offset, bytes)?)))))
    }

    fn keys_after(
        &self,
        table: Table,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error> {
        Ok(Box::new(self.rows_after(table, after).map(|(key, _)| Ok(key.clone()))))
    }

    fn changes(
        &self,
        table: Table,
        after: Offset,
    ) -> Result<Box<dyn Iterator<Item = Result<Change, Error>> + '_>, Error> {
        let changes = self.0.changes.get(table).map(|changes| changes.range((Excluded(after), Unbounded)));
        let changes = changes.into_iter().flatten();
        Ok(Box::new(changes.map(|(offset, key)| Ok(Change { offset: *offset, key: key.clone() }))))
    }

    fn newest(&self, table: Table) -> Result<Offset, Error> {
        let newest = self.0.changes.get(table).and_then(|changes| changes.last_key_value());
        Ok(newest.map_or(0, |(offset, _)| *offset))
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.emitted.get(processor).and_then(|groups| groups.get(group)).cloned())
    }

    fn emitted_after(
        &self,
        processor: &str,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error> {
        let groups =
            self.0.emitted.get(processor).map(|groups| groups.range((Excluded(after.clone()), Unbounded)));
        Ok(Box::new(groups.into_iter().flatten().map(|(group, _)| Ok(group.clone()))))
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.meta.get(name).cloned())
    }
}
