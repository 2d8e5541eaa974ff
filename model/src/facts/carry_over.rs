//! Work that goes from one sprint to the next.

use crate::fact::fact;
use crate::{Key, Points, Row, Timestamp};

fact! {
    /// One row per board, started sprint and issue that was left over at the close, or had been in a sprint of the board
    /// before: a leg of its way (METRICS section 6 and rule 14, mode `jira_cloud`).
    pub struct CarryOver = "carry_over" by ["board_id", "sprint_id", "issue_id"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The issue, as `source/native-id`.
        pub issue_id: String,
        /// The issue's present key.
        pub issue_key: String,
        /// The sprint's name.
        pub sprint_name: String,
        /// S of the sprint.
        pub started_at: Timestamp,
        /// E of the sprint; null while it is open.
        pub closed_at: Option<Timestamp>,
        /// The sprint that the issue came from, as `source/native-id`: it was in its scope at its close and not completed,
        /// and entered this one at most five days later. Null where a chain begins.
        pub carried_in_from: Option<String>,
        /// Seconds from the close of that sprint to the entry into this one; 0 where it was in both.
        pub gap_secs: Option<i64>,
        /// Legs before this one in the unbroken chain: 0 where it begins.
        pub carry_count: i64,
        /// Started sprints of the board in whose scope the issue ever was, up to this one; a broken chain does not matter.
        pub sprints_touched: i64,
        /// Whether it was in scope and not completed at the close.
        pub carried_out: bool,
        /// Points when it first came into the sprint's scope.
        pub initial_points: Points,
        /// Points at the end, or at its removal.
        pub final_points: Points,
        /// Points burned in this leg: its points if it was completed, else by how much it was re-estimated downwards;
        /// negative where it grew.
        pub burned_points: Points,
    }
}

impl Row for CarryOver {
    const TABLE: &'static str = "carry_over";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.board_id, &self.sprint_id, &self.issue_id])
    }
}
