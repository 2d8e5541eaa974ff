//! A database of each test's own on the server, and what tests ask of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};

use tidemark_model::Key;
use tidemark_model::fact::Fact;
use tidemark_sinks::{ClickHouse, Error, Written};
use tidemark_sql::FACTS;
use tidemark_sql::clickhouse::schema::Step;
use tidemark_sql::clickhouse::{Connection, Limits, Place, Reader, Schema, migrate};
use tidemark_stream::store::Scan;
use tidemark_stream::{Change, Offset, Snapshot, Stored, Table};
use tokio::runtime::Runtime;

use crate::rows::lines;

/// The server's address; says that the test is skipped where there is none.
pub(crate) fn server(test: &str) -> Option<String> {
    let url = std::env::var_os("TIDEMARK_TEST_CLICKHOUSE").and_then(|url| url.into_string().ok());
    if url.is_none() {
        eprintln!("skipped: {test} needs TIDEMARK_TEST_CLICKHOUSE");
    }
    url
}

/// A number that no other test of any process has.
fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    std::process::id() * 1000 + NEXT.fetch_add(1, Ordering::SeqCst)
}

/// A warehouse that is dropped in the end. Its tables have names of their own, so that faults strike no other's.
pub(crate) struct Warehouse {
    pub(crate) place: Place,
    /// The server with user and password.
    pub(crate) url: String,
    pub(crate) schema: Schema,
    /// The step that made the tables: it is in their names.
    pub(crate) step: u32,
    runtime: Runtime,
}

impl Warehouse {
    /// A database that does not exist yet; nothing without a server.
    pub(crate) fn absent(test: &str) -> Option<Self> {
        let server = server(test)?;
        let step = unique();
        let url = format!("{}/tidemark_test_{step}", server.rsplit_once('/').unwrap().0);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let facts: Vec<(&str, u64)> = FACTS.iter().map(|fact| (fact.name, 0)).collect();
        let steps = vec![Step { number: step, facts: facts.leak(), views: 0 }];
        let schema = Schema { steps: steps.leak() };
        Some(Self { place: Place::parse(&url).unwrap(), url, schema, step, runtime })
    }

    /// One with tables.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let warehouse = Self::absent(test)?;
        warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap();
        Some(warehouse)
    }

    /// One with the tables of this version, as a reader expects them.
    pub(crate) fn current(test: &str) -> Option<Self> {
        let mut warehouse = Self::absent(test)?;
        warehouse.schema = Schema::CURRENT;
        warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap();
        Some(warehouse)
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn connection(&self) -> Connection {
        // Connections belong to the runtime that they were made in.
        Connection::new(&self.place).unwrap()
    }

    pub(crate) fn run(&self, sql: &str) {
        self.wait(self.connection().run(sql)).unwrap();
    }

    /// Runs a statement in another database than this one, which may not exist.
    pub(crate) fn run_outside(&self, sql: &str) {
        let place = Place::parse(&self.url.replace(self.place.database(), "default")).unwrap();
        self.wait(async { Connection::new(&place).unwrap().run(sql).await }).unwrap();
    }

    /// The number that a query answers.
    pub(crate) fn number(&self, sql: &str) -> u64 {
        self.wait(self.connection().rows::<u64>(sql)).unwrap()[0]
    }

    pub(crate) fn writer(&self) -> ClickHouse {
        self.wait(ClickHouse::open_as(&self.place, self.schema)).unwrap()
    }

    pub(crate) fn try_follow(&self, snapshot: &dyn Snapshot, generation: u64) -> Result<Written, Error> {
        self.wait(self.writer().follow(snapshot, generation, 0))
    }

    /// Opens the warehouse by its schema and follows.
    pub(crate) fn try_follow_as(&self, snapshot: &dyn Snapshot) -> Result<Written, Error> {
        let writer = self.wait(ClickHouse::open_as(&self.place, self.schema))?;
        self.wait(writer.follow(snapshot, 1, 0))
    }

    pub(crate) fn follow(&self, snapshot: &dyn Snapshot, generation: u64) -> Written {
        self.try_follow(snapshot, generation).unwrap()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open_as(&self.place, self.schema, Limits::default()).unwrap()
    }

    /// A fact's rows as the views show them, as sorted lines of JSON.
    pub(crate) fn shown<F: Fact>(&self) -> Vec<String> {
        lines(&self.reader().query(&format!("SELECT * FROM v1_{}", F::NAME)).unwrap())
    }

    /// Sets a fault for statements that hold a text, which must be one of this warehouse's own.
    pub(crate) fn fault(&self, kind: &str, containing: &str) {
        assert!(containing.contains(&self.step.to_string()), "a fault that strikes others");
        let containing: String = containing.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let address = self.url.rsplit_once('@').unwrap().1.split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let (kind, parameters) = kind.split_once('?').unwrap_or((kind, "count=1"));
        write!(
            stream,
            "POST /_control/{kind}?{parameters}&containing={containing} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Warehouse {
    fn drop(&mut self) {
        self.run_outside(&format!("DROP DATABASE IF EXISTS {}", self.place.database()));
    }
}

/// The snapshot of a task that owns one of two partitions.
pub(crate) struct Half<'a> {
    pub(crate) inner: Box<dyn Snapshot + 'a>,
    pub(crate) partition: u32,
}

/// The partition of a key.
pub(crate) fn partition(key: &Key) -> u32 {
    key.as_bytes().iter().fold(0, |sum, byte| sum + u32::from(*byte)) % 2
}

type Items<'a, T> = Box<dyn Iterator<Item = Result<T, tidemark_stream::Error>> + 'a>;

impl Snapshot for Half<'_> {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, tidemark_stream::Error> {
        self.inner.get(table, key)
    }

    fn holds(&self, _table: Table, key: &Key) -> bool {
        partition(key) == self.partition
    }

    fn owns(&self, table: Table, key: &Key) -> bool {
        self.holds(table, key)
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, tidemark_stream::Error> {
        self.inner.scan(table, prefix)
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, tidemark_stream::Error> {
        self.inner.scan_after(table, after)
    }

    fn keys_after(&self, table: Table, after: &Key) -> Result<Items<'_, Key>, tidemark_stream::Error> {
        self.inner.keys_after(table, after)
    }

    fn changes(&self, table: Table, after: Offset) -> Result<Items<'_, Change>, tidemark_stream::Error> {
        self.inner.changes(table, after)
    }

    fn newest(&self, table: Table) -> Result<Offset, tidemark_stream::Error> {
        self.inner.newest(table)
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, tidemark_stream::Error> {
        self.inner.emitted(processor, group)
    }

    fn emitted_after(&self, processor: &str, after: &Key) -> Result<Items<'_, Key>, tidemark_stream::Error> {
        self.inner.emitted_after(processor, after)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, tidemark_stream::Error> {
        self.inner.meta(name)
    }
}
