//! The lake's manifest: which parts hold the facts, and up to where they are complete. Readers trust nothing else.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The format that this version writes and reads.
pub const FORMAT: u32 = 1;

/// The manifest's name in the lake's folder.
pub const FILE: &str = "manifest.json";

/// What the lake holds. A fact's rows are those of its base whose key no delta supersedes, and those of each delta
/// whose key no later delta supersedes: a row is dead as soon as a list of keys names its key with a higher version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The log generation that all positions belong to.
    pub generation: u64,
    /// Raised by every flush; the names of parts carry it.
    pub sequence: u64,
    /// By source table.
    pub tables: BTreeMap<String, TableState>,
    /// By fact.
    pub facts: BTreeMap<String, FactParts>,
}

/// How far the lake follows a source table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableState {
    /// The lake holds every change up to this offset.
    pub position: u64,
    /// Table rows in the base.
    pub base_rows: u64,
    /// Keys that the deltas supersede, counted once per delta.
    pub delta_keys: u64,
}

/// The parts of a fact. One without rows has no file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactParts {
    /// The columns that the parts were written with.
    pub columns: Vec<String>,
    pub base: Vec<Part>,
    /// Oldest first.
    pub deltas: Vec<Delta>,
}

/// What changed since the parts before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The newest rows of the changed keys; nothing if none has rows any more.
    pub rows: Option<Part>,
    /// The changed keys.
    pub keys: Part,
}

/// One file of a fact's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
}

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} is no manifest of a lake: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error("{} is of format {found}, and this version of tidemark reads format {FORMAT}", path.display())]
    OtherFormat { path: PathBuf, found: u32 },
}

impl Manifest {
    /// A lake that holds nothing.
    pub fn empty(generation: u64) -> Self {
        Self { format: FORMAT, generation, sequence: 0, tables: BTreeMap::new(), facts: BTreeMap::new() }
    }

    /// Reads the manifest of a lake's folder; nothing if there is none.
    pub fn read(lake_dir: &Path) -> Result<Option<Self>, ManifestError> {
        #[derive(Deserialize)]
        struct Header {
            format: u32,
        }
        let path = lake_dir.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ManifestError::Unreadable { path, source }),
        };
        let malformed = |error: serde_json::Error| ManifestError::Malformed {
            path: path.clone(),
            reason: error.to_string(),
        };
        let header: Header = serde_json::from_slice(&bytes).map_err(malformed)?;
        if header.format != FORMAT {
            return Err(ManifestError::OtherFormat { path, found: header.format });
        }
        serde_json::from_slice(&bytes).map(Some).map_err(malformed)
    }

    /// Every part that the manifest names, with the fact that it belongs to.
    pub fn parts(&self) -> impl Iterator<Item = (&str, &Part)> {
        self.facts.iter().flat_map(|(fact, parts)| parts.all().map(move |part| (fact.as_str(), part)))
    }
}

impl FactParts {
    /// Every part: base, deltas and their keys.
    pub fn all(&self) -> impl Iterator<Item = &Part> {
        self.rows().chain(self.deltas.iter().map(|delta| &delta.keys))
    }

    /// The parts that hold rows.
    pub fn rows(&self) -> impl Iterator<Item = &Part> {
        self.base.iter().chain(self.deltas.iter().filter_map(|delta| delta.rows.as_ref()))
    }
}
