//! Estimates as exact decimals (METRICS rule 9).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// Millionths in one point.
const ONE: i64 = 1_000_000;

/// Decimals that fit a millionth.
const DECIMALS: usize = 6;

/// A number of points, held as whole millionths so that sums are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub i64);

impl Points {
    /// Whole points.
    #[must_use]
    pub const fn whole(points: i64) -> Self {
        Self(points * ONE)
    }

    /// The sum; an overflow stays at the largest value.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference; an overflow stays at the largest value.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads the present value of an estimation field: a number or text.
    /// Anything else, and what cannot be read exactly, is no estimate.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::from_number(number),
            Value::String(text) => Self::from_text(text),
            _ => None,
        }
    }

    fn from_number(number: &Number) -> Option<Self> {
        if let Some(whole) = number.as_i64() {
            return whole.checked_mul(ONE).map(Self);
        }
        // The display of a float is its shortest decimal, never an exponent.
        Self::from_text(&number.as_f64()?.to_string())
    }

    /// Reads text: `3`, `3.0`, `1,000`. A comma is read only as a thousands
    /// separator in its place; every other comma makes the text unreadable.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let whole = digits(&without_thousands(whole)?)?;
        let fraction = fraction_millionths(fraction)?;
        let size = whole.checked_mul(ONE)?.checked_add(fraction)?;
        Some(Self(if negative { -size } else { size }))
    }
}

/// Removes the separators of `1,000` or `12,345,678`; other commas: `None`.
fn without_thousands(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split(',').collect();
    let (first, rest) = groups.split_first()?;
    if !rest.is_empty() {
        let head = (1..=3).contains(&first.len()) && !first.starts_with('0');
        if !head || rest.iter().any(|group| group.len() != 3) {
            return None;
        }
    }
    Some(groups.concat())
}

/// Reads plain digits; no digits count as zero.
fn digits(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Reads the digits after the point as millionths, exactly or not at all.
fn fraction_millionths(fraction: &str) -> Option<i64> {
    let digits_given = fraction.trim_end_matches('0');
    if digits_given.len() > DECIMALS {
        return None;
    }
    digits(&format!("{digits_given:0<DECIMALS$}"))
}

impl Serialize for Points {
    #[allow(clippy::cast_precision_loss, reason = "a sum is far below 2^53 millionths")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % ONE == 0 {
            serializer.serialize_i64(self.0 / ONE)
        } else {
            serializer.serialize_f64(self.0 as f64 / ONE as f64)
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        Self::from_number(&number)
            .ok_or_else(|| D::Error::custom(format!("{number} is no exact number of points")))
    }
}

#[cfg(test)]
mod tests {
    use super::Points;
    use serde_json::json;

    #[test]
    fn text_is_read_as_rule_9_says() {
        assert_eq!(Points::from_text("3.0"), Some(Points::whole(3)));
        assert_eq!(Points::from_text("1,000"), Some(Points::whole(1000)));
        assert_eq!(Points::from_text("12,345,678"), Some(Points::whole(12_345_678)));
        assert_eq!(Points::from_text("0.5"), Some(Points(500_000)));
        assert_eq!(Points::from_text("-1.25"), Some(Points(-1_250_000)));
        for unreadable in ["", " ", "1,5", "1,00", "10,00,000", "0,500", "XL", "3 SP", ".", "1e3"] {
            assert_eq!(Points::from_text(unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn numbers_are_read_exactly() {
        assert_eq!(Points::from_value(&json!(5)), Some(Points::whole(5)));
        assert_eq!(Points::from_value(&json!(5.0)), Some(Points::whole(5)));
        assert_eq!(Points::from_value(&json!(0.1)), Some(Points(100_000)));
        assert_eq!(Points::from_value(&json!(0.000_001)), Some(Points(1)));
        assert_eq!(Points::from_value(&json!(null)), None);
    }

    #[test]
    fn points_survive_json() -> anyhow::Result<()> {
        for points in [Points::whole(8), Points(500_000), Points(-1_300_000), Points(1)] {
            let text = serde_json::to_string(&points)?;
            assert_eq!(serde_json::from_str::<Points>(&text)?, points, "{text}");
        }
        assert_eq!(serde_json::to_string(&Points::whole(8))?, "8");
        Ok(())
    }
}
