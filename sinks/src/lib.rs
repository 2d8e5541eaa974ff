//! How facts leave Tidemark: table rows go out in batches, as the columns that the model declares.
//!
//! A sink copies; it computes nothing and knows no metric. What it has written is decided by its own positions, which
//! are committed with the rows, so that a batch that comes twice changes nothing. A row's version is the log's
//! generation and the offset of its change: the higher one is the newer statement.
//!
//! [`EXPORTS`] says which table feeds which fact. A new fact is its struct in the model, a line in
//! `tidemark_sql::FACTS`, a view, and a line here; what only the serving database has is in `tidemark_sql::SERVED_ONLY`
//! and [`SERVED_ONLY`]. [`lake`] is the embedded warehouse, [`clickhouse`] the one at scale, [`serving`] the database
//! that reports and pages are read from.

mod absence;
#[cfg(feature = "clickhouse")]
pub mod clickhouse;
#[cfg(feature = "clickhouse")]
pub mod columns;
mod export;
#[cfg(feature = "lake")]
pub mod lake;
pub mod serving;

use std::path::PathBuf;

use tidemark_model::Key;
use tidemark_model::board::{Board, Field, Status};
use tidemark_model::facts::{
    BoardFact, BoardSprint, CarryOver, IssueChangeFact, IssueFact, LedgerEntry, RejectedFact,
    SprintDiscipline, SprintItem, SprintReport, StatedBoard, StatedField, StatedHistory, StatedPolicy,
    StatedSprint, StatedStatus, StatedSuccessors, Velocity, VelocityWindow,
};
use tidemark_model::issue::Issue;
use tidemark_model::membership::{SprintIssue, Successors};
use tidemark_model::policy::Policy;
use tidemark_model::rejected::Rejected;
use tidemark_model::sprint::Sprint;
use tidemark_stream::Offset;

#[cfg(feature = "clickhouse")]
pub use clickhouse::{ClickHouse, Written};
pub use export::{Export, FedBy, Values};
#[cfg(feature = "lake")]
pub use lake::{Flush, Flushed, Lake, Progress};
pub use serving::{Followed, Serving};

/// Which table's rows feed which fact. Facts of one table stand together: they are written in one pass.
pub const EXPORTS: &[Export] = &[
    Export::of::<Board, BoardFact>(),
    Export::of::<BoardSprint, BoardSprint>(),
    Export::of::<CarryOver, CarryOver>(),
    Export::of::<Issue, IssueChangeFact>(),
    Export::of::<Issue, IssueFact>(),
    Export::of::<LedgerEntry, LedgerEntry>(),
    Export::of::<Rejected, RejectedFact>(),
    Export::of::<SprintDiscipline, SprintDiscipline>(),
    Export::of::<SprintItem, SprintItem>(),
    Export::of::<SprintReport, SprintReport>(),
    Export::of::<Velocity, Velocity>(),
    Export::of::<VelocityWindow, VelocityWindow>(),
];

/// The same for facts that only the serving database has.
pub const SERVED_ONLY: &[Export] = &[
    Export::of::<Board, StatedBoard>(),
    Export::of::<Field, StatedField>(),
    Export::of::<Policy, StatedPolicy>(),
    Export::of::<Sprint, StatedSprint>(),
    Export::of::<SprintIssue, StatedHistory>(),
    Export::of::<Status, StatedStatus>(),
    Export::of::<Successors, StatedSuccessors>(),
];

/// The version of a row: a later change of the same log has a higher one, and so has any change of a later log.
pub fn version(generation: u64, offset: Offset) -> i64 {
    debug_assert!(offset < 1 << 40, "offset {offset} does not fit a version");
    (generation << 40 | offset).cast_signed()
}

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
    /// Rows cannot be written as columns.
    #[error("rows of `{fact}` can't be encoded: {reason}")]
    Columns { fact: &'static str, reason: String },
    /// The warehouse refused rows.
    #[cfg(feature = "clickhouse")]
    #[error("{rows} rows of `{fact}`, from {first} to {last}, can't be written: {source}")]
    Page {
        fact: &'static str,
        rows: u64,
        first: Key,
        last: Key,
        source: Box<tidemark_sql::clickhouse::Error>,
    },
    /// The warehouse cannot be opened, read or written.
    #[cfg(feature = "clickhouse")]
    #[error(transparent)]
    ClickHouse(#[from] tidemark_sql::clickhouse::Error),
    /// The log has lost what the warehouse has.
    #[error(
        "what is written of `{table}` goes to change {position}, and the log ends with {newest}: what is new can't be told from          what was lost; run `tidemark replay`, which raises the log's generation"
    )]
    Ahead { table: &'static str, position: Offset, newest: Offset },
    /// Another log than this one has written the warehouse.
    #[error(
        "the warehouse holds `{fact}` of the log's generation {found}, and this log is of generation {generation}: it is an          older log, or another one; follow the newer one, or name another database"
    )]
    OlderLog { fact: &'static str, found: u64, generation: u64 },
    /// The serving database cannot be opened or written.
    #[error(transparent)]
    Serving(#[from] tidemark_sql::serving::Error),
    /// Somebody else has written the serving database meanwhile.
    #[error("the serving database's `{table}` is written by another program: stop one of them")]
    OtherWriter { table: &'static str },
    /// Somebody else follows a later generation of the same log.
    #[error(
        "the serving database follows a later generation of this log than {generation}: open the log again"
    )]
    Past { generation: u64 },
    /// The tables cannot be read.
    #[error(transparent)]
    Store(#[from] tidemark_stream::Error),
}

impl Error {
    /// Whether trying again later, with nothing changed by hand at this end, may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Serving(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            #[cfg(feature = "clickhouse")]
            Self::ClickHouse(error) => error.is_transient(),
            _ => false,
        }
    }

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

    use super::{EXPORTS, SERVED_ONLY};

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
        for fact in tidemark_sql::SERVED_ONLY {
            assert!(SERVED_ONLY.iter().any(|export| export.fact == *fact), "{}", fact.name);
        }
        assert_eq!(SERVED_ONLY.len(), tidemark_sql::SERVED_ONLY.len());
        let mut tables: Vec<&str> = EXPORTS.iter().map(|export| export.table).collect();
        tables.dedup();
        let runs = tables.len();
        tables.sort_unstable();
        tables.dedup();
        assert_eq!(runs, tables.len(), "a table is scanned more than once");
    }
}
