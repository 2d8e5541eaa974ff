//! How well a sprint went as it was planned: shares of a report's numbers, each with a name of its own (METRICS
//! section 4).

use serde::{Serialize, Serializer};
use tidemark_model::Points;
use tidemark_model::fact::Value;
use tidemark_model::facts::SprintReport;

use super::super::record::Plain;

/// A report's predictability in both units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predictability {
    pub points: InPoints,
    pub issues: InIssues,
}

/// In points: what was committed and is completed, by the estimates at the start and at the end, and the shares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InPoints {
    pub completed_committed_initial: Option<Points>,
    pub completed_committed: Option<Points>,
    #[serde(flatten)]
    pub shares: Shares,
}

/// In issues.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InIssues {
    pub completed_committed: Option<i64>,
    #[serde(flatten)]
    pub shares: Shares,
}

/// Parts of wholes; missing where there is no whole or something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shares {
    #[serde(serialize_with = "share")]
    pub commitment_reliability: Option<f64>,
    #[serde(serialize_with = "share")]
    pub delivery_ratio: Option<f64>,
    #[serde(serialize_with = "share")]
    pub completion_rate: Option<f64>,
    #[serde(serialize_with = "share")]
    pub planned_share: Option<f64>,
    #[serde(serialize_with = "share")]
    pub scope_change: Option<f64>,
    #[serde(serialize_with = "share")]
    pub scope_change_net: Option<f64>,
}

impl Predictability {
    pub(super) fn of(report: &SprintReport) -> Self {
        let points = Shares {
            commitment_reliability: report.commitment_reliability_points,
            delivery_ratio: report.delivery_ratio_points,
            completion_rate: report.completion_rate_points,
            planned_share: report.planned_share_points,
            scope_change: report.scope_change_points,
            scope_change_net: report.scope_change_net_points,
        };
        let issues = Shares {
            commitment_reliability: report.commitment_reliability_issues,
            delivery_ratio: report.delivery_ratio_issues,
            completion_rate: report.completion_rate_issues,
            planned_share: report.planned_share_issues,
            scope_change: report.scope_change_issues,
            scope_change_net: report.scope_change_net_issues,
        };
        Self {
            points: InPoints {
                completed_committed_initial: report.completed_committed_initial_points,
                completed_committed: report.completed_committed_points,
                shares: points,
            },
            issues: InIssues { completed_committed: report.completed_committed_issues, shares: issues },
        }
    }
}

fn share<S: Serializer>(share: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    Plain(share.map_or(Value::Null, Value::Float)).serialize(serializer)
}
