//! Instants, and the clock that tests move by hand.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An instant in UTC, in milliseconds since 1970 (Jira's own precision).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Text that is no instant.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no instant: expected a form like 2026-03-02T09:15:00.000+0000")]
pub struct NoInstant {
    text: String,
}

impl Timestamp {
    /// Before everything that a source can state.
    pub const MIN: Self = Self(i64::MIN);

    /// Reads ISO 8601 with an offset, as Jira writes it (`+0000`, `+02:00` or `Z`).
    pub fn parse(text: &str) -> Result<Self, NoInstant> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| NoInstant { text: text.to_owned() })?;
        Ok(Self(instant.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    /// Always `2026-03-02T09:15:00.000Z`, so that text sorts as time does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    /// Reads milliseconds (our own rows) or text (payloads of sources).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instant")
            }
            fn visit_i64<E>(self, ms: i64) -> Result<Timestamp, E> {
                Ok(Timestamp(ms))
            }
            fn visit_u64<E: serde::de::Error>(self, ms: u64) -> Result<Timestamp, E> {
                i64::try_from(ms).map(Timestamp).map_err(E::custom)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor).map_err(D::Error::custom)
    }
}

/// Where time comes from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
        let now = jiff::Timestamp::now();
        Timestamp(now.as_millisecond())
    }
}

/// A clock that stands still until it is set.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn reads_the_forms_that_jira_writes() {
        // 2018-09-12T21:24:57Z is 1,536,787,497 s after 1970.
        for text in
            ["2018-09-12T21:24:57.000+0000", "2018-09-12T21:24:57.000Z", "2018-09-12T23:24:57.000+02:00"]
        {
            assert_eq!(Timestamp::parse(text).unwrap(), Timestamp(1_536_787_497_000), "{text}");
        }
        assert!(Timestamp::parse("12/Sep/18 9:24 PM").is_err());
    }

    #[test]
    fn writes_a_form_that_sorts() {
        assert_eq!(Timestamp(1_536_787_497_017).to_string(), "2018-09-12T21:24:57.017Z");
    }
}
