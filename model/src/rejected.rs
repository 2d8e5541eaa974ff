//! Rejected records: what could not be taken, with the reason and the original.

use serde::{Deserialize, Serialize};

use crate::fact::text_enum;
use crate::{Key, Row};

text_enum! {
    /// Where a record was rejected.
    pub enum Stage {
        /// While it was read from its source.
        Read = "read",
        /// When it was received as a webhook.
        Receive = "receive",
        /// While its payload was translated.
        Translate = "translate",
        /// While a number was computed from it.
        Measure = "measure",
    }
}

text_enum! {
    /// Why a record was rejected: a closed set, so that it can be counted.
    pub enum Reason {
        /// The line is no JSON.
        NoJson = "no_json",
        /// The record has no id.
        NoId = "no_id",
        /// A field that must be there is missing or of the wrong type.
        BadField = "bad_field",
        /// An estimate is no decimal number.
        BadEstimate = "bad_estimate",
        /// The record names an issue that the source does not hold.
        UnknownIssue = "unknown_issue",
        /// The record's kind is not known.
        UnknownKind = "unknown_kind",
    }
}

/// A record that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub source: String,
    pub stage: Stage,
    /// Which input: a file and line, or an entity's id.
    pub input: String,
    pub reason: Reason,
    /// What is wrong and what to do about it.
    pub detail: String,
    /// The original, as text where it is UTF-8.
    pub original: String,
    /// The original's bytes in hexadecimal where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_hex: Option<String>,
}

impl Rejected {
    /// A rejected record with its original bytes.
    pub fn new(source: &str, stage: Stage, input: String, reason: Reason, detail: String) -> Self {
        Self {
            source: source.to_owned(),
            stage,
            input,
            reason,
            detail,
            original: String::new(),
            original_hex: None,
        }
    }

    /// Keeps the original.
    #[must_use]
    pub fn with_original(mut self, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.original = text.to_owned(),
            Err(_) => self.original_hex = Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
        self
    }
}

impl Row for Rejected {
    const TABLE: &'static str = "rejected";
    /// By input.
    const PLACE: usize = 3;

    fn key(&self) -> Key {
        Key::of([&self.source, self.stage.as_str(), &self.input, self.reason.as_str()])
    }
}
