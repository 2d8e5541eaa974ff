//! The serving database: the newest facts by key, for reports, pages and small questions. SQLite in the data folder, or
//! Postgres, through one code.
//!
//! Its tables are the facts of [`SERVED`] and [`crate::SERVED_ONLY`], made from their declarations, plus what is needed to keep them: a row's key
//! in its table, its version (log generation << 40 | offset) and whether it is gone. `tidemark_sinks` writes it;
//! everyone else reads it through [`Reading`], one consistent state per question.

mod database;
mod migrations;
mod place;
mod reading;
mod schema;
mod select;

pub use database::{Access, Database};
pub use place::{Engine, Place};
pub use reading::{Reading, storable};
pub use schema::{SERVED, create, insert, served};
pub use select::{Select, cells, decoded};

/// What can go wrong with the serving database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the serving database at {place} can't be opened: {reason}")]
    Open { place: String, reason: String },
    #[error(
        "the serving database at {place} was made by a newer tidemark (its schema is {found}, this one knows {newest}): run \
         that version, or name another database"
    )]
    Newer { place: String, found: i64, newest: i64 },
    #[error("the serving database failed: {0}")]
    Failed(#[from] sqlx::Error),
    #[error("the serving database holds a row of `{table}` whose `{column}` can't be read")]
    Row { table: &'static str, column: &'static str },
}

impl Error {
    /// Whether trying again later, with nothing changed by hand, may succeed: the server is away, or was busy.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Failed(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed) => true,
            // Connections, resources, locks, conflicts of transactions, and a server that stops (Postgres, appendix A).
            Self::Failed(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
                code.len() == 5
                    && (["08", "40", "53", "57"].iter().any(|class| code.starts_with(class))
                        || code == "55P03")
            }),
            _ => false,
        }
    }

    /// Whether the disk is full, as SQLite says it.
    pub fn is_full(&self) -> bool {
        // SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: no room for the index of what is written ahead.
        const CODES: [&str; 2] = ["13", "4874"];
        match self {
            Self::Failed(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| CODES.contains(&code.as_ref()))
            }
            Self::Open { reason, .. } => reason.contains("disk is full"),
            _ => false,
        }
    }
}
