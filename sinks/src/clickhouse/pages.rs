//! Pages of changes: as many as one `INSERT` should hold.

use tidemark_stream::{Offset, Snapshot};

use super::block::Block;
use crate::{Error, Export, version};

/// What ends a page. The row that reaches a limit is the page's last one, so that a page holds a row of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Rows of any one fact, exploded.
    pub(super) rows: usize,
    /// The JSON of the table rows. While a page is sent it is in memory a few times.
    pub(super) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 50_000, bytes: 16 << 20 }
    }
}

/// Changes of a table on their way.
pub(super) struct Page {
    /// One for each export.
    pub(super) blocks: Vec<Block>,
    /// The last change of the page.
    pub(super) position: Offset,
}

/// The page after an offset; nothing where there are no changes.
pub(super) fn read(
    snapshot: &dyn Snapshot,
    exports: &[&Export],
    generation: u64,
    after: Offset,
    limits: Limits,
) -> Result<Option<Page>, Error> {
    let Some(first) = exports.first() else { return Ok(None) };
    let table = first.table;
    let mut page =
        Page { blocks: exports.iter().map(|export| Block::new(&export.fact)).collect(), position: after };
    let mut bytes = 0;
    for change in snapshot.changes(table, after)? {
        let change = change?;
        page.position = change.offset;
        match snapshot.get(table, &change.key)? {
            // Its newest change comes later.
            Some(row) if row.offset > change.offset => continue,
            Some(row) => {
                bytes += row.json.len();
                let version = version(generation, row.offset);
                let corrupt = |reason| Error::Row { table, key: change.key.clone(), reason };
                let decoded = first.decode(&row.json).map_err(|error| corrupt(error.to_string()))?;
                for (export, block) in exports.iter().zip(&mut page.blocks) {
                    block
                        .push(&change.key, version, &mut |put| export.explode(decoded.as_ref(), put))
                        .map_err(corrupt)?;
                }
            }
            None => {
                let version = version(generation, change.offset);
                page.blocks.iter_mut().for_each(|block| block.push_gone(&change.key, version));
            }
        }
        bytes += change.key.as_bytes().len();
        if bytes >= limits.bytes || page.blocks.iter().any(|block| block.size() >= limits.rows) {
            break;
        }
    }
    Ok((page.position > after).then_some(page))
}
