//! Kafka, ClickHouse and Postgres for one test: topics, databases and schemas that no other test has, on the servers that
//! the environment names.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection as _;

use crate::command::{Installation, workspace};
use crate::kafka::{self, Resource};

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

    /// Has the serving database remember a step of its schema that this program does not know.
    #[track_caller]
    pub fn a_later_program_was_here(&self) {
        self.in_database(
            "INSERT INTO _sqlx_migrations \
             SELECT 99, 'later', installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
        );
    }

    /// Does something in the serving database, as the program's own user.
    #[track_caller]
    pub fn in_database(&self, statement: &str) {
        let done = run(&self.database, statement);
        assert!(done.is_ok(), "{statement}: {done:?}");
    }

    /// Does something in the warehouse, and returns what it answers.
    #[track_caller]
    pub fn in_warehouse(&self, statement: &str) -> String {
        let place = self.warehouse.strip_prefix("clickhouse://").and_then(|place| place.rsplit_once('@'));
        let parts = place
            .and_then(|(credentials, place)| Some((credentials.split_once(':')?, place.split_once('/')?)));
        let ((user, password), (address, database)) =
            parts.unwrap_or_else(|| panic!("the warehouse's address has another form"));
        let request = ureq::post(format!("http://{address}/?database={database}"));
        let request = request.header("X-ClickHouse-User", user).header("X-ClickHouse-Key", password);
        let answer = request.send(statement).and_then(|mut answer| answer.body_mut().read_to_string());
        answer.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Sets a setting of one of the log's topics.
    #[track_caller]
    pub fn set_topic(&self, topic: &str, setting: &str, value: &str) {
        let (address, prefix) = self.log_parts();
        let code = kafka::set_topic(address, &format!("{prefix}{topic}"), (setting, value));
        assert!(matches!(code, Ok(0)), "{topic}: {setting} can't be set: {code:?}");
    }

    /// Forbids writing of what has the log's prefix and this name. Whether the broker knows such rules at all.
    #[track_caller]
    pub fn forbid_writing(&self, resource: Resource, name: &str) -> bool {
        const SECURITY_DISABLED: i16 = 54;
        let (address, prefix) = self.log_parts();
        match kafka::forbid_writing(address, resource, &format!("{prefix}{name}")) {
            Ok(0) => true,
            Ok(SECURITY_DISABLED) => false,
            other => panic!("{name}: writing can't be forbidden: {other:?}"),
        }
    }

    /// Brokers and prefix.
    fn log_parts(&self) -> (&str, &str) {
        let parts = self.log.strip_prefix("kafka://").and_then(|place| place.split_once("?prefix="));
        parts.unwrap_or_else(|| panic!("the log's address has another form"))
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
    let created = run(postgres, &format!("CREATE DATABASE {name}"));
    assert!(created.is_ok(), "a database can't be made: {created:?}");
}

/// Does something on a Postgres server.
fn run(url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let done = async {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(done)
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
