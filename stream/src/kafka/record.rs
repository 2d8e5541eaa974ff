//! Statements as Kafka's records, and back.
//!
//! A statement is one record, or, where it is larger than a record may be even when compressed, *parts* followed by a
//! *head*, all in one transaction and one partition. Parts have keys of their own, unlike any other write's, so that
//! compaction never mixes two writes; once a statement is superseded, the partition's owner takes its parts away.

use std::collections::{BTreeMap, BTreeSet};
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
            let headers = Some(Tag::Part { stamp, number }.headers());
            let part = Record::new(&self.topic, self.partition, key, Some(chunk.to_vec()));
            into.push(Record { headers, ..part });
        }
        let headers = Some(Tag::Head { stamp, count }.headers());
        into.push(Record { value: Some(Vec::new()), headers, ..self });
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

/// The key of a part: longer than the statement's, and by a byte that UTF-8 does not have.
pub(super) fn part_key(key: &[u8], stamp: Stamp, number: u32) -> Vec<u8> {
    [key, &[0xFF], &stamp.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// Whether a key is a part's.
fn is_part_key(key: &[u8]) -> bool {
    let beyond = part_key(&[], 0, 0).len();
    key.len() >= beyond && key[key.len() - beyond] == 0xFF
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
    unfinished: BTreeSet<Vec<u8>>,
}

impl Assembly {
    /// Hears the next record of the partition.
    pub(super) fn hear(&mut self, key: Vec<u8>, value: Option<Vec<u8>>, tag: Option<Tag>) -> Heard {
        if key == EMPTIED {
            return Heard::Emptied;
        }
        match (tag, value) {
            (Some(Tag::Part { stamp, number }), Some(value)) => {
                let end = key.len().saturating_sub(part_key(&[], 0, 0).len());
                self.waiting.insert((stamp, number), (key[..end].to_vec(), value));
                Heard::Nothing
            }
            (Some(Tag::Head { stamp, count }), Some(_)) => self.head(key, stamp, count),
            // A part that was taken away.
            (_, None) if is_part_key(&key) => Heard::Nothing,
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
            self.unfinished.insert(key);
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
        if let Some(key) = self.unfinished.pop_first() {
            return Err(key);
        }
        let orphans = std::mem::take(&mut self.waiting).into_iter();
        Ok(orphans.map(|((stamp, number), (key, _))| part_key(&key, stamp, number)).collect())
    }
}

/// What a record's headers say of large statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Part { stamp: Stamp, number: u32 },
    Head { stamp: Stamp, count: u32 },
}

impl Tag {
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Option<Self> {
        message.headers()?.iter().find_map(|header| {
            let (stamp, number) = header.value?.split_first_chunk::<8>()?;
            let (stamp, number) = (Stamp::from_be_bytes(*stamp), u32::from_be_bytes(number.try_into().ok()?));
            match header.key {
                PART => Some(Self::Part { stamp, number }),
                PARTS => Some(Self::Head { stamp, count: number }),
                _ => None,
            }
        })
    }

    fn headers(self) -> OwnedHeaders {
        let (name, stamp, number) = match self {
            Self::Part { stamp, number } => (PART, stamp, number),
            Self::Head { stamp, count } => (PARTS, stamp, count),
        };
        let value = [&stamp.to_be_bytes()[..], &number.to_be_bytes()].concat();
        OwnedHeaders::new_with_capacity(1).insert(Header { key: name, value: Some(&value) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Assembly, EMPTIED, Heard, PART_BYTES, Record, Tag, part_key};

    const KEY: &[u8] = b"acme\0one\0";

    fn part(of: &mut Assembly, stamp: u64, number: u32) -> Heard {
        let value = Some(vec![u8::try_from(number).unwrap(); 2]);
        of.hear(part_key(KEY, stamp, number), value, Some(Tag::Part { stamp, number }))
    }

    fn head(of: &mut Assembly, stamp: u64, count: u32) -> Heard {
        of.hear(KEY.to_vec(), Some(Vec::new()), Some(Tag::Head { stamp, count }))
    }

    fn whole(stamp: u64, count: u32) -> Heard {
        let value = (0..count).flat_map(|number| [u8::try_from(number).unwrap(); 2]).collect();
        Heard::Statement { key: KEY.to_vec(), value: Some(value), parts: Some((stamp, count)) }
    }

    #[test]
    fn a_large_statement_is_cut_and_its_records_are_small() {
        let mut records = Vec::new();
        Record::new("t", 0, KEY.to_vec(), Some(vec![7; 2 * PART_BYTES + 1])).split(&mut records);
        let sizes: Vec<usize> = records.iter().map(|record| record.value.as_ref().unwrap().len()).collect();
        assert_eq!(sizes, [PART_BYTES, PART_BYTES, 1, 0]);
        let mut keys: Vec<_> = records.iter().map(|record| &record.key).collect();
        keys.dedup();
        assert_eq!((keys.len(), records[3].key.as_slice()), (4, KEY));
        let mut small = Vec::new();
        Record::new("t", 0, KEY.to_vec(), Some(vec![7; PART_BYTES])).split(&mut small);
        assert!(small.len() == 1 && small[0].headers.is_none());
    }

    #[test]
    fn parts_of_two_writers_do_not_mix() {
        let mut of = Assembly::default();
        for (stamp, number) in [(1, 0), (2, 0), (1, 1), (2, 1)] {
            assert_eq!(part(&mut of, stamp, number), Heard::Nothing);
        }
        assert!(!of.is_whole());
        assert_eq!(head(&mut of, 2, 2), whole(2, 2));
        assert_eq!(head(&mut of, 1, 2), whole(1, 2));
        assert!(of.is_whole());
        assert_eq!(of.end(), Ok(Vec::new()));
    }

    #[test]
    fn a_head_whose_parts_were_compacted_away_waits_for_a_newer_statement() {
        let mut of = Assembly::default();
        part(&mut of, 1, 1);
        assert_eq!(head(&mut of, 1, 2), Heard::Nothing);
        assert_eq!(of.end(), Err(KEY.to_vec()), "without a newer one the statement is lost");
        head(&mut of, 1, 2);
        assert!(matches!(of.hear(KEY.to_vec(), None, None), Heard::Statement { value: None, .. }));
        assert_eq!(of.end(), Ok(Vec::new()));
        head(&mut of, 1, 2);
        part(&mut of, 2, 0);
        assert_eq!(head(&mut of, 2, 1), whole(2, 1));
        assert_eq!(of.end(), Ok(Vec::new()));
    }

    #[test]
    fn parts_that_belong_to_nothing_are_named_at_the_end() {
        let mut of = Assembly::default();
        part(&mut of, 1, 0);
        part(&mut of, 1, 1);
        assert_eq!(of.end(), Ok(vec![part_key(KEY, 1, 0), part_key(KEY, 1, 1)]));
        assert!(of.is_whole());
        assert_eq!(of.hear(part_key(KEY, 1, 0), None, None), Heard::Nothing, "it is no row that is gone");
        assert_eq!(of.hear(EMPTIED.to_vec(), Some(b"{}".to_vec()), None), Heard::Emptied);
    }
}
