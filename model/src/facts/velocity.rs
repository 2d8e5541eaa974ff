//! Velocity: completed work per closed sprint, averaged over the last ones.

use crate::fact::fact;
use crate::{Key, Points, Row, Timestamp};

use super::Mode;

fact! {
    /// One row per board, closed sprint and window: statistics of what the last sprints up to and including it completed
    /// (METRICS section 3).
    pub struct VelocityWindow = "velocity_windows" by ["board_id", "sprint_id", "mode", "window_sprints"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The last sprint of the window, as `source/native-id`.
        pub sprint_id: String,
        /// The definitions that were used: `jira_cloud`, `jira_dc`, `grace_24h`, `final` or `eazybi`.
        pub mode: Mode,
        /// How many closed sprints the window may hold: 3, 5, 7 or 12.
        pub window_sprints: i64,
        /// E of the last sprint.
        pub closed_at: Timestamp,
        /// How many it holds; 0 where the policy leaves out all there are.
        pub sprints: i64,
        /// Mean of the completed points; null without sprints.
        pub mean_points: Option<f64>,
        /// Median of the completed points.
        pub median_points: Option<f64>,
        /// Lower quartile of the completed points, interpolated linearly.
        pub p25_points: Option<f64>,
        /// Upper quartile of the completed points. The spread is `p75_points` - `p25_points`.
        pub p75_points: Option<f64>,
        /// Mean of the completed issues.
        pub mean_issues: Option<f64>,
        /// Median of the completed issues.
        pub median_issues: Option<f64>,
        /// Lower quartile of the completed issues.
        pub p25_issues: Option<f64>,
        /// Upper quartile of the completed issues.
        pub p75_issues: Option<f64>,
    }
}

impl Row for VelocityWindow {
    const TABLE: &'static str = "velocity_windows";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        let window = format!("{:02}", self.window_sprints);
        Key::of([&self.source, &self.board_id, &self.sprint_id, self.mode.as_str(), &window])
    }
}

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
        /// The definitions that were used: `jira_cloud`, `jira_dc`, `grace_24h`, `final` or `eazybi`.
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
        /// How many closed sprints the mean is over: up to 7, this one included, without those that the policy leaves out.
        pub sprints: i64,
        /// Mean of the completed points over those sprints; null where there is none.
        pub velocity_points: Option<f64>,
        /// Mean of the completed issues over those sprints.
        pub velocity_issues: Option<f64>,
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
