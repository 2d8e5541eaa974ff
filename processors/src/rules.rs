//! How a board reads its issues: what it estimates with, what it calls done, which statuses it shows.

use std::collections::BTreeMap;

use tidemark_model::board::{Board, Field, Status};
use tidemark_model::sprint::Sprint;
use tidemark_model::{Key, Timestamp};

use crate::fields::inferred_estimation_field;

/// The native id that stands for the board of a sprint whose source names none.
pub const NO_BOARD: &str = "none";

/// The sprint, as the ledger sees it: (S, E].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// S; nothing where the sprint ended without a known start.
    pub started_at: Option<Timestamp>,
    /// E; nothing while the sprint is open, so that all that is known counts.
    pub ended_at: Option<Timestamp>,
}

impl Window {
    /// Whether an instant is within the sprint's time up to E.
    pub fn reaches(&self, at: Timestamp) -> bool {
        self.ended_at.is_none_or(|end| at <= end)
    }
}

/// The rules of one board, in mode `jira_cloud`.
pub struct Rules<'a> {
    board: Option<&'a Board>,
    source: &'a str,
    statuses: &'a BTreeMap<Key, Status>,
    estimation_field: Option<String>,
}

impl<'a> Rules<'a> {
    /// The rules of a board; without its configuration done is the status category `done`, every status counts, and the
    /// estimation field is inferred.
    pub fn of(
        source: &'a str,
        board: Option<&'a Board>,
        statuses: &'a BTreeMap<Key, Status>,
        fields: &BTreeMap<Key, Field>,
    ) -> Self {
        let board = board.filter(|board| !board.columns.is_empty());
        let estimation_field = match board {
            Some(board) => board.estimation_field.clone(),
            None => inferred_estimation_field(source, fields),
        };
        Self { board, source, statuses, estimation_field }
    }

    /// The field that estimates; nothing where the board counts issues.
    pub fn estimation_field(&self) -> Option<&str> {
        self.estimation_field.as_deref()
    }

    /// Done is the board's last column.
    pub fn is_done(&self, status_id: &str) -> bool {
        match self.board {
            Some(board) => {
                board.columns.last().is_some_and(|column| column.status_ids.iter().any(|id| id == status_id))
            }
            None => {
                let status = self.statuses.get(&Key::of([self.source, status_id]));
                status.is_some_and(|status| status.category.as_deref() == Some("done"))
            }
        }
    }

    /// Whether a status lies in some column; an issue in another one counts 0 points (METRICS rule 11).
    pub fn is_mapped(&self, status_id: &str) -> bool {
        self.board.is_none_or(|board| {
            board.columns.iter().any(|column| column.status_ids.iter().any(|id| id == status_id))
        })
    }

    /// Whether the board's configuration is missing.
    pub fn inferred(&self) -> bool {
        self.board.is_none()
    }
}

/// A board that shows a sprint, by its native id, with its configuration where that is known.
pub struct ShownOn<'a> {
    pub board_id: String,
    pub board: Option<&'a Board>,
    pub origin: bool,
}

/// The boards that show a sprint: the one it was created on, and those that are known to list it.
pub fn boards_of<'a>(sprint: &Sprint, boards: &'a BTreeMap<Key, Board>) -> Vec<ShownOn<'a>> {
    let origin = sprint.now.origin_board_id.clone();
    let mut shown = Vec::new();
    for board in crate::fields::of_source(&sprint.source, boards) {
        if Some(&board.id) != origin.as_ref() && board.shown_sprints.contains(&sprint.id) {
            shown.push(ShownOn { board_id: board.id.clone(), board: Some(board), origin: false });
        }
    }
    if origin.is_some() || shown.is_empty() {
        let board_id = origin.unwrap_or_else(|| NO_BOARD.to_owned());
        let board = boards.get(&Key::of([&sprint.source, &board_id]));
        shown.push(ShownOn { board_id, board, origin: true });
    }
    shown
}
