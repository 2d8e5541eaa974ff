//! How facts leave Tidemark: table rows go out in batches, as the columns that the model declares.
//!
//! A sink copies; it computes nothing and knows no metric. What it has written is decided by its own positions, which
//! are committed with the rows, so that a batch that comes twice changes nothing. A row's version is the log's
//! generation and the offset of its change: the higher one is the newer statement.
//!
//! [`EXPORTS`] says which table feeds which fact. A new fact is its struct in the model, a line in
//! `tidemark_sql::FACTS`, a view, and a line here. [`lake`] is the embedded warehouse.

pub mod columns;
mod export;
pub mod lake;

use std::path::PathBuf;

use tidemark_model::Key;
use tidemark_model::facts::{
    BoardSprint, IssueChangeFact, IssueFact, LedgerEntry, SprintItem, SprintReport, Velocity,
};
use tidemark_model::issue::Issue;

pub use export::{Export, FedBy};
pub use lake::{Flush, Flushed, Lake, Progress};

/// Which table's rows feed which fact. Facts of one table stand together: they are written in one pass.
pub const EXPORTS: &[Export] = &[
    Export::of::<BoardSprint, BoardSprint>(),
    Export::of::<Issue, IssueChangeFact>(),
    Export::of::<Issue, IssueFact>(),
    Export::of::<LedgerEntry, LedgerEntry>(),
    Export::of::<SprintItem, SprintItem>(),
    Export::of::<SprintReport, SprintReport>(),
    Export::of::<Velocity, Velocity>(),
];

/// What can go wrong on the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk refused.
    #[error("cannot {action} {}: {reason}", path.display())]
    Disk { action: &'static str, path: PathBuf, reason: String },
    /// A table holds a row that its type does not describe.
    #[error("the row {key} of table `{table}` cannot be read: {reason}")]
    Row { table: &'static str, key: Key, reason: String },
    /// Rows cannot be written as columns.
    #[error("cannot encode {}: {reason}", path.display())]
    Encode { path: PathBuf, reason: String },
    /// The tables cannot be read.
    #[error(transparent)]
    Store(#[from] tidemark_stream::Error),
}

impl Error {
    pub(crate) fn disk(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Disk { action, path, reason: disk_reason(&error) }
    }
}

/// The reason in the words that people search for.
pub(crate) fn disk_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => "no space left on device".to_owned(),
        std::io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tidemark_sql::FACTS;

    use super::EXPORTS;

    #[test]
    fn every_fact_is_exported_once_and_facts_of_one_table_stand_together() {
        for fact in FACTS {
            assert_eq!(
                EXPORTS.iter().filter(|export| export.fact.name == fact.name).count(),
                1,
                "{}",
                fact.name
            );
        }
        assert_eq!(EXPORTS.len(), FACTS.len());
        let mut tables: Vec<&str> = EXPORTS.iter().map(|export| export.table).collect();
        tables.dedup();
        let runs = tables.len();
        tables.sort_unstable();
        tables.dedup();
        assert_eq!(runs, tables.len(), "a table is scanned more than once");
    }
}
