//! Instants. The HTML says them in UTC; a script says them in the reader's own time zone, and how far away they are.

use maud::{Markup, html};
use tidemark_model::Timestamp;

/// As `2026-03-02 09:15 UTC`.
fn utc(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16), text.ends_with('Z')) {
        (Some(day), Some(minute), true) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

pub(in crate::pages) fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (utc(at)) } }
}

/// The day of an instant, for tables that compare sprints; the instant itself is within reach.
pub(in crate::pages) fn day_or(at: Option<Timestamp>, none: &str) -> Markup {
    match at {
        Some(at) => {
            html! { time datetime=(at) title=(utc(at)) data-form="day" { (utc(at).get(..10).unwrap_or_default()) } }
        }
        None => html! { span.unknown { (none) } },
    }
}

/// An instant, or a word where there is none.
pub(in crate::pages) fn time_or(at: Option<Timestamp>, none: &str) -> Markup {
    match at {
        Some(at) => time(at),
        None => html! { span.unknown { (none) } },
    }
}

/// Room for how far away an instant is: what a page says is kept, and the clock goes on, so a script fills it.
pub(in crate::pages) fn relative(at: Timestamp) -> Markup {
    html! { span.relative data-until=(at) {} }
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;

    use super::utc;

    #[test]
    fn instants_are_minutes_in_utc() {
        assert_eq!(utc(Timestamp(1_772_442_900_000)), "2026-03-02 09:15 UTC");
        assert_eq!(utc(Timestamp::MIN), Timestamp::MIN.to_string());
    }
}
