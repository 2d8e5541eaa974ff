//! Where numbers leave to: the serving database and the warehouse.

use std::path::PathBuf;

use tidemark_model::time::{Clock, SystemClock};
use tidemark_sinks::{ClickHouse, Flush, Lake, Serving};
use tidemark_sql::{Engine, Rows, clickhouse, serving};
use tidemark_stream::Snapshot;
use tokio::runtime::Runtime;

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
pub(crate) enum Writer {
    /// Its folder: the lake is opened for each flush.
    Lake(PathBuf),
    ClickHouse(Box<ClickHouse>, Runtime),
}

/// The warehouse, opened for questions: beside whoever writes it.
pub(crate) enum Reader {
    Lake(Engine),
    ClickHouse(clickhouse::Reader),
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

    /// The warehouse, opened for writing.
    pub(crate) fn writer(&self) -> anyhow::Result<Writer> {
        match &self.warehouse {
            Warehouse::Lake => Ok(Writer::Lake(self.lake.clone())),
            Warehouse::ClickHouse(place) => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let writer = runtime.block_on(ClickHouse::open(place))?;
                Ok(Writer::ClickHouse(Box::new(writer), runtime))
            }
        }
    }

    /// The warehouse, for questions.
    pub(crate) fn reader(&self) -> anyhow::Result<Reader> {
        Ok(match &self.warehouse {
            Warehouse::Lake => Reader::Lake(Engine::open(&self.lake)?),
            Warehouse::ClickHouse(place) => {
                Reader::ClickHouse(clickhouse::Reader::open(place, clickhouse::Limits::default())?)
            }
        })
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

    /// Makes what is missing in both, and says what was found: name and state.
    pub(crate) async fn migrate(&self) -> anyhow::Result<Vec<(String, String)>> {
        let step = serving::migrate(&self.serving).await?;
        let mut found = vec![(format!("database {}", self.serving), format!("schema {step}"))];
        if let Warehouse::ClickHouse(place) = &self.warehouse {
            let step = tidemark_sinks::clickhouse::migrate(place).await?;
            found.push((format!("warehouse {place}"), format!("schema {step}")));
        }
        Ok(found)
    }
}

impl Writer {
    /// Brings the warehouse up to what the tables say; the number of rows written. What the snapshot says is lasting:
    /// a warehouse is never ahead of its log.
    pub(crate) fn flush(
        &mut self,
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
            Self::ClickHouse(writer, runtime) => {
                Ok(runtime.block_on(writer.follow(snapshot, generation, partition))?.rows)
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
