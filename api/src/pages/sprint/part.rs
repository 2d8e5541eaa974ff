//! The numbers of a report that have items behind them.

use tidemark_model::Points;
use tidemark_model::facts::{Outcome, SprintItem, SprintReport};
use tidemark_processors::explain::Number;

use crate::pages::parts::Amount;
use crate::read::Behind;

/// A number of the report, as `?show=` names it.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) number: Number,
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) points_name: &'static str,
    pub(super) issues_name: &'static str,
    pub(super) behind: Behind,
    points: fn(&SprintReport) -> Option<Points>,
    issues: fn(&SprintReport) -> Option<i64>,
    /// What one item contributes to the points.
    share: fn(&SprintItem) -> Option<Points>,
}

impl Part {
    pub(super) fn points(&self, report: &SprintReport) -> Amount {
        Amount::Points((self.points)(report))
    }

    pub(super) fn issues(&self, report: &SprintReport) -> Amount {
        Amount::Issues((self.issues)(report))
    }

    pub(super) fn share(&self, item: &SprintItem) -> Amount {
        Amount::Points((self.share)(item))
    }

    pub(super) fn named() -> Vec<(&'static str, Self)> {
        PARTS.iter().map(|part| (part.name, *part)).collect()
    }
}

/// A part whose numbers are columns of the report, and whose items' shares are a column of the item.
macro_rules! part {
    ($number:ident, $words:literal, $behind:expr, $points:ident, $issues:ident) => {
        Part {
            number: Number::$number,
            name: Number::$number.as_str(),
            words: $words,
            points_name: stringify!($points),
            issues_name: stringify!($issues),
            behind: $behind,
            points: |report| report.$points.into(),
            issues: |report| report.$issues,
            share: |item| item.$points.into(),
        }
    };
}

/// A part that is counted in issues alone.
macro_rules! counted_part {
    ($number:ident, $words:literal, $behind:expr, $issues:ident) => {
        Part {
            number: Number::$number,
            name: Number::$number.as_str(),
            words: $words,
            points_name: "",
            issues_name: stringify!($issues),
            behind: $behind,
            points: |_| None,
            issues: |report| report.$issues,
            share: |item| item.final_points,
        }
    };
}

/// In the order of the equation, then what stands beside it.
pub(super) const PARTS: &[Part] = &[
    part!(Committed, "Committed", Behind::Committed, committed_points, committed_issues),
    part!(Added, "Added", Behind::Added, added_points, added_issues),
    part!(Removed, "Removed", Behind::Removed, removed_points, removed_issues),
    part!(Reestimated, "Re-estimated", Behind::Reestimated, reestimated_points, reestimated_issues),
    part!(FinalScope, "Final scope", Behind::FinalScope, final_scope_points, final_scope_issues),
    part!(Completed, "Completed", Behind::Ended(Outcome::Completed), completed_points, completed_issues),
    part!(
        NotCompleted,
        "Not completed",
        Behind::Ended(Outcome::NotCompleted),
        not_completed_points,
        not_completed_issues
    ),
    counted_part!(Unestimated, "Not estimated", Behind::Unestimated, unestimated_issues),
    counted_part!(
        DoneBeforeStart,
        "Done before the start",
        Behind::Ended(Outcome::DoneBeforeStart),
        done_before_start_issues
    ),
    counted_part!(
        DoneOutside,
        "Done outside the sprint",
        Behind::Ended(Outcome::DoneOutside),
        done_outside_issues
    ),
];

/// How many of [`PARTS`] make the equation.
pub(super) const TERMS: usize = 7;
