//! Where the log, the warehouse and the serving database lie: each is chosen by a URL.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Deserialize;
use tidemark_sql::{clickhouse, serving};
use tidemark_stream::kafka::{Settings, Size};

/// What stands for a part that lies in the data folder.
const EMBEDDED: &str = "embedded:";
/// Tasks that a log on Kafka is made with. More than instances will ever be: their number is fixed for good.
const MOST_PARTITIONS: u32 = 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    pub(crate) data_dir: PathBuf,
    pub(crate) log: Log,
    log_partitions: u32,
    log_replicas: i32,
    pub(crate) warehouse: Warehouse,
    pub(crate) database: Database,
}

/// The log and the state of everything that is computed.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Log {
    Embedded,
    /// Shared by any number of processes.
    Kafka(Settings),
}

/// What is asked in SQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Warehouse {
    /// Parquet files in the data folder.
    Lake,
    ClickHouse(clickhouse::Place),
}

/// What reports and pages are read from.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Database {
    /// A file in the data folder.
    Sqlite,
    Postgres(serving::Place),
}

impl Storage {
    /// Everything in one folder.
    pub(crate) fn embedded(data_dir: PathBuf) -> Self {
        let (log, warehouse, database) = (Log::Embedded, Warehouse::Lake, Database::Sqlite);
        Self { data_dir, log, log_partitions: 1, log_replicas: 1, warehouse, database }
    }

    /// The same for a configuration in `folder`; fails where the parts do not go together.
    pub(super) fn checked(mut self, folder: &Path) -> anyhow::Result<Self> {
        self.data_dir = folder.join(&self.data_dir);
        if matches!(self.log, Log::Kafka(_)) {
            let shared = "several processes share a log on Kafka, and with it what it leads to";
            if matches!(self.warehouse, Warehouse::Lake) {
                bail!("storage.warehouse: {shared}: write clickhouse://user:password@host:8123/database");
            }
            if matches!(self.database, Database::Sqlite) {
                bail!("storage.database: {shared}: write postgres://user:password@host:5432/database");
            }
        }
        if self.log_partitions == 0 || self.log_partitions > MOST_PARTITIONS {
            bail!(
                "storage.log_partitions: {} is not between 1 and {MOST_PARTITIONS}: it is the greatest number of instances \
                 that can share the work",
                self.log_partitions
            );
        }
        if self.log_replicas == 0 || self.log_replicas < -1 {
            bail!(
                "storage.log_replicas: {} copies can't be kept: write 3, or -1 for the cluster's default",
                self.log_replicas
            );
        }
        Ok(self)
    }

    /// The size that a log on Kafka is made with.
    pub(crate) fn size(&self) -> Size {
        Size { partitions: self.log_partitions, copies: self.log_replicas }
    }

    /// The folder of the embedded warehouse.
    pub(crate) fn lake(&self) -> PathBuf {
        self.data_dir.join("lake")
    }

    /// Where the serving database lies.
    pub(crate) fn serving(&self) -> serving::Place {
        match &self.database {
            Database::Sqlite => serving::Place::file(self.data_dir.join("serving.db")),
            Database::Postgres(place) => place.clone(),
        }
    }
}

impl TryFrom<String> for Log {
    type Error = String;

    fn try_from(url: String) -> Result<Self, String> {
        match scheme(&url) {
            _ if url == EMBEDDED => Ok(Self::Embedded),
            "kafka" => Settings::parse(&url).map(Self::Kafka).map_err(|error| error.to_string()),
            other => Err(unknown(other, "kafka://host:9092")),
        }
    }
}

impl TryFrom<String> for Warehouse {
    type Error = String;

    fn try_from(url: String) -> Result<Self, String> {
        match scheme(&url) {
            _ if url == EMBEDDED => Ok(Self::Lake),
            "clickhouse" => clickhouse::Place::parse(&url).map(Self::ClickHouse),
            other => Err(unknown(other, "clickhouse://user:password@host:8123/database")),
        }
    }
}

impl TryFrom<String> for Database {
    type Error = String;

    fn try_from(url: String) -> Result<Self, String> {
        match scheme(&url) {
            _ if url == EMBEDDED => Ok(Self::Sqlite),
            "postgres" | "postgresql" => serving::Place::postgres(&url).map(Self::Postgres),
            other => Err(unknown(other, "postgres://user:password@host:5432/database")),
        }
    }
}

fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(scheme, _)| scheme)
}

/// The address may hold a password: only its scheme is shown.
fn unknown(scheme: &str, form: &str) -> String {
    let found = if scheme.is_empty() {
        "this is no address".to_owned()
    } else {
        format!("there are no {scheme} stores")
    };
    format!("{found}: write `{EMBEDDED}` or {form}")
}
