//! Statements as Kafka's records, and back.
//!
//! A statement is one record, or, where it is larger than a record may be even when compressed, *parts* followed by a
//! *head*, all in one transaction and one partition. Parts have keys of their own, unlike any other write's, so that
//! compaction never mixes two writes; once a statement is superseded, the partition's owner takes its parts away.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

use crate::codec;

/// What a record's value may take. With the longest key it stays below 1 MB, which is what clients and brokers take
/// where nothing else is said.
pub(super) const PART_BYTES: usize = 900_000;
/// The header of a part: which write it belongs to, and its number.
const PART: &str = "part";
/// The header of a head: which write it ends, and how many parts that has.
const PARTS: &str = "parts";
/// The key of a record that says: what is before it in its partition is not to be counted as changes any more. No row
/// has this key, since parts of keys end in zero bytes.
pub(super) const EMPTIED: &[u8] = b"emptied";

/// Tells one write of a large statement from all others.
pub(super) type Stamp = u64;

/// A record to be written.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) key: Vec<u8>,
    /// Nothing takes the key away.
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Option<OwnedHeaders>,
}

impl Record {
    pub(super) fn new(topic: &str, partition: i32, key: Vec<u8>, value: Option<Vec<u8>>) -> Self {
        Self { topic: topic.to_owned(), partition, key, value, headers: None }
    }

    /// The records of a statement: itself, or its parts and its head.
    pub(super) fn split(self, into: &mut Vec<Record>) {
        let Some(value) = &self.value else { return into.push(self) };
        if value.len() <= PART_BYTES {
            return into.push(self);
        }
        let stamp = nonce();
        let chunks = value.chunks(PART_BYTES);
        let count = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        for (number, chunk) in (0..count).zip(chunks) {
            let key = part_key(&self.key, stamp, number);
            let headers = header(PART, stamp, number);
            let part = Record::new(&self.topic, self.partition, key, Some(chunk.to_vec()));
            into.push(Record { headers: Some(headers), ..part });
        }
        into.push(Record { value: Some(Vec::new()), headers: Some(header(PARTS, stamp, count)), ..self });
    }
}

/// The smallest form of a value: what is larger than a record may be is compressed with zstd.
pub(super) fn fitted(value: Vec<u8>) -> Vec<u8> {
    if value.len() <= PART_BYTES { value } else { codec::pack_tight(value) }
}

/// A number that no other write has: from the machine's randomness.
pub(super) fn nonce() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

fn header(name: &str, stamp: Stamp, number: u32) -> OwnedHeaders {
    let value = [&stamp.to_be_bytes()[..], &number.to_be_bytes()].concat();
    OwnedHeaders::new_with_capacity(1).insert(Header { key: name, value: Some(&value) })
}

/// The key of a part: longer than the statement's, and by a byte that UTF-8 does not have.
pub(super) fn part_key(key: &[u8], stamp: Stamp, number: u32) -> Vec<u8> {
    [key, &[0xFF], &stamp.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// What a record read says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A whole statement. `parts` says which parts it was made of.
    Statement { key: Vec<u8>, value: Option<Vec<u8>>, parts: Option<(Stamp, u32)> },
    /// What came before is not to be counted as changes.
    Emptied,
    /// More has to be read.
    Nothing,
}

/// Puts the parts of one partition's statements together again.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// Parts whose head has not come yet, by write and number, with the statement's key.
    waiting: BTreeMap<(Stamp, u32), (Vec<u8>, Vec<u8>)>,
    /// Keys whose newest head has come without all of its parts: compaction took them, so that a newer one must follow.
    unfinished: BTreeMap<Vec<u8>, Stamp>,
}

impl Assembly {
    /// Hears the next record of the partition.
    pub(super) fn hear(&mut self, message: &BorrowedMessage<'_>) -> Heard {
        let key = message.key().unwrap_or_default().to_vec();
        let value = message.payload().map(<[u8]>::to_vec);
        if key == EMPTIED {
            return Heard::Emptied;
        }
        match (tagged(message), value) {
            (Some((PART, stamp, number)), Some(value)) => {
                let end = key.len().saturating_sub(part_key(&[], 0, 0).len());
                self.waiting.insert((stamp, number), (key[..end].to_vec(), value));
                Heard::Nothing
            }
            (Some((_, stamp, count)), Some(_)) => self.head(key, stamp, count),
            // A part that was taken away has no headers.
            (_, None) if key.iter().rev().nth(12) == Some(&0xFF) => Heard::Nothing,
            (_, value) => {
                self.unfinished.remove(&key);
                Heard::Statement { key, value, parts: None }
            }
        }
    }

    fn head(&mut self, key: Vec<u8>, stamp: Stamp, count: u32) -> Heard {
        let mut value = Vec::new();
        let mut found = 0;
        for number in 0..count {
            if let Some((_, part)) = self.waiting.remove(&(stamp, number)) {
                value.extend(part);
                found += 1;
            }
        }
        if found < count {
            self.unfinished.insert(key, stamp);
            return Heard::Nothing;
        }
        self.unfinished.remove(&key);
        Heard::Statement { key, value: Some(value), parts: Some((stamp, count)) }
    }

    /// Whether the partition may be left here: a statement is read again from its first part.
    pub(super) fn is_whole(&self) -> bool {
        self.waiting.is_empty() && self.unfinished.is_empty()
    }

    /// All that there is has been read. Gives the keys of parts that belong to nothing, since a transaction's parts and
    /// head are there together; or the key of a statement whose parts are lost.
    pub(super) fn end(&mut self) -> Result<Vec<Vec<u8>>, Vec<u8>> {
        if let Some((key, _)) = self.unfinished.pop_first() {
            return Err(key);
        }
        let orphans = std::mem::take(&mut self.waiting).into_iter();
        Ok(orphans.map(|((stamp, number), (key, _))| part_key(&key, stamp, number)).collect())
    }
}

/// The header of a part or a head.
fn tagged(message: &BorrowedMessage<'_>) -> Option<(&'static str, Stamp, u32)> {
    message.headers()?.iter().find_map(|header| {
        let name = [PART, PARTS].into_iter().find(|name| *name == header.key)?;
        let (stamp, number) = header.value?.split_first_chunk::<8>()?;
        Some((name, Stamp::from_be_bytes(*stamp), u32::from_be_bytes(number.try_into().ok()?)))
    })
}
