//! From where numbers are read: an archive, a policy and a board.

use crate::archive::Archive;
use crate::policy::{Done, Mode, Policy};
use crate::sprint::Board;
use crate::timeline::State;

/// An archive as one board shows it under a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) archive: &'a Archive,
    pub(crate) policy: &'a Policy,
    pub(crate) board: &'a Board,
}

impl View<'_> {
    /// Whether an issue in a state is done.
    pub(crate) fn is_done(&self, state: &State) -> bool {
        let category = || self.archive.is_done_category(&state.status);
        let done = match self.policy.done() {
            Done::Column => self.board.is_done(&state.status).unwrap_or_else(category),
            Done::StatusCategory => category(),
            Done::Resolution => state.resolution,
        };
        done && state.resolved.unwrap_or(true)
    }

    /// Whether an issue in a status counts 0: the status is in no column, and
    /// the mode is not the one that keeps the estimate (rule 11).
    pub(crate) fn counts_nothing(&self, state: &State) -> bool {
        self.policy.mode != Mode::JiraDc && self.board.is_unmapped(&state.status)
    }

    pub(crate) fn is_subtask(&self, state: &State) -> bool {
        self.archive.is_subtask_type(&state.issue_type)
    }
}
