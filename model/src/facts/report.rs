//! Sprint reports: the numbers of one sprint on one board.

use crate::fact::{fact, text_enum};
use crate::{Key, Points, Row, Timestamp};

text_enum! {
    /// How scope, done and the commitment are read (METRICS rule 11).
    pub enum Mode {
        /// Jira Cloud: done by the board's last column, an issue in an unmapped status counts 0 points.
        JiraCloud = "jira_cloud",
        /// Jira Data Center: as `jira_cloud`, but an issue in an unmapped status keeps its points. Experimental until it
        /// is compared with a server.
        JiraDc = "jira_dc",
        /// The commitment is read a day after the start; done is still tested at the start.
        Grace24h = "grace_24h",
        /// What is in scope at the end was committed, and nothing changed.
        Final = "final",
        /// As eazyBI: what was done at the start is committed and completed; done by the status category.
        Eazybi = "eazybi",
    }
}

fact! {
    /// One row per board and sprint: its report, restated with everything known now; no numbers before it starts.
    /// committed + added - removed + reestimated = final_scope = completed + not_completed, in points.
    pub struct SprintReport = "sprint_reports" by ["board_id", "sprint_id", "mode"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The definitions that were used: `jira_cloud`, `jira_dc`, `grace_24h`, `final` or `eazybi`.
        pub mode: Mode,
        /// The sprint's name.
        pub sprint_name: String,
        /// `future`, `active`, `closed` or `deleted`.
        pub state: String,
        /// S: when the sprint was started.
        pub started_at: Option<Timestamp>,
        /// E: when the sprint was closed; null while it is open.
        pub closed_at: Option<Timestamp>,
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
        /// Issues that were re-estimated while in scope; no term of the count identity.
        pub reestimated_issues: Option<i64>,
        /// The part of `reestimated_points` that changed issues added after the start.
        pub reestimated_added_points: Option<Points>,
        /// The part of `reestimated_points` that changed issues while they were done.
        pub reestimated_done_points: Option<Points>,
        /// Points in scope at the end (now, while the sprint is open); null for a sprint that never started.
        pub final_scope_points: Option<Points>,
        /// Issues in scope at the end.
        pub final_scope_issues: Option<i64>,
        /// Points completed: in scope and done at the end.
        pub completed_points: Option<Points>,
        /// Issues completed.
        pub completed_issues: Option<i64>,
        /// Points not completed: in scope and not done at the end.
        pub not_completed_points: Option<Points>,
        /// Issues not completed.
        pub not_completed_issues: Option<i64>,
        /// Issues that were done before the start: in no other number.
        pub done_before_start_issues: Option<i64>,
        /// Issues that were done outside of the sprint when they entered it: in no other number.
        pub done_outside_issues: Option<i64>,
        /// Issues in the final scope without an estimate at the end; they count 0 points.
        pub unestimated_issues: Option<i64>,
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
        /// Quality marks as a JSON list of `{"mark","detail"}`, empty if nothing is to be said.
        pub quality: String,
    }
}

impl Row for SprintReport {
    const TABLE: &'static str = "sprint_reports";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.board_id, &self.sprint_id, self.mode.as_str()])
    }
}
