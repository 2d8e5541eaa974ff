//! The numbers of a report, and of its part that is one discipline's.

use serde::Serialize;
use tidemark_model::Points;
use tidemark_model::facts::{SprintDiscipline, SprintReport};

use super::predictability::Predictability;

/// The numbers of a report in one unit; one that is not known is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Numbers<N> {
    pub committed: Option<N>,
    pub added: Option<N>,
    pub removed: Option<N>,
    pub reestimated: Option<N>,
    pub final_scope: Option<N>,
    pub completed: Option<N>,
    pub not_completed: Option<N>,
}

/// The numbers of a report as numbers of issues, with the issues that are in no other number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    #[serde(flatten)]
    pub numbers: Numbers<i64>,
    pub done_before_start: Option<i64>,
    pub done_outside: Option<i64>,
}

/// A discipline's part of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Discipline {
    pub name: String,
    pub points: Numbers<Points>,
    pub issues: Counts,
    /// Issues in the final scope without an estimate.
    pub unestimated: i64,
    pub predictability: Predictability,
}

impl<N: Copy> Numbers<N> {
    /// The numbers with their names, in the order of METRICS rule 1.
    pub fn named(&self) -> [(&'static str, Option<N>); 7] {
        [
            ("committed", self.committed),
            ("added", self.added),
            ("removed", self.removed),
            ("reestimated", self.reestimated),
            ("final_scope", self.final_scope),
            ("completed", self.completed),
            ("not_completed", self.not_completed),
        ]
    }
}

/// The numbers of a row in one unit: report and discipline have the same columns.
macro_rules! numbers {
    ($row:ident, $committed:ident, $added:ident, $removed:ident, $reestimated:ident, $scope:ident, $completed:ident, $open:ident) => {
        Numbers {
            committed: $row.$committed,
            added: $row.$added,
            removed: $row.$removed,
            reestimated: $row.$reestimated,
            final_scope: $row.$scope.into(),
            completed: $row.$completed.into(),
            not_completed: $row.$open.into(),
        }
    };
}

macro_rules! points {
    ($row:ident) => {
        numbers!(
            $row,
            committed_points,
            added_points,
            removed_points,
            reestimated_points,
            final_scope_points,
            completed_points,
            not_completed_points
        )
    };
}

macro_rules! counts {
    ($row:ident) => {
        Counts {
            numbers: numbers!(
                $row,
                committed_issues,
                added_issues,
                removed_issues,
                reestimated_issues,
                final_scope_issues,
                completed_issues,
                not_completed_issues
            ),
            done_before_start: $row.done_before_start_issues.into(),
            done_outside: $row.done_outside_issues.into(),
        }
    };
}

/// A report's numbers in points.
pub(super) fn points(report: &SprintReport) -> Numbers<Points> {
    points!(report)
}

/// A report's numbers as numbers of issues.
pub(super) fn counts(report: &SprintReport) -> Counts {
    counts!(report)
}

impl Discipline {
    pub(super) fn of(row: &SprintDiscipline) -> Self {
        Self {
            name: row.discipline.clone(),
            points: points!(row),
            issues: counts!(row),
            unestimated: row.unestimated_issues,
            predictability: Predictability::of_discipline(row),
        }
    }
}
