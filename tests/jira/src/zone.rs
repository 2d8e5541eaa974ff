//! The time zone of the user who asks: Jira writes instants and reads dates in it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tidemark_model::Timestamp;

/// A time zone by its name, with its rule as POSIX writes it (no database of zones is at hand).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub name: String,
    pub rule: String,
}

impl Zone {
    pub fn new(name: &str, rule: &str) -> Self {
        Self { name: name.to_owned(), rule: rule.to_owned() }
    }

    pub fn utc() -> Self {
        Self::new("Etc/UTC", "UTC0")
    }

    pub fn berlin() -> Self {
        Self::new("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3")
    }

    pub fn los_angeles() -> Self {
        Self::new("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0")
    }

    pub fn kolkata() -> Self {
        Self::new("Asia/Kolkata", "IST-5:30")
    }

    fn rules(&self) -> TimeZone {
        TimeZone::posix(&self.rule).unwrap_or(TimeZone::UTC)
    }

    /// `2026-06-30T11:00:00.000-0700`, as the platform's API writes it.
    pub(crate) fn write(&self, at: Timestamp) -> String {
        let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        instant.to_zoned(self.rules()).strftime("%Y-%m-%dT%H:%M:%S.%3f%z").to_string()
    }

    /// The first instant at which clocks there show this.
    pub(crate) fn read(&self, clock: DateTime) -> Option<Timestamp> {
        let zoned = self.rules().to_zoned(clock).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    }

    /// The text of the API, anew in this zone; what is no instant stays.
    pub(crate) fn rewrite(&self, text: &str) -> String {
        Timestamp::parse(text).map_or_else(|_| text.to_owned(), |at| self.write(at))
    }
}

/// `2026-06-30T18:00:07Z`, and `2026-06-30T18:00Z` on the minute, as headers have it.
pub(crate) fn in_utc(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let whole = at.0.rem_euclid(60_000) == 0;
    instant.strftime(if whole { "%Y-%m-%dT%H:%MZ" } else { "%Y-%m-%dT%H:%M:%SZ" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use tidemark_model::Timestamp;

    #[test]
    fn writes_and_reads_by_the_clocks_of_the_zone() {
        // 2026-06-30T18:00:00Z.
        let at = Timestamp(1_782_842_400_000);
        assert_eq!(Zone::los_angeles().write(at), "2026-06-30T11:00:00.000-0700");
        assert_eq!(Zone::kolkata().write(at), "2026-06-30T23:30:00.000+0530");
        assert_eq!(Zone::berlin().read(jiff::civil::date(2026, 6, 30).at(20, 0, 0, 0)), Some(at));
    }
}
