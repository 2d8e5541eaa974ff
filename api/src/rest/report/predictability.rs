//! How well a sprint went as it was planned: shares of the numbers of a report or a discipline, each with a name of its own (METRICS
//! section 4).

use serde::{Serialize, Serializer};
use tidemark_model::Points;
use tidemark_model::fact::Value;
use tidemark_model::facts::{SprintDiscipline, SprintReport};

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

/// The shares of a row in one unit: report and discipline have the same columns.
macro_rules! predictability {
    ($row:ident) => {
        Predictability {
            points: InPoints {
                completed_committed_initial: $row.completed_committed_initial_points,
                completed_committed: $row.completed_committed_points,
                shares: Shares {
                    commitment_reliability: $row.commitment_reliability_points,
                    delivery_ratio: $row.delivery_ratio_points,
                    completion_rate: $row.completion_rate_points,
                    planned_share: $row.planned_share_points,
                    scope_change: $row.scope_change_points,
                    scope_change_net: $row.scope_change_net_points,
                },
            },
            issues: InIssues {
                completed_committed: $row.completed_committed_issues,
                shares: Shares {
                    commitment_reliability: $row.commitment_reliability_issues,
                    delivery_ratio: $row.delivery_ratio_issues,
                    completion_rate: $row.completion_rate_issues,
                    planned_share: $row.planned_share_issues,
                    scope_change: $row.scope_change_issues,
                    scope_change_net: $row.scope_change_net_issues,
                },
            },
        }
    };
}

impl Predictability {
    pub(super) fn of(report: &SprintReport) -> Self {
        predictability!(report)
    }

    pub(super) fn of_discipline(part: &SprintDiscipline) -> Self {
        predictability!(part)
    }
}

fn share<S: Serializer>(share: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    Plain(share.map_or(Value::Null, Value::Float)).serialize(serializer)
}
