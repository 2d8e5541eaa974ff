//! Kafka, ClickHouse and Postgres for one test: topics, databases and schemas that no other test has, on the servers that
//! the environment names.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection as _;

use crate::command::{Installation, workspace};

/// The variables that name the servers; `tests/services` sets them.
const VARIABLES: [&str; 3] = ["TIDEMARK_TEST_KAFKA", "TIDEMARK_TEST_CLICKHOUSE", "TIDEMARK_TEST_POSTGRES"];

/// Parts of the servers that belong to one test.
#[derive(Debug, Clone)]
pub struct Stack {
    pub log: String,
    pub warehouse: String,
    pub database: String,
    partitions: u32,
}

/// The values of the variables; where one is missing, says that the test is skipped.
fn servers() -> Option<[String; 3]> {
    let named = VARIABLES.map(|name| {
        let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
        value.filter(|value| !value.is_empty())
    });
    if let Some(missing) = named.iter().position(Option::is_none) {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        eprintln!("skipped: {test} needs {} (see tests/services)", VARIABLES[missing]);
        return None;
    }
    Some(named.map(Option::unwrap_or_default))
}

impl Stack {
    /// A new part of each server, with so many partitions; nothing where a server is missing.
    pub fn new(partitions: u32) -> Option<Self> {
        Some(Self::on(&Servers(servers()?), partitions))
    }

    /// A new part of each of these servers, with so many partitions.
    pub fn on(Servers([kafka, clickhouse, postgres]): &Servers, partitions: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let seconds = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_micros();
        let name = format!("story_{}_{seconds}_{number}", std::process::id());
        create_database(postgres, &name);
        Self {
            log: format!("kafka://{kafka}?prefix={name}."),
            warehouse: with_database(&clickhouse.replacen("http://", "clickhouse://", 1), &name),
            database: with_database(postgres, &name),
            partitions,
        }
    }

    /// Other topics, beside the same databases.
    #[must_use]
    pub fn with_other_log(&self) -> Self {
        Self { log: format!("{}b.", self.log), ..self.clone() }
    }

    /// The configuration's section.
    pub fn storage(&self) -> String {
        let Self { log, warehouse, database, partitions } = self;
        format!(
            "[storage]\nlog = \"{log}\"\nlog_partitions = {partitions}\nlog_replicas = 1\nwarehouse = \"{warehouse}\"\n\
             database = \"{database}\"\n"
        )
    }

    /// A folder of its own for a process that works on this stack, with more configuration.
    pub fn installation(&self, more: &str) -> Installation {
        let installation = Installation::empty();
        installation.configure(&format!("{}[api]\nlisten = \"127.0.0.1:0\"\n{more}", self.storage()));
        installation
    }
}

fn with_database(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
    format!("{server}/{name}")
}

fn create_database(postgres: &str, name: &str) {
    let create = async {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(postgres).await?;
        let statement = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(statement).execute(&mut connection).await?;
        connection.close().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let created = runtime.map(|runtime| runtime.block_on(create));
    assert!(matches!(created, Ok(Ok(()))), "a database can't be made: {created:?}");
}

/// Does one of the commands of `tests/services` with servers that were started in `folder`: with all, or with one.
pub fn services(command: &str, folder: &Path, service: Option<&str>) {
    let mut script = Command::new(workspace().join("tests/services").join(command));
    script.arg(folder).args(service).stdout(Stdio::null());
    // They name servers that are not to be touched.
    VARIABLES.iter().for_each(|name| {
        script.env_remove(name);
    });
    let done = script.status();
    assert!(done.is_ok_and(|status| status.success()), "tests/services/{command} {service:?} failed");
}

/// Running servers.
#[derive(Debug)]
pub struct Servers([String; 3]);

impl Servers {
    /// Starts servers in `folder` that no other test uses, where the environment names any: that says that they can be had
    /// here.
    pub fn start(folder: &Path) -> Option<Self> {
        servers()?;
        services("start", folder, None);
        let told = std::fs::read_to_string(folder.join("env")).unwrap_or_default();
        let value = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("{name} is not in {told}")).to_owned()
        };
        Some(Self(VARIABLES.map(value)))
    }
}
