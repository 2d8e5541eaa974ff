//! Names of keyspaces that are made anew.

use std::collections::BTreeMap;
use std::path::Path;

use fjall::{Database, Keyspace};

use super::{corrupt_meta, from_fjall, options};
use crate::Error;

/// The named value that says how often each keyspace was made anew.
pub(super) const EPOCHS: &str = "log/epochs";

/// How often each keyspace was made anew, by its first name.
///
/// What is made anew gets another name: the journal may hold writes to the one before it, and after a recovery a name that
/// was given twice can stand for both.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Epochs(BTreeMap<String, u64>);

impl Epochs {
    pub(super) fn read(meta: &Keyspace, path: &Path) -> Result<Self, Error> {
        let stored = meta.get(EPOCHS).map_err(|error| from_fjall(path, "opened", &error))?;
        let Some(stored) = stored else { return Ok(Self::default()) };
        serde_json::from_slice(&stored).map_err(|error| corrupt_meta(EPOCHS, error.to_string()))
    }

    pub(super) fn open(&self, database: &Database, name: &str) -> Result<Keyspace, fjall::Error> {
        let name = match self.0.get(name) {
            None => name.to_owned(),
            Some(epoch) => format!("{name}.{epoch}"),
        };
        database.keyspace(&name, options)
    }

    pub(super) fn renew(&mut self, name: String) {
        *self.0.entry(name).or_default() += 1;
    }

    /// Whether a keyspace is one that was made anew since.
    pub(super) fn is_former(&self, keyspace: &str) -> bool {
        let (name, epoch) = match keyspace.rsplit_once('.') {
            Some((name, epoch)) if epoch.parse::<u64>().is_ok() => (name, epoch.parse().ok()),
            _ => (keyspace, None),
        };
        self.0.get(name).copied() != epoch
    }
}
