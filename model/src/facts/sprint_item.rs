//! Issues in sprints: what each contributes to the report.

use crate::fact::{fact, text_enum};
use crate::{Key, Points, Row, Timestamp};

text_enum! {
    /// How an issue ended in a sprint (METRICS rule 6).
    pub enum Outcome {
        /// In scope at E and done at E.
        Completed = "completed",
        /// In scope at E and not done at E.
        NotCompleted = "not_completed",
        /// Was in scope and left it before E.
        Removed = "removed",
        /// Was done when the sprint started, and never came into scope.
        DoneBeforeStart = "done_before_start",
        /// Was done outside of the sprint when it entered, and never came into scope.
        DoneOutside = "done_outside",
        /// In a sprint that has not started.
        Planned = "planned",
    }
}

fact! {
    /// One row per board, sprint and issue: what the issue contributes to the sprint's report. The report is the sum
    /// of the rows that count.
    pub struct SprintItem = "sprint_items" by ["board_id", "sprint_id", "issue_id"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The issue, as `source/native-id`; it never changes, unlike the key.
        pub issue_id: String,
        /// The issue's present key, such as ACME-7.
        pub issue_key: String,
        /// The issue's present summary.
        pub summary: String,
        /// The issue's present type, such as Story.
        pub issue_type: String,
        /// Whether the issue was a sub-task at the sprint's end.
        pub subtask: bool,
        /// `completed`, `not_completed`, `removed`, `done_before_start`, `done_outside` or `planned`.
        pub outcome: Outcome,
        /// Whether the issue counts in the report's numbers (sub-tasks do not, unless the policy includes them).
        pub counted: bool,
        /// Whether the issue was committed at the sprint's start; null where its history is missing.
        pub committed: Option<bool>,
        /// Whether the issue came into scope after the sprint's start; null where its history is missing.
        pub added: Option<bool>,
        /// Estimate at the start, or when the issue first came into scope, in points; null where there was none.
        pub initial_points: Option<Points>,
        /// Estimate at the end of the sprint, or at removal, in points; null where there was none.
        pub final_points: Option<Points>,
        /// Points committed at the sprint's start; null where the history is missing.
        pub committed_points: Option<Points>,
        /// Points added after the start, valued at each entry; null where the history is missing.
        pub added_points: Option<Points>,
        /// Points removed, valued at each removal; null where the history is missing.
        pub removed_points: Option<Points>,
        /// Sum of the changes of the estimate while in scope, in points; null where the history is missing.
        pub reestimated_points: Option<Points>,
        /// The part of `reestimated_points` that changed an issue added after the start.
        pub reestimated_added_points: Option<Points>,
        /// The part of `reestimated_points` that changed an issue while it was done.
        pub reestimated_done_points: Option<Points>,
        /// Points in scope at the end.
        pub final_scope_points: Points,
        /// Points completed: in scope and done at the end.
        pub completed_points: Points,
        /// Points not completed: in scope and not done at the end.
        pub not_completed_points: Points,
        /// Entries into scope after the start; null where the history is missing.
        pub added_entries: Option<i64>,
        /// Removals from scope; null where the history is missing.
        pub removed_entries: Option<i64>,
        /// Whether the issue is in the final scope without an estimate.
        pub unestimated: bool,
        /// The issue's discipline at the end of the sprint, or at its removal; `unassigned` where no rule decides.
        pub discipline: String,
        /// The rule that decided, such as `component API`, `assignee`, or `none`.
        pub discipline_rule: String,
        /// When the issue became done for the last time up to the sprint's end; null where it was not done.
        pub done_at: Option<Timestamp>,
        /// What to know before trusting the row, as words separated by spaces; empty if nothing.
        pub marks: String,
    }
}

impl Row for SprintItem {
    const TABLE: &'static str = "sprint_items";
    /// By board and sprint's source: rows of a board lie together.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.board_id, &self.sprint_id, &self.issue_id])
    }
}
