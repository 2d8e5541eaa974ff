//! Numbers, as people read them and as tests find them: each names what it is and carries its exact value.

use maud::{Markup, html};
use tidemark_model::Points;

use crate::pages::address::Address;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Unit {
    Points,
    Issues,
}

/// A number of something; nothing where it is not known, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::pages) enum Amount {
    Points(Option<Points>),
    Issues(Option<i64>),
    /// A mean, or another statistic, of numbers in a unit.
    Mean(Unit, Option<f64>),
    /// A part of a whole.
    Ratio(Option<f64>),
}

impl Unit {
    pub(in crate::pages) const NAMED: &'static [(&'static str, Self)] =
        &[("points", Self::Points), ("issues", Self::Issues)];

    pub(in crate::pages) fn name(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Issues => "issues",
        }
    }
}

impl Amount {
    /// One of two numbers of the same thing, by the unit.
    pub(in crate::pages) fn of(unit: Unit, points: Option<Points>, issues: Option<i64>) -> Self {
        match unit {
            Unit::Points => Self::Points(points),
            Unit::Issues => Self::Issues(issues),
        }
    }

    pub(in crate::pages) fn unit(self) -> &'static str {
        match self {
            Self::Points(_) => "points",
            Self::Issues(_) => "issues",
            Self::Mean(unit, _) => unit.name(),
            Self::Ratio(_) => "ratio",
        }
    }

    /// For people.
    pub(in crate::pages) fn text(self) -> Option<String> {
        match self {
            Self::Points(points) => points.map(|points| minus(hundredths(points))),
            Self::Issues(issues) => issues.map(|issues| minus(issues.to_string())),
            Self::Mean(_, mean) => mean.map(|mean| minus(rounded(mean))),
            Self::Ratio(ratio) => ratio.map(percent),
        }
    }

    /// For programs.
    fn value(self) -> Option<String> {
        match self {
            Self::Points(points) => points.map(|points| points.to_string()),
            Self::Issues(issues) => issues.map(|issues| issues.to_string()),
            Self::Mean(_, number) | Self::Ratio(number) => number.map(|number| number.to_string()),
        }
    }
}

/// In whole percent; a little is never nothing, and almost all is never all.
fn percent(ratio: f64) -> String {
    let percent = (ratio * 100.0).round();
    if ratio < 0.0 {
        format!("−{}", self::percent(-ratio))
    } else if ratio > 0.0 && percent < 1.0 {
        "under 1%".to_owned()
    } else if ratio < 1.0 && percent >= 100.0 {
        "99%".to_owned()
    } else {
        format!("{percent}%")
    }
}

/// Points in hundredths: thirds have no end. What a program reads is exact.
fn hundredths(points: Points) -> String {
    let millionths = points.millionths();
    let rounded = (millionths.abs() + 5_000) / 10_000 * 10_000 * millionths.signum();
    Points::from_millionths(rounded).to_string()
}

/// A mean in tenths, without a zero at the end.
fn rounded(number: f64) -> String {
    let tenths = format!("{number:.1}");
    tenths.strip_suffix(".0").map_or(tenths.clone(), str::to_owned)
}

/// With a real minus sign, which is as wide as a plus.
fn minus(text: String) -> String {
    text.replace('-', "−")
}

/// With its sign, for changes.
pub(in crate::pages) fn signed(amount: Amount) -> Option<String> {
    amount.text().map(|text| if text.starts_with('−') || text == "0" { text } else { format!("+{text}") })
}

/// Part ÷ whole; nothing where either is not known or the whole is nothing (METRICS section 4).
pub(in crate::pages) fn ratio(part: Option<Points>, whole: Option<Points>) -> Amount {
    let (Some(part), Some(whole)) = (part, whole) else { return Amount::Ratio(None) };
    let holds = whole != Points::ZERO;
    Amount::Ratio(holds.then(|| part.to_f64() / whole.to_f64()))
}

/// A number under the name that the interface for programs gives it.
pub(in crate::pages) fn number(name: &str, amount: Amount) -> Markup {
    html! {
        span.number data-number=(name) data-unit=(amount.unit())
            data-value=(amount.value().as_deref().unwrap_or("null")) {
            @match amount.text() {
                Some(text) => (text),
                None => span.unknown { (missing(amount)) },
            }
        }
    }
}

fn missing(amount: Amount) -> Markup {
    match amount {
        Amount::Ratio(None) | Amount::Mean(_, None) => {
            html! { span aria-hidden="true" { "–" } span.hidden { "not known" } }
        }
        _ => html! { "unknown" },
    }
}

/// A number that leads to what is behind it; `what` tells those who hear the link alone.
pub(in crate::pages) fn linked(name: &str, amount: Amount, what: &str, to: &Address) -> Markup {
    html! {
        a.number-link href=(to) { (number(name, amount)) span.hidden { " " (what) } }
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::Points;

    use super::{Amount, Unit, number, ratio, signed};

    fn points(number: f64) -> Option<Points> {
        Some(Points::from_f64(number).unwrap())
    }

    #[test]
    fn what_is_not_known_is_never_zero() {
        assert!(number("added_points", Amount::Points(None)).into_string().contains("unknown"));
        assert_eq!(ratio(points(5.0), points(0.0)), Amount::Ratio(None));
        assert_eq!(ratio(points(5.0), None), Amount::Ratio(None));
        assert_eq!(ratio(points(5.0), points(8.0)), Amount::Ratio(Some(0.625)));
    }

    #[test]
    fn numbers_are_short_and_exact() {
        let text = |amount: Amount| amount.text().unwrap();
        assert_eq!(text(Amount::Points(points(2.50))), "2.5");
        assert_eq!(text(Amount::Points(points(-18.333333))), "−18.33");
        assert_eq!(text(Amount::Points(points(0.995))), "1");
        assert!(
            number("added_points", Amount::Points(points(0.333333))).into_string().contains("\"0.333333\"")
        );
        assert_eq!(text(Amount::Mean(Unit::Points, Some(21.04))), "21");
        assert_eq!(text(Amount::Mean(Unit::Points, Some(21.25))), "21.2");
        let percent = |ratio: f64| text(Amount::Ratio(Some(ratio)));
        assert_eq!([0.0, 0.001, 0.625, 0.999, 1.0].map(percent), ["0%", "under 1%", "63%", "99%", "100%"]);
        assert_eq!([-0.25, -1.5, -0.001].map(percent), ["−25%", "−150%", "−under 1%"]);
        assert_eq!(signed(Amount::Points(points(-3.0))).unwrap(), "−3");
        assert_eq!(signed(Amount::Issues(Some(3))).unwrap(), "+3");
        assert_eq!(signed(Amount::Issues(Some(0))).unwrap(), "0");
    }
}
