//! Where the serving database lies, and how it is opened.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions, Executor};

use super::{Error, Reading};

/// Connections that read at once: more would wait for the processor anyway.
const READERS: u32 = 4;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// Whether a database is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Write,
    Read,
}

/// An open serving database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
}

impl Database {
    /// Opens the SQLite file at `path`; for writing it is made if need be.
    pub async fn sqlite(path: &Path, access: Access) -> Result<Self, Error> {
        let open = |reason: String| Error::Open { place: path.display().to_string(), reason };
        sqlx::any::install_default_drivers();
        let mode = if access == Access::Write { "rwc" } else { "ro" };
        let url = format!("sqlite://{}?mode={mode}", percent_encoded(path));
        let options = AnyConnectOptions::from_str(&url).map_err(|error| open(error.to_string()))?;
        let options = options.disable_statement_logging();
        let pool = AnyPoolOptions::new()
            .max_connections(if access == Access::Write { 1 } else { READERS })
            .acquire_timeout(Duration::from_secs(30))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    // The log that the rows come from is on disk before them: after a loss of power the newest
                    // batches are copied again.
                    let pragmas = match access {
                        Access::Write => "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
                        Access::Read => "PRAGMA query_only = true;",
                    };
                    connection.execute(pragmas).await?;
                    let busy = format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}");
                    connection.execute(sqlx::AssertSqlSafe(busy)).await.map(|_| ())
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| open(error.to_string()))?;
        Ok(Self { pool })
    }

    /// For statements of the writer.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// One consistent state of all tables, for as long as it is held.
    pub async fn read(&self) -> Result<Reading, Error> {
        Ok(Reading::new(self.pool.begin().await?))
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn percent_encoded(path: &Path) -> String {
    let mut url = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                url.push(char::from(*byte));
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}
