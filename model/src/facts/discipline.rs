//! Sprint reports by discipline.

use super::Mode;
use crate::fact::fact;
use crate::{Key, Points, Row};

fact! {
    /// One row per board, sprint and discipline: the discipline's part of every number of the sprint's report. The parts
    /// of all disciplines add up to the report (METRICS rule 10).
    pub struct SprintDiscipline = "sprint_disciplines" by ["board_id", "sprint_id", "mode", "discipline"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The definitions that were used: `jira_cloud`, `jira_dc`, `grace_24h`, `final` or `eazybi`.
        pub mode: Mode,
        /// The discipline; `unassigned` for issues that no rule decides.
        pub discipline: String,
        /// Points in scope at the start; null where a history is missing.
        pub committed_points: Option<Points>,
        /// Issues in scope at the start; null where a history is missing.
        pub committed_issues: Option<i64>,
        /// Points that entered after the start, valued at entry; null where a history is missing.
        pub added_points: Option<Points>,
        /// Entries into scope after the start; null where a history is missing.
        pub added_issues: Option<i64>,
        /// Points that left, valued at removal; null where a history is missing.
        pub removed_points: Option<Points>,
        /// Removals from scope; null where a history is missing.
        pub removed_issues: Option<i64>,
        /// Sum of the changes of estimates in scope, in points; null where a history is missing.
        pub reestimated_points: Option<Points>,
        /// Issues that were re-estimated while in scope.
        pub reestimated_issues: Option<i64>,
        /// The part of `reestimated_points` that changed issues added after the start.
        pub reestimated_added_points: Option<Points>,
        /// The part of `reestimated_points` that changed issues while they were done.
        pub reestimated_done_points: Option<Points>,
        /// Points in scope at the end (now, while the sprint is open).
        pub final_scope_points: Points,
        /// Issues in scope at the end.
        pub final_scope_issues: i64,
        /// Points completed.
        pub completed_points: Points,
        /// Issues completed.
        pub completed_issues: i64,
        /// Points not completed.
        pub not_completed_points: Points,
        /// Issues not completed.
        pub not_completed_issues: i64,
        /// Issues that were done before the start: in no other number.
        pub done_before_start_issues: i64,
        /// Issues that were done outside of the sprint when they entered it: in no other number.
        pub done_outside_issues: i64,
        /// Issues in the final scope without an estimate at the end.
        pub unestimated_issues: i64,
        /// Points of committed issues that were completed, at the end; null where a history is missing.
        pub completed_committed_points: Option<Points>,
        /// The same issues' points at the start.
        pub completed_committed_initial_points: Option<Points>,
        /// Committed issues that were completed.
        pub completed_committed_issues: Option<i64>,
        /// `completed_committed_initial_points` / `committed_points`; null where the latter is 0 or a history is missing.
        pub commitment_reliability_points: Option<f64>,
        /// `completed_committed_issues` / `committed_issues`.
        pub commitment_reliability_issues: Option<f64>,
        /// `completed_points` / `committed_points`, as the bars of Jira's velocity chart.
        pub delivery_ratio_points: Option<f64>,
        /// `completed_issues` / `committed_issues`.
        pub delivery_ratio_issues: Option<f64>,
        /// `completed_points` / `final_scope_points`.
        pub completion_rate_points: Option<f64>,
        /// `completed_issues` / `final_scope_issues`.
        pub completion_rate_issues: Option<f64>,
        /// `completed_committed_points` / `completed_points`: how much of what was completed had been planned.
        pub planned_share_points: Option<f64>,
        /// `completed_committed_issues` / `completed_issues`.
        pub planned_share_issues: Option<f64>,
        /// (`added_points` + `removed_points`) / `committed_points`.
        pub scope_change_points: Option<f64>,
        /// (`added_issues` + `removed_issues`) / `committed_issues`.
        pub scope_change_issues: Option<f64>,
        /// (`added_points` - `removed_points`) / `committed_points`.
        pub scope_change_net_points: Option<f64>,
        /// (`added_issues` - `removed_issues`) / `committed_issues`.
        pub scope_change_net_issues: Option<f64>,
    }
}

impl Row for SprintDiscipline {
    const TABLE: &'static str = "sprint_disciplines";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.board_id, &self.sprint_id, self.mode.as_str(), &self.discipline])
    }
}
