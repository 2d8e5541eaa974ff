//! How much of something is there, as a bar that says so in words as well.

use maud::{Markup, html};

use super::{Amount, number};

/// How far a sprint's scope is completed.
pub(in crate::pages) fn progress(completed: Amount, scope: Amount) -> Markup {
    let (part, whole) = (plain(completed), plain(scope));
    let share = Amount::Ratio((whole > 0.0).then(|| part / whole)).text();
    html! {
        div.progress {
            p.progress-words {
                span {
                    (number(named("completed", completed), completed)) " of "
                    (number(named("final_scope", scope), scope)) " " (scope.unit()) " completed"
                }
                @if let Some(share) = share { span.progress-share { (share) } }
            }
            // The words say all of it.
            progress max=(whole.max(1.0)) value=(part) aria-hidden="true" {}
        }
    }
}

/// How much of a scope is completed, short enough for a table.
pub(in crate::pages) fn completion(completed: Amount, scope: Amount) -> Markup {
    let (part, whole) = (plain(completed), plain(scope));
    let rate = match scope {
        Amount::Issues(_) => "completion_rate_issues",
        _ => "completion_rate_points",
    };
    html! {
        div.completion {
            (number(rate, Amount::Ratio((whole > 0.0).then(|| part / whole))))
            // The number says it.
            progress max=(whole.max(1.0)) value=(part) aria-hidden="true" {}
        }
    }
}

fn named(what: &str, amount: Amount) -> &'static str {
    match (what, amount) {
        ("completed", Amount::Issues(_)) => "completed_issues",
        ("completed", _) => "completed_points",
        (_, Amount::Issues(_)) => "final_scope_issues",
        _ => "final_scope_points",
    }
}

fn plain(amount: Amount) -> f64 {
    match amount {
        Amount::Points(points) => points.unwrap_or_default().to_f64(),
        Amount::Issues(issues) => issues.unwrap_or_default() as f64,
        Amount::Mean(_, number) | Amount::Ratio(number) => number.unwrap_or_default(),
    }
}
