//! Tables, and the processors that turn tables into tables.
//!
//! A *table* holds, per key, the newest statement of what is true. A [`Processor`] says which *group* a change
//! touches; the [`Runner`] computes all rows of each touched group from scratch, without I/O and without a clock,
//! compares them with what the group emitted before, and writes only what differs, in one atomic batch with the
//! positions that it has read to. So **the law** holds: what is finally true depends only on the set of inputs, never
//! on their order, on duplicates, on batch borders or on restarts.
//!
//! This crate knows no Jira, no sprints and no SQL. It alone names the embedded store and Kafka's client.

pub mod codec;
pub mod driver;
pub mod embedded;
pub mod emitted;
pub mod kafka;
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
    /// A named value that only the store itself writes.
    #[error("the named value `{0}` belongs to the store and is not for batches")]
    Reserved(String),
    /// Changes of a table that lies in several partitions, or its own rows for a writer that owns none.
    #[error(
        "`{0}` lies in several partitions, whose changes have no common order: ask the task that owns a partition"
    )]
    Unordered(String),
    /// The cluster refused, or did not answer.
    #[error("kafka: {action} failed: {reason}")]
    Kafka { action: String, reason: String, transient: bool },
    /// A setting of the connection that is wrong, or that this build cannot fulfil. Shows no value.
    #[error("the kafka setting `{setting}` can't be used: {reason}")]
    KafkaSetting { setting: String, reason: String },
    /// A store that was opened for following only.
    #[error("this store follows what others write, and writes nothing")]
    ReadOnly,
    /// A processor asked for a row that lies in another partition than its group: no task could answer.
    #[error("the row {key} of `{table}` lies in another partition than the group that asks for it")]
    Elsewhere { table: &'static str, key: String },
    /// The log was made anew meanwhile, by a replay or a restore: it is to be opened again.
    #[error("kafka: the log was made anew (its generation is {found} now): it is opened again")]
    Renewed { found: u64 },
    /// A later version of this program has made the log.
    #[error(
        "kafka: the log `{prefix}` is of format {found}, and this tidemark knows formats up to {known}: a newer one has made it; \
         run that version, or restore a backup into a log under another prefix ([storage] log = \"kafka://…?prefix=…\")"
    )]
    NewerLog { prefix: String, found: u32, known: u32 },
    /// Another process writes in the place of this one.
    #[error("another process has taken over {writer}: this one has to drop it")]
    Fenced { writer: String },
    /// Topics that are not as they have to be.
    #[error("kafka: the log can't be used as it is:{}", lines(.0))]
    Topics(Vec<kafka::Deviation>),
    /// The log has nothing at the place where reading has to go on.
    #[error("kafka: {topic} {partition} can't be read on from offset {offset}: the log no longer has it")]
    Unreadable { topic: String, partition: i32, offset: i64 },
}

fn lines(deviations: &[kafka::Deviation]) -> String {
    deviations.iter().map(|deviation| format!("\n  {deviation}")).collect()
}

impl Error {
    /// Whether trying again later, with nothing changed by hand, may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Locked { .. } => true,
            Self::Kafka { transient, .. } => *transient,
            _ => false,
        }
    }
}
