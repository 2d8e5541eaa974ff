//! What a store on Kafka promises beyond any store's contract: owners, transactions, caches, large rows, topics.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broker;
mod contents;
mod raw;
mod transactions;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use broker::{Harbour, brokers, settings, unused_prefix};
use contents::{PROCESSORS, TABLES, contents, key, put, write};
use tidemark_model::Timestamp;
use tidemark_model::time::SystemClock;
use tidemark_model::time::{Clock, ManualClock};
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::kafka::{
    Actor, Deviation, Halt, Held, KafkaStore, Log, Settings, Size, TableSpec, Tasks,
};
use tidemark_stream::store::Table;
use tidemark_stream::{Batch, Durability, Error, Store};

const DAY_MS: i64 = 24 * 3600 * 1000;
const OWN: [(Table, Held); 2] = [("boats", Held::Own), ("tides", Held::Own)];

fn specs() -> [TableSpec; 2] {
    TABLES.map(|name| TableSpec { name, place: 1 })
}

fn task(harbour: &Harbour, partition: u32) -> KafkaStore {
    harbour.open(&Actor::Task(partition), &OWN, &PROCESSORS).unwrap()
}

fn commit(store: &dyn Store, batch: Batch) {
    store.commit(batch, Durability::Synced).unwrap();
}

fn text(store: &dyn Store, table: Table, parts: &[&str]) -> Option<String> {
    let stored = store.snapshot().get(table, &key(parts)).unwrap();
    stored.map(|stored| String::from_utf8(stored.json).unwrap())
}

fn topic(harbour: &Harbour, table: Table) -> String {
    format!("{}table.{table}", harbour.log.prefix())
}

/// What a cache says that has heard the whole log anew.
fn rebuilt(mut harbour: Harbour, partition: u32) -> (Harbour, contents::Contents) {
    harbour.caches = tempfile::tempdir().unwrap();
    let found = contents(&task(&harbour, partition));
    (harbour, found)
}

#[test]
fn every_row_is_owned_by_the_one_task_that_lists_its_changes() {
    let Some(harbour) = Harbour::new(&specs(), 3) else { return };
    let held = [("boats", Held::Own), ("tides", Held::All)];
    let open = |writer: &Actor| harbour.open(writer, &held, &PROCESSORS).unwrap();
    let tasks: Vec<KafkaStore> = (0..3).map(|own| open(&Actor::Task(own))).collect();
    let keys: Vec<_> = (0..12).map(|number| key(&[&number.to_string()])).collect();
    for number in 0..12 {
        commit(&tasks[0], put("tides", &[&number.to_string()], "1"));
    }
    for task in &tasks {
        task.catch_up().unwrap();
        let snapshot = task.snapshot();
        let listed = snapshot.changes("tides", 0).unwrap().map(|change| change.unwrap().key);
        let owned = keys.iter().filter(|key| snapshot.owns("tides", key)).cloned();
        assert_eq!(owned.collect::<BTreeSet<_>>(), listed.collect());
        assert!(keys.iter().all(|key| snapshot.holds("tides", key)), "each holds them all");
    }
    let owners = |key| tasks.iter().filter(|task| task.snapshot().owns("tides", key)).count();
    assert!(keys.iter().all(|key| owners(key) == 1));
    let id = |task: &KafkaStore| task.snapshot().meta("log/id").unwrap().unwrap();
    assert!(!id(&tasks[0]).is_empty() && id(&tasks[0]) == id(&tasks[1]));
    let named = harbour.open(&Actor::Named("poll".to_owned()), &held[1..], &PROCESSORS).unwrap();
    assert!(
        keys.iter().all(|key| !named.snapshot().owns("tides", key)),
        "whoever owns no partition owns no row"
    );
}

#[test]
fn a_log_that_several_make_at_once_is_one() {
    let Some(brokers) = brokers() else { return };
    let prefix = unused_prefix();
    let migrate =
        || Log::migrate(settings(&brokers, &prefix), &specs(), Size { partitions: 2, copies: 1 }, 1);
    let logs: Vec<Log> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(migrate)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    let id = |log: &Log| {
        let caches = tempfile::tempdir().unwrap();
        let harbour = Harbour { log: log.clone(), caches, clock: Arc::new(SystemClock) };
        let task = harbour.open(&Actor::Follower(0), &OWN, &PROCESSORS).unwrap();
        let id = task.snapshot().meta("log/id").unwrap();
        id.unwrap()
    };
    // Whoever opens a log whose identity is another one by now is told so.
    let ids: BTreeSet<_> = logs.iter().map(id).collect();
    assert_eq!(ids.len(), 1);
}

#[test]
fn rows_lie_where_their_place_says_and_their_owner_hears_of_them() {
    let Some(harbour) = Harbour::new(&specs(), 3) else { return };
    let tasks = [0, 1, 2].map(|partition| task(&harbour, partition));
    let mut batch = Batch::default();
    let names: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    for name in &names {
        batch.rows.push(write("tides", &[name, "x"], Some("1")));
    }
    batch.emitted.push(("moon", key(&["g"]), Some(vec![1])));
    batch.set_meta("cursor/acme", "7");
    commit(&tasks[1], batch);
    let mut seen = 0;
    for (partition, task) in (0..).zip(&tasks) {
        task.catch_up().unwrap();
        let found = contents(task);
        assert!(!found.rows.is_empty());
        for (_, row) in found.rows.keys() {
            assert_eq!(tidemark_stream::kafka::partition(row, 1, 3), partition, "{row}");
            seen += 1;
        }
        let own = partition == 1;
        assert_eq!((found.emitted.len(), found.meta.len()), (usize::from(own), usize::from(own)));
        assert_eq!(task.partition(), Some(partition));
    }
    assert_eq!(seen, names.len());
}

#[test]
fn tables_that_are_held_whole_have_editions_and_no_order() {
    let Some(harbour) = Harbour::new(&specs(), 3) else { return };
    let held = [("boats", Held::All), ("tides", Held::Own)];
    let tasks = [0, 1, 2].map(|partition| harbour.open(&Actor::Task(partition), &held, &PROCESSORS).unwrap());
    let pull = Actor::Named("pull".to_owned());
    let error = harbour.open(&pull, &held, &[]).err().unwrap();
    assert!(matches!(&error, Error::Unordered(table) if table == "tides"), "{error}");
    let pull = harbour.open(&pull, &[("boats", Held::All)], &[]).unwrap();
    let editions = |tasks: &[KafkaStore; 3]| {
        tasks.each_ref().map(|task| {
            task.catch_up().unwrap();
            task.snapshot().edition("boats").unwrap()
        })
    };
    let mut before = editions(&tasks);
    for number in 0..6 {
        commit(&pull, put("boats", &[&number.to_string()], "1"));
        let after = editions(&tasks);
        assert!(
            after.iter().zip(before).all(|(after, before)| *after > before),
            "{before:?}, then {after:?}"
        );
        assert!(after.iter().all(|edition| *edition == after[0]), "{after:?}");
        before = after;
    }
    for task in &tasks {
        assert_eq!(task.snapshot().scan("boats", &key(&[])).unwrap().count(), 6);
    }
    let listed = tasks.each_ref().map(|task| task.snapshot().changes("boats", 0).unwrap().count());
    assert_eq!(listed.iter().sum::<usize>(), 6, "each change is its owner's: {listed:?}");
    assert!(matches!(pull.snapshot().changes("boats", 0).err(), Some(Error::Unordered(_))));
    assert!(matches!(pull.snapshot().newest("boats"), Err(Error::Unordered(_))));
}

/// Text that does not compress, as JSON.
fn noise(bytes: usize) -> String {
    let mut state = bytes as u64;
    let signs = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'#' + u8::try_from(state % 57).unwrap())
    });
    serde_json::to_string(&signs.take(bytes).collect::<String>()).unwrap()
}

#[test]
fn rows_larger_than_a_record_are_whole_and_leave_nothing_behind() {
    let Some(harbour) = Harbour::new(&specs(), 1) else { return };
    let store = task(&harbour, 0);
    let (first, second, pressed) = (noise(5_000_000), noise(1_500_000), "\"tide\"".repeat(1_000_000));
    let mut batch = put("tides", &["1"], &first);
    batch.emitted.push(("moon", key(&["g"]), Some(first.clone().into_bytes())));
    batch.set_meta("cursor/acme", second.as_str());
    commit(&store, batch);
    assert!(text(&store, "tides", &["1"]).as_ref() == Some(&first));
    commit(&store, put("tides", &["2"], &pressed));
    let live = contents(&store);
    drop(store);
    let (harbour, again) = rebuilt(harbour, 0);
    assert!(again == live && live.meta["cursor/acme"] == second.as_bytes());
    assert!(live.emitted[&("moon", key(&["g"]))] == first.as_bytes());

    let topic = topic(&harbour, "tides");
    let records = raw::committed(&topic).len();
    assert!(records > 6, "{records}");
    let store = task(&harbour, 0);
    commit(&store, put("tides", &["1"], &second));
    commit(&store, put("tides", &["1"], "1"));
    assert!(text(&store, "tides", &["1"]).as_deref() == Some("1"));
    commit(&store, put("boats", &["1"], "1"));
    assert_eq!(raw::committed(&topic).len(), 2, "of parts nothing is left");
    let live = contents(&store);
    drop(store);
    assert!(rebuilt(harbour, 0).1 == live);
}

#[test]
fn a_cache_is_rebuilt_when_it_is_too_old_or_of_another_generation_and_only_then() {
    let Some(mut harbour) = Harbour::new(&specs(), 1) else { return };
    let clock = Arc::new(ManualClock::at(Timestamp(1_000 * DAY_MS)));
    harbour.clock = Arc::clone(&clock) as Arc<_>;
    commit(&task(&harbour, 0), put("tides", &["1"], "1"));
    let after_days = |harbour: &Harbour, days: i64, expected: bool| {
        // What is in the cache and not in the log shows whether it was rebuilt.
        let cache = EmbeddedStore::open(&harbour.caches.path().join("task-0"), &TABLES, &PROCESSORS).unwrap();
        commit(&cache, put("boats", &["forged"], "1"));
        drop(cache);
        clock.set(Timestamp(clock.now().0 + days * DAY_MS));
        let store = task(harbour, 0);
        assert_eq!(text(&store, "tides", &["1"]).as_deref(), Some("1"), "{days} days");
        assert_eq!(text(&store, "boats", &["forged"]).is_none(), expected, "{days} days");
    };
    after_days(&harbour, 0, false);
    after_days(&harbour, 14, false);
    after_days(&harbour, 14, false);
    after_days(&harbour, 16, true);
    harbour.log.raise_generation(0).unwrap();
    assert_eq!(harbour.log.generation(), 2);
    after_days(&harbour, 0, true);
    let generation = task(&harbour, 0).snapshot().meta("log/generation").unwrap();
    assert_eq!(generation.as_deref(), Some(&b"2"[..]));
}

#[test]
fn a_cache_whose_place_the_log_no_longer_has_is_rebuilt() {
    let Some(harbour) = Harbour::new(&specs(), 1) else { return };
    commit(&task(&harbour, 0), put("tides", &["1"], "1"));
    let cache = EmbeddedStore::open(&harbour.caches.path().join("task-0"), &TABLES, &PROCESSORS).unwrap();
    let mut beyond = put("boats", &["forged"], "1");
    beyond.set_meta(format!("cache/position/{}/0", topic(&harbour, "tides")), 1_000_i64.to_be_bytes());
    commit(&cache, beyond);
    drop(cache);
    let store = task(&harbour, 0);
    assert_eq!(text(&store, "tides", &["1"]).as_deref(), Some("1"));
    assert_eq!(text(&store, "boats", &["forged"]), None);
}

#[test]
fn what_topics_must_be_like_is_checked_and_named() {
    let Some(brokers) = brokers() else { return };
    let prefix = unused_prefix();
    let settings = || settings(&brokers, &prefix);
    let error = Log::open(settings(), &specs()).unwrap_err();
    assert!(!error.is_transient() && error.to_string().contains("run `tidemark migrate`"), "{error}");
    let topic = |table: &str| format!("{prefix}table.{table}");

    raw::create(&topic("boats"), 1);
    let size = Size { partitions: 2, copies: 1 };
    let found = deviations(Log::migrate(settings(), &specs(), size, 1));
    let of_boats = found.iter().filter(|one| one.topic == topic("boats"));
    let of_boats: Vec<_> =
        of_boats.map(|one| (one.setting.as_str(), one.found.as_str(), one.wanted.as_str())).collect();
    assert_eq!(
        of_boats,
        [
            ("partitions", "1", "2"),
            ("cleanup.policy", "delete", "compact"),
            ("delete.retention.ms", "86400000", "at least 2592000000")
        ]
    );
    assert_eq!(found.len(), 3, "what was created is as it has to be: {found:?}");

    let tides = [specs()[1]];
    assert_eq!(Log::open(settings(), &tides).unwrap().partitions(), 2);
    let wrecks = [tides[0], TableSpec { name: "wrecks", place: 1 }];
    let found = deviations(Log::open(settings(), &wrecks));
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].topic, found[0].found.as_str()), (&topic("wrecks"), "missing"));
    let other = Size { partitions: 7, copies: 1 };
    assert_eq!(
        Log::migrate(settings(), &wrecks, other, 1).unwrap().partitions(),
        2,
        "of a log that exists it stays"
    );

    raw::alter(
        &topic("tides"),
        &[("cleanup.policy", "compact,delete"), ("delete.retention.ms", "2592000000")],
    );
    let error = Log::open(settings(), &tides).unwrap_err().to_string();
    let expected = format!(
        "\n  {0}: cleanup.policy is compact,delete, wanted is compact: run `kafka-configs.sh --alter --entity-type topics \
         --entity-name {0} --add-config cleanup.policy=compact`",
        topic("tides")
    );
    assert!(error.ends_with(&expected), "{error}");
}

fn deviations(opened: Result<Log, Error>) -> Vec<Deviation> {
    match opened.unwrap_err() {
        Error::Topics(deviations) => deviations,
        error => panic!("{error}"),
    }
}

#[test]
fn a_log_of_a_later_format_is_refused_and_one_without_a_number_is_of_the_first() {
    let Some(harbour) = Harbour::new(&specs(), 1) else { return };
    let open = || Log::open(harbour_settings(&harbour), &specs());
    assert_eq!(open().unwrap().format(), 1);
    let identity = format!("{}log", harbour.log.prefix());
    let written = String::from_utf8(raw::committed(&identity)[b"log".as_slice()].clone()).unwrap();
    assert!(written.starts_with("{\"format\":1,\"generation\":1,"), "{written}");
    let store = task(&harbour, 0);

    // As programs wrote it that knew no formats: it is the same log.
    raw::write(&identity, b"log", &written.replace("\"format\":1,", ""));
    assert_eq!(open().unwrap().format(), 1);
    commit(&store, put("tides", &["1"], "1"));
    drop(store);
    let store = task(&harbour, 0);
    assert_eq!(text(&store, "tides", &["1"]).as_deref(), Some("1"));

    // As a later program may write it: of what this one knows only the number is left.
    raw::write(&identity, b"log", "{\"format\":2,\"epochs\":[7]}");
    let running = (0..100).find_map(|_| store.follow(Duration::from_millis(100)).err());
    drop(store);
    let opening = harbour.open(&Actor::Task(0), &OWN, &PROCESSORS).err();
    let migrating = Log::migrate(harbour_settings(&harbour), &specs(), Size { partitions: 1, copies: 1 }, 1);
    for error in [running.unwrap(), opening.unwrap(), open().unwrap_err(), migrating.unwrap_err()] {
        assert!(matches!(error, Error::NewerLog { found: 2, known: 1, .. }), "{error}");
        assert!(!error.is_transient());
        let said = error.to_string();
        assert!(said.contains(harbour.log.prefix()) && said.contains("run that version"), "{said}");
    }
}

fn harbour_settings(harbour: &Harbour) -> Settings {
    settings(&brokers().unwrap(), harbour.log.prefix())
}

#[test]
fn a_snapshot_says_when_its_cache_was_last_whole() {
    let Some(mut harbour) = Harbour::new(&specs(), 1) else { return };
    let clock = Arc::new(ManualClock::at(Timestamp(1_000 * DAY_MS)));
    harbour.clock = Arc::clone(&clock) as Arc<_>;
    let store = task(&harbour, 0);
    let followed_at = || store.snapshot().followed_at().unwrap();
    assert_eq!(followed_at(), Some(Timestamp(1_000 * DAY_MS)));
    // A look an hour later makes sure, one before does not.
    for (later_ms, expected_ms) in [(3_599_999, 0), (3_600_000, 3_600_000)] {
        clock.set(Timestamp(1_000 * DAY_MS + later_ms));
        store.follow(Duration::ZERO).unwrap();
        assert_eq!(followed_at(), Some(Timestamp(1_000 * DAY_MS + expected_ms)));
    }
    // Who stood still for too long does not take up the thread.
    clock.set(Timestamp(1_016 * DAY_MS));
    let error = store.follow(Duration::ZERO).unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("may have forgotten"), "{error}");
}

#[test]
fn what_waits_for_the_cluster_gives_up_when_the_program_is_asked_to_stop() {
    let Some(harbour) = Harbour::new(&specs(), 1) else { return };
    let halt = Halt::default();
    let settings = harbour_settings(&harbour).until(&halt);
    let log = Log::open(settings, &specs()).unwrap();
    let harbour = Harbour { log, ..harbour };
    let store = task(&harbour, 0);
    halt.ask();
    // What has begun ends.
    commit(&store, put("tides", &["1"], "1"));
    drop(store);
    let started = Instant::now();
    let error = harbour.open(&Actor::Task(0), &OWN, &PROCESSORS).err().unwrap();
    assert!(error.is_transient() && error.to_string().contains("asked to stop"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn what_is_not_for_batches_is_refused_and_the_store_goes_on() {
    let Some(harbour) = Harbour::new(&specs(), 1) else { return };
    let store = task(&harbour, 0);
    for name in ["log/generation", "cache/copy"] {
        let mut batch = put("tides", &["1"], "1");
        batch.set_meta(name, "1");
        let error = store.commit(batch, Durability::Synced).unwrap_err();
        assert!(matches!(&error, Error::Reserved(reserved) if reserved == name), "{error}");
    }
    let error = store.commit(put("wrecks", &["1"], "1"), Durability::Synced).unwrap_err();
    assert!(matches!(&error, Error::NoTable(table) if table == "wrecks"), "{error}");
    commit(&store, put("tides", &["2"], "1"));
    assert_eq!(contents(&store).rows.len(), 1);
}

#[test]
fn members_share_the_tasks_and_take_over_those_of_who_leaves() {
    let Some(harbour) = Harbour::new(&specs(), 4) else { return };
    let all = BTreeSet::from([0, 1, 2, 3]);
    let first = Tasks::join(&harbour.log, "processors", None).unwrap();
    let wait = Duration::from_millis(100);
    let until = |members: &[&Tasks], done: &dyn Fn(&[BTreeSet<u32>]) -> bool| {
        // Generous: a group settles when its members have been heard of.
        for _ in 0..600 {
            let owned: Vec<_> = members.iter().map(|member| member.owned(wait).unwrap()).collect();
            if done(&owned) {
                return;
            }
        }
        panic!("the group does not settle");
    };
    until(&[&first], &|owned| owned[0] == all);
    let second = Tasks::join(&harbour.log, "processors", None).unwrap();
    until(&[&first, &second], &|owned| {
        owned[0].len() == 2 && owned[1].len() == 2 && &owned[0] | &owned[1] == all
    });
    drop(first);
    until(&[&second], &|owned| owned[0] == all);
}

#[test]
fn a_cluster_that_is_not_there_is_named_with_the_reason() {
    let error = Log::open(settings("127.0.0.1:1", "nowhere."), &specs()).unwrap_err();
    let text = error.to_string();
    assert!(error.is_transient() && text.contains("127.0.0.1:1") && text.contains("refused"), "{text}");
}
