//! Where numbers leave to: the serving database and the warehouse.

use std::fmt;
use std::path::PathBuf;

use tidemark_model::time::{Clock, SystemClock};
use tidemark_sinks::{ClickHouse, Flush, Lake, Serving};
use tidemark_sql::clickhouse::{self, Schema};
use tidemark_sql::serving::{self, Access, Database};
use tidemark_sql::{Engine, Rows};
use tidemark_stream::Snapshot;
use tokio::runtime::{Handle, Runtime};

use crate::config::{Config, Warehouse};
use crate::progress::Progress;

/// Where they lie.
#[derive(Debug, Clone)]
pub(crate) struct Outlets {
    pub(crate) serving: serving::Place,
    warehouse: Warehouse,
    lake: PathBuf,
}

/// The warehouse, opened for writing.
#[derive(Clone)]
pub(crate) enum Writer {
    /// Its folder: the lake is opened for each flush.
    Lake(PathBuf),
    ClickHouse(Box<ClickHouse>, Handle),
}

/// The warehouse, opened for questions: beside whoever writes it.
pub(crate) enum Reader {
    Lake(Engine),
    ClickHouse(Box<clickhouse::Reader>),
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outlet {
    Database,
    Warehouse,
}

impl fmt::Display for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Database => "the serving database",
            Self::Warehouse => "the warehouse",
        })
    }
}

/// Why the tables of an outlet are not for this program, or can't be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error(transparent)]
    Database(#[from] serving::Error),
    #[error(transparent)]
    Warehouse(#[from] clickhouse::Error),
}

impl Unfit {
    /// Whether looking again later may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => error.is_transient(),
            Self::Warehouse(error) => error.is_transient(),
        }
    }
}

/// A runtime for a command that asks servers now and then.
pub(crate) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

impl Outlets {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            serving: config.storage.serving(),
            warehouse: config.storage.warehouse.clone(),
            lake: config.storage.lake(),
        }
    }

    /// The serving database, opened for writing.
    pub(crate) async fn serving(&self) -> Result<Serving, tidemark_sinks::Error> {
        Serving::open(&self.serving).await
    }

    /// The warehouse, opened for writing, which is done by `handle`'s runtime.
    pub(crate) fn writer(&self, handle: &Handle) -> Result<Writer, tidemark_sinks::Error> {
        match &self.warehouse {
            Warehouse::Lake => Ok(Writer::Lake(self.lake.clone())),
            Warehouse::ClickHouse(place) => {
                let writer = handle.block_on(ClickHouse::open(place))?;
                Ok(Writer::ClickHouse(Box::new(writer), handle.clone()))
            }
        }
    }

    /// The warehouse, for questions.
    pub(crate) fn reader(&self) -> anyhow::Result<Reader> {
        Ok(match &self.warehouse {
            Warehouse::Lake => Reader::Lake(Engine::open(&self.lake)?),
            Warehouse::ClickHouse(place) => {
                Reader::ClickHouse(Box::new(clickhouse::Reader::open(place, clickhouse::Limits::default())?))
            }
        })
    }

    /// The newest generation of any log that the warehouse was written from: another log has to be of a later one.
    pub(crate) fn newest_generation(&self, handle: &Handle) -> Result<u64, tidemark_sinks::Error> {
        match &self.warehouse {
            // It lies in the data folder, beside its log.
            Warehouse::Lake => Ok(0),
            Warehouse::ClickHouse(place) => {
                handle.block_on(async { ClickHouse::open(place).await?.newest_generation().await })
            }
        }
    }

    /// What the warehouse is called.
    pub(crate) fn warehouse_name(&self) -> String {
        match &self.warehouse {
            Warehouse::Lake => format!("lake in {}", self.lake.display()),
            Warehouse::ClickHouse(place) => format!("warehouse {place}"),
        }
    }

    /// Whether the warehouse can be used: what it is, or what is wrong and what helps.
    pub(crate) fn check_warehouse(&self, runtime: &Runtime) -> Result<String, tidemark_sql::Error> {
        match &self.warehouse {
            Warehouse::Lake => Engine::open(&self.lake).map(|_| "can be read".to_owned()),
            Warehouse::ClickHouse(place) => Ok(runtime.block_on(clickhouse::check(place))?),
        }
    }

    /// Fails where an outlet's tables are not those that this program knows, with what helps. A lake is made anew where need be.
    pub(crate) async fn fits(&self, outlet: Outlet) -> Result<(), Unfit> {
        match (outlet, &self.warehouse) {
            (Outlet::Database, _) => {
                let database = Database::open(&self.serving, Access::Read).await?;
                database.close().await;
            }
            (Outlet::Warehouse, Warehouse::ClickHouse(place)) => {
                clickhouse::expect(place).await?;
            }
            (Outlet::Warehouse, Warehouse::Lake) => {}
        }
        Ok(())
    }

    /// Makes what is missing in both, and says what was found: name and state.
    pub(crate) async fn migrate(&self) -> anyhow::Result<Vec<(String, String)>> {
        let database = Database::open(&self.serving, Access::Write).await?;
        let step = database.migrate().await?;
        database.close().await;
        let mut found = vec![(format!("database {}", self.serving), format!("schema {step}"))];
        if let Warehouse::ClickHouse(place) = &self.warehouse {
            let step = clickhouse::migrate(place, &Schema::CURRENT).await?;
            found.push((format!("warehouse {place}"), format!("schema {step}")));
        }
        Ok(found)
    }
}

impl Writer {
    /// Brings the warehouse up to what the tables say; the number of rows written. What the snapshot says is lasting:
    /// a warehouse is never ahead of its log.
    pub(crate) fn flush(
        &self,
        snapshot: &dyn Snapshot,
        generation: u64,
        partition: u32,
        progress: &mut Progress,
    ) -> Result<u64, tidemark_sinks::Error> {
        match self {
            Self::Lake(folder) => {
                let mut lake = Lake::open(folder)?;
                let flush = Flush { generation, now: SystemClock.now(), compact: false };
                let flushed = lake.flush(snapshot, flush, &mut |step| {
                    progress.say(|| format!("writing {}: {} rows", step.table, step.rows));
                })?;
                Ok(flushed.rows)
            }
            Self::ClickHouse(writer, handle) => {
                Ok(handle.block_on(writer.follow(snapshot, generation, partition))?.rows)
            }
        }
    }
}

impl Reader {
    /// The rows of a query, as they come.
    pub(crate) fn stream(&self, sql: &str) -> Result<Rows, tidemark_sql::Error> {
        match self {
            Self::Lake(engine) => engine.stream(sql),
            Self::ClickHouse(reader) => reader.stream(sql),
        }
    }

    /// All rows of a view, sorted by its key.
    pub(crate) fn export(&self, view: &str) -> Result<Rows, tidemark_sql::Error> {
        match self {
            Self::Lake(engine) => engine.export(view),
            Self::ClickHouse(reader) => reader.export(view),
        }
    }
}
