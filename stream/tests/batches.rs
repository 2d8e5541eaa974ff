//! Random batches leave the same in every store, however often it is closed and opened on the way.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broker;
mod contents;
mod places;

use contents::{Contents, META, PROCESSORS, TABLES, contents, key, put, write};
use places::{Place, everywhere};
use proptest::prelude::*;
use tidemark_stream::store::Reset;
use tidemark_stream::{Batch, Durability};

/// One thing that happens to a store.
#[derive(Debug, Clone)]
enum Step {
    /// Table, key and value by their numbers; the values of what was emitted and of named values likewise.
    Commit {
        rows: Vec<(usize, usize, usize)>,
        emitted: Vec<(usize, usize, usize)>,
        meta: Vec<(usize, usize)>,
    },
    Reset {
        tables: Vec<usize>,
        processors: Vec<usize>,
        cursors: bool,
    },
    Reopen,
}

const KEYS: [&[&str]; 6] = [&["a"], &["a", "1"], &["a", "10"], &["ab"], &["b"], &["b", "1", "x"]];

/// Nothing, short ones, and one that is long enough to be compressed.
fn value(number: usize) -> Option<String> {
    match number {
        0 => None,
        4 => Some(format!("\"{}\"", "ebb and flow ".repeat(60))),
        number => Some(number.to_string()),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = proptest::collection::vec((0..TABLES.len(), 0..KEYS.len(), 0..5_usize), 0..6);
    let emitted = proptest::collection::vec((0..PROCESSORS.len(), 0..KEYS.len(), 0..4_usize), 0..3);
    let meta = proptest::collection::vec((0..META.len(), 0..4_usize), 0..3);
    let commit = (rows, emitted, meta).prop_map(|(rows, emitted, meta)| Step::Commit { rows, emitted, meta });
    let some = |count: usize| proptest::collection::vec(0..count, 0..=count);
    let reset = (some(TABLES.len()), some(PROCESSORS.len()), any::<bool>());
    let reset = reset.prop_map(|(tables, processors, cursors)| Step::Reset { tables, processors, cursors });
    proptest::collection::vec(prop_oneof![8 => commit, 1 => reset, 1 => Just(Step::Reopen)], 1..16)
}

fn batch(
    rows: &[(usize, usize, usize)],
    emitted: &[(usize, usize, usize)],
    meta: &[(usize, usize)],
) -> Batch {
    let bytes = |number: usize| value(number).map(String::into_bytes);
    Batch {
        rows: rows
            .iter()
            .map(|(table, at, json)| write(TABLES[*table], KEYS[*at], value(*json).as_deref()))
            .collect(),
        emitted: emitted
            .iter()
            .map(|(by, at, json)| (PROCESSORS[*by], key(KEYS[*at]), bytes(*json)))
            .collect(),
        meta: meta.iter().map(|(name, json)| (META[*name].to_owned(), bytes(*json))).collect(),
        ..Batch::default()
    }
}

fn reset(tables: &[usize], processors: &[usize], cursors: bool) -> Reset {
    let names =
        |numbers: &[usize], of: &[&str]| numbers.iter().map(|number| of[*number].to_owned()).collect();
    Reset {
        tables: names(tables, &TABLES),
        processors: names(processors, &PROCESSORS),
        meta_prefixes: cursors.then(|| "cursor/".to_owned()).into_iter().collect(),
    }
}

fn take(place: &mut Place, step: &Step) {
    match step {
        Step::Commit { rows, emitted, meta } => {
            place.store().commit(batch(rows, emitted, meta), Durability::Buffered).unwrap();
        }
        Step::Reset { tables, processors, cursors } => {
            place.store().reset(&reset(tables, processors, *cursors)).unwrap();
        }
        Step::Reopen => place.reopen(),
    }
}

/// Each key's newest change by its rank in its table: the order counts, and how the offsets between were given out does
/// not.
fn ranked(mut found: Contents) -> Contents {
    for table in TABLES {
        let of_table = found.newest_changes.iter_mut().filter(|((name, _), _)| *name == table);
        let mut changes: Vec<_> = of_table.map(|(_, offset)| offset).collect();
        changes.sort_unstable();
        for (rank, offset) in (0..).zip(changes) {
            *offset = rank;
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_store_holds_the_same_after_the_same_batches(steps in steps()) {
        let (mut memory, mut embedded) = (Place::memory(), Place::embedded());
        for step in &steps {
            take(&mut memory, step);
            take(&mut embedded, step);
            prop_assert_eq!(ranked(contents(memory.store())), ranked(contents(embedded.store())), "after {:?}", step);
        }
        embedded.reopen();
        prop_assert_eq!(ranked(contents(memory.store())), ranked(contents(embedded.store())), "after the last opening");
    }
}

proptest! {
    // Every case makes a log of its own.
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_holds_the_same_after_the_same_batches(steps in steps()) {
        let Some(mut log) = Place::kafka() else { return Ok(()) };
        let mut memory = Place::memory();
        for step in &steps {
            take(&mut memory, step);
            take(&mut log, step);
            prop_assert_eq!(ranked(contents(memory.store())), ranked(contents(log.store())), "after {:?}", step);
        }
        log.reopen();
        prop_assert_eq!(ranked(contents(memory.store())), ranked(contents(log.store())), "after the last opening");
    }
}

#[test]
fn a_thousand_small_batches_come_back() {
    everywhere(|place| {
        for number in 0..1000 {
            let table = TABLES[number % 2];
            let batch = put(table, &["acme", &(number % 300).to_string()], &number.to_string());
            place.store().commit(batch, Durability::Buffered).unwrap();
        }
        place.store().sync().unwrap();
        place.reopen();
        let found = contents(place.store());
        assert_eq!((found.rows.len(), found.newest_changes.len()), (300, 300));
        assert_eq!(found.rows[&("boats", key(&["acme", "98"]))], "998");
    });
}
