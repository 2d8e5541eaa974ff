//! How long a sink may look away from a log that forgets what was taken away.
//!
//! On Kafka, what says that a row was taken away goes after a while (`delete.retention.ms`): a sink that was away for longer
//! has not heard of it, and would keep the row for good. So a position says when it was last known to be the log's own, by
//! the log's copy that it was read from ([`Snapshot::followed_at`]), and is refreshed also where nothing changes.

use tidemark_model::Timestamp;
use tidemark_stream::kafka::LONGEST_ABSENCE_MS;

/// How much older a position's time may be than its log's copy: it is written no more often than this; in ms.
const REFRESHED_EVERY_MS: i64 = 3_600_000;

/// How long a position was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The time is as good as now, or the log forgets nothing.
    None,
    /// The time is to be written anew, also where the position stays.
    Due,
    /// What was taken away meanwhile may be forgotten: everything is to be written anew.
    TooLong,
}

impl Absence {
    /// Between a position's time, where it has one, and that of what it is about to follow.
    pub(crate) fn between(then: Option<Timestamp>, now: Option<Timestamp>) -> Self {
        let Some(now) = now else { return Self::None };
        match then.map(|then| now.0.saturating_sub(then.0)) {
            // A position of a log that forgets nothing, which by now is another.
            None => Self::Due,
            Some(away) if away > LONGEST_ABSENCE_MS => Self::TooLong,
            // A clock that was wrong is put right as well.
            Some(away) if away.abs() >= REFRESHED_EVERY_MS => Self::Due,
            Some(_) => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;

    use super::Absence;

    #[test]
    fn fifteen_days_are_the_longest_absence_and_an_hour_the_shortest_that_counts() {
        let now = 1_700_000_000_000;
        let since = |ms: i64| Absence::between(Some(Timestamp(now - ms)), Some(Timestamp(now)));
        // 15 days are 1,296,000 s.
        assert_eq!(since(1_296_000_001), Absence::TooLong);
        assert_eq!(since(1_296_000_000), Absence::Due);
        assert_eq!(since(3_600_000), Absence::Due);
        assert_eq!(since(3_599_999), Absence::None);
        assert_eq!(since(-3_600_000), Absence::Due);
        assert_eq!(Absence::between(None, Some(Timestamp(now))), Absence::Due);
        assert_eq!(Absence::between(Some(Timestamp(0)), None), Absence::None);
    }
}
