//! The numbers of a report that can be explained, by name.

use tidemark_model::Points;
use tidemark_model::facts::SprintReport;

/// By how much ratios may differ that are the same.
const SAME_RATIO: f64 = 1e-12;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    Points,
    /// Issues, or entries into and out of scope.
    Issues,
}

impl Unit {
    pub const ALL: &'static [Self] = &[Self::Points, Self::Issues];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Issues => "issues",
        }
    }
}

/// A sum over issues, or a ratio of such sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Of points or of issues, exact.
    Sum(Points),
    Ratio(f64),
}

impl Value {
    /// Whether two values are the same: sums exactly; ratios as far as floats that were written and read again are.
    pub(super) fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Ratio(one), Self::Ratio(other)) => (one - other).abs() <= SAME_RATIO * one.abs().max(1.0),
            (one, other) => one == other,
        }
    }

    /// The number as answers write it.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Sum(sum) => sum.to_f64(),
            Self::Ratio(ratio) => ratio,
        }
    }
}

macro_rules! numbers {
    ($($(#[doc = $doc:literal])+ $number:ident = $name:literal, $points:expr, $issues:expr;)*) => {
        /// A number of a sprint's report, as the report names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Number {
            $($(#[doc = $doc])+ $number,)*
        }

        impl Number {
            /// In the order in which reports say them.
            pub const ALL: &'static [Self] = &[$(Self::$number),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$number => $name,)* }
            }

            /// The number's meaning, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$number => concat!($($doc),+).trim_ascii(),)* }
            }

            /// How a report says it in a unit; nothing where it does not.
            fn read(self, unit: Unit) -> Option<Read> {
                match (self, unit) {
                    $((Self::$number, Unit::Points) => $points,
                    (Self::$number, Unit::Issues) => $issues,)*
                }
            }
        }
    };
}

/// Takes a number from a report; nothing where the report does not know it.
type Read = fn(&SprintReport) -> Option<Value>;

/// The column of a report that holds a number.
macro_rules! points {
    ($column:ident) => {
        Some(|report| report.$column.map(Value::Sum))
    };
}
macro_rules! issues {
    ($column:ident) => {
        Some(|report| report.$column.map(|count| Value::Sum(whole(count))))
    };
}
macro_rules! ratio {
    ($column:ident) => {
        Some(|report| report.$column.map(Value::Ratio))
    };
}

numbers! {
    /// What was in scope at the start.
    Committed = "committed", points!(committed_points), issues!(committed_issues);
    /// What came into scope after the start, valued at entry.
    Added = "added", points!(added_points), issues!(added_issues);
    /// What left the scope, valued at removal.
    Removed = "removed", points!(removed_points), issues!(removed_issues);
    /// By how much estimates changed in scope; as a count, how many issues were re-estimated.
    Reestimated = "reestimated", points!(reestimated_points), issues!(reestimated_issues);
    /// The part of it that changed work added after the start.
    ReestimatedAdded = "reestimated_added", points!(reestimated_added_points), None;
    /// The part of it that changed work that was done.
    ReestimatedDone = "reestimated_done", points!(reestimated_done_points), None;
    /// What is in scope at the end.
    FinalScope = "final_scope", points!(final_scope_points), issues!(final_scope_issues);
    /// What is in scope and done at the end.
    Completed = "completed", points!(completed_points), issues!(completed_issues);
    /// What is in scope and not done at the end.
    NotCompleted = "not_completed", points!(not_completed_points), issues!(not_completed_issues);
    /// What was committed and is completed, valued at the end.
    CompletedCommitted = "completed_committed",
        points!(completed_committed_points), issues!(completed_committed_issues);
    /// What was committed and is completed, valued at the start.
    CompletedCommittedInitial = "completed_committed_initial", points!(completed_committed_initial_points), None;
    /// Issues that were done before the start: in no other number.
    DoneBeforeStart = "done_before_start", None, issues!(done_before_start_issues);
    /// Issues that were done outside of the sprint when they came: in no other number.
    DoneOutside = "done_outside", None, issues!(done_outside_issues);
    /// Issues in scope at the end without an estimate.
    Unestimated = "unestimated", None, issues!(unestimated_issues);
    /// How much of the commitment was kept, in the numbers that it was made with.
    CommitmentReliability = "commitment_reliability",
        ratio!(commitment_reliability_points), ratio!(commitment_reliability_issues);
    /// All that was completed, against the commitment.
    DeliveryRatio = "delivery_ratio", ratio!(delivery_ratio_points), ratio!(delivery_ratio_issues);
    /// How much of the final scope was completed.
    CompletionRate = "completion_rate", ratio!(completion_rate_points), ratio!(completion_rate_issues);
    /// How much of what was completed had been committed.
    PlannedShare = "planned_share", ratio!(planned_share_points), ratio!(planned_share_issues);
    /// How much the scope was changed, whether it grew or shrank.
    ScopeChange = "scope_change", ratio!(scope_change_points), ratio!(scope_change_issues);
    /// By how much the scope grew.
    ScopeChangeNet = "scope_change_net", ratio!(scope_change_net_points), ratio!(scope_change_net_issues);
}

impl Number {
    /// The number of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|number| number.as_str() == name).copied()
    }

    /// Whether reports say it in a unit.
    pub fn counts(self, unit: Unit) -> bool {
        self.read(unit).is_some()
    }

    /// The unit, or the other one where reports do not say the number in it.
    pub fn in_unit(self, unit: Unit) -> Unit {
        match unit {
            unit if self.counts(unit) => unit,
            Unit::Points => Unit::Issues,
            Unit::Issues => Unit::Points,
        }
    }

    /// What the report says; nothing where it does not know it.
    pub fn of(self, report: &SprintReport, unit: Unit) -> Option<Value> {
        self.read(unit).and_then(|read| read(report))
    }

    /// What a ratio is made of; nothing for sums.
    pub fn fraction(self, unit: Unit) -> Option<Fraction> {
        use Number::{
            Added, Committed, Completed, CompletedCommitted, CompletedCommittedInitial, FinalScope, Removed,
        };
        let initial = if unit == Unit::Points { CompletedCommittedInitial } else { CompletedCommitted };
        let (over, under): (&'static [Self], Self) = match self {
            Self::CommitmentReliability if initial == CompletedCommitted => {
                (&[CompletedCommitted], Committed)
            }
            Self::CommitmentReliability => (&[CompletedCommittedInitial], Committed),
            Self::DeliveryRatio => (&[Completed], Committed),
            Self::CompletionRate => (&[Completed], FinalScope),
            Self::PlannedShare => (&[CompletedCommitted], Completed),
            Self::ScopeChange | Self::ScopeChangeNet => (&[Added, Removed], Committed),
            _ => return None,
        };
        Some(Fraction { over, under, net: self == Self::ScopeChangeNet })
    }
}

/// A ratio's two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    /// The sum of these numbers is divided …
    pub over: &'static [Number],
    /// … by this one.
    pub under: Number,
    /// Whether the second of them is subtracted.
    pub net: bool,
}

impl Fraction {
    /// The fraction as people write it: `(added + removed) / committed`.
    pub fn formula(&self) -> String {
        let names: Vec<&str> = self.over.iter().map(|number| number.as_str()).collect();
        let over = names.join(if self.net { " - " } else { " + " });
        let over = if names.len() > 1 { format!("({over})") } else { over };
        format!("{over} / {}", self.under.as_str())
    }

    /// The ratio of these values of its parts, in the order of [`Self::over`].
    pub(super) fn of(&self, over: &[Points], under: Points) -> Option<f64> {
        let sign = if self.net { -1.0 } else { 1.0 };
        let parts = over.iter().map(|part| part.to_f64());
        let over = parts.reduce(|sum, part| sum + sign * part).unwrap_or_default();
        crate::predictability::ratio(over, under.to_f64())
    }
}

/// A number of issues as an exact one.
pub(super) fn whole(count: i64) -> Points {
    Points::from_millionths(count * 1_000_000)
}
