//! How well the sprint went as it was planned: shares of the report's numbers, each under a name of its own (METRICS
//! section 4).

use maud::{Markup, html};
use tidemark_model::facts::SprintReport;
use tidemark_processors::explain::Number;

use super::View;
use crate::pages::parts::{Amount, Unit, linked};

/// A share of the report's numbers.
struct Share {
    number: Number,
    words: &'static str,
    formula: &'static str,
    meaning: &'static str,
    points_name: &'static str,
    issues_name: &'static str,
    points: fn(&SprintReport) -> Option<f64>,
    issues: fn(&SprintReport) -> Option<f64>,
}

macro_rules! share {
    ($number:ident, $words:literal, $formula:literal, $meaning:literal, $points:ident, $issues:ident) => {
        Share {
            number: Number::$number,
            words: $words,
            formula: $formula,
            meaning: $meaning,
            points_name: stringify!($points),
            issues_name: stringify!($issues),
            points: |report| report.$points,
            issues: |report| report.$issues,
        }
    };
}

const SHARES: [Share; 6] = [
    share!(
        CommitmentReliability,
        "Commitment reliability",
        "committed and completed ÷ committed",
        "How much of what was committed at the start was completed, by the estimates at the start.",
        commitment_reliability_points,
        commitment_reliability_issues
    ),
    share!(
        DeliveryRatio,
        "Delivery ratio",
        "completed ÷ committed",
        "What was completed, added work included, beside what was committed: the bars of Jira's velocity chart.",
        delivery_ratio_points,
        delivery_ratio_issues
    ),
    share!(
        CompletionRate,
        "Completion rate",
        "completed ÷ final scope",
        "How much of what was in scope at the end was completed.",
        completion_rate_points,
        completion_rate_issues
    ),
    share!(
        PlannedShare,
        "Planned share",
        "committed and completed ÷ completed",
        "How much of what was completed had been committed at the start.",
        planned_share_points,
        planned_share_issues
    ),
    share!(
        ScopeChange,
        "Scope change",
        "(added + removed) ÷ committed",
        "How much the scope moved after the start, in whichever direction.",
        scope_change_points,
        scope_change_issues
    ),
    share!(
        ScopeChangeNet,
        "Net scope change",
        "(added − removed) ÷ committed",
        "By how much the scope grew after the start, or shrank.",
        scope_change_net_points,
        scope_change_net_issues
    ),
];

/// The shares in the chosen unit.
pub(super) fn predictability(view: &View, report: &SprintReport) -> Markup {
    html! {
        h3.part id="predictability" { "Predictability" }
        dl.facts.ratios {
            @for share in &SHARES {
                div {
                    dt { (share.words) }
                    dd {
                        (linked(
                            share.name(view.unit),
                            share.amount(view.unit, report),
                            "explained",
                            &view.explained(share.number)
                        ))
                        " " span.quiet { (share.formula) }
                    }
                }
            }
        }
        details.behind {
            summary { "What these shares mean" }
            dl.meanings {
                @for share in &SHARES { dt { (share.words) } dd { (share.meaning) } }
            }
            p.quiet {
                "There is none where nothing was committed, completed or in scope, and none where a part of it is not "
                "known."
            }
        }
    }
}

impl Share {
    fn name(&self, unit: Unit) -> &'static str {
        match unit {
            Unit::Points => self.points_name,
            Unit::Issues => self.issues_name,
        }
    }

    fn amount(&self, unit: Unit, report: &SprintReport) -> Amount {
        Amount::Ratio(match unit {
            Unit::Points => (self.points)(report),
            Unit::Issues => (self.issues)(report),
        })
    }
}
