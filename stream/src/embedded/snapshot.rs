//! One consistent state of an embedded store.

use std::sync::Arc;

use fjall::Readable;
use tidemark_model::Key;

use super::{EmbeddedStore, Spaces, from_fjall};
use crate::store::{Change, Offset, Scan, Snapshot, Stored, Table};
use crate::{Error, codec};

pub(super) struct EmbeddedSnapshot<'a> {
    pub(super) store: &'a EmbeddedStore,
    pub(super) spaces: Arc<Spaces>,
    pub(super) snapshot: fjall::Snapshot,
}

impl EmbeddedSnapshot<'_> {
    fn read_failed(&self, error: &fjall::Error) -> Error {
        from_fjall(&self.store.path, "read", error)
    }

    fn rows(&self, table: Table, iter: fjall::Iter) -> Scan<'_> {
        Box::new(iter.map(move |guard| {
            let (key, value) = guard.into_inner().map_err(|error| self.read_failed(&error))?;
            let key = Key::from_bytes(key.as_ref());
            let stored = stored(table, &key, &value)?;
            Ok((key, stored))
        }))
    }

    fn keys(&self, iter: fjall::Iter) -> Box<dyn Iterator<Item = Result<Key, Error>> + '_> {
        Box::new(iter.map(move |guard| {
            let key = guard.key().map_err(|error| self.read_failed(&error))?;
            Ok(Key::from_bytes(key.as_ref()))
        }))
    }
}

fn stored(table: Table, key: &Key, value: &[u8]) -> Result<Stored, Error> {
    let corrupt = |reason: String| Error::Corrupt { table: table.to_owned(), key: key.to_string(), reason };
    let (offset, row) = value.split_first_chunk::<8>().ok_or_else(|| corrupt("cut short".to_owned()))?;
    Ok(Stored { offset: Offset::from_be_bytes(*offset), json: codec::unpack(row).map_err(corrupt)? })
}

/// The bounds of everything after a key.
fn after_key(after: &Key) -> (std::ops::Bound<Vec<u8>>, std::ops::Bound<Vec<u8>>) {
    (std::ops::Bound::Excluded(after.as_bytes().to_vec()), std::ops::Bound::Unbounded)
}

impl Snapshot for EmbeddedSnapshot<'_> {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error> {
        let spaces = self.spaces.table(table)?;
        let value = self.snapshot.get(&spaces.rows, key).map_err(|error| self.read_failed(&error))?;
        value.map(|value| stored(table, key, &value)).transpose()
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error> {
        Ok(self.rows(table, self.snapshot.prefix(&self.spaces.table(table)?.rows, prefix)))
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error> {
        Ok(self.rows(table, self.snapshot.range(&self.spaces.table(table)?.rows, after_key(after))))
    }

    fn keys_after(
        &self,
        table: Table,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error> {
        Ok(self.keys(self.snapshot.range(&self.spaces.table(table)?.rows, after_key(after))))
    }

    fn changes(
        &self,
        table: Table,
        after: Offset,
    ) -> Result<Box<dyn Iterator<Item = Result<Change, Error>> + '_>, Error> {
        let range = after.saturating_add(1).to_be_bytes()..;
        let iter = self.snapshot.range(&self.spaces.table(table)?.changes, range);
        Ok(Box::new(iter.map(move |guard| {
            let (offset, key) = guard.into_inner().map_err(|error| self.read_failed(&error))?;
            let offset = offset.as_ref().try_into().map_or(0, Offset::from_be_bytes);
            Ok(Change { offset, key: Key::from_bytes(key.as_ref()) })
        })))
    }

    fn newest(&self, table: Table) -> Result<Offset, Error> {
        let Some(guard) = self.snapshot.last_key_value(&self.spaces.table(table)?.changes) else {
            return Ok(0);
        };
        let key = guard.key().map_err(|error| self.read_failed(&error))?;
        Ok(key.as_ref().try_into().map_or(0, Offset::from_be_bytes))
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error> {
        let Some(space) = self.spaces.emitted.get(processor) else { return Ok(None) };
        let value = self.snapshot.get(space, group).map_err(|error| self.read_failed(&error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn emitted_after(
        &self,
        processor: &str,
        after: &Key,
    ) -> Result<Box<dyn Iterator<Item = Result<Key, Error>> + '_>, Error> {
        let Some(space) = self.spaces.emitted.get(processor) else { return Ok(Box::new(std::iter::empty())) };
        Ok(self.keys(self.snapshot.range(space, after_key(after))))
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let value = self.snapshot.get(&self.store.meta, name).map_err(|error| self.read_failed(&error))?;
        Ok(value.map(|value| value.to_vec()))
    }
}
