//! Rows: one statement each, of what is true of one key.

use std::cell::RefCell;

use serde::{Serialize, de::DeserializeOwned};

use crate::Key;

/// One statement: what is true of one key. The type names its table.
pub trait Row: Serialize + DeserializeOwned + PartialEq + Send + Sync + 'static {
    /// The table that holds these rows.
    const TABLE: &'static str;
    /// How many leading parts of the key decide the partition: issues by issue, all that is
    /// sprint-level by sprint, all that is board-level by board.
    const PLACE: usize;

    /// Bytes that sort; the group's part comes first, so that a group is a prefix scan.
    fn key(&self) -> Key;
}

thread_local! {
    /// Where rows are written before their length is known.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Rows on their way out of a computation, encoded, in the order of their making.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<EncodedRow>,
}

/// A row as a table holds it: JSON under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedRow {
    pub table: &'static str,
    pub key: Key,
    pub json: Vec<u8>,
}

impl Rows {
    /// Adds a row.
    pub fn push<R: Row>(&mut self, row: &R) {
        let json = BUFFER.with_borrow_mut(|buffer| {
            buffer.clear();
            // Rows are plain structs with text keys: writing them to memory cannot fail.
            serde_json::to_writer(&mut *buffer, row).unwrap_or_default();
            buffer.clone()
        });
        debug_assert!(!json.is_empty(), "a row of {} has no JSON form", R::TABLE);
        self.rows.push(EncodedRow { table: R::TABLE, key: row.key(), json });
    }

    pub fn into_vec(self) -> Vec<EncodedRow> {
        self.rows
    }
}
