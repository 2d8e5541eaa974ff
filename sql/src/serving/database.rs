//! How the serving database is opened, read and written.

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, ConnectOptions, Executor, Transaction};

use super::{Engine, Error, Place, Reading};

/// Connections that read at once: more would wait for the processor anyway.
const READERS: u32 = 4;

/// Connections of one process that write to a server at once, each for a task. A file has one writer.
const WRITERS: u32 = 4;

/// How long a statement waits for another process that writes to the same file.
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// How long a question waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a server, which is asked again where it does not answer.
const SERVER_TIMEOUT: Duration = Duration::from_secs(5);

/// The locks of writers to a server, as the second number of two; the first is the schema's.
const ALL: i32 = 0;
const SOURCES: i32 = -1;

/// Whether a database is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Write,
    Read,
}

/// What a writer to a server keeps others from meanwhile. A file has one writer at a time anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Nobody else writes anything.
    All,
    /// Nobody else writes rows of this partition of the log.
    Partition(u32),
    /// Nobody else writes what is known of the sources.
    Sources,
}

/// An open serving database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    place: Place,
    pool: AnyPool,
}

impl Database {
    /// Opens the database at `place`. A file that is to be written is made if need be; for reading the tables have to be
    /// there as this program knows them.
    ///
    /// Fails with [`Error::Open`] where it cannot be reached or refuses, and, for reading, with [`Error::Outdated`] or
    /// [`Error::Newer`] where its schema is another.
    pub async fn open(place: &Place, access: Access) -> Result<Self, Error> {
        let database = Self::connect(place, access).await?;
        if access == Access::Read
            && let Err(error) = database.expect_schema().await
        {
            database.close().await;
            return Err(error);
        }
        Ok(database)
    }

    pub(super) async fn connect(place: &Place, access: Access) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        // The error of an address would show it.
        let options = AnyConnectOptions::from_str(&place.url(access)).map_err(|_| Error::Open {
            place: place.to_string(),
            reason: "it is no address of a database".to_owned(),
            transient: false,
        })?;
        let options = options.disable_statement_logging();
        let settings = settings(place.engine(), access);
        let pool = AnyPoolOptions::new()
            .max_connections(connections(place.engine(), access))
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
            .map_err(|error| Error::open(place, &error))?;
        Ok(Self { place: place.clone(), pool })
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn engine(&self) -> Engine {
        self.place.engine()
    }

    pub(super) fn pool(&self) -> &AnyPool {
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
        Ok(Reading::new(transaction))
    }

    /// Begins to write, once nobody else holds the lock. What is written is seen when it is committed, and not at all where
    /// it is dropped.
    ///
    /// Writers never wait for each other later than here, so that they cannot lock each other out: tasks write rows of
    /// their own partitions, side by side, and whoever needs the tables for itself waits until they are done.
    pub async fn write(&self, lock: Lock) -> Result<Transaction<'static, Any>, Error> {
        // A file's lock is taken with the first statement: one that is taken when something has been read already fails
        // where another writer came between.
        if self.engine() == Engine::Sqlite {
            return Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?);
        }
        let mut transaction = self.pool.begin().await?;
        let (sql, number) = match lock {
            Lock::All => (LOCK_ALL, ALL),
            Lock::Partition(partition) => (LOCK_ONE, i32::try_from(partition).unwrap_or(i32::MAX - 1) + 1),
            Lock::Sources => (LOCK_ONE, SOURCES),
        };
        sqlx::query(sql).bind(number).execute(&mut *transaction).await?;
        Ok(transaction)
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Locks end with their transaction. Those of one schema have nothing to do with another's in the same database.
const LOCK_ALL: &str = "SELECT pg_advisory_xact_lock(hashtext(concat('tidemark ', current_schema())), $1)";
const LOCK_ONE: &str = "\
SELECT pg_advisory_xact_lock_shared(hashtext(concat('tidemark ', current_schema())), 0),
    pg_advisory_xact_lock(hashtext(concat('tidemark ', current_schema())), $1)";

fn connections(engine: Engine, access: Access) -> u32 {
    match (engine, access) {
        (_, Access::Read) => READERS,
        (Engine::Sqlite, Access::Write) => 1,
        (Engine::Postgres, Access::Write) => WRITERS,
    }
}

/// What a connection is told first.
fn settings(engine: Engine, access: Access) -> Vec<String> {
    let settings: &[&str] = match (engine, access) {
        // The log that the rows come from is on disk before them: after a loss of power the newest batches are copied
        // again.
        // What a statement would undo stays in memory: on disk it would be a third of all that is written.
        (Engine::Sqlite, Access::Write) => {
            &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA temp_store = MEMORY"]
        }
        (Engine::Sqlite, Access::Read) => &["PRAGMA query_only = true"],
        // For the same reason a commit need not wait for the server's disk.
        (Engine::Postgres, Access::Write) => &["SET synchronous_commit = off", "SET lock_timeout = '10s'"],
        (Engine::Postgres, Access::Read) => &["SET default_transaction_read_only = on"],
    };
    let busy = (engine == Engine::Sqlite).then(|| format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"));
    settings.iter().map(|setting| (*setting).to_owned()).chain(busy).collect()
}
