//! What a running connector remembers: losing it costs calls, never a number.

use std::collections::{HashMap, HashSet};

use tidemark_model::Timestamp;
use tidemark_model::raw::Raw;
use xxhash_rust::xxh3::xxh3_64;

/// What need not be known, but saves calls.
#[derive(Debug, Default)]
pub(in crate::jira) struct Memory {
    /// Whether boards have changed since the catalogue was read.
    pub(in crate::jira) stale_catalogue: bool,
    /// The issues that were read since the start.
    pub(super) issues_read: u64,
    /// How far it has been read: see [`crate::Account`].
    pub(super) read_until: Option<Timestamp>,
    pub(super) backlog: Option<u64>,
    /// Whether what was spent before the start is on the account.
    pub(super) recalled: bool,
    /// Whether the catalogue could not be read when it was last asked for.
    pub(super) failed_catalogue: bool,
    /// Webhooks that were not delivered until then have been spoken of.
    pub(super) failures_told_to: Option<Timestamp>,
    /// The issues that this backfill has read with their histories.
    loaded: HashSet<u64>,
    /// The issues that were read lately, with the `updated` that they had.
    seen: HashMap<u64, Timestamp>,
    /// What issues have said of statuses and types.
    told: HashSet<u64>,
}

impl Memory {
    /// Whether a backfill has read this issue.
    pub(super) fn is_loaded(&self, id: &str) -> bool {
        id.parse().is_ok_and(|id| self.loaded.contains(&id))
    }

    /// How many issues a backfill is known to have read.
    pub(super) fn number_loaded(&self) -> u64 {
        self.loaded.len() as u64
    }

    pub(super) fn loaded(&mut self, id: &str) {
        self.loaded.extend(id.parse::<u64>().ok());
    }

    /// The backfill is over.
    pub(super) fn all_loaded(&mut self) {
        self.loaded = HashSet::new();
    }

    /// Whether this issue was read as it is now.
    pub(super) fn has_seen(&self, id: &str, updated: Timestamp) -> bool {
        id.parse().is_ok_and(|id: u64| self.seen.get(&id) == Some(&updated))
    }

    pub(super) fn saw(&mut self, id: &str, updated: Timestamp) {
        if let Ok(id) = id.parse() {
            self.seen.insert(id, updated);
        }
    }

    /// Whether nothing has said this of a status or a type before.
    pub(super) fn is_new(&mut self, record: &Raw) -> bool {
        let said = format!("{} {} {}", record.kind, record.id, record.payload.get());
        self.told.insert(xxh3_64(said.as_bytes()))
    }

    /// Forgets what no walk looks at again.
    pub(super) fn forget_before(&mut self, instant: Timestamp) {
        self.seen.retain(|_, updated| *updated >= instant);
    }
}
