//! What of the commitment was kept, and the say/do family (METRICS section 4).

use serde::{Deserialize, Serialize};

use crate::points::Points;
use crate::report::{IssueCounts, PointSums};

/// The issues that were committed and are completed; null without a history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedCommitted {
    /// Their points.
    pub points: CommittedPoints,
    /// How many they are.
    pub issues: CommittedIssues,
}

/// The points of the issues that were committed and are completed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedPoints {
    /// As they were committed.
    pub completed_committed_initial: Option<Points>,
    /// At E.
    pub completed_committed: Option<Points>,
}

/// The number of issues that were committed and are completed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub struct CommittedIssues {
    pub completed_committed: Option<u64>,
}

/// The ratios in points and in issues.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Predictability {
    /// In points.
    pub points: Ratios,
    /// In issues.
    pub issues: Ratios,
}

/// The say/do family. A ratio is null where its denominator is zero or a part
/// of it is unknown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub struct Ratios {
    pub commitment_reliability: Option<f64>,
    pub delivery_ratio: Option<f64>,
    pub completion_rate: Option<f64>,
    pub planned_share: Option<f64>,
    pub scope_change: Option<f64>,
    pub scope_change_net: Option<f64>,
}

/// The numbers that ratios are made of, as whole numbers of one unit.
struct Parts {
    committed: Option<i64>,
    added: Option<i64>,
    removed: Option<i64>,
    final_scope: Option<i64>,
    completed: Option<i64>,
    completed_committed_initial: Option<i64>,
    completed_committed: Option<i64>,
}

impl Predictability {
    pub(crate) fn new(points: &PointSums, issues: &IssueCounts, kept: &CompletedCommitted) -> Self {
        let millionths = |points: Option<Points>| points.map(|points| points.0);
        let number = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let kept_issues = number(kept.issues.completed_committed);
        let in_points = Parts {
            committed: millionths(points.committed),
            added: millionths(points.added),
            removed: millionths(points.removed),
            final_scope: millionths(points.final_scope),
            completed: millionths(points.completed),
            completed_committed_initial: millionths(kept.points.completed_committed_initial),
            completed_committed: millionths(kept.points.completed_committed),
        };
        let in_issues = Parts {
            committed: number(issues.committed),
            added: number(issues.added),
            removed: number(issues.removed),
            final_scope: number(issues.final_scope),
            completed: number(issues.completed),
            completed_committed_initial: kept_issues,
            completed_committed: kept_issues,
        };
        Self { points: in_points.ratios(), issues: in_issues.ratios() }
    }
}

impl Parts {
    fn ratios(&self) -> Ratios {
        let changes = |removed_sign: i64| Some(self.added? + removed_sign * self.removed?);
        Ratios {
            commitment_reliability: ratio(self.completed_committed_initial, self.committed),
            delivery_ratio: ratio(self.completed, self.committed),
            completion_rate: ratio(self.completed, self.final_scope),
            planned_share: ratio(self.completed_committed, self.completed),
            scope_change: ratio(changes(1), self.committed),
            scope_change_net: ratio(changes(-1), self.committed),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a sum is far below 2^53 millionths")]
fn ratio(over: Option<i64>, under: Option<i64>) -> Option<f64> {
    let under = under.filter(|under| *under != 0)?;
    Some(over? as f64 / under as f64)
}
