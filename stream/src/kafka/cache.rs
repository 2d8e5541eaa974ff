//! The local copy of what a store reads, and whether it can still be trusted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidemark_model::Timestamp;

use super::log::Identity;
use super::reader::Place;
use super::record::Stamp;
use super::topics::LONGEST_ABSENCE_MS;
use crate::embedded::{EmbeddedStore, Page, Sizes};
use crate::store::Table;
use crate::{Error, Snapshot, Store};

/// What the named values of the cache itself start with; nobody else uses them.
pub(super) const RESERVED: &str = "cache/";
/// The named value that says what the cache is a copy of.
const COPY: &str = "cache/copy";
/// Several of them share a machine.
const SIZES: Sizes = Sizes { cache: 16 << 20, journal: 64 << 20 };

/// What a cache is a copy of, and when it last was a whole one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Copy {
    log: Identity,
    /// What it holds of the log: a cache that held other things has not heard what it skipped.
    held: String,
    followed_at: Timestamp,
}

/// What tells one log from another; whether it is being emptied does not.
fn copied(log: &Identity) -> Identity {
    Identity { emptying: false, ..log.clone() }
}

/// The cache of a store, in a folder of its own.
pub(super) struct Cache {
    pub(super) store: Arc<EmbeddedStore>,
    copy: Copy,
}

impl Cache {
    /// Opens the cache in `folder`; one that is not to be trusted any more is made anew, empty: that of another log or
    /// generation, one that held other things, and one that is older than half of what deletions stay readable for.
    pub(super) fn open(
        folder: &Path,
        log: &Identity,
        contents: &Contents<'_>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let store = contents.open(folder)?;
        let wanted = Copy { log: copied(log), held: contents.held.clone(), followed_at: now };
        let found = store.snapshot().meta(COPY)?;
        let Some(found) = found else { return Self::begin(store, wanted) };
        let distrust = match serde_json::from_slice::<Copy>(&found) {
            Err(_) => Some("what it is a copy of can't be read"),
            Ok(found) if found.log != wanted.log => Some("it is a copy of another log or generation"),
            Ok(found) if found.held != wanted.held => Some("it held other tables or processors"),
            Ok(found) if now.0 - found.followed_at.0 > LONGEST_ABSENCE_MS => {
                Some("it is so old that the log may have forgotten what was deleted since")
            }
            Ok(_) => None,
        };
        let Some(reason) = distrust else { return Ok(Self { store: Arc::new(store), copy: wanted }) };
        tracing::info!(cache.folder = %folder.display(), "rebuilding the cache: {reason}");
        drop(store);
        Self::anew(folder, log, contents, now)
    }

    /// Makes the cache in `folder`, which nobody has open, anew: empty.
    pub(super) fn anew(
        folder: &Path,
        log: &Identity,
        contents: &Contents<'_>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        std::fs::remove_dir_all(folder).map_err(|error| Error::Disk {
            path: folder.display().to_string(),
            action: "emptied",
            reason: error.to_string(),
        })?;
        let copy = Copy { log: copied(log), held: contents.held.clone(), followed_at: now };
        Self::begin(contents.open(folder)?, copy)
    }

    /// A cache that holds nothing yet. What is deleted from now on can be heard of for as long as it may grow old.
    fn begin(store: EmbeddedStore, copy: Copy) -> Result<Self, Error> {
        let mut this = Self { store: Arc::new(store), copy };
        this.followed(this.copy.followed_at)?;
        Ok(this)
    }

    /// Writes what was heard.
    pub(super) fn take_in(&self, page: Page) -> Result<(), Error> {
        self.store.take_in(page)
    }

    /// Says that everything that is committed by `now` has been taken in, or that taking in begins.
    pub(super) fn followed(&mut self, now: Timestamp) -> Result<(), Error> {
        self.copy.followed_at = now;
        let copy = serde_json::to_vec(&self.copy).unwrap_or_default();
        self.take_in(Page { meta: vec![(COPY.to_owned(), Some(copy))], ..Page::default() })
    }

    /// When it last was a whole copy, or was opened.
    pub(super) fn followed_at(&self) -> Timestamp {
        self.copy.followed_at
    }

    /// The large statements that it holds, by topic, partition and key: which parts they were made of.
    pub(super) fn parts(&self) -> Result<BTreeMap<String, (Stamp, u32)>, Error> {
        let damaged = |name: &str| Error::Corrupt {
            table: "meta".to_owned(),
            key: name.to_owned(),
            reason: "cut short".to_owned(),
        };
        let found = self.store.meta_beneath(PARTS)?.into_iter().map(|(name, value)| {
            let (stamp, count) = value.split_first_chunk::<8>().ok_or_else(|| damaged(&name))?;
            let count = count.try_into().map_err(|_| damaged(&name))?;
            Ok((name, (Stamp::from_be_bytes(*stamp), u32::from_be_bytes(count))))
        });
        found.collect()
    }
}

const PARTS: &str = "cache/parts/";

/// The name under which a cache remembers the parts of a statement.
pub(super) fn parts_name(place: &Place, key: &[u8]) -> String {
    format!("{PARTS}{}/{}/{}", place.topic, place.partition, String::from_utf8_lossy(key))
}

/// When the cache was last a whole copy.
pub(super) fn followed_at(snapshot: &dyn Snapshot) -> Result<Option<Timestamp>, Error> {
    let found = snapshot.meta(COPY)?.and_then(|copy| serde_json::from_slice::<Copy>(&copy).ok());
    Ok(found.map(|copy| copy.followed_at))
}

/// The name under which a cache remembers how far a partition was taken in.
pub(super) fn position_name(topic: &str, partition: u32) -> String {
    format!("cache/position/{topic}/{partition}")
}

/// How far a partition was taken in: the offset after its last record; 0 where nothing was.
pub(super) fn position(snapshot: &dyn Snapshot, topic: &str, partition: u32) -> Result<i64, Error> {
    let found = snapshot.meta(&position_name(topic, partition))?;
    Ok(found.and_then(|bytes| bytes.try_into().ok()).map_or(0, i64::from_be_bytes))
}

/// What a cache has room for.
pub(super) struct Contents<'a> {
    pub(super) tables: Vec<Table>,
    pub(super) processors: &'a [&'static str],
    /// All of it in words, for comparisons.
    pub(super) held: String,
}

impl Contents<'_> {
    fn open(&self, folder: &Path) -> Result<EmbeddedStore, Error> {
        EmbeddedStore::open_sized(folder, &self.tables, self.processors, SIZES)
    }
}
