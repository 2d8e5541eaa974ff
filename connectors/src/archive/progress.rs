//! Where the reading of an archive is, and what a change of its files means for that.

use serde::{Deserialize, Serialize};
use tidemark_model::Timestamp;

use super::lines::is_packed;
use super::stamp::Files;
use crate::Cursor;

/// What is read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    Observations,
    Metadata,
    Issues,
}

/// What a cursor says. One of another form is not read, and the reading starts over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    pub(super) stage: Stage,
    /// The next page is the first of a reading from the start.
    pub(super) begins: bool,
    /// The files as they were just before they were read: what changes meanwhile is seen at the next page or pull.
    pub(super) files: Files,
    /// The lines of the issues' file that are read for good.
    pub(super) line: u64,
    /// Their bytes, and what tells whether they are still the same (see [`super::lines::Place`]).
    pub(super) bytes: u64,
    pub(super) mark: u64,
    /// The line after them was read as well, but had no end: it is read again when the file has grown.
    pub(super) half: bool,
    /// The issues' file has been read to its end.
    pub(super) ended: bool,
    /// Estimates of `story_points.csv` were held against the whole file.
    pub(super) matched: bool,
    /// And some of them named no issue: a line more may be the one.
    pub(super) unmatched: bool,
    /// The newest observation: what the archive states now is newer.
    pub(super) latest: Timestamp,
}

impl Progress {
    pub(super) fn start(files: Files) -> Self {
        Self {
            stage: Stage::Observations,
            begins: true,
            files,
            line: 0,
            bytes: 0,
            mark: super::lines::Place::default().mark(),
            half: false,
            ended: false,
            matched: false,
            unmatched: false,
            latest: Timestamp(0),
        }
    }

    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }

    /// Where to go on, the files being as they are now. Reading too much is harmless, too little is not: whatever is not
    /// plainly an addition starts over.
    pub(super) fn go_on(mut self, now: &Files) -> Self {
        let read = &self.files;
        if read.name != now.name || read.estimates != now.estimates {
            return Self::start(now.clone());
        }
        if read.issues != now.issues {
            if !self.has_grown(now) {
                return Self::start(now.clone());
            }
            self.files.issues = now.issues;
            self.ended = false;
        }
        if self.stage > Stage::Metadata && self.files.metadata != now.metadata {
            self.stage = Stage::Metadata;
        }
        if self.stage > Stage::Observations && self.files.observations != now.observations {
            self.stage = Stage::Observations;
        }
        self
    }

    /// Whether the issues' file is longer than it was. That what was read is still there is seen when it is opened.
    fn has_grown(&self, now: &Files) -> bool {
        let (Some(was), Some(is)) = (self.files.issues, now.issues) else { return false };
        !is_packed(&now.name) && !self.unmatched && is.bytes > was.bytes && is.bytes >= self.bytes
    }
}
