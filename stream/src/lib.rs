//! Tables, and the processors that turn tables into tables.
//!
//! A *table* holds, per key, the newest statement of what is true. A [`Processor`] says which *group* a change
//! touches; the [`Runner`] computes all rows of each touched group from scratch, without I/O and without a clock,
//! compares them with what the group emitted before, and writes only what differs, in one atomic batch with the
//! positions that it has read to. So **the law** holds: what is finally true depends only on the set of inputs, never
//! on their order, on duplicates, on batch borders or on restarts.
//!
//! This crate knows no Jira, no sprints and no SQL. It alone names the embedded store.

pub mod codec;
pub mod driver;
pub mod embedded;
pub mod emitted;
pub mod memory;
pub mod processor;
pub mod runner;
pub mod store;
pub mod tables;

pub use driver::Driver;
pub use processor::{Processor, Spec};
pub use runner::Runner;
pub use store::{Batch, Change, Durability, Offset, RowWrite, Snapshot, Store, Stored, Table};
pub use tables::Tables;

/// What can go wrong with a store of tables.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another program writes to the same data folder.
    #[error(
        "{path} is in use by another tidemark process ({holder}): stop it, or give this one another [storage] data_dir; \
         `report`, `query` and `export` may run beside it"
    )]
    Locked { path: String, holder: String },
    /// The disk refused a read or a write.
    #[error("the store in {path} can't be {action}: {reason}")]
    Disk { path: String, action: &'static str, reason: String },
    /// What lies in the store is not what was written.
    #[error(
        "the store holds a damaged value ({table} {key}): {reason}; restore a backup, or move the data folder away and sync again"
    )]
    Corrupt { table: String, key: String, reason: String },
    /// A table that the store was not opened with.
    #[error("there is no table `{0}`")]
    NoTable(String),
}

impl Error {
    /// Whether trying again later, with nothing changed by hand, may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }
}
