//! Pulling a source to its end: pages are read ahead by one while the last one is merged and written. A source that has
//! nothing new costs no write.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::mpsc::{self, RecvTimeoutError};

use rayon::prelude::*;
use tidemark_connectors::{Connector, Cursor, Page};
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::time::Clock;
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, RowWrite, Snapshot, Store};
use tidemark_stream::{codec, tables};
use tokio::sync::oneshot;
use xxhash_rust::xxh3::xxh3_64;

use crate::Error;
use crate::asked::Wish;
use crate::merge::merge;
use crate::stop::LOOK;
use crate::told;

/// Pages that wait to be written: enough to overlap reading and writing, few enough to bound the memory.
const PAGES_AHEAD: usize = 1;

/// What a pull did.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Pulled {
    /// Raw records read.
    pub records: u64,
    /// Issues among them.
    pub issues: u64,
    /// Raw rows written, because they said something new.
    pub written: u64,
    /// Records rejected.
    pub rejected: u64,
    /// Whether any row was written or withdrawn, rejected records included: if not, there is nothing new to process.
    pub changed: bool,
    /// How much of the source has been read, from 0 to 1, where that is known.
    pub read: Option<f64>,
    /// Whether the source's end was reached; not where the pull was ended before.
    pub ended: bool,
}

/// Pulls `source` from where the last pull stopped to its end. Each page is on disk before the next is asked for its
/// effects; `watch` hears of each, and may end the pull there: the next one goes on.
pub fn pull(
    source: &str,
    connector: &dyn Connector,
    store: &dyn Store,
    clock: &dyn Clock,
    watch: &mut dyn FnMut(&Pulled) -> ControlFlow<()>,
) -> Result<Pulled, Error> {
    Pulling { source, connector, store, clock }.until(&|| false, watch)
}

/// A source to be pulled.
pub(crate) struct Pulling<'a> {
    pub(crate) source: &'a str,
    pub(crate) connector: &'a dyn Connector,
    pub(crate) store: &'a dyn Store,
    pub(crate) clock: &'a dyn Clock,
}

impl Pulling<'_> {
    /// As [`pull`], and ends as soon as `stop` says so: a page that the source has not answered yet is not waited for.
    #[tracing::instrument(level = "debug", skip_all, fields(source.name = self.source))]
    pub(crate) fn until(
        &self,
        stop: &dyn Fn() -> bool,
        watch: &mut dyn FnMut(&Pulled) -> ControlFlow<()>,
    ) -> Result<Pulled, Error> {
        let Self { source, connector, store, clock } = *self;
        let cursor_name = cursor_name(source);
        let mut stored = store.snapshot().meta(&cursor_name)?;
        let text = stored.as_deref().map(String::from_utf8_lossy);
        let mut cursor = text.map(|text| Cursor(text.into_owned()));
        let now = clock.now();
        let mut pulled = Pulled::default();
        let from = if connector.receiver().is_some() { From::Telling } else { From::Silent };
        let wish = Wish::of(source, connector.receiver(), store.snapshot().as_ref())?;
        let pulled = std::thread::scope(|scope| {
            let (send, pages) = mpsc::sync_channel::<Result<Page, Error>>(PAGES_AHEAD);
            // However this ends, nobody waits for the page that is under way.
            let (_end, mut ended) = oneshot::channel::<()>();
            scope.spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                    return;
                };
                loop {
                    let page = runtime.block_on(async {
                        tokio::select! {
                            page = connector.pull(cursor.take(), now) => Some(page),
                            _ = &mut ended => None,
                        }
                    });
                    let Some(page) = page else { return };
                    cursor = page.as_ref().ok().and_then(|page| page.next.clone());
                    if send.send(page.map_err(Error::from)).is_err() || cursor.is_none() {
                        return;
                    }
                }
            });
            loop {
                let page = match pages.recv_timeout(LOOK) {
                    Ok(page) => page?,
                    Err(RecvTimeoutError::Timeout) if stop() => return Ok(pulled),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                pulled.ended = page.next.is_none();
                pulled.records += page.records.len() as u64;
                let issue = |raw: &&Raw| raw.kind == RawKind::Issue && raw.part == RawPart::Snapshot;
                pulled.issues += page.records.iter().filter(issue).count() as u64;
                pulled.rejected += page.rejected.len() as u64;
                pulled.read = page.read;
                let next = page.next.as_ref().or(page.resume.as_ref());
                let next = next.map(|cursor| cursor.0.clone().into_bytes());
                let rows = rows(store, source, from, page)?;
                pulled.written += rows.iter().filter(|row| row.table == Raw::TABLE).count() as u64;
                pulled.changed |= !rows.is_empty();
                if !rows.is_empty() || next != stored {
                    let meta = vec![(cursor_name.clone(), next.clone())];
                    store.commit(Batch { rows, meta, ..Batch::default() }, Durability::Synced)?;
                    stored = next;
                }
                if watch(&pulled).is_break() {
                    return Ok(pulled);
                }
            }
            if pulled.ended { Ok(pulled) } else { Err(Error::Ended(source.to_owned())) }
        })?;
        // One that was broken off has not brought all that was wished for.
        if let Some(wish) = wish.filter(|_| pulled.ended) {
            wish.end(store)?;
        }
        Ok(pulled)
    }
}

/// The named value that says how far a source was pulled.
pub(crate) fn cursor_name(source: &str) -> String {
    format!("cursor/{source}")
}

/// Whether a source also tells what happens: what it told goes when it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Telling,
    Silent,
}

/// What a page changes: the raw rows that it merges into, and the records rejected or no longer rejected.
pub(crate) fn rows(
    store: &dyn Store,
    source: &str,
    from: From,
    page: Page,
) -> Result<Vec<RowWrite>, tidemark_stream::Error> {
    let snapshot = store.snapshot();
    let mut merged: BTreeMap<Key, Raw> = BTreeMap::new();
    let mut rows = withdrawn(snapshot.as_ref(), source, &page)?;
    if from == From::Telling {
        rows.extend(told::mended(snapshot.as_ref(), source, &page.records)?);
    }
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
    let superseded = match from {
        From::Telling => told::superseded(snapshot.as_ref(), merged.iter().map(|(_, raw)| raw))?,
        From::Silent => Vec::new(),
    };
    let writes: Vec<Option<RowWrite>> = merged
        .into_par_iter()
        .map(|(key, raw)| raw_write(snapshot.as_ref(), key, raw))
        .collect::<Result<_, _>>()?;
    rows.extend(writes.into_iter().flatten());
    rows.extend(superseded);
    for rejected in &page.rejected {
        rows.extend(rejected_write(snapshot.as_ref(), rejected)?);
    }
    Ok(rows)
}

/// What an earlier reading of the same input rejected and this page does not.
fn withdrawn(
    snapshot: &dyn Snapshot,
    source: &str,
    page: &Page,
) -> Result<Vec<RowWrite>, tidemark_stream::Error> {
    let mut gone = Vec::new();
    if !page.begins && page.again.is_empty() {
        return Ok(gone);
    }
    let still: BTreeSet<Key> = page.rejected.iter().map(Rejected::key).collect();
    let of_reading = Key::of([source, Stage::Read.as_str()]);
    for row in snapshot.scan(Rejected::TABLE, &of_reading)? {
        let (key, _) = row?;
        let input = key.part(2).unwrap_or_default();
        let again = page.begins || page.again.iter().any(|again| within(input, again));
        if again && !still.contains(&key) {
            gone.push(RowWrite { table: Rejected::TABLE, key, json: None, fresh: false });
        }
    }
    Ok(gone)
}

/// Whether `input` is what `again` names or lies in it, as `sprints.json:3` in `sprints.json`.
fn within(input: &str, again: &str) -> bool {
    input.strip_prefix(again).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// Gives a statement as of now its place beside the earlier ones; nothing where it says what the newest one says.
fn placed(snapshot: &dyn Snapshot, raw: Raw) -> Result<Option<Raw>, tidemark_stream::Error> {
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

/// The write of a rejected record; nothing where the table says it already.
fn rejected_write(
    snapshot: &dyn Snapshot,
    rejected: &Rejected,
) -> Result<Option<RowWrite>, tidemark_stream::Error> {
    let (key, json) = (rejected.key(), serde_json::to_vec(rejected).unwrap_or_default());
    if snapshot.get(Rejected::TABLE, &key)?.is_some_and(|stored| stored.json == json) {
        return Ok(None);
    }
    Ok(Some(RowWrite { table: Rejected::TABLE, key, json: Some(codec::pack(json)), fresh: false }))
}
