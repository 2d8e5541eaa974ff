//! What webhooks ask to be read: they say that something has changed, and not what it is now.

use serde::{Deserialize, Serialize};

use crate::{Key, Row, Timestamp};

/// That what rarely changes of a source (boards, columns, lists of sprints) is to be read again by its next poll. Whoever
/// polls remembers which delivery was heeded last; another one asks anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub source: String,
    /// The signature of the delivery that has asked last.
    pub delivery: String,
    /// What happened, in the sender's words.
    pub event: String,
    pub at: Timestamp,
}

impl Row for Asked {
    const TABLE: &'static str = "asked";
    /// By source.
    const PLACE: usize = 1;

    fn key(&self) -> Key {
        Key::of([&self.source])
    }
}
