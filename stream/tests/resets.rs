//! The contract of a store, continued: what a reset empties, what an opening finishes, and what a store refuses.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broker;
mod contents;
mod places;

use contents::{contents, key, put, write};
use places::{Place, everywhere};
use tidemark_model::Key;
use tidemark_stream::store::Reset;
use tidemark_stream::{Batch, Durability, Error, Store};

fn commit(store: &dyn Store, batch: Batch) {
    store.commit(batch, Durability::Buffered).unwrap();
}

/// Fills a store and says what a reset of `reset` must leave.
fn filled(store: &dyn Store) -> Reset {
    let mut batch = put("tides", &["1"], "1");
    batch.rows.push(write("boats", &["1"], Some("2")));
    for processor in contents::PROCESSORS {
        batch.emitted.push((processor, key(&["g"]), Some(vec![1])));
    }
    for name in contents::META {
        batch.set_meta(name, "7");
    }
    commit(store, batch);
    let names = |name: &str| vec![name.to_owned()];
    Reset { tables: names("tides"), processors: names("moon"), meta_prefixes: names("cursor/") }
}

fn assert_reset(store: &dyn Store) {
    let found = contents(store);
    assert_eq!(found.rows.keys().map(|(table, _)| *table).collect::<Vec<_>>(), ["boats"]);
    assert_eq!(found.newest_changes.len(), 1);
    assert_eq!(found.emitted.keys().map(|(processor, _)| *processor).collect::<Vec<_>>(), ["harbour"]);
    assert_eq!(found.meta.keys().copied().collect::<Vec<_>>(), ["processor/moon"]);
}

#[test]
fn a_reset_empties_what_it_names_and_nothing_else() {
    everywhere(|place| {
        let reset = filled(place.store());
        place.store().reset(&reset).unwrap();
        assert_reset(place.store());
        place.reopen();
        assert_reset(place.store());
    });
}

#[test]
fn an_interrupted_reset_is_finished_at_the_next_opening() {
    let mut place = Place::embedded();
    let reset = filled(place.store());
    let mut begun = Batch::default();
    begun.set_meta("log/reset", serde_json::to_vec(&reset).unwrap());
    commit(place.store(), begun);
    place.reopen();
    assert_reset(place.store());
    assert_eq!(place.store().snapshot().meta("log/reset").unwrap(), None);
}

#[test]
fn a_table_that_a_store_was_not_opened_with_is_named() {
    let place = Place::embedded();
    let unknown = |error: Option<Error>| {
        let error = error.unwrap();
        assert!(
            matches!(&error, Error::NoTable(name) if name == "wrecks")
                && error.to_string().contains("`wrecks`"),
            "{error}"
        );
    };
    let mut batch = put("tides", &["1"], "1");
    batch.rows.push(write("wrecks", &["1"], Some("1")));
    unknown(place.store().commit(batch, Durability::Buffered).err());
    assert_eq!(contents(place.store()), contents::Contents::default(), "nothing of the batch is there");
    let snapshot = place.store().snapshot();
    unknown(snapshot.get("wrecks", &key(&["1"])).err());
    unknown(snapshot.scan("wrecks", &Key::default()).err());
    unknown(snapshot.changes("wrecks", 0).err());
    unknown(snapshot.newest("wrecks").err());
}

/// Text that does not compress.
fn noise(seed: u64) -> String {
    let bytes = (0..8192_u64).map(|place| {
        let mixed = (seed * 8192 + place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        char::from(b'!' + u8::try_from((mixed ^ (mixed >> 31)) % 90).unwrap())
    });
    bytes.collect()
}

/// A journal goes when all that it was written for is in files: what a reset takes away must not hold it.
#[test]
fn journals_do_not_pile_up_over_resets() {
    let place = Place::embedded();
    let store = place.store();
    let tables = ["tides", "boats"].map(str::to_owned).to_vec();
    let reset = Reset { tables, ..Reset::default() };
    let mut sizes = Vec::new();
    for round in 0..8 {
        store.reset(&reset).unwrap();
        for page in 0..100 {
            let mut batch = Batch::default();
            for row in 0..100 {
                let text = serde_json::to_string(&noise((round * 100 + page) * 100 + row)).unwrap();
                batch.rows.push(write("tides", &[&page.to_string(), &row.to_string()], Some(&text)));
            }
            // Written once, too little to be flushed by itself, and empty ever after.
            if round == 0 && page == 30 {
                batch.rows.push(write("boats", &["1"], Some("2")));
            }
            commit(store, batch);
        }
        sizes.push(store.disk_bytes().unwrap() >> 20);
    }
    assert!(sizes[7] < 2 * sizes[1], "the store grows over resets (MiB): {sizes:?}");
}

/// What is left of a store that was opened before and holds next to nothing: its journal tells of what a reset has emptied.
#[test]
fn what_was_emptied_in_a_young_store_does_not_come_back() {
    let mut place = Place::embedded();
    place.reopen();
    let reset = filled(place.store());
    place.store().reset(&reset).unwrap();
    place.reopen();
    assert_reset(place.store());
    place.store().reset(&reset).unwrap();
    commit(place.store(), put("tides", &["2"], "3"));
    place.reopen();
    let found = contents(place.store());
    assert_eq!(found.rows[&("tides", key(&["2"]))], "3");
    assert_eq!((found.rows.len(), found.newest_changes.len(), found.emitted.len()), (2, 2, 1));
}
