//! Sprints as boards show them: one row per board and sprint.

use tidemark_model::board::Board;
use tidemark_model::facts::BoardSprint;
use tidemark_model::sprint::Sprint;
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::rules::boards_of;

/// Puts each sprint beside its boards.
pub struct BoardSprints;

impl Processor for BoardSprints {
    fn spec(&self) -> Spec {
        Spec {
            name: "board_sprints",
            version: 2,
            group_parts: 2,
            inputs: &[Sprint::TABLE],
            globals: &[Board::TABLE],
            outputs: &[BoardSprint::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(sprint) = tables.get::<Sprint>(group) else { return };
        let boards = tables.global::<Board>();
        for shown in boards_of(&sprint, &boards) {
            out.push(&BoardSprint {
                source: sprint.source.clone(),
                board_id: format!("{}/{}", sprint.source, shown.board_id),
                board_name: shown.board.map(|board| board.name.clone()),
                sprint_id: format!("{}/{}", sprint.source, sprint.id),
                sprint_name: sprint.now.name.clone(),
                state: sprint.now.state.to_string(),
                goal: sprint.now.goal.clone(),
                started_at: sprint.started_at(),
                planned_end_at: sprint.now.end_at,
                closed_at: sprint.closed_at(),
                origin: shown.origin,
                board_inferred: shown.board.is_none_or(|board| board.columns.is_empty()),
            });
        }
    }
}
