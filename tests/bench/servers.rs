//! What servers cost: a sync on Kafka, ClickHouse and Postgres against one on one machine, and against moving the same
//! records with nothing computed; how long a lost cache takes to restore; how soon a change is a row in ClickHouse.
//!
//! Arguments: ISSUES CHANGES TIMES. Run by `tests/bench/servers`, which starts the servers.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says why")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidemark_connectors::archive::Archive;
use tidemark_ingest::pull;
use tidemark_model::Row;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::Rejected;
use tidemark_model::tables::TABLES;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_simulation::Options;
use tidemark_stream::kafka::{Actor, Held, KafkaStore, Log, Opening, Settings, Size, TableSpec};
use tidemark_stream::{Snapshot, Store, Table};
use tidemark_tests::archive;
use tidemark_tests::bench::{Durations, arguments};
use tidemark_tests::command::Installation;
use tidemark_tests::server::Server;
use tidemark_tests::stack::Stack;
use tidemark_tests::{SOURCE, processors};

const PARTITIONS: u32 = 4;
/// Between two changes: enough for everything to come to rest.
const PAUSE: Duration = Duration::from_millis(2500);

fn main() {
    let [issues, changes, times] = arguments([3000, 12, 40]);
    let Some(stack) = Stack::new(PARTITIONS) else { return };
    let reference = Installation::of(Path::new("archive"));
    let folder = reference.path("archive");
    let options =
        Options { boards: 8, sprints: 12, issues, changes_per_issue: changes, ..Options::default() };
    tidemark_simulation::generate(&options, &folder, &mut |_, _| {}).unwrap();
    let source = format!(
        "[sources.{SOURCE}]\ntype = \"jira-archive\"\npath = {:?}\npoll_interval_ms = 50\n",
        folder.display().to_string()
    );
    let installation = stack.installation(&source);
    installation.ok(&["migrate"]);

    let (embedded, _) = timed(|| reference.ok(&["sync"]));
    let (moved, records) = timed(|| moved(&stack, &folder));
    let (servers, _) = timed(|| installation.ok(&["sync"]));
    let (embedded_replay, _) = timed(|| reference.ok(&["replay"]));
    let (servers_replay, _) = timed(|| installation.ok(&["replay"]));
    println!("{issues} issues with {changes} changes each, {records} records, {PARTITIONS} tasks");
    println!(
        "sync on one machine {embedded:.2} s, on servers {servers:.2} s: {:.1} times",
        servers / embedded
    );
    println!(
        "the same records moved through the log {moved:.2} s: the sync takes {:.1} times",
        servers / moved
    );
    println!(
        "replay on one machine {embedded_replay:.2} s, on servers {servers_replay:.2} s: {:.1} times",
        servers_replay / embedded_replay
    );
    restored(&stack);
    seen(&stack, &installation, &folder, times);
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed().as_secs_f64(), done)
}

fn opened(settings: &Settings) -> Log {
    Log::open(settings.clone(), &tables()).unwrap()
}

fn tables() -> Vec<TableSpec> {
    TABLES.iter().map(|table| TableSpec { name: table.name, place: table.place }).collect()
}

fn open(log: &Log, actor: &Actor, held: &[(Table, Held)], caches: &Path) -> KafkaStore {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let names: Vec<&str> = processors().iter().map(|processor| processor.spec().name).collect();
    KafkaStore::open(log, Opening { actor, held, processors: &names, caches, clock: &clock }).unwrap()
}

/// Pulls an archive into a log of its own, and reads it as each task would; the number of records.
fn moved(stack: &Stack, folder: &Path) -> u64 {
    let settings = Settings::parse(&format!("{}moved.", stack.log)).unwrap();
    let log = Log::migrate(settings, &tables(), Size { partitions: PARTITIONS, copies: 1 }, 1).unwrap();
    let caches = tempfile::tempdir().unwrap();
    let held = [(Raw::TABLE, Held::All), (Rejected::TABLE, Held::All)];
    let store = open(&log, &Actor::Named("pull".to_owned()), &held, caches.path());
    let archive = Archive::new(SOURCE, folder);
    let pulled = pull(SOURCE, &archive, &store, &SystemClock, &mut |_| ControlFlow::Continue(())).unwrap();
    followed(&log, &[(Raw::TABLE, Held::Own)], caches.path());
    pulled.records
}

/// Opens a follower of each task, side by side; the number of rows that they hold.
fn followed(log: &Log, held: &[(Table, Held)], caches: &Path) -> usize {
    std::thread::scope(|scope| {
        let follow = |partition| {
            scope.spawn(move || {
                let store = open(log, &Actor::Follower(partition), held, caches);
                let snapshot = store.snapshot();
                held.iter().map(|(table, _)| count(snapshot.as_ref(), table)).sum::<usize>()
            })
        };
        let followers: Vec<_> = (0..PARTITIONS).map(follow).collect();
        followers.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

fn count(snapshot: &dyn Snapshot, table: Table) -> usize {
    snapshot.scan(table, &tidemark_model::Key::default()).unwrap().count()
}

/// Opens what every task holds, without a cache and with one.
fn restored(stack: &Stack) {
    let log = opened(&Settings::parse(&stack.log).unwrap());
    let specs: Vec<_> = processors().iter().map(|processor| processor.spec()).collect();
    let held = |table: &tidemark_model::tables::Table| {
        let everywhere = specs.iter().any(|spec| spec.globals.contains(&table.name));
        (table.name, if everywhere { Held::All } else { Held::Own })
    };
    let held: Vec<(Table, Held)> = TABLES.iter().map(held).collect();
    let caches: PathBuf = tempfile::tempdir().unwrap().keep();
    let (lost, rows) = timed(|| followed(&log, &held, &caches));
    let (kept, _) = timed(|| followed(&log, &held, &caches));
    println!(
        "{rows} rows of {PARTITIONS} lost caches are restored after {lost:.2} s; opening them again takes {kept:.2} s"
    );
    std::fs::remove_dir_all(caches).unwrap();
}

/// Changes estimates one after the other until ClickHouse answers with each.
fn seen(stack: &Stack, installation: &Installation, folder: &Path, times: u32) {
    let server = Server::start(installation.command(&["run"]));
    println!("`tidemark run` serves after {:.1} s", server.took.as_secs_f64());
    let sprint =
        server.json("/api/v1/sprints?state=active")["data"][0]["sprint_id"].as_str().unwrap().to_owned();
    let items = server.json(&format!("/api/v1/sprints/{sprint}/items?outcome=not_completed&subtask=false"));
    let key = items["data"][0]["issue_key"].as_str().unwrap().to_owned();
    let all = archive::unpack(folder).unwrap();
    let mut issue = all.into_iter().find(|issue| issue["key"] == key.as_str()).unwrap();
    let sql = format!("SELECT max(final_scope_points) FROM v1_sprint_reports WHERE sprint_id = '{sprint}'");
    let scope = || ask(&stack.warehouse, &sql);
    let mut durations = Durations::default();
    for change in 0..times {
        std::thread::sleep(PAUSE);
        let before = scope();
        archive::estimate(&mut issue, 1000 + change, u64::from(change)).unwrap();
        let appended = Instant::now();
        archive::append(folder, std::slice::from_ref(&issue)).unwrap();
        while scope() == before {
            assert!(appended.elapsed() < Duration::from_secs(60), "the change {change} is not in ClickHouse");
            std::thread::sleep(Duration::from_millis(5));
        }
        durations.add(appended.elapsed());
    }
    println!("{times} changes, from before the append to ClickHouse's answer: {durations}");
    assert!(server.stop().success());
}

/// ClickHouse's answer to a query.
fn ask(warehouse: &str, sql: &str) -> String {
    let (server, database) = warehouse.rsplit_once('/').unwrap();
    let (user, address) = server.trim_start_matches("clickhouse://").split_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap();
    let request = ureq::post(&format!("http://{address}/?database={database}"));
    let request = request.header("x-clickhouse-user", user).header("x-clickhouse-key", password);
    request.send(sql).unwrap().body_mut().read_to_string().unwrap()
}
