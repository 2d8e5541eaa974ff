//! The cluster that tests run on, where there is one, and logs of their own on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_stream::Error;
use tidemark_stream::kafka::{Actor, Held, KafkaStore, Log, Opening, Settings, Size, TableSpec};
use tidemark_stream::store::Table;

/// The brokers, as `host:port`; where there are none, says that the test is skipped.
pub(crate) fn brokers() -> Option<String> {
    told("TIDEMARK_TEST_KAFKA")
}

/// What the environment says of the cluster; where it does not, says that the test is skipped.
pub(crate) fn told(variable: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests are told of services by the environment")]
    let value = std::env::var(variable).ok();
    if value.is_none() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        println!("skipped: {test} on kafka: {variable} is not set");
    }
    value
}

/// A log that no other test has.
pub(crate) struct Harbour {
    pub(crate) log: Log,
    pub(crate) caches: TempDir,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Harbour {
    /// A new log, where there is a cluster.
    pub(crate) fn new(tables: &[TableSpec], partitions: u32) -> Option<Self> {
        let settings = settings(&brokers()?, &unused_prefix());
        let log = Log::migrate(settings, tables, Size { partitions, copies: 1 }, 1).unwrap();
        Some(Self { log, caches: tempfile::tempdir().unwrap(), clock: Arc::new(SystemClock) })
    }

    /// Opens a store on the log.
    pub(crate) fn open(
        &self,
        actor: &Actor,
        held: &[(Table, Held)],
        processors: &[&'static str],
    ) -> Result<KafkaStore, Error> {
        let (caches, clock) = (self.caches.path(), &self.clock);
        KafkaStore::open(&self.log, Opening { actor, held, processors, caches, clock })
    }
}

pub(crate) fn settings(brokers: &str, prefix: &str) -> Settings {
    Settings::parse(&format!("kafka://{brokers}?prefix={prefix}")).unwrap()
}

/// What topics of no other test start with.
pub(crate) fn unused_prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = tempfile::tempdir().unwrap();
    let unique = folder
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .replace(|sign: char| !sign.is_alphanumeric(), "");
    format!("{unique}-{number}.")
}
