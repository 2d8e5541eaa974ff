//! A store as the cache of a log that lies elsewhere: what the log tells is written under the log's own offsets.

use tidemark_model::Key;

use super::{EmbeddedStore, fjall_batch, from_fjall};
use crate::store::{Durability, Offset, Table};
use crate::{Error, codec};

/// What a log has told, in order: all of it is written, or nothing.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Each key of a table at most once.
    pub(crate) rows: Vec<Told>,
    /// The changes of a table up to an offset are forgotten: the log says that the table was emptied there.
    pub(crate) emptied: Vec<(Table, Offset)>,
    pub(crate) emitted: Vec<(&'static str, Key, Option<Vec<u8>>)>,
    pub(crate) meta: Vec<(String, Option<Vec<u8>>)>,
}

/// What a log says of a row.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) table: Table,
    pub(crate) key: Key,
    pub(crate) offset: Offset,
    /// Nothing says that the row is gone.
    pub(crate) json: Option<Vec<u8>>,
    /// Whether it is listed among the table's changes.
    pub(crate) listed: bool,
}

impl EmbeddedStore {
    /// Writes what a log has told. It survives the end of the process; what a loss of power takes is told again.
    pub(crate) fn take_in(&self, page: Page) -> Result<(), Error> {
        let failed = |error: fjall::Error| from_fjall(&self.path, "written", &error);
        let newest = self.newest.lock().map_err(|_| self.poisoned())?;
        let all = self.spaces()?;
        let mut writes = fjall_batch(&self.database, Durability::Buffered);
        for (table, offset) in &page.emptied {
            let spaces = all.table(table)?;
            for guard in spaces.changes.range(..=offset.to_be_bytes()) {
                writes.remove(&spaces.changes, guard.key().map_err(failed)?);
            }
        }
        for told in page.rows {
            let spaces = all.table(told.table)?;
            let offset = told.offset.to_be_bytes();
            if told.listed {
                let older = spaces.rows.get(&told.key).map_err(failed)?;
                if let Some(older) = older.as_ref().and_then(|older| older.get(..8)) {
                    writes.remove(&spaces.changes, older);
                }
                let emptied =
                    page.emptied.iter().any(|(table, to)| *table == told.table && told.offset <= *to);
                if !emptied {
                    writes.insert(&spaces.changes, offset, told.key.as_bytes());
                }
            }
            match told.json {
                Some(json) => {
                    let row = [&offset[..], &codec::pack(json)].concat();
                    writes.insert(&spaces.rows, told.key.as_bytes(), row);
                }
                None => writes.remove(&spaces.rows, told.key.as_bytes()),
            }
        }
        self.write_values(&mut writes, &all, page.emitted, page.meta)?;
        self.write_sealed(writes, newest, None)
    }

    /// The named values that start with a prefix, in order.
    pub(crate) fn meta_beneath(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let failed = |error: fjall::Error| from_fjall(&self.path, "read", &error);
        let mut found = Vec::new();
        for guard in self.meta.prefix(prefix) {
            let (name, value) = guard.into_inner().map_err(failed)?;
            found.push((String::from_utf8_lossy(&name).into_owned(), value.to_vec()));
        }
        Ok(found)
    }
}
