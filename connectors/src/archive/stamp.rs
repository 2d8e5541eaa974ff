//! What tells one state of an archive's files from another without reading them.
//!
//! A file that is rewritten in place, with as many bytes and within one tick of the file system's clock (milliseconds),
//! cannot be told from what it was; one that is written aside and renamed, or that grows, always can.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// The files that are lists of entities, in the order in which they are read.
pub(super) const METADATA: [&str; 5] =
    ["fields.json", "statuses.json", "issuetypes.json", "boards.json", "sprints.json"];
pub(super) const OBSERVATIONS: &str = "observations.ndjson";
pub(super) const ESTIMATES: &str = "story_points.csv";

/// The state of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    modified_ns: u64,
}

impl Stamp {
    /// Nothing where there is no such file.
    pub(super) fn of(path: &Path) -> io::Result<Option<Self>> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let modified_ns = modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or_default());
        Ok(metadata.is_file().then_some(Self { bytes: metadata.len(), modified_ns }))
    }
}

/// The states of all files of an archive; nothing for one that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Files {
    pub(super) observations: Option<Stamp>,
    pub(super) metadata: [Option<Stamp>; METADATA.len()],
    pub(super) estimates: Option<Stamp>,
    /// The name of the issues' file: plain or packed.
    pub(super) name: String,
    pub(super) issues: Option<Stamp>,
}

impl Files {
    /// Looks at the files of a folder whose issues are in `name`.
    pub(super) fn look(folder: &Path, name: &str) -> io::Result<Self> {
        let mut metadata = [None; METADATA.len()];
        for (stamp, name) in metadata.iter_mut().zip(METADATA) {
            *stamp = Stamp::of(&folder.join(name))?;
        }
        Ok(Self {
            observations: Stamp::of(&folder.join(OBSERVATIONS))?,
            metadata,
            estimates: Stamp::of(&folder.join(ESTIMATES))?,
            name: name.to_owned(),
            issues: Stamp::of(&folder.join(name))?,
        })
    }
}
