//! Pulling a source to its end: pages are read ahead by one while the last one is merged and written.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use tidemark_connectors::{Connector, Cursor, Page};
use tidemark_model::raw::{Raw, RawPart};
use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::time::Clock;
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, RowWrite, Snapshot, Store};
use tidemark_stream::{codec, tables};
use xxhash_rust::xxh3::xxh3_64;

use crate::Error;
use crate::merge::merge;

/// Pages that wait to be written: enough to overlap reading and writing, few enough to bound the memory.
const PAGES_AHEAD: usize = 1;

/// What a pull did.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Pulled {
    /// Raw records read.
    pub records: u64,
    /// Raw rows written, because they said something new.
    pub written: u64,
    /// Records rejected.
    pub rejected: u64,
    /// How much of the source has been read, from 0 to 1, where that is known.
    pub read: Option<f64>,
}

/// Pulls `source` from where the last pull stopped to its end. Each page is on disk before the next is asked for its
/// effects; `watch` hears of each.
pub fn pull(
    source: &str,
    connector: &dyn Connector,
    store: &dyn Store,
    clock: &dyn Clock,
    watch: &mut dyn FnMut(&Pulled),
) -> Result<Pulled, Error> {
    let cursor_name = format!("cursor/{source}");
    let stored = store.snapshot().meta(&cursor_name)?;
    let mut cursor = stored.map(|bytes| Cursor(String::from_utf8_lossy(&bytes).into_owned()));
    let now = clock.now();
    let mut pulled = Pulled::default();
    std::thread::scope(|scope| {
        let (send, pages) = std::sync::mpsc::sync_channel::<Result<Page, Error>>(PAGES_AHEAD);
        scope.spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            loop {
                let page = runtime.block_on(connector.pull(cursor.take(), now));
                cursor = page.as_ref().ok().and_then(|page| page.next.clone());
                if send.send(page.map_err(Error::from)).is_err() || cursor.is_none() {
                    return;
                }
            }
        });
        let mut ended = false;
        for page in pages {
            let page = page?;
            ended = page.next.is_none();
            pulled.records += page.records.len() as u64;
            pulled.rejected += page.rejected.len() as u64;
            pulled.read = page.read;
            pulled.written += write(store, source, &cursor_name, page)?;
            watch(&pulled);
        }
        if ended { Ok(pulled) } else { Err(Error::Ended(source.to_owned())) }
    })
}

/// Merges a page into the raw table and writes it with its cursor, as one durable batch.
fn write(store: &dyn Store, source: &str, cursor_name: &str, page: Page) -> Result<u64, Error> {
    let mut batch = Batch::default();
    {
        let snapshot = store.snapshot();
        if page.begins {
            batch.rows = withdrawn(snapshot.as_ref(), source, &page.rejected)?;
        }
        let mut merged: BTreeMap<Key, Raw> = BTreeMap::new();
        for raw in page.records {
            let Some(raw) = placed(snapshot.as_ref(), raw)? else { continue };
            let key = raw.key();
            let raw = match merged.remove(&key) {
                Some(earlier) => merge(earlier, raw),
                None => raw,
            };
            merged.insert(key, raw);
        }
        let merged: Vec<(Key, Raw)> = merged.into_iter().collect();
        let writes: Vec<Option<RowWrite>> = merged
            .into_par_iter()
            .map(|(key, raw)| raw_write(snapshot.as_ref(), key, raw))
            .collect::<Result<_, _>>()?;
        batch.rows.extend(writes.into_iter().flatten());
    }
    let written = batch.rows.iter().filter(|row| row.table == Raw::TABLE).count() as u64;
    for rejected in &page.rejected {
        batch.rows.push(rejected_write(rejected));
    }
    batch.meta.push((cursor_name.to_owned(), page.next.map(|cursor| cursor.0.into_bytes())));
    store.commit(batch, Durability::Synced)?;
    Ok(written)
}

/// What an earlier reading of the source rejected and this page does not.
fn withdrawn(snapshot: &dyn Snapshot, source: &str, still: &[Rejected]) -> Result<Vec<RowWrite>, Error> {
    let still: BTreeSet<Key> = still.iter().map(Rejected::key).collect();
    let of_reading = Key::of([source, Stage::Read.as_str()]);
    let mut gone = Vec::new();
    for row in snapshot.scan(Rejected::TABLE, &of_reading)? {
        let (key, _) = row?;
        if !still.contains(&key) {
            gone.push(RowWrite { table: Rejected::TABLE, key, json: None, fresh: false });
        }
    }
    Ok(gone)
}

/// Gives a statement as of now its place beside the earlier ones; nothing where it says what the newest one says.
fn placed(snapshot: &dyn Snapshot, raw: Raw) -> Result<Option<Raw>, Error> {
    if raw.part != RawPart::Statement || !raw.variant.is_empty() {
        return Ok(Some(raw));
    }
    let all = Key::of([&raw.source, raw.kind.as_str(), &raw.id, raw.part.as_str()]);
    let newest = snapshot.scan(Raw::TABLE, &all)?.last().transpose()?;
    if let Some((key, stored)) = newest {
        let newest: Raw = tables::decode(&key, &stored.json)?;
        if newest.payload.get() == raw.payload.get() {
            return Ok(None);
        }
    }
    let variant = format!("{:020}-{:016x}", raw.at.0, xxh3_64(raw.payload.get().as_bytes()));
    Ok(Some(Raw { variant, ..raw }))
}

/// The write of a merged row; nothing where the table says it already.
fn raw_write(
    snapshot: &dyn Snapshot,
    key: Key,
    raw: Raw,
) -> Result<Option<RowWrite>, tidemark_stream::Error> {
    let stored = snapshot.get(Raw::TABLE, &key)?;
    let fresh = stored.is_none();
    let raw = match stored {
        None => raw,
        Some(stored) => {
            let stored: Raw = tables::decode(&key, &stored.json)?;
            let merged = merge(stored.clone(), raw);
            if merged == stored {
                return Ok(None);
            }
            merged
        }
    };
    let json = codec::pack_tight(serde_json::to_vec(&raw).unwrap_or_default());
    Ok(Some(RowWrite { table: Raw::TABLE, key, json: Some(json), fresh }))
}

fn rejected_write(rejected: &Rejected) -> RowWrite {
    let json = codec::pack(serde_json::to_vec(rejected).unwrap_or_default());
    RowWrite { table: Rejected::TABLE, key: rejected.key(), json: Some(json), fresh: false }
}
