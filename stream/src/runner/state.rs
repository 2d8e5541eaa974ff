//! How far a processor has read, kept in the same batch as what it wrote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidemark_model::Key;

use crate::store::{Offset, Snapshot};
use crate::{Error, Spec};

/// What named values of processors start with.
pub(super) const PREFIX: &str = "processor/";

/// A processor's positions, and the version and global tables that its rows were computed with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: Option<u32>,
    pub(super) positions: BTreeMap<String, Offset>,
    /// The editions of the global tables.
    pub(super) globals: BTreeMap<String, u64>,
    pub(super) recompute: Option<Recompute>,
}

/// A recomputation of every group that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recompute {
    version: u32,
    /// All groups up to this one are done.
    #[serde(with = "key_text")]
    pub(super) cursor: Key,
    /// Where the tables were when it began: positions once it is done.
    positions: BTreeMap<String, Offset>,
    globals: BTreeMap<String, u64>,
}

impl Recompute {
    /// The same recomputation, further on.
    pub(super) fn at(&self, cursor: Key) -> Self {
        Self { cursor, ..self.clone() }
    }

    pub(super) fn start(snapshot: &dyn Snapshot, spec: &Spec) -> Result<Self, Error> {
        Ok(Self {
            version: spec.version,
            cursor: Key::default(),
            positions: newest(snapshot, spec.inputs)?,
            globals: editions(snapshot, spec.globals)?,
        })
    }
}

impl State {
    pub(super) fn name(spec: &Spec) -> String {
        format!("{PREFIX}{}", spec.name)
    }

    pub(super) fn load(snapshot: &dyn Snapshot, spec: &Spec) -> Result<Self, Error> {
        let Some(bytes) = snapshot.meta(&Self::name(spec))? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|error| Error::Corrupt {
            table: "meta".to_owned(),
            key: Self::name(spec),
            reason: error.to_string(),
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether rows were computed, or are being computed, with another version or other global tables than there are.
    pub(super) fn is_stale(&self, snapshot: &dyn Snapshot, spec: &Spec) -> Result<bool, Error> {
        let globals = editions(snapshot, spec.globals)?;
        Ok(match &self.recompute {
            Some(recompute) => recompute.version != spec.version || recompute.globals != globals,
            None => self.version != Some(spec.version) || self.globals != globals,
        })
    }

    pub(super) fn finish(&mut self, recompute: &Recompute) {
        self.version = Some(recompute.version);
        self.positions = recompute.positions.clone();
        self.globals = recompute.globals.clone();
        self.recompute = None;
    }
}

fn newest(snapshot: &dyn Snapshot, tables: &[&'static str]) -> Result<BTreeMap<String, Offset>, Error> {
    tables.iter().map(|table| Ok(((*table).to_owned(), snapshot.newest(table)?))).collect()
}

fn editions(snapshot: &dyn Snapshot, tables: &[&'static str]) -> Result<BTreeMap<String, u64>, Error> {
    tables.iter().map(|table| Ok(((*table).to_owned(), snapshot.edition(table)?))).collect()
}

mod key_text {
    //! A key as JSON text: its parts are UTF-8 and end in zero bytes, which JSON escapes.

    use serde::{Deserialize, Deserializer, Serializer};
    use tidemark_model::Key;

    pub(super) fn serialize<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(key.as_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        Ok(Key::from_bytes(String::deserialize(deserializer)?))
    }
}
