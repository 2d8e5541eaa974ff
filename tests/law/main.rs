//! The law, for every registered processor: what is finally true depends on the set of inputs alone, never on their
//! order, on duplicates, on batch borders, on restarts, or on what was true before.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod mutation;
mod on_kafka;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mutation::{Dice, Edit, State, deliveries, edited, edits};
use proptest::prelude::*;
use tempfile::TempDir;
use tidemark_ingest::merge::merge;
use tidemark_model::policy::{Policy, Team};
use tidemark_model::raw::Raw;
use tidemark_model::{Key, Row};
use tidemark_simulation::Options;
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Runner, Spec, Store, Table, tables};
use tidemark_tests::{loaded, processors, rows};

/// Rows that are their keys and nothing else, or hardly more: they come and go, and never change here.
const ALL_KEY: [&str; 2] = ["kin", "known_emails"];

/// Writes the configuration, by which people have their disciplines by their addresses.
fn configure(store: &dyn Store) {
    let people = (0..20).map(|number| format!("person.{number}@acme.example")).collect();
    let team = Team {
        name: "all".to_owned(),
        boards: vec!["acme/1".to_owned(), "acme/2".to_owned()],
        disciplines: BTreeMap::from([("qa".to_owned(), people)]),
    };
    let policy = Policy { teams: vec![team], ..Policy::default() };
    let json = Some(serde_json::to_vec(&policy).unwrap());
    let row = RowWrite { table: Policy::TABLE, key: policy.key(), json, fresh: true };
    store.commit(Batch { rows: vec![row], ..Batch::default() }, Durability::Buffered).unwrap();
}

/// A store in memory that holds the configuration alone.
fn in_memory() -> MemoryStore {
    let store = MemoryStore::new();
    configure(&store);
    store
}

fn specs() -> Vec<Spec> {
    processors().iter().map(|processor| processor.spec()).collect()
}

fn state(seed: u64) -> State {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { boards: 2, sprints: 3, issues: 40, seed, ..Options::default() };
    tidemark_simulation::generate(&options, folder.path(), &mut |_, _| {}).unwrap();
    let raw = rows::<Raw>(&loaded(folder.path()).unwrap()).unwrap();
    raw.into_iter().map(|raw| (raw.key(), raw)).collect()
}

/// All rows of all tables that processors write.
type Outputs = BTreeMap<(Table, Key), String>;

fn outputs(store: &dyn Store) -> Outputs {
    let snapshot = store.snapshot();
    let tables: BTreeSet<Table> = specs().into_iter().flat_map(|spec| spec.outputs).copied().collect();
    let rows = tables
        .into_iter()
        .flat_map(|table| snapshot.scan(table, &Key::default()).unwrap().map(move |row| (table, row)));
    rows.map(|(table, row)| {
        let (key, stored) = row.unwrap();
        ((table, key), String::from_utf8(stored.json).unwrap())
    })
    .collect()
}

fn assert_same(found: &Outputs, expected: &Outputs, how: &str) {
    for (table, key) in found.keys().chain(expected.keys()) {
        let at = (*table, key.clone());
        assert_eq!(found.get(&at), expected.get(&at), "{how}: {table} {key}");
    }
}

fn run(store: &dyn Store) {
    Runner::new(store, &processors()).run(&mut |_, _| {}).unwrap();
}

/// Writes raw rows over whatever there is.
fn replace(store: &dyn Store, edits: &[Edit]) {
    let row = |(key, raw): &Edit| RowWrite {
        table: Raw::TABLE,
        key: key.clone(),
        json: raw.as_ref().map(|raw| serde_json::to_vec(raw).unwrap()),
        fresh: false,
    };
    let batch = Batch { rows: edits.iter().map(row).collect(), ..Batch::default() };
    store.commit(batch, Durability::Buffered).unwrap();
}

/// Merges records into the raw table, as ingest does.
fn deliver(store: &dyn Store, records: &[Raw]) {
    let mut merged: BTreeMap<Key, Raw> = BTreeMap::new();
    for raw in records {
        let key = raw.key();
        let stored = store.snapshot().get(Raw::TABLE, &key).unwrap();
        let stored = stored.map(|stored| tables::decode::<Raw>(&key, &stored.json).unwrap());
        let raw = match merged.remove(&key).or(stored) {
            Some(earlier) => merge(earlier, raw.clone()),
            None => raw.clone(),
        };
        merged.insert(key, raw);
    }
    let edits: Vec<Edit> = merged.into_iter().map(|(key, raw)| (key, Some(raw))).collect();
    replace(store, &edits);
}

/// A state, loaded from scratch in one go.
fn from_scratch(state: &State) -> Outputs {
    let store = in_memory();
    let all: Vec<Edit> = state.iter().map(|(key, raw)| (key.clone(), Some(raw.clone()))).collect();
    replace(&store, &all);
    run(&store);
    outputs(&store)
}

/// A store that is closed and opened again at random.
struct Restarted {
    store: Option<EmbeddedStore>,
    folder: TempDir,
}

impl Restarted {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        configure(&store);
        Self { store: Some(store), folder }
    }

    fn store(&self) -> &EmbeddedStore {
        self.store.as_ref().unwrap()
    }

    fn restart(&mut self) {
        drop(self.store.take());
        self.store = Some(open(self.folder.path()));
    }
}

fn open(folder: &Path) -> EmbeddedStore {
    let specs = specs();
    let named = specs.iter().flat_map(|spec| [spec.inputs, spec.globals, spec.outputs]).flatten().copied();
    let tables: Vec<Table> = named.collect::<BTreeSet<_>>().into_iter().collect();
    let names: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
    EmbeddedStore::open(folder, &tables, &names).unwrap()
}

/// Feeds batches and runs in between at random, in memory and on disk, with some restarts there.
fn everywhere<T>(
    stores: (&MemoryStore, &mut Restarted),
    batches: &[Vec<T>],
    feed: fn(&dyn Store, &[T]),
    dice: &mut Dice,
) {
    let (memory, disk) = stores;
    let restart_at = dice.below(batches.len());
    for (number, batch) in batches.iter().enumerate() {
        feed(memory, batch);
        feed(disk.store(), batch);
        if dice.percent(40) {
            run(memory);
        }
        if dice.percent(40) {
            run(disk.store());
        }
        if number == restart_at {
            disk.restart();
        }
    }
    run(memory);
    run(disk.store());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn order_duplicates_borders_restarts_and_the_past_change_nothing(seed in 1..10_000_u64, dice in any::<u64>()) {
        let mut dice = Dice(dice);
        let first = state(seed);
        let expected = from_scratch(&first);
        let (memory, mut disk) = (in_memory(), Restarted::new());
        let records = deliveries(&first, &mut dice);
        everywhere((&memory, &mut disk), &dice.batches(&records), deliver, &mut dice);
        assert_same(&outputs(&memory), &expected, "delivered in memory");
        assert_same(&outputs(disk.store()), &expected, "delivered on disk");

        let mut edits = edits(&first, &mut dice);
        dice.shuffle(&mut edits);
        let second = edited(first, &edits);
        let expected = from_scratch(&second);
        everywhere((&memory, &mut disk), &dice.batches(&edits), replace, &mut dice);
        assert_same(&outputs(&memory), &expected, "edited in memory");
        assert_same(&outputs(disk.store()), &expected, "edited on disk");
        for store in [&memory as &dyn Store, disk.store()] {
            prop_assert_eq!(Runner::new(store, &processors()).verify(false, &mut |_, _| {}).unwrap(), vec![]);
        }
    }
}

/// Rows that came, changed and went.
#[derive(Debug, Default, Clone, Copy)]
struct Traffic {
    added: usize,
    changed: usize,
    withdrawn: usize,
}

fn count(traffic: &mut BTreeMap<Table, Traffic>, before: &Outputs, after: &Outputs) {
    for (at, row) in after {
        let of_table = traffic.entry(at.0).or_default();
        match before.get(at) {
            None => of_table.added += 1,
            Some(old) => of_table.changed += usize::from(old != row),
        }
    }
    for (table, _) in before.keys().filter(|at| !after.contains_key(*at)) {
        traffic.entry(table).or_default().withdrawn += 1;
    }
}

/// Random rows that never join prove nothing: the edits that the law is tested on reach every processor.
#[test]
fn every_processor_adds_changes_and_withdraws_rows() {
    let mut traffic = BTreeMap::new();
    for seed in 1..=6 {
        let mut dice = Dice(seed);
        let mut now = state(seed);
        let store = in_memory();
        deliver(&store, &now.values().cloned().collect::<Vec<_>>());
        run(&store);
        let mut before = Outputs::new();
        for step in 0..4 {
            let after = outputs(&store);
            count(&mut traffic, &before, &after);
            assert_same(&after, &from_scratch(&now), &format!("seed {seed}, step {step}"));
            before = after;
            let edits = edits(&now, &mut dice);
            replace(&store, &edits);
            run(&store);
            now = edited(now, &edits);
        }
        let none: Vec<Edit> = now.keys().map(|key| (key.clone(), None)).collect();
        replace(&store, &none);
        run(&store);
        assert_same(&outputs(&store), &Outputs::new(), "after everything was taken away");
    }
    let specs = specs();
    for spec in &specs {
        // A table that several write to tells nothing of one of them.
        let alone = |table: &&Table| specs.iter().filter(|other| other.outputs.contains(table)).count() == 1;
        let mut sum = Traffic::default();
        for table in spec.outputs.iter().filter(alone) {
            let of_table = traffic.get(table).copied().unwrap_or_default();
            sum.added += of_table.added;
            sum.changed += of_table.changed;
            sum.withdrawn += of_table.withdrawn;
        }
        println!("{}: {sum:?}", spec.name);
        let changes = sum.changed > 0 || ALL_KEY.contains(&spec.name);
        assert!(sum.added > 0 && changes && sum.withdrawn > 0, "{}: {sum:?}", spec.name);
    }
}
