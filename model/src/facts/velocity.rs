//! Velocity: completed work per closed sprint, averaged over the last ones.

use crate::fact::fact;
use crate::{Key, Points, Row, Timestamp};

use super::Mode;

fact! {
    /// One row per board and closed sprint: its commitment and completed work, and the board's velocity up to and
    /// including it (METRICS section 3: the mean over the last 7 closed sprints).
    pub struct Velocity = "velocity" by ["board_id", "sprint_id", "mode"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The definitions that were used: `jira_cloud`.
        pub mode: Mode,
        /// The sprint's name.
        pub sprint_name: String,
        /// E: when the sprint was closed.
        pub closed_at: Timestamp,
        /// Position among the board's closed sprints by E, from 1 for the first.
        pub position: i64,
        /// Points in scope at the start; null where a history is missing.
        pub committed_points: Option<Points>,
        /// Points completed.
        pub completed_points: Points,
        /// Issues completed.
        pub completed_issues: i64,
        /// How many closed sprints the mean is over: up to 7, this one included.
        pub sprints: i64,
        /// Mean of the completed points over those sprints.
        pub velocity_points: f64,
        /// Mean of the completed issues over those sprints.
        pub velocity_issues: f64,
    }
}

impl Row for Velocity {
    const TABLE: &'static str = "velocity";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.board_id, &self.sprint_id, self.mode.as_str()])
    }
}
