//! Sprints as the boards show them.

use crate::fact::fact;
use crate::{Key, Row, Timestamp};

fact! {
    /// One row per board and sprint: a sprint as its source states it now, on a board that shows it.
    pub struct BoardSprint = "sprints" by ["board_id", "sprint_id"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`; `source/none` where the source names no board.
        pub board_id: String,
        /// The board's name; null where the source does not list its boards.
        pub board_name: Option<String>,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The sprint's name.
        pub sprint_name: String,
        /// `future`, `active`, `closed` or `deleted`.
        pub state: String,
        /// The sprint's goal, as typed.
        pub goal: Option<String>,
        /// S: the instant that the sprint was started (activated date where known, else its start date).
        pub started_at: Option<Timestamp>,
        /// PE: the planned end.
        pub planned_end_at: Option<Timestamp>,
        /// E: the instant that the sprint was closed; null while it is open.
        pub closed_at: Option<Timestamp>,
        /// Whether this is the board that the sprint was created on.
        pub origin: bool,
        /// Whether the board's configuration is missing, so that done is told by the status category.
        pub board_inferred: bool,
    }
}

impl Row for BoardSprint {
    const TABLE: &'static str = "board_sprints";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.board_id, &self.sprint_id])
    }
}
