//! Deltas: the newest rows of the keys that changed, and the keys themselves.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch};
use tidemark_model::Key;
use tidemark_sql::catalogue::keys_schema;
use tidemark_sql::manifest::Delta;
use tidemark_stream::{Offset, Snapshot, Stored, Table};

use super::part::{Encoder, PartWriter, ROW_GROUP_ROWS, refusal};
use super::plan::ChangedKeys;
use crate::{Error, version};

/// The rows that changed keys have now, in key order; it remembers which versions they supersede.
pub(super) struct DeltaParts<'a> {
    snapshot: &'a dyn Snapshot,
    table: Table,
    keys: std::collections::btree_map::Iter<'a, Key, Offset>,
    seen: Vec<(&'a Key, Offset)>,
}

impl<'a> DeltaParts<'a> {
    pub(super) fn new(snapshot: &'a dyn Snapshot, table: Table, keys: &'a ChangedKeys) -> Self {
        Self { snapshot, table, keys: keys.iter(), seen: Vec::with_capacity(keys.len()) }
    }

    /// The changed keys, each with the version below which its rows are dead. Complete once all rows are read.
    pub(super) fn superseded(&self, generation: u64) -> Vec<(&'a Key, i64)> {
        self.seen.iter().map(|(key, offset)| (*key, version(generation, *offset))).collect()
    }
}

impl Iterator for DeltaParts<'_> {
    type Item = Result<(Key, Stored), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, changed) = self.keys.next()?;
            match self.snapshot.get(self.table, key) {
                Ok(Some(row)) => {
                    self.seen.push((key, row.offset));
                    return Some(Ok((key.clone(), row)));
                }
                // No row is left: its removal supersedes what there was.
                Ok(None) => self.seen.push((key, *changed)),
                Err(error) => return Some(Err(error.into())),
            }
        }
    }
}

/// Ends a delta's rows and writes its keys beside them. A delta without changes is none.
pub(super) fn write(
    rows: PartWriter,
    keys_path: PathBuf,
    superseded: &[(&Key, i64)],
) -> Result<Option<Delta>, Error> {
    let rows = rows.finish()?;
    let mut keys = PartWriter::new(keys_path, keys_schema());
    let refused = |error| refusal(keys.path(), error);
    let encoder = Encoder::new(keys_schema()).map_err(refused)?;
    for some in superseded.chunks(ROW_GROUP_ROWS) {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(BinaryArray::from_iter_values(some.iter().map(|(key, _)| key.as_bytes()))),
            Arc::new(Int64Array::from_iter_values(some.iter().map(|(_, version)| *version))),
        ];
        let batch = RecordBatch::try_new(keys_schema(), columns);
        let refused = |error| refusal(keys.path(), error);
        let group = encoder.encode(&batch.map_err(|error| refused(error.into()))?).map_err(refused)?;
        keys.append(group)?;
    }
    Ok(keys.finish()?.map(|keys| Delta { rows, keys }))
}
