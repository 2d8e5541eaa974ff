//! A sprint of the organisation: its instants, its members, and its running or frozen numbers.

use crate::moment::Moment;
use crate::tally::{Report, Tally};
use crate::timetable::Timetable;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SprintState {
    Future,
    Active,
    Closed,
}

impl SprintState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::Active => "active",
            Self::Closed => "closed",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Sprint {
    pub(crate) id: u32,
    pub(crate) team: u16,
    /// Counts a board's sprints from 1.
    pub(crate) number: u32,
    pub(crate) times: Timetable,
    pub(crate) state: SprintState,
    /// The team plans nothing: a holiday, or a sprint started by mistake.
    pub(crate) empty: bool,
    pub(crate) goal: u32,
    /// The issues in it, as long as it is not closed.
    pub(crate) members: Vec<u32>,
    /// What was not completed at the close, until it is carried over.
    pub(crate) leftover: Vec<u32>,
    pub(crate) tally: Tally,
    /// The tally as frozen at the close.
    pub(crate) report: Option<Report>,
}

impl Sprint {
    pub(crate) fn active(&self) -> bool {
        self.state == SprintState::Active
    }

    /// The state that someone looking at `at` saw.
    pub(crate) fn state_at(&self, at: Moment) -> SprintState {
        match self.state {
            SprintState::Future => SprintState::Future,
            _ if at < self.times.start => SprintState::Future,
            SprintState::Closed if self.times.close.is_some_and(|close| close <= at) => SprintState::Closed,
            _ => SprintState::Active,
        }
    }
}
