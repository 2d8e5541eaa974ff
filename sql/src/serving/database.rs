//! How the serving database is opened.

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions, Executor};

use super::{Engine, Error, Place, Reading};

/// Connections that read at once: more would wait for the processor anyway.
const READERS: u32 = 4;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// How long a question waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a server, which is asked again where it does not answer.
const SERVER_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether a database is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Write,
    Read,
}

/// An open serving database.
#[derive(Debug, Clone)]
pub struct Database {
    place: Place,
    pool: AnyPool,
}

impl Database {
    /// Opens the database at `place`; a file that is to be written is made if need be.
    pub async fn open(place: &Place, access: Access) -> Result<Self, Error> {
        let open = |reason: String| Error::Open { place: place.to_string(), reason };
        sqlx::any::install_default_drivers();
        // The error of an address would show it.
        let options = AnyConnectOptions::from_str(&place.url(access))
            .map_err(|_| open("it is no address of a database".to_owned()))?;
        let options = options.disable_statement_logging();
        let settings = settings(place.engine(), access);
        let pool = AnyPoolOptions::new()
            .max_connections(if access == Access::Write { 1 } else { READERS })
            .acquire_timeout(match place.engine() {
                Engine::Sqlite => ACQUIRE_TIMEOUT,
                Engine::Postgres => SERVER_TIMEOUT,
            })
            .after_connect(move |connection, _| {
                let settings = settings.clone();
                Box::pin(async move {
                    for setting in settings {
                        connection.execute(sqlx::AssertSqlSafe(setting)).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| open(reason(&error)))?;
        Ok(Self { place: place.clone(), pool })
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn engine(&self) -> Engine {
        self.place.engine()
    }

    /// For statements of the writer.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// One consistent state of all tables, for as long as it is held.
    pub async fn read(&self) -> Result<Reading, Error> {
        let transaction = match self.engine() {
            // A reader of what is written ahead sees one state from its first statement on.
            Engine::Sqlite => self.pool.begin().await?,
            Engine::Postgres => {
                self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
            }
        };
        Ok(Reading::new(transaction, self.engine()))
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What a connection is told first.
fn settings(engine: Engine, access: Access) -> Vec<String> {
    let settings: &[&str] = match (engine, access) {
        // The log that the rows come from is on disk before them: after a loss of power the newest batches are copied
        // again.
        (Engine::Sqlite, Access::Write) => &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"],
        (Engine::Sqlite, Access::Read) => &["PRAGMA query_only = true"],
        // For the same reason a commit need not wait for the server's disk.
        (Engine::Postgres, Access::Write) => &["SET synchronous_commit = off", "SET lock_timeout = '10s'"],
        (Engine::Postgres, Access::Read) => &["SET default_transaction_read_only = on"],
    };
    let busy = (engine == Engine::Sqlite).then(|| format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"));
    settings.iter().map(|setting| (*setting).to_owned()).chain(busy).collect()
}

fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => {
            "it does not answer: is it running, and can it be reached from here?".to_owned()
        }
        error => error.to_string(),
    }
}
