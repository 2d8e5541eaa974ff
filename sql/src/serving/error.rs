//! What can go wrong with the serving database, with what to do about it.

use super::Place;

/// What can go wrong with the serving database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, or it refuses.
    #[error("the serving database at {place} can't be opened: {reason}")]
    Open { place: String, reason: String, transient: bool },
    /// Its tables are not those that this program knows, and can be made so.
    #[error("the serving database at {place} is not ready for this tidemark: {reason}: run `{remedy}`")]
    Outdated { place: String, reason: String, remedy: &'static str },
    /// A newer program has been at work.
    #[error(
        "the serving database at {place} was made by a newer tidemark (its schema is {found}, this one knows {newest}): run \
         that version, or name another database"
    )]
    Newer { place: String, found: i64, newest: i64 },
    /// A statement failed.
    #[error("the serving database failed: {0}")]
    Failed(#[from] sqlx::Error),
    #[error("the serving database holds a row of `{table}` whose `{column}` can't be read")]
    Row { table: &'static str, column: &'static str },
}

impl Error {
    /// Why a database at `place` was not opened, in words that say what to do.
    pub(super) fn open(place: &Place, error: &sqlx::Error) -> Self {
        let reason = match error {
            sqlx::Error::PoolTimedOut => {
                "it does not answer: is it running, and can it be reached from here?".to_owned()
            }
            sqlx::Error::Io(error) => {
                format!("it can't be reached ({error}): is the host right, and is the server running?")
            }
            sqlx::Error::Tls(error) => {
                format!(
                    "TLS failed ({error}): `sslmode` and `sslrootcert` in the URL say how it is to be spoken"
                )
            }
            sqlx::Error::Database(error) => match error.code().as_deref() {
                Some("28P01") => format!("{}: set user and password in the URL", error.message()),
                Some("28000") => {
                    format!("{}: the server's pg_hba.conf and the URL's `sslmode` decide", error.message())
                }
                Some("3D000") => format!("{}: create it (`createdb`), or name another", error.message()),
                Some("53300") => format!("{}: raise the server's `max_connections`", error.message()),
                _ => error.to_string(),
            },
            error => error.to_string(),
        };
        Self::Open { place: place.to_string(), reason, transient: is_transient(error) }
    }

    /// Whether trying again later, with nothing changed by hand, may succeed: the server is away, or was busy.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Open { transient, .. } => *transient,
            Self::Failed(error) => is_transient(error),
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

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        // Connections, conflicts of transactions, resources, a server that stops, and locks (Postgres, appendix A).
        // SQLite's codes are numbers: 5 says that another process was writing for too long.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            let class = |class: &&str| code.len() == 5 && code.starts_with(*class);
            ["08", "40", "53", "57"].iter().any(class) || code == "55P03" || code == "5"
        }),
        _ => false,
    }
}
