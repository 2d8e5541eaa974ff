//! What a group emitted: the basis of the diff that decides what is written.

use rustc_hash::FxHashMap;
use tidemark_model::Key;
use tidemark_model::row::EncodedRow;
use xxhash_rust::xxh3::xxh3_64;

use crate::store::{RowWrite, Table};
use crate::{Error, codec};

/// The rows that a group emitted last, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Emitted(Vec<(String, Key, u64)>);

impl Emitted {
    /// The hashes of rows.
    pub fn of(rows: &[EncodedRow]) -> Self {
        Self(rows.iter().map(|row| (row.table.to_owned(), row.key.clone(), xxh3_64(&row.json))).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Table, key and hash of each row.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &Key, u64)> {
        self.0.iter().map(|(table, key, hash)| (table.as_str(), key, *hash))
    }

    /// Lengths and bytes, one row after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 48);
        for (table, key, hash) in &self.0 {
            bytes.push(u8::try_from(table.len()).unwrap_or(u8::MAX));
            bytes.extend(table.as_bytes());
            bytes.extend(u32::try_from(key.as_bytes().len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(key.as_bytes());
            bytes.extend(hash.to_be_bytes());
        }
        bytes
    }

    /// Reads [`Self::to_bytes`] back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        read(bytes).map(Self).ok_or_else(|| Error::Corrupt {
            table: "emitted".to_owned(),
            key: String::new(),
            reason: "cut short".to_owned(),
        })
    }
}

fn read(mut bytes: &[u8]) -> Option<Vec<(String, Key, u64)>> {
    let mut rows = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (table, rest) = rest.split_at_checked(usize::from(*length))?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (key, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let (hash, rest) = rest.split_first_chunk::<8>()?;
        rows.push((
            std::str::from_utf8(table).ok()?.to_owned(),
            Key::from_bytes(key),
            u64::from_be_bytes(*hash),
        ));
        bytes = rest;
    }
    Some(rows)
}

/// What must be written so that a group's rows become `rows`, and what it is then known to have emitted.
pub fn diff(before: &Emitted, rows: Vec<EncodedRow>, tables: &[Table]) -> (Vec<RowWrite>, Emitted) {
    let after = Emitted::of(&rows);
    if *before == after {
        return (Vec::new(), after);
    }
    let mut old: FxHashMap<(&str, &Key), u64> =
        before.rows().map(|(table, key, hash)| ((table, key), hash)).collect();
    let mut writes = Vec::new();
    for (row, (table, key, hash)) in rows.into_iter().zip(after.rows()) {
        let known = old.remove(&(table, key));
        if known != Some(hash) {
            let json = Some(codec::pack(row.json));
            writes.push(RowWrite { table: row.table, key: row.key, json, fresh: known.is_none() });
        }
    }
    let mut gone: Vec<_> = old.into_keys().collect();
    gone.sort();
    for (table, key) in gone {
        // A table that the processor no longer writes was emptied with its version.
        if let Some(table) = tables.iter().find(|name| **name == table) {
            writes.push(RowWrite { table, key: key.clone(), json: None, fresh: false });
        }
    }
    (writes, after)
}

#[cfg(test)]
mod tests {
    use tidemark_model::Key;
    use tidemark_model::row::EncodedRow;

    use super::{Emitted, diff};

    fn row(key: &str, json: &str) -> EncodedRow {
        EncodedRow { table: "t", key: Key::of([key]), json: json.as_bytes().to_vec() }
    }

    #[test]
    fn only_what_differs_is_written_and_what_vanished_is_withdrawn() {
        let before = Emitted::of(&[row("same", "1"), row("changed", "1"), row("gone", "1")]);
        let (writes, after) =
            diff(&before, vec![row("same", "1"), row("changed", "2"), row("new", "1")], &["t"]);
        let written: Vec<_> =
            writes.iter().map(|write| (write.key.to_string(), write.json.is_some(), write.fresh)).collect();
        assert_eq!(
            written,
            [
                ("changed".to_owned(), true, false),
                ("new".to_owned(), true, true),
                ("gone".to_owned(), false, false)
            ]
        );
        assert_eq!(Emitted::from_bytes(&after.to_bytes()).unwrap(), after);
    }

    #[test]
    fn a_cut_value_is_an_error() {
        let bytes = Emitted::of(&[row("a", "1")]).to_bytes();
        assert!(Emitted::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }
}
