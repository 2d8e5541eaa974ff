//! The law on a log that several tasks share: what is finally true depends on the set of inputs alone, never on their
//! order, on duplicates, on batch borders, on restarts, on lost caches or on who owned which task when.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broker;
mod fleet;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use broker::Harbour;
use fleet::{Haul, Landing, Market, Price, Season, processors};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use tidemark_model::{Key, Row};
use tidemark_stream::kafka::{Actor, Group, Held, KafkaStore, TableSpec, Worker};
use tidemark_stream::runner::Stop;
use tidemark_stream::store::Table;
use tidemark_stream::{Batch, Driver, Durability, Error, Processor, RowWrite, Runner, Store, codec};

const PARTITIONS: u32 = 3;
const PROCESSORS: [&str; 2] = ["landings", "markets"];
const TABLES: [Table; 5] = [Haul::TABLE, Landing::TABLE, Market::TABLE, Price::TABLE, Season::TABLE];

/// A statement of an input: its table, its key, and what it says.
type Statement = (Table, Key, Option<Vec<u8>>);
type Rows = BTreeMap<(Table, Key), String>;

#[derive(Debug, Clone)]
enum Act {
    /// States so many of the statements that are left, and some that were stated before once more.
    State { count: usize, again: usize },
    /// A task takes in what there is and computes, with some commits before it is stopped.
    Run { task: u32, commits: usize },
    /// A task is opened again, on its cache or without.
    Restart { task: u32, lose_cache: bool },
    /// Another owner takes a task over while the older still believes in it, computes, and fails.
    TakeOver { task: u32 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let task = || 0..PARTITIONS;
    let act = prop_oneof![
        4 => (1..12_usize, 0..3_usize).prop_map(|(count, again)| Act::State { count, again }),
        4 => (task(), 0..4_usize).prop_map(|(task, commits)| Act::Run { task, commits }),
        1 => (task(), any::<bool>()).prop_map(|(task, lose_cache)| Act::Restart { task, lose_cache }),
        1 => task().prop_map(|task| Act::TakeOver { task }),
    ];
    proptest::collection::vec(act, 8..20)
}

/// Statements, those of one key in their order, and those of different keys in any.
fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let harbours = ["kiel", "husum", "cuxhaven", "emden"];
    let species = ["cod", "eel", "ray"];
    let haul = (0..4_usize, 0..2_u32, 0..3_u32, 0..3_usize, 0..50_u64, prop::bool::weighted(0.8));
    let haul = haul.prop_map(move |(harbour, boat, id, fish, weight, there)| {
        let (boat, id) = (boat.to_string(), id.to_string());
        stated(
            &Haul { harbour: harbours[harbour].into(), boat, id, species: species[fish].into(), weight },
            there,
        )
    });
    let price = (0..3_usize, 1..9_u64, any::<bool>())
        .prop_map(move |(fish, price, there)| stated(&Price { species: species[fish].into(), price }, there));
    let season = (0..2_u32, 1..4_u64, any::<bool>())
        .prop_map(|(name, factor, there)| stated(&Season { name: name.to_string(), factor }, there));
    proptest::collection::vec(prop_oneof![8 => haul, 2 => price, 1 => season], 30..60)
}

fn stated<R: Row>(row: &R, there: bool) -> Statement {
    (R::TABLE, row.key(), there.then(|| serde_json::to_vec(row).unwrap()))
}

fn batch<'a>(statements: impl Iterator<Item = &'a Statement>) -> Batch {
    let write = |(table, key, json): &Statement| {
        let json = json.clone().map(codec::pack);
        RowWrite { table, key: key.clone(), json, fresh: false }
    };
    Batch { rows: statements.map(write).collect(), ..Batch::default() }
}

/// What the tables say of the statements, stated at once and computed at once.
fn expected(statements: &[Statement]) -> Rows {
    let driver = Driver::new(processors());
    driver.store().commit(batch(statements.iter()), Durability::Buffered).unwrap();
    driver.run().unwrap();
    let of_table =
        |table: Table| driver.table(table).unwrap().into_iter().map(move |(key, row)| ((table, key), row));
    TABLES.into_iter().flat_map(of_table).collect()
}

struct Fleet {
    harbour: Harbour,
    processors: Vec<Box<dyn Processor>>,
    tasks: Vec<Option<KafkaStore>>,
    pull: KafkaStore,
}

impl Fleet {
    fn new() -> Option<Self> {
        let specs = [
            TableSpec::of::<Haul>(),
            TableSpec::of::<Landing>(),
            TableSpec::of::<Market>(),
            TableSpec::of::<Price>(),
            TableSpec::of::<Season>(),
        ];
        let harbour = Harbour::new(&specs, PARTITIONS)?;
        let pull = pulling(&harbour).unwrap();
        let tasks = (0..PARTITIONS).map(|task| Some(opened(&harbour, task))).collect();
        Some(Self { harbour, processors: processors(), tasks, pull })
    }

    fn task(&self, task: u32) -> &KafkaStore {
        self.tasks[task as usize].as_ref().unwrap()
    }

    fn reopen(&mut self, task: u32) {
        self.tasks[task as usize] = None;
        self.tasks[task as usize] = Some(opened(&self.harbour, task));
    }

    /// Runs processors over a task, with so many commits.
    fn run(&self, task: u32, commits: usize) {
        let store = self.task(task);
        store.catch_up().unwrap();
        let done = AtomicUsize::new(0);
        let stop = || done.load(Ordering::SeqCst) >= commits;
        let mut watch = |_: &'static str, _| {
            done.fetch_add(1, Ordering::SeqCst);
        };
        Runner::new(store, &self.processors).until(&stop).run(&mut watch).unwrap();
    }

    fn take_over(&mut self, task: u32) {
        let older = self.tasks[task as usize].take().unwrap();
        let caches = std::mem::replace(&mut self.harbour.caches, tempfile::tempdir().unwrap());
        self.tasks[task as usize] = Some(opened(&self.harbour, task));
        // The older goes on with what it knows; whatever it writes fails.
        let computed = Runner::new(&older, &self.processors).run(&mut |_, _| {});
        assert!(
            matches!(&computed, Ok(progress) if progress.rows == 0)
                || matches!(&computed, Err(Error::Fenced { .. })),
            "{computed:?}"
        );
        drop(older);
        self.reopen_in(task, caches);
    }

    /// Opens a task again on the cache of its earlier owner.
    fn reopen_in(&mut self, task: u32, caches: tempfile::TempDir) {
        self.tasks[task as usize] = None;
        self.harbour.caches = caches;
        self.reopen(task);
    }

    fn act(&mut self, act: &Act, statements: &[Statement], next: &mut usize) {
        match *act {
            Act::State { count, again } => {
                let end = (*next + count).min(statements.len());
                // Once more: the newest that was said of a key, since an older one would be news.
                let newest = |index: &usize| {
                    !statements[*index + 1..end]
                        .iter()
                        .any(|(table, key, _)| (table, key) == (&statements[*index].0, &statements[*index].1))
                };
                let again = (0..*next).filter(newest).take(again);
                let rows = again.chain(*next..end).map(|index| &statements[index]);
                self.pull.commit(batch(rows), Durability::Synced).unwrap();
                *next = end;
            }
            Act::Run { task, commits } => self.run(task, commits),
            Act::Restart { task, lose_cache } => {
                if lose_cache {
                    self.tasks[task as usize] = None;
                    std::fs::remove_dir_all(self.harbour.caches.path().join(format!("task-{task}"))).unwrap();
                }
                self.reopen(task);
            }
            Act::TakeOver { task } => self.take_over(task),
        }
    }

    /// Computes until no task has anything left to do.
    fn settle(&self) {
        loop {
            let mut progress = false;
            for task in 0..PARTITIONS {
                let store = self.task(task);
                store.catch_up().unwrap();
                let done = Runner::new(store, &self.processors).run(&mut |_, _| {}).unwrap();
                progress |= done.groups > 0;
            }
            if !progress {
                return;
            }
        }
    }

    /// What all tasks hold together.
    fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        for (task, store) in (0..).zip(self.tasks.iter().flatten()) {
            let snapshot = store.snapshot();
            for table in TABLES {
                let place = *self.harbour.log.table(table).unwrap();
                for row in snapshot.scan(table, &Key::default()).unwrap() {
                    let (key, stored) = row.unwrap();
                    if place.partition(&key, PARTITIONS) == task {
                        rows.insert((table, key), String::from_utf8(stored.json).unwrap());
                    }
                }
            }
        }
        rows
    }
}

fn pulling(harbour: &Harbour) -> Result<KafkaStore, Error> {
    harbour.open(&Actor::Named("pull".to_owned()), &[(Haul::TABLE, Held::All)], &[])
}

/// Makes a statement, opening the store again for as long as the cluster is in passing trouble.
fn insist(harbour: &Harbour, pull: &mut Option<KafkaStore>, statement: &Statement) {
    loop {
        let store = pull.take().map_or_else(|| pulling(harbour), Ok);
        let done = store.and_then(|store| {
            store.commit(batch([statement].into_iter()), Durability::Synced)?;
            Ok(store)
        });
        match done {
            Ok(store) => {
                *pull = Some(store);
                return;
            }
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    }
}

/// What a task holds.
fn held() -> [(Table, Held); 5] {
    TABLES.map(|table| (table, if table == Season::TABLE { Held::All } else { Held::Own }))
}

fn opened(harbour: &Harbour, task: u32) -> KafkaStore {
    harbour.open(&Actor::Task(task), &held(), &PROCESSORS).unwrap()
}

proptest! {
    // Every case makes a log of its own.
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_true_depends_on_the_inputs_alone(statements in statements(), acts in acts()) {
        let Some(mut fleet) = Fleet::new() else { return Ok(()) };
        let mut next = 0;
        for act in &acts {
            fleet.act(act, &statements, &mut next);
        }
        fleet.act(&Act::State { count: statements.len(), again: 5 }, &statements, &mut next);
        fleet.settle();
        let expected = expected(&statements);
        let live = fleet.rows();
        prop_assert_eq!(&live, &expected);
        prop_assert!(live.keys().any(|(table, _)| *table == Market::TABLE), "nothing reached a market");
        // And by whoever hears the whole log anew.
        fleet.tasks.iter_mut().for_each(|task| *task = None);
        fleet.harbour.caches = tempfile::tempdir().unwrap();
        (0..PARTITIONS).for_each(|task| fleet.reopen(task));
        prop_assert_eq!(&fleet.rows(), &expected);
        for task in 0..PARTITIONS {
            let verified = Runner::new(fleet.task(task), &fleet.processors).verify(false, &mut |_, _| {}).unwrap();
            prop_assert_eq!(verified, [], "task {}", task);
        }
    }
}

/// Sets a flag when it is dropped, however that comes about: threads that wait for it end.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn workers_come_and_go_while_statements_are_made() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let statements = statements().new_tree(&mut runner).unwrap().current();
    let Some(fleet) = Fleet::new() else { return };
    let Fleet { harbour, processors, tasks, pull } = fleet;
    let mut pull = Some(pull);
    drop(tasks);
    let held = held();
    let stops = [(); 3].map(|()| AtomicBool::new(false));
    let work = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Error> {
        Runner::new(store, &processors).until(stop).run(&mut |_, _| {}).map(|_| ())
    };
    std::thread::scope(|scope| {
        let worker = |number: usize| {
            let (harbour, held, work, stop) = (&harbour, &held, &work, &stops[number]);
            move || {
                let caches = tempfile::tempdir().unwrap();
                let (log, clock, caches) = (&harbour.log, &harbour.clock, caches.path());
                let group = Group { log, name: "processors", member: None };
                let (actor, processors) = (Actor::Task, &PROCESSORS);
                let standing = &|_, _| ();
                let worker = Worker { group, actor, held, processors, caches, clock, standing };
                worker.run(&|| stop.load(Ordering::SeqCst), work).unwrap();
            }
        };
        let _ending = stops.each_ref().map(Ending);
        let third = statements.len() / 3;
        let mut state = |from: usize, to: usize| {
            statements[from..to].iter().for_each(|statement| insist(&harbour, &mut pull, statement));
        };
        scope.spawn(worker(0));
        state(0, third);
        scope.spawn(worker(1));
        state(third, 2 * third);
        scope.spawn(worker(2));
        stops[0].store(true, Ordering::SeqCst);
        state(2 * third, statements.len());

        let outputs = [Landing::TABLE, Market::TABLE];
        let reader = Actor::Named("reader".to_owned());
        let reader = harbour.open(&reader, &outputs.map(|table| (table, Held::All)), &[]).unwrap();
        let mut expected = expected(&statements);
        expected.retain(|(table, _), _| outputs.contains(table));
        let mut found = Rows::new();
        // Two minutes: workers have to find each other first.
        for _ in 0..1200 {
            reader.follow(Duration::from_millis(100)).unwrap();
            let snapshot = reader.snapshot();
            found.clear();
            for table in outputs {
                for row in snapshot.scan(table, &Key::default()).unwrap() {
                    let (key, stored) = row.unwrap();
                    found.insert((table, key), String::from_utf8(stored.json).unwrap());
                }
            }
            if found == expected {
                return;
            }
        }
        assert_eq!(found, expected);
    });
}
