//! Writes for tests, and everything that a store holds in one comparable form.

use std::collections::BTreeMap;

use tidemark_model::Key;
use tidemark_stream::{Batch, Offset, RowWrite, Store, Table};

pub(crate) const TABLES: [Table; 2] = ["boats", "tides"];
pub(crate) const PROCESSORS: [&str; 2] = ["harbour", "moon"];
pub(crate) const META: [&str; 3] = ["cursor/acme", "cursor/zeta", "processor/moon"];

/// What a store holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    /// JSON by table and key.
    pub(crate) rows: BTreeMap<(Table, Key), String>,
    /// The offset of each key's newest change.
    pub(crate) newest_changes: BTreeMap<(Table, Key), Offset>,
    pub(crate) emitted: BTreeMap<(&'static str, Key), Vec<u8>>,
    pub(crate) meta: BTreeMap<&'static str, Vec<u8>>,
}

pub(crate) fn key(parts: &[&str]) -> Key {
    let mut key = Key::default();
    parts.iter().for_each(|part| key.push(part));
    key
}

pub(crate) fn write(table: Table, parts: &[&str], json: Option<&str>) -> RowWrite {
    RowWrite { table, key: key(parts), json: json.map(|json| json.as_bytes().to_vec()), fresh: false }
}

pub(crate) fn put(table: Table, parts: &[&str], json: &str) -> Batch {
    Batch { rows: vec![write(table, parts, Some(json))], ..Batch::default() }
}

/// Everything that a store holds, read by one snapshot.
pub(crate) fn contents(store: &dyn Store) -> Contents {
    let snapshot = store.snapshot();
    let mut found = Contents::default();
    for table in TABLES {
        for change in snapshot.changes(table, 0).unwrap() {
            let change = change.unwrap();
            found.newest_changes.insert((table, change.key), change.offset);
        }
        for row in snapshot.scan(table, &Key::default()).unwrap() {
            let (key, stored) = row.unwrap();
            // A row is as old as its newest change.
            assert_eq!(
                found.newest_changes.get(&(table, key.clone())),
                Some(&stored.offset),
                "{table} {key}"
            );
            found.rows.insert((table, key), String::from_utf8(stored.json).unwrap());
        }
    }
    for processor in PROCESSORS {
        for group in snapshot.emitted_after(processor, &Key::default()).unwrap() {
            let group = group.unwrap();
            let value = snapshot.emitted(processor, &group).unwrap().unwrap();
            found.emitted.insert((processor, group), value);
        }
    }
    found.meta = META.into_iter().filter_map(|name| Some((name, snapshot.meta(name).unwrap()?))).collect();
    found
}
