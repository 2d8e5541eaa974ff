//! Story points as exact decimals (METRICS rule 9): whole millionths, so that sums never round.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Serialize, Serializer};

/// A number of story points in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Points(i64);

const ONE: i64 = 1_000_000;

impl Points {
    pub(crate) const ZERO: Self = Self(0);

    pub(crate) const fn whole(points: i64) -> Self {
        Self(points * ONE)
    }

    pub(crate) const fn millionths(value: i64) -> Self {
        Self(value)
    }

    pub(crate) const fn fractional(self) -> bool {
        self.0 % ONE != 0
    }

    /// Writes the value as a person might have typed it: `3.0`, `0.5`, `1,000`.
    pub(crate) fn typed(self) -> String {
        let whole = self.0 / ONE;
        if self.fractional() {
            self.to_string()
        } else if whole >= 1000 {
            format!("{},{:03}", whole / 1000, whole % 1000)
        } else {
            format!("{whole}.0")
        }
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.abs() / ONE, self.0.abs() % ONE);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{rest:06}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Points {
    /// A JSON number; the division rounds to the double nearest to the decimal, which prints back as the decimal.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.fractional() {
            #[expect(clippy::cast_precision_loss, reason = "simulated sums stay far below 2^53 millionths")]
            serializer.serialize_f64(self.0 as f64 / ONE as f64)
        } else {
            serializer.serialize_i64(self.0 / ONE)
        }
    }
}

impl Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Points {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Points {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Points {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::Points;

    #[test]
    fn prints_as_jira_does_and_as_people_type() {
        assert_eq!(Points::millionths(333_333).to_string(), "0.333333");
        assert_eq!(Points::millionths(-2_500_000).to_string(), "-2.5");
        assert_eq!(Points::whole(8).to_string(), "8");
        assert_eq!(Points::whole(1000).typed(), "1,000");
        assert_eq!(Points::whole(3).typed(), "3.0");
    }
}
