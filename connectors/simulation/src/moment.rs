//! Instants of the simulation, in milliseconds as Jira keeps them, and the two ways Jira writes them.

use std::ops::{Add, Sub};

use jiff::Timestamp;
use jiff::tz::Offset;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(pub(crate) i64);

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) const MONDAY: i64 = 0;
pub(crate) const SATURDAY: i64 = 5;

impl Moment {
    /// Midnight (UTC) of the day the moment falls on.
    pub(crate) fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY))
    }

    /// Days since Monday: 0 to 6. (1970-01-01 was a Thursday.)
    pub(crate) fn weekday(self) -> i64 {
        (self.0.div_euclid(DAY) + 3).rem_euclid(7)
    }

    pub(crate) fn on_weekend(self) -> bool {
        self.weekday() >= SATURDAY
    }

    pub(crate) fn in_office_hours(self) -> bool {
        let hour = self.0.rem_euclid(DAY) / HOUR;
        !self.on_weekend() && (7..19).contains(&hour)
    }

    /// Issues and changelogs: `2026-03-02T09:15:00.000+0000`.
    pub(crate) fn in_issue(self) -> String {
        self.written("+0000")
    }

    /// Sprint objects: `2026-03-02T09:15:00.000Z`.
    pub(crate) fn in_sprint(self) -> String {
        self.written("Z")
    }

    fn written(self, zone: &str) -> String {
        let instant = Timestamp::from_millisecond(self.0).unwrap_or_default();
        let at = Offset::UTC.to_datetime(instant);
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{zone}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond(),
        )
    }
}

impl Add<i64> for Moment {
    type Output = Self;
    fn add(self, milliseconds: i64) -> Self {
        Self(self.0 + milliseconds)
    }
}

impl Sub<i64> for Moment {
    type Output = Self;
    fn sub(self, milliseconds: i64) -> Self {
        Self(self.0 - milliseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::{MONDAY, Moment};

    #[test]
    fn writes_both_of_jiras_forms() {
        // Monday, 2 March 2026.
        let moment = Moment(1_772_442_900_007);
        assert_eq!(moment.in_issue(), "2026-03-02T09:15:00.007+0000");
        assert_eq!(moment.in_sprint(), "2026-03-02T09:15:00.007Z");
        assert_eq!(moment.weekday(), MONDAY);
        assert!(moment.in_office_hours());
    }
}
