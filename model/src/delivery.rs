//! Webhooks that were received, so that one that comes again is known: for as long as it could come again, and some days more.

use serde::{Deserialize, Serialize};

use crate::{Key, Row, Timestamp};

/// A genuine delivery that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub source: String,
    /// What proved it genuine, or the body's own hash where nothing is signed, in hexadecimal: no two bodies have the same.
    pub signature: String,
    /// The sender's number of it; empty where it has none.
    pub id: String,
    /// What happened, in the sender's words.
    pub event: String,
    pub received_at: Timestamp,
}

/// What a delivery is that comes when another one with the same body was taken before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It is sent again since an answer was lost, or tells the same as another registration's.
    Repeated,
    /// Nobody who is honest sends it so late.
    Replayed,
    /// The other one is forgotten: it is taken like a new one.
    Forgotten,
}

impl Delivery {
    /// Identical deliveries are one for an hour. Jira sends at once, what follows from another change a quarter of an hour
    /// later, and tries again up to five times within half an hour; two registrations with one secret tell the same at the
    /// same time, each under a number of its own.
    pub const REPEATED_FOR_MS: i64 = 3_600_000;
    /// They are refused for a week. By then whatever they tell has long been read as a whole: an old statement loses against
    /// it by its own time, so that nothing depends on remembering it for longer. A week covers whoever was away for some days,
    /// and leaves time to see in the log that somebody replays.
    pub const REMEMBERED_FOR_MS: i64 = 7 * 24 * 3_600_000;

    /// What one with the same body is that comes at `now`.
    pub fn again(&self, now: Timestamp) -> Again {
        let age = now.0.saturating_sub(self.received_at.0);
        if age <= Self::REPEATED_FOR_MS {
            Again::Repeated
        } else if age <= Self::REMEMBERED_FOR_MS {
            Again::Replayed
        } else {
            Again::Forgotten
        }
    }
}

impl Row for Delivery {
    const TABLE: &'static str = "deliveries";
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.signature])
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, Delivery};
    use crate::Timestamp;

    #[test]
    fn the_same_is_repeated_for_an_hour_replayed_for_a_week_and_then_forgotten() {
        let received_at = Timestamp(1_000_000);
        let taken = Delivery {
            source: "acme".to_owned(),
            signature: "ab".to_owned(),
            id: String::new(),
            event: String::new(),
            received_at,
        };
        let again = |after_ms: i64| taken.again(Timestamp(received_at.0 + after_ms));
        assert_eq!(again(0), Again::Repeated);
        assert_eq!(again(-5), Again::Repeated, "a clock that was set back");
        assert_eq!(again(Delivery::REPEATED_FOR_MS), Again::Repeated);
        assert_eq!(again(Delivery::REPEATED_FOR_MS + 1), Again::Replayed);
        assert_eq!(again(Delivery::REMEMBERED_FOR_MS), Again::Replayed);
        assert_eq!(again(Delivery::REMEMBERED_FOR_MS + 1), Again::Forgotten);
    }
}
