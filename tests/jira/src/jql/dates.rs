//! Dates in queries: milliseconds since 1970, periods like `-5m`, and what clocks show in the user's zone.

use jiff::civil::{Date, DateTime, Time};
use tidemark_model::Timestamp;

use super::{Context, Operand};

/// The instant that an operand means; nothing where it means none.
pub(super) fn instant(operand: &Operand, context: Context<'_>) -> Option<Timestamp> {
    match operand {
        Operand::Number(ms) => Some(Timestamp(*ms)),
        Operand::Text(text) => period(text)
            .map_or_else(|| context.zone.read(clock(text)?), |ms| Some(Timestamp(context.now.0 + ms))),
        Operand::Function(name) if name.eq_ignore_ascii_case("now") => Some(context.now),
        Operand::Function(_) | Operand::Empty => None,
    }
}

/// `-5m`, `4w 2d`: milliseconds from now.
fn period(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut sum = 0;
    for part in text.split_whitespace() {
        let unit = part.chars().last()?;
        let number: i64 = part.strip_suffix(unit)?.parse().ok()?;
        let ms = match unit {
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            'w' => 604_800_000,
            _ => return None,
        };
        sum += number * ms;
    }
    (!text.trim().is_empty()).then_some(sign * sum)
}

/// `yyyy-MM-dd HH:mm`, or with slashes, or without a time; nothing finer.
fn clock(text: &str) -> Option<DateTime> {
    let text = text.replace('/', "-");
    let (date, time) = text.split_once(' ').unwrap_or((&text, "0:00"));
    let mut parts = date.split('-').map(str::parse::<i16>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let (hour, minute) = time.trim().split_once(':')?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    Some(date.to_datetime(time))
}

/// Dates are compared as the index keeps them: in whole seconds.
pub(super) fn second(at: Timestamp) -> i64 {
    at.0.div_euclid(1000)
}
