//! Exact estimates: decimals in millionths, written as a float once, at the very end.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MILLION: i64 = 1_000_000;

/// An estimate in story points (or whatever the board's estimation field counts), exact to a millionth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

/// A text or number that is no estimate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no estimate: expected a decimal number such as 3, 0.5 or 1,000")]
pub struct NoEstimate {
    text: String,
}

impl Points {
    pub const ZERO: Self = Self(0);

    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The nearest exact decimal to a JSON number; refuses what is not finite or does not fit.
    pub fn from_f64(number: f64) -> Result<Self, NoEstimate> {
        let scaled = (number * MILLION as f64).round();
        if scaled.is_finite() && scaled.abs() < 9e15 {
            Ok(Self(scaled as i64))
        } else {
            Err(NoEstimate { text: number.to_string() })
        }
    }

    /// Reads an estimate as Jira writes it into changelogs and text fields: `3`, `3.0`, `-0.5`, `1,000`.
    /// A comma counts only between groups of three digits before the decimal point (METRICS rule 9).
    pub fn parse(text: &str) -> Result<Self, NoEstimate> {
        let refused = || NoEstimate { text: text.to_owned() };
        let trimmed = text.trim();
        let unsigned = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let groups: Vec<&str> = whole.split(',').collect();
        let grouped = groups.len() == 1
            || (groups[0].len() <= 3
                && !groups[0].is_empty()
                && groups[1..].iter().all(|group| group.len() == 3));
        let digits: String = groups.concat();
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !grouped || digits.is_empty() && fraction.is_empty() || !plain(&digits) || !plain(fraction) {
            return match trimmed.parse::<f64>() {
                Ok(number)
                    if trimmed.contains(['e', 'E']) && trimmed.starts_with(|c: char| c.is_ascii_digit()) =>
                {
                    Self::from_f64(number)
                }
                _ => Err(refused()),
            };
        }
        let whole: i64 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| refused())? };
        let millionths: i64 = format!("{fraction:0<6}")[..6].parse().map_err(|_| refused())?;
        let rounding = i64::from(fraction.as_bytes().get(6).is_some_and(|digit| *digit >= b'5'));
        let value = whole.checked_mul(MILLION).and_then(|value| value.checked_add(millionths + rounding));
        let value = value.filter(|value| *value < 9_000_000_000_000_000).ok_or_else(refused)?;
        Ok(Self(if trimmed.starts_with('-') { -value } else { value }))
    }

    /// The float that is written where an answer or a column wants one.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / MILLION as f64
    }
}

impl fmt::Display for Points {
    /// Without trailing zeros: `8`, `0.5`, `-2.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / 1_000_000, self.0.unsigned_abs() % 1_000_000);
        let text = if fraction == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction:06}").trim_end_matches('0').to_owned()
        };
        f.pad(&text)
    }
}

impl Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
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

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Points {
    /// A JSON number: whole ones without a fraction.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % MILLION == 0 {
            serializer.serialize_i64(self.0 / MILLION)
        } else {
            serializer.serialize_f64(self.to_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::from_f64(number).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Points;

    #[test]
    fn reads_estimates_as_people_type_them() {
        let expected = [
            ("3", 3.0),
            ("3.0", 3.0),
            ("1,000", 1000.0),
            ("1,234,567.5", 1_234_567.5),
            (".5", 0.5),
            ("-2", -2.0),
            (" 8 ", 8.0),
        ];
        for (text, number) in expected {
            assert_eq!(Points::parse(text).unwrap().to_f64(), number, "{text}");
        }
    }

    #[test]
    fn refuses_what_could_mean_two_things() {
        for text in [
            "",
            "five",
            "1,5",
            "1,00",
            ",5",
            "1,0000",
            "3.0.0",
            "0x10",
            "NaN",
            "inf",
            "99999999999999",
            "--3",
            "1.2,3",
        ] {
            assert!(Points::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(millionths in -9_000_000_000_000_i64..9_000_000_000_000) {
            let points = Points::from_millionths(millionths);
            prop_assert_eq!(Points::parse(&points.to_string()).unwrap(), points);
            let json = serde_json::to_string(&points).unwrap();
            prop_assert_eq!(serde_json::from_str::<Points>(&json).unwrap(), points);
        }
    }
}
