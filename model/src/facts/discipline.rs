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
