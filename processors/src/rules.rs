//! How a board reads its issues: what it estimates with, what it calls done, which statuses it shows; and by which of the
//! definitions it is read.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::board::{Board, Status};
use tidemark_model::facts::Mode;
use tidemark_model::membership::{SprintIssueState, Successors};
use tidemark_model::policy::{DonePolicy, Policy, SubtaskPolicy};
use tidemark_model::sprint::Sprint;
use tidemark_model::{Key, Timestamp};

use crate::reopened::reopenings;

/// The native id that stands for the board of a sprint whose source names none.
pub const NO_BOARD: &str = "none";

/// How long after its start mode `grace_24h` reads a sprint's commitment.
const GRACE_MS: i64 = 24 * 3_600_000;

/// The sprint, as the ledger sees it: (S, E].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// S; nothing where the sprint ended without a known start.
    pub started_at: Option<Timestamp>,
    /// E; nothing while the sprint is open, so that all that is known counts. Of several closes the last.
    pub ended_at: Option<Timestamp>,
    /// When it was opened again after a close, in order.
    pub reopened: Vec<Reopening>,
}

/// A sprint that was closed is opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopening {
    pub at: Timestamp,
    /// The other sprints that were active then, among those that issues had moved on to.
    pub active: BTreeSet<String>,
}

impl Window {
    /// The sprint's time, as its source states it now and stated it earlier; with the sprints that its issues moved on to.
    pub fn of(sprint: &Sprint, successors: Option<&Successors>) -> Self {
        let active_at = |at: Timestamp| {
            let all = successors.into_iter().flat_map(|successors| &successors.active);
            let active = all.filter(|(_, spans)| spans.iter().any(|span| span.holds(at)));
            active.map(|(id, _)| id.clone()).collect()
        };
        let reopened = reopenings(sprint).into_iter().map(|at| Reopening { at, active: active_at(at) });
        Self { started_at: sprint.started_at(), ended_at: sprint.closed_at(), reopened: reopened.collect() }
    }

    /// Whether an instant is within the sprint's time up to E.
    pub fn reaches(&self, at: Timestamp) -> bool {
        self.ended_at.is_none_or(|end| at <= end)
    }
}

/// Which of the definitions are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub mode: Mode,
    pub subtasks: SubtaskPolicy,
    pub done: DonePolicy,
}

impl Reading {
    /// A mode under the configured policy. eazyBI tells done by the status category, whatever the policy says.
    pub fn of(mode: Mode, policy: &Policy) -> Self {
        let done = if mode == Mode::Eazybi { DonePolicy::StatusCategory } else { policy.done };
        Self { mode, subtasks: policy.subtasks, done }
    }
}

/// The rules by which one board's issues are read.
pub struct Rules<'a> {
    board: Option<&'a Board>,
    source: &'a str,
    statuses: &'a BTreeMap<Key, Status>,
    estimation_field: Option<String>,
    reading: Reading,
}

impl<'a> Rules<'a> {
    /// The rules of a board that estimates with this field (see [`crate::fields::estimation_field`]); without its configuration
    /// done is the status category `done`, and every status counts.
    pub fn of(
        source: &'a str,
        board: Option<&'a Board>,
        statuses: &'a BTreeMap<Key, Status>,
        estimation_field: Option<String>,
        reading: Reading,
    ) -> Self {
        let board = board.filter(|board| !board.columns.is_empty());
        Self { board, source, statuses, estimation_field, reading }
    }

    /// The same board, read by other definitions.
    pub fn with(&self, reading: Reading) -> Self {
        Self { reading, estimation_field: self.estimation_field.clone(), ..*self }
    }

    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// The field that estimates; nothing where the board counts issues.
    pub fn estimation_field(&self) -> Option<&str> {
        self.estimation_field.as_deref()
    }

    /// Done is the board's last column, unless the policy says otherwise.
    pub fn is_done(&self, state: &SprintIssueState) -> bool {
        match (self.reading.done, self.board) {
            (DonePolicy::Resolution, _) => state.resolved,
            (DonePolicy::Column, Some(board)) => {
                let last = board.columns.last();
                last.is_some_and(|column| column.status_ids.contains(&state.status_id))
            }
            (DonePolicy::Column, None) | (DonePolicy::StatusCategory, _) => {
                let status = self.statuses.get(&Key::of([self.source, &state.status_id]));
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

    /// Whether an issue in this status keeps its points.
    pub(crate) fn counts_in(&self, status_id: &str) -> bool {
        self.reading.mode == Mode::JiraDc || self.is_mapped(status_id)
    }

    /// When the commitment is read: at the start, or a day later.
    pub(crate) fn commitment_at(&self, start: Timestamp) -> Timestamp {
        if self.reading.mode == Mode::Grace24h { Timestamp(start.0 + GRACE_MS) } else { start }
    }

    /// Whether what was done at the start is part of the commitment.
    pub(crate) fn commits_done(&self) -> bool {
        self.reading.mode == Mode::Eazybi
    }

    /// Whether an issue without an estimate has the sum of its sub-tasks'.
    pub(crate) fn rolls_up(&self) -> bool {
        self.reading.subtasks == SubtaskPolicy::RollUp
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
