//! The numbers that a tally leads to, as `expected.json` holds them.

use std::ops::AddAssign;

use serde::Serialize;

use crate::carry::Carry;
use crate::points::Points;

/// The columns of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Columns<T> {
    pub(crate) committed: T,
    pub(crate) added: T,
    pub(crate) removed: T,
    pub(crate) reestimated: T,
    pub(crate) final_scope: T,
    pub(crate) completed: T,
    pub(crate) not_completed: T,
}

impl<T: Copy> Columns<T> {
    const fn all(value: T) -> Self {
        Self {
            committed: value,
            added: value,
            removed: value,
            reestimated: value,
            final_scope: value,
            completed: value,
            not_completed: value,
        }
    }
}

impl<T: AddAssign> AddAssign for Columns<T> {
    fn add_assign(&mut self, other: Self) {
        self.committed += other.committed;
        self.added += other.added;
        self.removed += other.removed;
        self.reestimated += other.reestimated;
        self.final_scope += other.final_scope;
        self.completed += other.completed;
        self.not_completed += other.not_completed;
    }
}

/// The issue counts of a report: its columns and the issues that never got into scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    #[serde(flatten)]
    pub(crate) columns: Columns<i64>,
    pub(crate) done_before_start: i64,
    pub(crate) done_outside: i64,
}

/// The sums of some issues' accounts with a sprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    pub(crate) points: Columns<Points>,
    pub(crate) issues: Counts,
    pub(crate) unestimated: i64,
}

impl Sums {
    pub(super) const NONE: Self = Self {
        points: Columns::all(Points::ZERO),
        issues: Counts { columns: Columns::all(0), done_before_start: 0, done_outside: 0 },
        unestimated: 0,
    };
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.points += other.points;
        self.issues.columns += other.issues.columns;
        self.issues.done_before_start += other.issues.done_before_start;
        self.issues.done_outside += other.issues.done_outside;
        self.unestimated += other.unestimated;
    }
}

/// A discipline's part of every number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Discipline {
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) sums: Sums,
}

/// The numbers of one sprint on one board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Numbers {
    pub(crate) board: u32,
    #[serde(flatten)]
    pub(crate) sums: Sums,
    /// By name; their sums are the numbers.
    pub(crate) disciplines: Vec<Discipline>,
}

/// A sprint's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) sprint: u32,
    /// Restated: with everything known now and the newest configuration (METRICS rule 13).
    #[serde(flatten)]
    pub(crate) numbers: Numbers,
    /// Of each issue that was ever in scope; not of a deleted sprint.
    pub(crate) carry_over: Vec<Carry>,
    /// With the configuration that held at the close, where that says something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_closed: Option<Numbers>,
    /// On the other boards that show the sprint (METRICS case 25).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) other_boards: Vec<Numbers>,
}
