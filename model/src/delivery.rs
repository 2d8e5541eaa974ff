//! Webhooks that were received, so that one that comes again is known.

use serde::{Deserialize, Serialize};

use crate::{Key, Row, Timestamp};

/// A genuine delivery that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub source: String,
    /// What proved it genuine, in hexadecimal: no two bodies have the same.
    pub signature: String,
    /// The sender's number of it; empty where it has none.
    pub id: String,
    /// What happened, in the sender's words.
    pub event: String,
    pub received_at: Timestamp,
}

impl Row for Delivery {
    const TABLE: &'static str = "deliveries";
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.signature])
    }
}
