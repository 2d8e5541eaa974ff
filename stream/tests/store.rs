//! The contract of a store, told once and run on every store that there is.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broker;
mod contents;
mod places;

use std::collections::BTreeMap;

use contents::{contents, key, put, write};
use places::{Place, everywhere};
use tidemark_model::Key;
use tidemark_stream::store::Reset;
use tidemark_stream::{Batch, Durability, Offset, Snapshot, Store, Table};

fn commit(store: &dyn Store, batch: Batch) {
    store.commit(batch, Durability::Buffered).unwrap();
}

fn keys(snapshot: &dyn Snapshot, table: Table, prefix: &[&str]) -> Vec<String> {
    snapshot.scan(table, &key(prefix)).unwrap().map(|row| row.unwrap().0.to_string()).collect()
}

fn text(snapshot: &dyn Snapshot, table: Table, parts: &[&str]) -> Option<String> {
    snapshot.get(table, &key(parts)).unwrap().map(|stored| String::from_utf8(stored.json).unwrap())
}

fn changes(store: &dyn Store, table: Table, after: Offset) -> Vec<(Offset, String)> {
    let snapshot = store.snapshot();
    let changes = snapshot.changes(table, after).unwrap().map(|change| change.unwrap());
    changes.map(|change| (change.offset, change.key.to_string())).collect()
}

#[test]
fn a_row_is_what_was_written_last() {
    everywhere(|place| {
        let long = format!("\"{}\"", "tide ".repeat(400));
        commit(place.store(), put("tides", &["acme", "1"], "1"));
        commit(place.store(), put("tides", &["acme", "2"], &long));
        commit(place.store(), put("tides", &["acme", "1"], "2"));
        place.reopen();
        let snapshot = place.store().snapshot();
        assert_eq!(text(snapshot.as_ref(), "tides", &["acme", "1"]).as_deref(), Some("2"));
        assert_eq!(text(snapshot.as_ref(), "tides", &["acme", "2"]), Some(long));
        assert_eq!(
            text(snapshot.as_ref(), "boats", &["acme", "1"]),
            None,
            "another table has rows of its own"
        );
        drop(snapshot);
        let gone = Batch { rows: vec![write("tides", &["acme", "1"], None)], ..Batch::default() };
        commit(place.store(), gone);
        assert_eq!(text(place.store().snapshot().as_ref(), "tides", &["acme", "1"]), None);
        assert_eq!(keys(place.store().snapshot().as_ref(), "tides", &[]), ["acme/2"]);
    });
}

#[test]
fn of_two_writes_of_a_key_in_one_batch_the_later_holds() {
    everywhere(|place| {
        let twice = |first, second| {
            let rows = vec![
                write("tides", &["a"], first),
                write("tides", &["b"], second),
                write("tides", &["a"], second),
            ];
            Batch { rows, ..Batch::default() }
        };
        for (first, second) in
            [(Some("1"), Some("2")), (Some("3"), None), (None, Some("4")), (Some("5"), Some("6"))]
        {
            commit(place.store(), twice(first, second));
            place.reopen();
            assert_eq!(text(place.store().snapshot().as_ref(), "tides", &["a"]).as_deref(), second);
            // Each key's newest change is there, and is its row's.
            contents(place.store());
        }
    });
}

#[test]
fn a_scan_of_a_prefix_does_not_leak_into_longer_parts() {
    everywhere(|place| {
        for parts in [
            &["acme", "1"][..],
            &["acme", "1", "x"],
            &["acme", "10"],
            &["acme", "2"],
            &["acm"],
            &["acmeb", "1"],
        ] {
            commit(place.store(), put("tides", parts, "1"));
        }
        let snapshot = place.store().snapshot();
        let snapshot = snapshot.as_ref();
        assert_eq!(keys(snapshot, "tides", &["acme", "1"]), ["acme/1", "acme/1/x"]);
        assert_eq!(keys(snapshot, "tides", &["acme"]), ["acme/1", "acme/1/x", "acme/10", "acme/2"]);
        assert_eq!(keys(snapshot, "tides", &["ac"]), Vec::<String>::new());
        assert_eq!(keys(snapshot, "tides", &[]).len(), 6);
        let after = key(&["acme", "1"]);
        let scanned: Vec<Key> =
            snapshot.scan_after("tides", &after).unwrap().map(|row| row.unwrap().0).collect();
        let listed: Vec<Key> =
            snapshot.keys_after("tides", &after).unwrap().map(|key| key.unwrap()).collect();
        let names: Vec<String> = scanned.iter().map(Key::to_string).collect();
        assert_eq!(names, ["acme/1/x", "acme/10", "acme/2", "acmeb/1"]);
        assert_eq!(scanned, listed);
    });
}

#[test]
fn changes_are_compacted_and_a_deletion_is_one() {
    everywhere(|place| {
        for (parts, json) in [("1", "1"), ("2", "1"), ("1", "2"), ("3", "1")] {
            commit(place.store(), put("tides", &[parts], json));
        }
        let all = changes(place.store(), "tides", 0);
        let names: Vec<&str> = all.iter().map(|(_, key)| key.as_str()).collect();
        assert_eq!(names, ["2", "1", "3"], "the older change of 1 went");
        assert_eq!(changes(place.store(), "tides", all[0].0), all[1..]);
        assert_eq!(place.store().snapshot().newest("tides").unwrap(), all[2].0);
        commit(place.store(), Batch { rows: vec![write("tides", &["2"], None)], ..Batch::default() });
        let deletion = changes(place.store(), "tides", all[2].0);
        assert_eq!(deletion.len(), 1);
        assert_eq!(
            (deletion[0].1.as_str(), place.store().snapshot().newest("tides").unwrap()),
            ("2", deletion[0].0)
        );
        assert_eq!(changes(place.store(), "tides", 0).iter().filter(|(_, key)| key == "2").count(), 1);
        assert_eq!(changes(place.store(), "tides", Offset::MAX), []);
        assert_eq!(
            (changes(place.store(), "boats", 0), place.store().snapshot().newest("boats").unwrap()),
            (vec![], 0)
        );
    });
}

#[test]
fn offsets_of_a_table_rise_across_reopenings_and_resets() {
    everywhere(|place| {
        let mut last = BTreeMap::new();
        let mut rise = |place: &Place, table: Table| {
            commit(place.store(), put(table, &["1"], "1"));
            let newest = place.store().snapshot().newest(table).unwrap();
            let last = last.insert(table, newest).unwrap_or_default();
            assert!(newest > last, "{table}: {newest} after {last}");
        };
        rise(place, "tides");
        rise(place, "boats");
        place.reopen();
        rise(place, "tides");
        let tides = Reset { tables: vec!["tides".to_owned()], ..Reset::default() };
        place.store().reset(&tides).unwrap();
        rise(place, "boats");
        place
            .store()
            .reset(&Reset { tables: vec!["tides".to_owned(), "boats".to_owned()], ..tides })
            .unwrap();
        place.reopen();
        rise(place, "tides");
    });
}

#[test]
fn a_snapshot_does_not_see_what_is_written_later() {
    everywhere(|place| {
        commit(place.store(), put("tides", &["1"], "1"));
        commit(place.store(), put("tides", &["2"], "1"));
        let before = place.store().snapshot();
        let newest = before.newest("tides").unwrap();
        let mut batch = put("tides", &["1"], "2");
        batch.rows.extend([write("tides", &["2"], None), write("tides", &["3"], Some("1"))]);
        batch.emitted.push(("moon", key(&["g"]), Some(vec![1])));
        batch.set_meta("cursor/acme", "7");
        commit(place.store(), batch);
        let same = |why: &str| {
            assert_eq!(text(before.as_ref(), "tides", &["1"]).as_deref(), Some("1"), "{why}");
            assert_eq!(keys(before.as_ref(), "tides", &[]), ["1", "2"], "{why}");
            assert_eq!(before.newest("tides").unwrap(), newest, "{why}");
            assert_eq!(before.changes("tides", 0).unwrap().count(), 2, "{why}");
            assert_eq!(before.emitted("moon", &key(&["g"])).unwrap(), None, "{why}");
            assert_eq!(before.meta("cursor/acme").unwrap(), None, "{why}");
        };
        same("after a commit");
        place.store().reset(&Reset { tables: vec!["tides".to_owned()], ..Reset::default() }).unwrap();
        same("after a reset");
        assert_eq!(keys(place.store().snapshot().as_ref(), "tides", &[]), Vec::<String>::new());
    });
}

#[test]
fn rows_what_was_emitted_and_named_values_are_one_batch() {
    everywhere(|place| {
        let mut batch = put("tides", &["1"], "1");
        batch.rows.push(write("boats", &["1"], Some("2")));
        batch.emitted.push(("moon", key(&["g"]), Some(vec![1, 2])));
        batch.emitted.push(("moon", key(&["h"]), Some(vec![3])));
        batch.set_meta("cursor/acme", "7");
        commit(place.store(), batch);
        place.reopen();
        let found = contents(place.store());
        assert_eq!(
            (found.rows.len(), found.emitted.len(), found.meta["cursor/acme"].as_slice()),
            (2, 2, &b"7"[..])
        );
        let snapshot = place.store().snapshot();
        let after: Vec<Key> =
            snapshot.emitted_after("moon", &key(&["g"])).unwrap().map(|key| key.unwrap()).collect();
        assert_eq!(after, [key(&["h"])]);
        assert_eq!(snapshot.emitted("harbour", &key(&["g"])).unwrap(), None);
        drop(snapshot);
        let mut batch = Batch::default();
        batch.emitted.push(("moon", key(&["g"]), None));
        batch.meta.push(("cursor/acme".to_owned(), None));
        assert!(!batch.is_empty());
        commit(place.store(), batch);
        let found = contents(place.store());
        assert_eq!((found.rows.len(), found.emitted.len(), found.meta.len()), (2, 1, 0));
    });
}
