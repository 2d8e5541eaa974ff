//! Boards as columns.

use crate::board::Board;
use crate::fact::fact;

fact! {
    /// One row per board that its source lists, with its newest configuration.
    pub struct BoardFact = "boards" by ["board_id"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The board's name.
        pub board_name: String,
        /// `scrum`, `kanban` or `simple`.
        pub kind: String,
        /// The id of the field that the board estimates with; null where it estimates by issue count.
        pub estimation_field_id: Option<String>,
        /// The names of the board's columns from left to right, separated by commas; the last one means done.
        pub column_names: String,
    }
}

impl BoardFact {
    /// The board's columns, from its canonical row.
    pub fn of(board: &Board) -> Self {
        let columns: Vec<&str> = board.columns.iter().map(|column| column.name.as_str()).collect();
        Self {
            source: board.source.clone(),
            board_id: format!("{}/{}", board.source, board.id),
            board_name: board.name.clone(),
            kind: board.kind.clone(),
            estimation_field_id: board.estimation_field.clone(),
            column_names: columns.join(","),
        }
    }
}
