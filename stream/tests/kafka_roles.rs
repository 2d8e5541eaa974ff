//! Who opens a log: tasks, those who follow them, and whoever makes it anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broker;
mod fleet;

use std::time::Duration;

use broker::Harbour;
use fleet::{Haul, Landing, Market, Price, Season, processors};
use tidemark_model::{Key, Row};
use tidemark_stream::kafka::{Actor, Held, KafkaStore, Log, Renewal, TableSpec};
use tidemark_stream::store::{Reset, Table};
use tidemark_stream::tables::{Globals, Tables};
use tidemark_stream::{Batch, Durability, Error, RowWrite, Runner, Store, codec};

const PARTITIONS: u32 = 2;
const PROCESSORS: [&str; 2] = ["landings", "markets"];
const HELD: [(Table, Held); 5] = [
    (Haul::TABLE, Held::Own),
    (Landing::TABLE, Held::Own),
    (Market::TABLE, Held::Own),
    (Price::TABLE, Held::Own),
    (Season::TABLE, Held::All),
];

fn specs() -> Vec<TableSpec> {
    vec![
        TableSpec::of::<Haul>(),
        TableSpec::of::<Landing>(),
        TableSpec::of::<Market>(),
        TableSpec::of::<Price>(),
        TableSpec::of::<Season>(),
    ]
}

fn open(harbour: &Harbour, actor: Actor) -> KafkaStore {
    harbour.open(&actor, &HELD, &PROCESSORS).unwrap()
}

/// One boat lands one cod in each of some harbours, so that both partitions have some.
fn hauls() -> Batch {
    let rows = ["kiel", "husum", "cuxhaven", "emden", "norden", "dagebuell"].map(|harbour| {
        let haul = Haul {
            harbour: harbour.into(),
            boat: "1".into(),
            id: "1".into(),
            species: "cod".into(),
            weight: 10,
        };
        let json = Some(codec::pack(serde_json::to_vec(&haul).unwrap()));
        RowWrite { table: Haul::TABLE, key: haul.key(), json, fresh: true }
    });
    Batch { rows: rows.into(), ..Batch::default() }
}

fn state(harbour: &Harbour) {
    let pull = harbour.open(&Actor::Named("pull".into()), &[(Haul::TABLE, Held::All)], &[]).unwrap();
    pull.commit(hauls(), Durability::Synced).unwrap();
}

/// Computes until no task has anything to do.
fn settle(tasks: &[KafkaStore]) {
    let processors = processors();
    loop {
        tasks.iter().for_each(|task| task.catch_up().unwrap());
        let done = tasks.iter().map(|task| Runner::new(task, &processors).run(&mut |_, _| {}).unwrap());
        if done.map(|progress| progress.groups).sum::<usize>() == 0 {
            return;
        }
    }
}

fn keys(store: &KafkaStore, table: Table) -> usize {
    store.snapshot().keys_after(table, &Key::default()).unwrap().count()
}

#[test]
fn a_follower_reads_what_its_task_reads_and_writes_nothing() {
    let Some(harbour) = Harbour::new(&specs(), PARTITIONS) else { return };
    let processors = processors();
    state(&harbour);
    let follower = open(&harbour, Actor::Follower(0));
    let elsewhere = tempfile::tempdir().unwrap();
    let opening = tidemark_stream::kafka::Opening {
        actor: &Actor::Follower(0),
        held: &HELD,
        processors: &PROCESSORS,
        caches: elsewhere.path(),
        clock: &harbour.clock,
    };
    let second = KafkaStore::open(&harbour.log, opening).unwrap();
    assert!(!Runner::new(&follower, &processors).is_done().unwrap());
    let tasks = [0, 1].map(|task| open(&harbour, Actor::Task(task)));
    settle(&tasks);
    for follower in [&follower, &second] {
        follower.catch_up().unwrap();
        assert!(Runner::new(follower, &processors).is_done().unwrap());
        for (table, _) in HELD {
            assert_eq!(keys(follower, table), keys(&tasks[0], table), "{table}");
            let changes = |store: &KafkaStore| {
                store.snapshot().changes(table, 0).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
            };
            assert_eq!(changes(follower), changes(&tasks[0]), "{table}");
        }
        let error = follower.commit(hauls(), Durability::Synced).unwrap_err();
        assert!(matches!(error, Error::ReadOnly), "{error}");
    }
    // Whoever follows takes nothing over.
    tasks[0].commit(hauls(), Durability::Synced).unwrap();
    let done: Vec<bool> =
        tasks.iter().map(|task| Runner::new(task, &processors).is_done().unwrap()).collect();
    assert!(done.contains(&false), "hauls were stated again");
}

#[test]
fn a_row_of_another_task_is_no_row_that_is_not_there() {
    let Some(harbour) = Harbour::new(&specs(), PARTITIONS) else { return };
    state(&harbour);
    let tasks = [0, 1].map(|task| open(&harbour, Actor::Task(task)));
    let key = Key::of(["kiel", "1", "1"]);
    let answers = tasks.each_ref().map(|task| {
        let (snapshot, globals) = (task.snapshot(), Globals::new(&[]));
        let tables = Tables::new(snapshot.as_ref(), &globals);
        let found = tables.get::<Haul>(&key).is_some();
        (found, tables.into_result().is_ok())
    });
    let mut sorted = answers;
    sorted.sort_unstable();
    assert_eq!(sorted, [(false, false), (true, true)]);
}

#[test]
fn a_log_is_made_anew_while_tasks_are_open() {
    let Some(mut harbour) = Harbour::new(&specs(), PARTITIONS) else { return };
    state(&harbour);
    let tasks = [0, 1].map(|task| open(&harbour, Actor::Task(task)));
    settle(&tasks);
    let follower = open(&harbour, Actor::Follower(0));
    let settings = broker::settings(&broker::brokers().unwrap(), harbour.log.prefix());
    let reset = Reset {
        tables: [Landing::TABLE, Market::TABLE].map(str::to_owned).into(),
        processors: PROCESSORS.map(str::to_owned).into(),
        meta_prefixes: vec!["processor/".to_owned()],
    };
    let caches = tempfile::tempdir().unwrap();
    let clock = harbour.clock.clone();
    let renewal = Renewal { held: &HELD, processors: &PROCESSORS, caches: caches.path(), clock: &clock };

    // Interrupted: nobody computes until it is done again.
    let error = harbour.log.renew(renewal, &|_| Err(Error::ReadOnly)).unwrap_err();
    assert!(matches!(error, Error::ReadOnly), "{error}");
    let error = Log::open(settings.clone(), &specs()).unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("`tidemark replay`"), "{error}");
    let follow = |store: &KafkaStore| {
        (0..50).find_map(|_| store.follow(Duration::from_millis(100)).err()).map(|error| error.to_string())
    };
    assert!(follow(&follower).unwrap().contains("made anew"));
    let error = tasks[0].commit(hauls(), Durability::Synced).unwrap_err();
    assert!(matches!(error, Error::Fenced { .. }), "{error}");
    let opened = harbour.open(&Actor::Task(0), &HELD, &PROCESSORS);
    drop(tasks);

    harbour.log = Log::open_emptied(settings.clone(), &specs()).unwrap();
    drop(opened);
    harbour.log.renew(renewal, &|store| store.reset(&reset)).unwrap();
    harbour.log = Log::open(settings, &specs()).unwrap();
    assert_eq!(harbour.log.generation(), 2);
    let tasks = [0, 1].map(|task| open(&harbour, Actor::Task(task)));
    let count = |table| tasks.iter().map(|task| keys(task, table)).sum::<usize>();
    assert_eq!((count(Haul::TABLE), count(Landing::TABLE), count(Market::TABLE)), (6, 0, 0));
    settle(&tasks);
    assert_eq!((count(Haul::TABLE), count(Landing::TABLE), count(Market::TABLE)), (6, 6, 1));
}
