//! Raw payloads: what a source said, kept so that every number can be recomputed without asking again.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::fact::text_enum;
use crate::{Key, Row, Timestamp};

text_enum! {
    /// What a raw payload is about.
    pub enum RawKind {
        Board = "board",
        Field = "field",
        Issue = "issue",
        IssueType = "issuetype",
        Sprint = "sprint",
        Status = "status",
    }
}

text_enum! {
    /// Which part of its entity a payload states, and so how two payloads of one part merge.
    pub enum RawPart {
        /// Present fields: the greatest (version, completeness, bytes) stays.
        Snapshot = "snapshot",
        /// A change history: the union by history id.
        Changelog = "changelog",
        /// An estimate stated beside the entity: the greatest stays.
        Estimate = "estimate",
        /// The entity is gone since `at` (deleted or, with the payload `true`, hidden): every distinct statement stays.
        Gone = "gone",
        /// What the payload of another entity says of it: the greatest stays, and counts only where nothing better is known.
        Embedded = "embedded",
        /// What has no version of its own (sprints, boards, fields): every distinct payload stays with its time.
        Statement = "statement",
    }
}

/// One part of what a source said of one entity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Raw {
    pub source: String,
    pub kind: RawKind,
    /// The entity's native id.
    pub id: String,
    pub part: RawPart,
    /// Tells apart what may stand side by side within a part (statements); else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// The source's own version (`updated`) or, where it has none, when it was seen.
    pub at: Timestamp,
    /// How much the payload holds, so that a partial view never beats a whole one of the same version.
    #[serde(default)]
    pub completeness: u8,
    pub payload: Box<RawValue>,
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.kind, &self.id, self.part, &self.variant, self.at, self.completeness)
            == (
                &other.source,
                other.kind,
                &other.id,
                other.part,
                &other.variant,
                other.at,
                other.completeness,
            )
            && self.payload.get() == other.payload.get()
    }
}

impl Row for Raw {
    const TABLE: &'static str = "raw";
    /// By entity.
    const PLACE: usize = 3;

    fn key(&self) -> Key {
        Key::of([&self.source, self.kind.as_str(), &self.id, self.part.as_str(), &self.variant])
    }
}
