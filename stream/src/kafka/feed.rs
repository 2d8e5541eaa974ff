//! From what partitions say to what the cache writes: statements put together, pages of them, and how far they go.

use std::collections::BTreeMap;

use rdkafka::message::Message;
use tidemark_model::Key;

use super::cache::{Cache, parts_name, position_name};
use super::log::{Identity, Log};
use super::reader::{Place, Word};
use super::record::{Assembly, Heard, Record, Stamp, Tag, part_key};
use super::topics::Names;
use crate::Error;
use crate::embedded::{Page, Told};
use crate::store::Table;

/// Rows and bytes that are written at once: enough to be quick, few enough to bound the memory.
const PAGE_ROWS: usize = 4096;
const PAGE_BYTES: usize = 16 << 20;

/// What a partition is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rows(Table),
    Emitted,
    /// Named values.
    Values,
    /// Which log it is.
    Identity,
}

/// A partition that is read, with what has been heard of it.
struct Channel {
    place: Place,
    kind: Kind,
    /// Whether the store's writer owns this partition: then its rows are changes, and its leftovers are to be taken away.
    own: bool,
    assembly: Assembly,
}

/// What is heard on its way into the cache.
pub(super) struct Feed {
    channels: Vec<Channel>,
    log: Identity,
    names: Names,
    processors: Vec<&'static str>,
    /// What the names of this writer's values start with in the log.
    values: Vec<u8>,
    /// The page to come: of each key what was heard last.
    rows: BTreeMap<(Table, Key), Told>,
    emptied: Vec<(Table, u64)>,
    emitted: BTreeMap<(&'static str, Key), Option<Vec<u8>>>,
    meta: BTreeMap<String, Option<Vec<u8>>>,
    bytes: usize,
    /// Where to go on reading, by channel, once the page is written.
    positions: BTreeMap<usize, i64>,
    /// Parts of large statements, under the cache's names.
    parts: BTreeMap<String, (Stamp, u32)>,
    /// Records that take superseded parts away, to go with the next transaction.
    leftovers: Vec<Record>,
    /// Whether a record was heard that nobody has been told of.
    news: bool,
}

impl Feed {
    pub(super) fn new(
        log: &Log,
        channels: impl IntoIterator<Item = (Place, Kind, bool)>,
        processors: &[&'static str],
        values: Vec<u8>,
        cache: &Cache,
    ) -> Result<Self, Error> {
        let channel = |(place, kind, own)| Channel { place, kind, own, assembly: Assembly::default() };
        Ok(Self {
            channels: channels.into_iter().map(channel).collect(),
            log: log.identity.clone(),
            names: log.names.clone(),
            processors: processors.to_vec(),
            values,
            rows: BTreeMap::new(),
            emptied: Vec::new(),
            emitted: BTreeMap::new(),
            meta: BTreeMap::new(),
            bytes: 0,
            positions: BTreeMap::new(),
            parts: cache.parts()?,
            leftovers: Vec::new(),
            news: false,
        })
    }

    /// Takes what superseded parts leave behind, to be written.
    pub(super) fn take_leftovers(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.leftovers)
    }

    /// Whether records were heard since the last call, whoever wrote them.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// Hears a word of a channel; writes a page where it is full.
    pub(super) fn hear(&mut self, index: usize, word: Word<'_>, cache: &Cache) -> Result<(), Error> {
        let Some(channel) = self.channels.get_mut(index) else { return Ok(()) };
        match word {
            Word::End => {
                let orphans = channel.assembly.end().map_err(|key| lost(&channel.place, &key))?;
                if channel.own {
                    let take = |key| Record::new(&channel.place.topic, channel.place.partition, key, None);
                    self.leftovers.extend(orphans.into_iter().map(take));
                }
            }
            Word::Record(message) if channel.kind == Kind::Identity => {
                return self.renewed(message.payload());
            }
            Word::Record(message) => {
                self.news = true;
                let key = message.key().unwrap_or_default().to_vec();
                let value = message.payload().map(<[u8]>::to_vec);
                let heard = channel.assembly.hear(key, value, Tag::of(message));
                if channel.assembly.is_whole() {
                    self.positions.insert(index, message.offset() + 1);
                }
                match heard {
                    Heard::Nothing => {}
                    Heard::Emptied => self.emptied(index, offset(message.offset())),
                    Heard::Statement { key, value, parts } => {
                        self.bytes += value.as_ref().map_or(0, Vec::len);
                        self.superseded(index, &key, parts);
                        self.statement(index, offset(message.offset()), key, value);
                    }
                }
            }
        }
        if self.rows.len() >= PAGE_ROWS || self.emitted.len() >= PAGE_ROWS || self.bytes >= PAGE_BYTES {
            self.write(cache)?;
        }
        Ok(())
    }

    /// Finds out whether the log is another one now than it was when it was opened.
    fn renewed(&self, identity: Option<&[u8]>) -> Result<(), Error> {
        let Some(found) = identity.map(|json| Identity::parse(json, &self.names)).transpose()? else {
            return Ok(());
        };
        // What was written before this log was opened is read as well.
        let state = |identity: &Identity| (identity.generation, identity.emptying);
        if state(&found) > state(&self.log) {
            Err(Error::Renewed { found: found.generation })
        } else {
            Ok(())
        }
    }

    fn emptied(&mut self, index: usize, offset: u64) {
        if let Some(Channel { kind: Kind::Rows(table), own: true, .. }) = self.channels.get(index) {
            self.emptied.push((table, offset));
        }
    }

    /// Remembers which parts a statement is made of now, and what it leaves behind.
    fn superseded(&mut self, index: usize, key: &[u8], parts: Option<(Stamp, u32)>) {
        if parts.is_none() && self.parts.is_empty() {
            return;
        }
        let Some(channel) = self.channels.get(index) else { return };
        let name = parts_name(&channel.place, key);
        let older = match parts {
            Some(parts) => self.parts.insert(name.clone(), parts).filter(|older| *older != parts),
            None => self.parts.remove(&name),
        };
        if parts.is_some() || older.is_some() {
            let bytes = parts.map(|(stamp, count)| [&stamp.to_be_bytes()[..], &count.to_be_bytes()].concat());
            self.meta.insert(name, bytes);
        }
        if let Some((stamp, count)) = older.filter(|_| channel.own) {
            let Place { topic, partition, .. } = &channel.place;
            let keys = (0..count).map(|number| part_key(key, stamp, number));
            self.leftovers.extend(keys.map(|key| Record::new(topic, *partition, key, None)));
        }
    }

    fn statement(&mut self, index: usize, offset: u64, key: Vec<u8>, value: Option<Vec<u8>>) {
        let Some(channel) = self.channels.get(index) else { return };
        match channel.kind {
            Kind::Rows(table) => {
                let key = Key::from_bytes(key);
                let told = Told { table, key: key.clone(), offset, json: value, listed: channel.own };
                self.rows.insert((table, key), told);
            }
            Kind::Identity => {}
            Kind::Emitted => {
                let mut parts = key.splitn(2, |byte| *byte == 0);
                let processor = parts.next().unwrap_or_default();
                // What is remembered of a processor that there is no more stays in the log.
                let known = self.processors.iter().find(|name| name.as_bytes() == processor);
                if let (Some(known), Some(group)) = (known, parts.next()) {
                    self.emitted.insert((known, Key::from_bytes(group)), value);
                }
            }
            Kind::Values => {
                // Other writers keep their values in the same partition.
                if let Some(name) = key.strip_prefix(self.values.as_slice()) {
                    self.meta.insert(String::from_utf8_lossy(name).into_owned(), value);
                }
            }
        }
    }

    /// Writes what was heard, with how far it goes.
    pub(super) fn write(&mut self, cache: &Cache) -> Result<(), Error> {
        self.bytes = 0;
        for (index, next) in std::mem::take(&mut self.positions) {
            if let Some(Channel { place, .. }) = self.channels.get(index) {
                let name = position_name(&place.topic, u32::try_from(place.partition).unwrap_or_default());
                self.meta.insert(name, Some(next.to_be_bytes().to_vec()));
            }
        }
        let emitted = std::mem::take(&mut self.emitted).into_iter();
        let page = Page {
            rows: std::mem::take(&mut self.rows).into_values().collect(),
            emptied: std::mem::take(&mut self.emptied),
            emitted: emitted.map(|((processor, group), value)| (processor, group, value)).collect(),
            meta: std::mem::take(&mut self.meta).into_iter().collect(),
        };
        let nothing = page.rows.is_empty() && page.emitted.is_empty() && page.meta.is_empty();
        if nothing { Ok(()) } else { cache.take_in(page) }
    }
}

/// Offsets of tables begin with 1.
fn offset(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or_default() + 1
}

fn lost(place: &Place, key: &[u8]) -> Error {
    Error::Corrupt {
        table: place.topic.clone(),
        key: String::from_utf8_lossy(key).replace('\0', "/"),
        reason: "parts of this row are missing from the log".to_owned(),
    }
}
