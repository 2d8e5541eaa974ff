//! Processors: materialised views, tables in and tables out.

use tidemark_model::{Key, Rows};

use crate::store::Table;
use crate::tables::Tables;

/// A materialised view. Its rows are a pure function of tables: no I/O, no clock, no order of arrival.
pub trait Processor: Send + Sync {
    /// What it reads, what it writes, and how its work is cut into groups.
    fn spec(&self) -> Spec;

    /// Everything that is true of the group, from scratch.
    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows);
}

/// What the runner must know of a processor.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub name: &'static str,
    /// Raised when the rows change though the inputs do not: everything is then computed anew.
    pub version: u32,
    /// How many leading parts of a key name the group. A local input with shorter keys touches all groups beneath.
    pub group_parts: usize,
    /// Tables placed like the group: a change touches the groups that its key names.
    pub inputs: &'static [Table],
    /// Small tables that are known everywhere: a change touches all groups.
    pub globals: &'static [Table],
    pub outputs: &'static [Table],
}

impl Spec {
    /// The group that a key of a local input belongs to; nothing where the key is shorter than a group.
    pub fn group(&self, key: &Key) -> Option<Key> {
        key.prefix(self.group_parts)
    }
}
