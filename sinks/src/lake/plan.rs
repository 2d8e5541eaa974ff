//! What a flush has to write of each table: all of it, what changed, or nothing.

use std::collections::BTreeMap;

use tidemark_model::Key;
use tidemark_sql::manifest::{Manifest, TableState};
use tidemark_stream::{Offset, Snapshot, Table};

use super::Flush;
use crate::{EXPORTS, Error, Export};

/// More deltas make queries slower than a new base takes to write.
const DELTAS: usize = 16;

/// A new base is written once the deltas supersede more than one in so many rows of it.
const ROWS_PER_SUPERSEDED: u64 = 5;

/// The keys that changed, each with the offset of its newest change.
pub(super) type ChangedKeys = BTreeMap<Key, Offset>;

/// What to write of a table; a table without a plan has not changed.
pub(super) enum Plan {
    Base { table: Table, exports: &'static [Export], position: Offset },
    Delta { table: Table, exports: &'static [Export], position: Offset, keys: ChangedKeys },
}

/// The tables that have to be written.
pub(super) fn plans(manifest: &Manifest, snapshot: &dyn Snapshot, flush: Flush) -> Result<Vec<Plan>, Error> {
    let tables = EXPORTS.chunk_by(|one, next| one.table == next.table);
    tables.filter_map(|exports| plan(exports, manifest, snapshot, flush).transpose()).collect()
}

fn plan(
    exports: &'static [Export],
    manifest: &Manifest,
    snapshot: &dyn Snapshot,
    flush: Flush,
) -> Result<Option<Plan>, Error> {
    let Some(table) = exports.first().map(|export| export.table) else { return Ok(None) };
    let position = snapshot.newest(table)?;
    let base = Plan::Base { table, exports, position };
    let Some((state, deltas)) = trusted(exports, table, manifest) else { return Ok(Some(base)) };
    if position == state.position && !(flush.compact && deltas > 0) {
        return Ok(None);
    }
    // A log that ends before the lake has lost changes that the lake holds.
    if flush.compact || position < state.position || deltas >= DELTAS {
        return Ok(Some(base));
    }
    let most = (state.base_rows / ROWS_PER_SUPERSEDED).saturating_sub(state.delta_keys);
    let keys = changed_keys(snapshot, table, state.position, most)?;
    Ok(Some(keys.map_or(base, |keys| Plan::Delta { table, exports, position, keys })))
}

/// What the manifest says of a table and how many deltas it has, if all its facts have the columns of today.
fn trusted(exports: &[Export], table: Table, manifest: &Manifest) -> Option<(TableState, usize)> {
    let mut deltas = 0;
    for export in exports {
        let parts = manifest.facts.get(export.fact.name)?;
        if parts.columns != export.fact.fingerprint() {
            return None;
        }
        deltas = deltas.max(parts.deltas.len());
    }
    manifest.tables.get(table).map(|state| (*state, deltas))
}

/// The keys that changed after a position; nothing if there are more than `most`.
fn changed_keys(
    snapshot: &dyn Snapshot,
    table: Table,
    after: Offset,
    most: u64,
) -> Result<Option<ChangedKeys>, Error> {
    let mut keys = ChangedKeys::new();
    for change in snapshot.changes(table, after)? {
        let change = change?;
        let newest = keys.entry(change.key).or_insert(change.offset);
        *newest = change.offset.max(*newest);
        if keys.len() as u64 > most {
            return Ok(None);
        }
    }
    Ok(Some(keys))
}
