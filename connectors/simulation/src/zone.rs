//! Time zones: Jira writes the instants of an issue in the zone of the account that asks (METRICS case 32).

use crate::moment::{DAY, HOUR, MINUTE, Moment};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    Utc,
    /// Kiritimati, as far ahead as zones go.
    Ahead,
    /// Baker Island, as far behind.
    Behind,
    /// Kathmandu, no whole hour.
    Odd,
    /// Berlin, with summer time.
    Summer,
}

impl Zone {
    /// The zone in which an issue was exported.
    pub(crate) const fn of_issue(id: u32) -> Self {
        match id % 20 {
            3 => Self::Ahead,
            8 => Self::Behind,
            11 => Self::Odd,
            5 | 14 => Self::Summer,
            _ => Self::Utc,
        }
    }

    /// What its clocks show more than UTC, in milliseconds.
    pub(crate) fn offset(self, at: Moment) -> i64 {
        match self {
            Self::Utc => 0,
            Self::Ahead => 14 * HOUR,
            Self::Behind => -12 * HOUR,
            Self::Odd => 5 * HOUR + 45 * MINUTE,
            Self::Summer if in_summer(at) => 2 * HOUR,
            Self::Summer => HOUR,
        }
    }
}

/// From the last Sunday of March to the last Sunday of October, 01:00 UTC (METRICS case 32).
fn in_summer(at: Moment) -> bool {
    let (year, month, _) = at.date();
    match month {
        4..=9 => true,
        3 | 10 => {
            let last = Moment::of_date(year, month, 31);
            let sunday = last - (last.weekday() + 1) % 7 * DAY;
            (at >= sunday + HOUR) == (month == 3)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Zone, in_summer};
    use crate::moment::{HOUR, Moment};

    #[test]
    fn summer_begins_and_ends_where_it_did() {
        // 2026-03-29T01:00:00Z and 2025-10-26T01:00:00Z.
        for (switch, summer) in [(1_774_746_000_000, true), (1_761_440_400_000, false)] {
            assert_eq!(in_summer(Moment(switch)), summer);
            assert_eq!(in_summer(Moment(switch - 1)), !summer);
        }
        assert_eq!(Zone::Summer.offset(Moment(1_774_746_000_000)), 2 * HOUR);
    }
}
