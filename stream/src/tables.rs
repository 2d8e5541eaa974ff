//! What a processor reads: typed rows of one consistent state.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use rustc_hash::FxHashMap;
use tidemark_model::{Key, Row};

use crate::Error;
use crate::store::{Snapshot, Table};

/// The tables that a group's rows are computed from.
///
/// Reads do not return errors, so that processors stay plain functions: the first error is kept, and the runner gives
/// up the step before anything is written.
pub struct Tables<'a> {
    snapshot: &'a dyn Snapshot,
    globals: &'a Globals,
    error: Mutex<Option<Error>>,
}

/// What many groups read, decoded once per state: global tables, and single rows.
#[derive(Default)]
pub struct Globals {
    tables: FxHashMap<Table, OnceLock<Decoded>>,
    rows: RwLock<FxHashMap<(Table, Key), Option<Decoded>>>,
}

type Decoded = Arc<dyn Any + Send + Sync>;

impl Globals {
    /// Room for these tables; each is read when it is first asked for.
    pub fn new(tables: &[Table]) -> Self {
        let tables = tables.iter().map(|table| (*table, OnceLock::new())).collect();
        Self { tables, rows: RwLock::default() }
    }
}

impl<'a> Tables<'a> {
    pub fn new(snapshot: &'a dyn Snapshot, globals: &'a Globals) -> Self {
        Self { snapshot, globals, error: Mutex::new(None) }
    }

    /// The row of a key.
    pub fn get<R: Row>(&self, key: &Key) -> Option<R> {
        let found = self
            .here::<R>(key)
            .and_then(|()| self.snapshot.get(R::TABLE, key))
            .and_then(|stored| stored.map(|stored| decode(key, &stored.json)).transpose());
        self.keep(found).flatten()
    }

    /// The row of a key that many groups read, as a sprint is read by its issues: decoded once, and kept.
    pub fn shared<R: Row>(&self, key: &Key) -> Option<Arc<R>> {
        let place = (R::TABLE, key.clone());
        let known = self.globals.rows.read().ok().and_then(|rows| rows.get(&place).cloned());
        let decoded = known.unwrap_or_else(|| {
            let decoded = self.get::<R>(key).map(|row| Arc::new(row) as Decoded);
            if let Ok(mut rows) = self.globals.rows.write() {
                rows.insert(place, decoded.clone());
            }
            decoded
        });
        decoded.and_then(|row| row.downcast().ok())
    }

    /// The rows whose keys start with `prefix`, in key order.
    pub fn scan<R: Row>(&self, prefix: &Key) -> Vec<R> {
        let found = self.here::<R>(prefix).and_then(|()| read_all(self.snapshot, prefix));
        self.keep(found).unwrap_or_default().into_values().collect()
    }

    /// Fails where rows of this key lie with another task: none found would not mean that there is none.
    fn here<R: Row>(&self, key: &Key) -> Result<(), Error> {
        if self.snapshot.holds(R::TABLE, key) {
            return Ok(());
        }
        Err(Error::Elsewhere { table: R::TABLE, key: key.to_string() })
    }

    /// A global table, whole.
    pub fn global<R: Row>(&self) -> Arc<BTreeMap<Key, R>> {
        let Some(slot) = self.globals.tables.get(R::TABLE) else {
            debug_assert!(false, "{} is no global input of this processor", R::TABLE);
            return Arc::default();
        };
        let any = slot.get_or_init(|| {
            let rows: BTreeMap<Key, R> =
                self.keep(read_all(self.snapshot, &Key::default())).unwrap_or_default();
            Arc::new(rows)
        });
        Arc::clone(any).downcast().unwrap_or_default()
    }

    /// The first error of any read.
    pub fn into_result(self) -> Result<(), Error> {
        self.error.into_inner().ok().flatten().map_or(Ok(()), Err)
    }

    fn keep<T>(&self, result: Result<T, Error>) -> Option<T> {
        result
            .map_err(|error| {
                if let Ok(mut slot) = self.error.lock() {
                    slot.get_or_insert(error);
                }
            })
            .ok()
    }
}

fn read_all<R: Row>(snapshot: &dyn Snapshot, prefix: &Key) -> Result<BTreeMap<Key, R>, Error> {
    snapshot
        .scan(R::TABLE, prefix)?
        .map(|found| {
            let (key, stored) = found?;
            let row = decode(&key, &stored.json)?;
            Ok((key, row))
        })
        .collect()
}

/// Reads a row from its JSON.
pub fn decode<R: Row>(key: &Key, json: &[u8]) -> Result<R, Error> {
    serde_json::from_slice(json).map_err(|error| Error::Corrupt {
        table: R::TABLE.to_owned(),
        key: key.to_string(),
        reason: error.to_string(),
    })
}
