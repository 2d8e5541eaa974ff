//! What the runner computes, what it writes, and what it does again after an interruption.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod toys;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use tidemark_model::{Key, Row};
use tidemark_stream::runner::Progress;
use tidemark_stream::{Batch, Driver, Durability, Processor, RowWrite, Runner, Store};
use toys::{Catch, Catches, Computed, Failing, Fish, Harbour, Record, Season, Total, Totals};

/// As the runner cuts a recomputation.
const GROUPS_PER_STEP: usize = 1024;

fn fish(harbour: &str, boat: &str, id: usize, weight: u64) -> Fish {
    Fish { harbour: harbour.to_owned(), boat: boat.to_owned(), id: id.to_string(), weight }
}

fn processors(version: u32, computed: &Computed) -> Vec<Box<dyn Processor>> {
    vec![
        Box::new(Catches { version, computed: Computed::clone(computed) }),
        Box::new(Totals(Computed::clone(computed))),
    ]
}

fn driver() -> (Driver, Computed) {
    let computed = Computed::default();
    (Driver::new(processors(1, &computed)), computed)
}

fn taken(computed: &Computed) -> Vec<String> {
    let mut groups: Vec<String> = computed.lock().unwrap().drain(..).map(|group| group.to_string()).collect();
    groups.sort();
    groups
}

fn run(store: &dyn Store, processors: &[Box<dyn Processor>]) -> Progress {
    Runner::new(store, processors).run(&mut |_, _| {}).unwrap()
}

fn outputs(driver: &Driver) -> Vec<BTreeMap<Key, String>> {
    [Catch::TABLE, Record::TABLE, Total::TABLE].map(|table| driver.table(table).unwrap()).into()
}

fn offsets(driver: &Driver) -> BTreeMap<Key, u64> {
    let snapshot = driver.store().snapshot();
    let changes = snapshot.changes(Catch::TABLE, 0).unwrap().map(|change| change.unwrap());
    changes.map(|change| (change.key, change.offset)).collect()
}

#[test]
fn a_touched_group_is_computed_once_and_only_what_differs_is_written() {
    let (driver, computed) = driver();
    for id in 0..500 {
        driver.put(&fish("kiel", "anna", id, 1)).unwrap();
    }
    driver.put(&fish("kiel", "bert", 1, 5)).unwrap();
    driver.run().unwrap();
    assert_eq!(taken(&computed), ["kiel", "kiel/anna", "kiel/bert"]);
    assert_eq!(driver.rows::<Total>().unwrap()[0].weight, 505);

    // Two fish swap their weights: the group is computed, nothing is written, and what follows hears of nothing.
    let before = offsets(&driver);
    for (id, weight) in [(0, 2), (1, 0)] {
        driver.put(&fish("kiel", "anna", id, weight)).unwrap();
    }
    assert_eq!(run(driver.store(), driver.processors()), Progress { groups: 1, rows: 0 });
    assert_eq!((taken(&computed), offsets(&driver)), (vec!["kiel/anna".to_owned()], before));
    assert_eq!(run(driver.store(), driver.processors()), Progress::default(), "nothing is left to do");
}

#[test]
fn what_vanished_is_withdrawn() {
    let (driver, _) = driver();
    driver.put(&fish("kiel", "anna", 1, 200)).unwrap();
    driver.put(&fish("kiel", "bert", 1, 5)).unwrap();
    driver.run().unwrap();
    assert_eq!((driver.rows::<Catch>().unwrap().len(), driver.rows::<Record>().unwrap().len()), (2, 1));
    driver.put(&fish("kiel", "anna", 1, 50)).unwrap();
    driver.run().unwrap();
    assert_eq!((driver.rows::<Catch>().unwrap().len(), driver.rows::<Record>().unwrap().len()), (2, 0));
    for boat in ["anna", "bert"] {
        driver.remove::<Fish>(&fish("kiel", boat, 1, 0).key()).unwrap();
    }
    driver.run().unwrap();
    assert!(outputs(&driver).iter().all(BTreeMap::is_empty));
    let snapshot = driver.store().snapshot();
    assert_eq!(
        snapshot.emitted_after("catches", &Key::default()).unwrap().count(),
        0,
        "nothing is remembered of them"
    );
}

#[test]
fn a_shorter_key_touches_all_groups_beneath_it() {
    let (driver, computed) = driver();
    for (harbour, boat) in [("kiel", "anna"), ("kiel", "bert"), ("kie", "carl"), ("kiel2", "dora")] {
        driver.put(&fish(harbour, boat, 1, 10)).unwrap();
    }
    driver.run().unwrap();
    taken(&computed);
    driver.put(&Harbour { harbour: "kiel".to_owned(), tax: 3 }).unwrap();
    driver.run().unwrap();
    assert_eq!(taken(&computed), ["kiel", "kiel/anna", "kiel/bert"]);
    driver.remove::<Harbour>(&Key::of(["kiel"])).unwrap();
    driver.run().unwrap();
    assert_eq!(taken(&computed), ["kiel", "kiel/anna", "kiel/bert"]);
    assert_eq!(driver.rows::<Total>().unwrap().iter().map(|total| total.weight).sum::<u64>(), 40);
}

/// Enough boats that a recomputation takes several steps.
fn fleet() -> (Driver, Computed) {
    let (driver, computed) = driver();
    for boat in 0..5 * GROUPS_PER_STEP + 100 {
        driver.put(&fish(&format!("h{}", boat % 7), &format!("{boat:05}"), 1, boat as u64)).unwrap();
    }
    driver.run().unwrap();
    taken(&computed);
    (driver, computed)
}

/// A store that takes so many commits more.
fn failing(driver: &Driver, commits: usize) -> Failing<'_> {
    Failing { store: driver.store(), left: Mutex::new(commits), small_commit: usize::MAX }
}

#[test]
fn a_changed_global_table_recomputes_all_and_goes_on_where_it_was_interrupted() {
    let season = Season { name: "spring".to_owned(), factor: 3 };
    let (uninterrupted, computed) = fleet();
    uninterrupted.put(&season).unwrap();
    uninterrupted.run().unwrap();
    let groups: Vec<String> = taken(&computed).into_iter().filter(|group| group.contains('/')).collect();
    assert_eq!(groups.len(), 5 * GROUPS_PER_STEP + 100, "each once");

    for commits in [0, 1, 3] {
        let (driver, computed) = fleet();
        driver.put(&season).unwrap();
        let failing = failing(&driver, commits);
        let error = Runner::new(&failing, driver.processors()).run(&mut |_, _| {}).unwrap_err();
        assert!(error.to_string().contains("the power went"), "{error}");
        taken(&computed);
        // Something else changes before it goes on: behind the cursor, and before it.
        for boat in [0, 5 * GROUPS_PER_STEP] {
            let boat = fish(&format!("h{}", boat % 7), &format!("{boat:05}"), 2, 1);
            driver.put(&boat).unwrap();
            driver.remove::<Fish>(&boat.key()).unwrap();
        }
        driver.run().unwrap();
        let again: BTreeSet<String> = taken(&computed).into_iter().collect();
        let done = &groups[..commits * GROUPS_PER_STEP];
        let repeated: Vec<&String> = done.iter().filter(|group| again.contains(*group)).collect();
        assert!(repeated.len() <= 2, "{commits} commits: {} groups were computed again", repeated.len());
        assert!(groups[done.len()..].iter().all(|group| again.contains(group)), "{commits} commits");
        assert_eq!(outputs(&driver), outputs(&uninterrupted), "{commits} commits");
    }
}

/// Makes a store what another one is; computing that is interrupted after some commits.
fn interrupted(reference: &Driver, commits: usize, small_commit: usize) -> (Driver, bool) {
    let (driver, _) = driver();
    // Else there would be nothing to be changed, and all is computed anew.
    driver.put(&fish("h0", "00000", 1, 0)).unwrap();
    driver.run().unwrap();
    for row in reference.rows::<Fish>().unwrap() {
        driver.put(&row).unwrap();
    }
    let failing = Failing { small_commit, ..failing(&driver, commits) };
    let failed = Runner::new(&failing, driver.processors()).run(&mut |_, _| {}).is_err();
    (driver, failed)
}

#[test]
fn interrupted_batches_of_changes_are_computed_anew() {
    let (reference, _) = fleet();
    for commits in 0..8 {
        let (driver, _) = interrupted(&reference, commits, usize::MAX);
        driver.run().unwrap();
        assert_eq!(outputs(&driver), outputs(&reference), "{commits} commits");
    }
}

#[test]
fn a_step_that_is_committed_in_pieces_can_be_interrupted_between_any_two() {
    let (reference, _) = driver();
    for boat in 0..150 {
        reference.put(&fish(&format!("h{}", boat % 7), &format!("{boat:05}"), 1, boat)).unwrap();
    }
    reference.run().unwrap();
    // 150 boats are ten pieces of 16, and their harbours one more.
    for commits in 0..=11 {
        let (driver, failed) = interrupted(&reference, commits, 16);
        assert_eq!(failed, commits < 11, "{commits} commits");
        // Something else changes before it goes on: in the first piece, and in the last one.
        for driver in [&driver, &reference] {
            driver.put(&fish("h0", "00000", 2, commits as u64 + 500)).unwrap();
            driver.put(&fish("h2", "00149", 2, commits as u64 + 500)).unwrap();
            driver.run().unwrap();
        }
        assert_eq!(outputs(&driver), outputs(&reference), "{commits} commits");
    }
}

#[test]
fn a_raised_version_recomputes_and_a_recomputation_of_an_older_one_starts_over() {
    let (driver, computed) = fleet();
    let second = processors(2, &computed);
    let failing = failing(&driver, 2);
    Runner::new(&failing, &second).run(&mut |_, _| {}).unwrap_err();
    run(driver.store(), &processors(3, &computed));
    for row in driver.rows::<Catch>().unwrap() {
        assert_eq!(row.weight, 3 * row.boat.parse::<u64>().unwrap());
    }
    taken(&computed);
    assert_eq!(run(driver.store(), &processors(3, &computed)), Progress::default());
}

#[test]
fn verify_finds_and_mends_what_was_changed_by_hand() {
    let (driver, _) = driver();
    for (boat, weight) in [("anna", 500), ("bert", 5), ("carl", 7)] {
        driver.put(&fish("kiel", boat, 1, weight)).unwrap();
    }
    driver.run().unwrap();
    let runner = Runner::new(driver.store(), driver.processors());
    assert_eq!(runner.verify(false, &mut |_, _| {}).unwrap(), []);
    let right = outputs(&driver);
    // One changed, one removed; and one that the group is known to have emitted, though it should not have.
    let key = |boat: &str| Key::of(["kiel", boat]);
    let emitted = driver.store().snapshot().emitted("catches", &key("carl")).unwrap().unwrap();
    let record = Record { harbour: "kiel".to_owned(), boat: "carl".to_owned(), weight: 1 };
    let rows = [
        (Catch::TABLE, key("anna"), Some(br#"{"harbour":"kiel","boat":"anna","weight":1}"#.to_vec())),
        (Catch::TABLE, key("bert"), None),
        (Record::TABLE, key("carl"), Some(serde_json::to_vec(&record).unwrap())),
    ];
    let mut forged = tidemark_model::Rows::default();
    forged.push(&record);
    let forged = tidemark_stream::emitted::Emitted::of(&forged.into_vec()).to_bytes();
    let rows = rows.map(|(table, key, json)| RowWrite { table, key, json, fresh: false }).into();
    let emitted = vec![("catches", key("carl"), Some([emitted, forged].concat()))];
    driver.store().commit(Batch { rows, emitted, ..Batch::default() }, Durability::Buffered).unwrap();

    let found = |repair: bool| {
        let found = runner.verify(repair, &mut |_, _| {}).unwrap();
        let of_catches = found.into_iter().filter(|difference| difference.processor == "catches");
        of_catches
            .map(|difference| format!("{} {} {}", difference.what, difference.table, difference.key))
            .collect()
    };
    let expected =
        ["different catches kiel/anna", "missing catches kiel/bert", "superfluous records kiel/carl"];
    let without_repair: Vec<String> = found(false);
    assert_eq!(without_repair, expected);
    assert_ne!(outputs(&driver), right);
    let repaired: Vec<String> = found(true);
    assert_eq!(repaired, expected);
    driver.run().unwrap();
    assert_eq!(outputs(&driver), right);
    assert_eq!(runner.verify(false, &mut |_, _| {}).unwrap(), []);
}

#[test]
fn what_was_forgotten_is_computed_to_the_same_tables() {
    let (driver, computed) = fleet();
    driver.put(&Season { name: "spring".to_owned(), factor: 3 }).unwrap();
    driver.run().unwrap();
    let before = outputs(&driver);
    Runner::new(driver.store(), driver.processors()).forget(&[]).unwrap();
    assert!(outputs(&driver).iter().all(BTreeMap::is_empty));
    taken(&computed);
    driver.run().unwrap();
    assert_eq!(outputs(&driver), before);
    assert!(!driver.rows::<Fish>().unwrap().is_empty(), "what no processor writes stays");
}
