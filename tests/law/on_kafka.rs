//! The law, for every registered processor, on a log that tasks share: nor does it matter which task computes when, whether
//! it is opened again, or whether its cache is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tidemark_model::Row;
use tidemark_model::policy::Policy;
use tidemark_model::raw::Raw;
use tidemark_model::tables::{TABLES, Table as Known};
use tidemark_model::time::{Clock, SystemClock};
use tidemark_stream::kafka::{Actor, Held, KafkaStore, Log, Opening, Settings, Size, TableSpec};
use tidemark_stream::{Runner, Store, Table};
use tidemark_tests::processors;

use crate::mutation::{Dice, deliveries, edited, edits};
use crate::{
    Edit, Outputs, assert_same, configure, deliver, from_scratch, outputs, replace, run, specs, state,
};

const PARTITIONS: u32 = 3;

/// A log of its own, and who works on it.
struct Sea {
    log: Log,
    folder: TempDir,
    clock: Arc<dyn Clock>,
    /// Nothing for the moment in which it is opened again.
    tasks: Vec<Option<KafkaStore>>,
}

impl Sea {
    fn new() -> Option<Self> {
        let brokers = std::env::var_os("TIDEMARK_TEST_KAFKA").and_then(|value| value.into_string().ok());
        let Some(brokers) = brokers.filter(|brokers| !brokers.is_empty()) else {
            eprintln!("skipped: the law on a shared log needs TIDEMARK_TEST_KAFKA (see tests/services)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let settings = Settings::parse(&format!("kafka://{brokers}?prefix=law{name}.")).unwrap();
        let table = |table: &Known| TableSpec { name: table.name, place: table.place };
        let tables: Vec<TableSpec> = TABLES.iter().map(table).collect();
        let log = Log::migrate(settings, &tables, Size { partitions: PARTITIONS, copies: 1 }, 1).unwrap();
        let tasks = (0..PARTITIONS).map(|_| None).collect();
        let mut sea = Self { log, folder, clock: Arc::new(SystemClock), tasks };
        for partition in 0..PARTITIONS {
            sea.restart(partition, false);
        }
        Some(sea)
    }

    fn open(&self, actor: &Actor, held: &[(Table, Held)], caches: &Path) -> KafkaStore {
        let names: Vec<&str> = specs().iter().map(|spec| spec.name).collect();
        let opening = Opening { actor, held, processors: &names, caches, clock: &self.clock };
        KafkaStore::open(&self.log, opening).unwrap()
    }

    /// Whoever brings the inputs.
    fn source(&self) -> KafkaStore {
        let held = [Raw::TABLE, Policy::TABLE].map(|table| (table, Held::All));
        self.open(&Actor::Named("source".to_owned()), &held, self.folder.path())
    }

    fn restart(&mut self, partition: u32, lose_cache: bool) {
        let slot = usize::try_from(partition).unwrap();
        self.tasks[slot] = None;
        let caches = self.folder.path().join("tasks");
        if lose_cache {
            std::fs::remove_dir_all(caches.join(format!("task-{partition}"))).unwrap();
        }
        let globals: BTreeSet<Table> = specs().iter().flat_map(|spec| spec.globals).copied().collect();
        let held = |table: &Known| {
            let everywhere = globals.contains(table.name);
            (table.name, if everywhere { Held::All } else { Held::Own })
        };
        let held: Vec<(Table, Held)> = TABLES.iter().map(held).collect();
        self.tasks[slot] = Some(self.open(&Actor::Task(partition), &held, &caches));
    }

    fn task(&self, partition: u32) -> &KafkaStore {
        self.tasks[usize::try_from(partition).unwrap()].as_ref().unwrap()
    }

    fn compute(&self, partition: u32) {
        let task = self.task(partition);
        task.catch_up().unwrap();
        run(task);
    }

    /// Lets every task compute until none has anything to do; all that they say.
    fn settled(&self) -> Outputs {
        let is_done = |partition| {
            let task = self.task(partition);
            task.catch_up().unwrap();
            Runner::new(task, &processors()).is_done().unwrap()
        };
        while !(0..PARTITIONS).all(is_done) {
            (0..PARTITIONS).for_each(|partition| self.compute(partition));
        }
        let mut all = BTreeMap::new();
        for (at, row) in (0..PARTITIONS).flat_map(|partition| outputs(self.task(partition))) {
            // What each of them holds is the same everywhere.
            assert_eq!(all.entry(at).or_insert_with(|| row.clone()), &row);
        }
        all
    }

    fn feed<T>(
        &mut self,
        source: &KafkaStore,
        batches: &[Vec<T>],
        feed: fn(&dyn Store, &[T]),
        dice: &mut Dice,
    ) {
        for batch in batches {
            feed(source, batch);
            let partition = u32::try_from(dice.below(3)).unwrap();
            if dice.percent(40) {
                self.compute(partition);
            }
            if dice.percent(10) {
                self.restart(partition, dice.percent(50));
            }
        }
    }
}

#[test]
fn tasks_that_share_a_log_say_what_one_store_says() {
    for seed in [11, 12, 13] {
        let Some(mut sea) = Sea::new() else { return };
        let mut dice = Dice(seed);
        let source = sea.source();
        configure(&source);
        let first = state(seed);
        let records = deliveries(&first, &mut dice);
        sea.feed(&source, &dice.batches(&records), deliver, &mut dice);
        assert_same(&sea.settled(), &from_scratch(&first), &format!("seed {seed}, delivered"));

        let mut edits: Vec<Edit> = edits(&first, &mut dice);
        dice.shuffle(&mut edits);
        let second = edited(first, &edits);
        sea.feed(&source, &dice.batches(&edits), replace, &mut dice);
        assert_same(&sea.settled(), &from_scratch(&second), &format!("seed {seed}, edited"));
    }
}
