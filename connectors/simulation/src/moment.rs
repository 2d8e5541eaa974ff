//! Instants of the simulation, in milliseconds as Jira keeps them, and the two ways Jira writes them.

use std::fmt;
use std::ops::{Add, Sub};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::zone::Zone;

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

    /// Year, month and day (UTC).
    pub(crate) fn date(self) -> (i16, i8, i8) {
        let date = self.civil();
        (date.year(), date.month(), date.day())
    }

    /// Midnight (UTC) of a date; the epoch for one that is none.
    pub(crate) fn of_date(year: i16, month: i8, day: i8) -> Self {
        let date = DateTime::new(year, month, day, 0, 0, 0, 0).ok();
        let instant = date.and_then(|date| Offset::UTC.to_timestamp(date).ok());
        Self(instant.map(Timestamp::as_millisecond).unwrap_or_default())
    }

    /// Issues and changelogs: `2026-03-02T09:15:00.000+0000`, or what the clocks of the zone show.
    pub(crate) fn in_issue(self, zone: Zone) -> String {
        let offset = zone.offset(self);
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / MINUTE);
        (self + offset).written(format_args!("{sign}{:02}{:02}", minutes / 60, minutes % 60))
    }

    /// Sprint objects: `2026-03-02T09:15:00.000Z`.
    pub(crate) fn in_sprint(self) -> String {
        self.written(format_args!("Z"))
    }

    fn written(self, zone: fmt::Arguments<'_>) -> String {
        let at = self.civil();
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

    fn civil(self) -> DateTime {
        Offset::UTC.to_datetime(Timestamp::from_millisecond(self.0).unwrap_or_default())
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
    use crate::zone::Zone;

    #[test]
    fn writes_both_of_jiras_forms() {
        // Monday, 2 March 2026.
        let moment = Moment(1_772_442_900_007);
        assert_eq!(moment.in_issue(Zone::Utc), "2026-03-02T09:15:00.007+0000");
        assert_eq!(moment.in_issue(Zone::Ahead), "2026-03-02T23:15:00.007+1400");
        assert_eq!(moment.in_issue(Zone::Behind), "2026-03-01T21:15:00.007-1200");
        assert_eq!(moment.in_issue(Zone::Odd), "2026-03-02T15:00:00.007+0545");
        assert_eq!(moment.in_sprint(), "2026-03-02T09:15:00.007Z");
        assert_eq!(moment.weekday(), MONDAY);
        assert!(moment.in_office_hours());
    }
}
