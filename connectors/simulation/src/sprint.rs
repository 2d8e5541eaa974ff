//! A sprint of the organisation: its instants, its members, and the books that are kept of it.

use std::collections::BTreeSet;

use crate::book::{Book, View};
use crate::discipline::Policy;
use crate::issue::Issue;
use crate::moment::Moment;
use crate::tally::{Numbers, Report, Tally};
use crate::timetable::Timetable;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SprintState {
    Future,
    Active,
    Closed,
    Deleted,
}

impl SprintState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::Active => "active",
            Self::Closed => "closed",
            Self::Deleted => "deleted",
        }
    }
}

/// A sprint that is opened once more after its close, and closed for good later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reopening {
    pub(crate) at: Moment,
    pub(crate) close: Moment,
}

/// A start date that is edited while the sprint runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartEdit {
    pub(crate) at: Moment,
    pub(crate) start: Moment,
}

#[derive(Debug)]
pub(crate) struct Sprint {
    pub(crate) id: u32,
    pub(crate) team: u16,
    /// Counts a board's sprints from 1.
    pub(crate) number: u32,
    pub(crate) times: Timetable,
    pub(crate) state: SprintState,
    /// The team plans nothing: a holiday.
    pub(crate) empty: bool,
    /// Started by mistake, and closed in the same millisecond.
    pub(crate) mistaken: bool,
    pub(crate) goal: u32,
    pub(crate) reopening: Option<Reopening>,
    pub(crate) start_edit: Option<StartEdit>,
    pub(crate) deleted: Option<Moment>,
    /// The issues in it, as long as it is not closed.
    pub(crate) members: Vec<u32>,
    /// The issues that were in it at the close, if it is going to be opened again.
    pub(crate) former: Vec<u32>,
    /// What was not completed at the close, until it is carried over.
    pub(crate) leftover: Vec<u32>,
    /// From the start until the last close its books follow what happens, also between a close and a reopening.
    pub(crate) running: bool,
    /// The first is the book of the board as it is at the time.
    pub(crate) books: Vec<Book>,
}

impl Sprint {
    pub(crate) fn active(&self) -> bool {
        self.state == SprintState::Active
    }

    pub(crate) fn started(&self) -> bool {
        self.state != SprintState::Future
    }

    /// The tally of its board as it is configured at the time.
    pub(crate) fn tally(&self) -> &Tally {
        const NONE: &Tally = &Tally::new();
        self.books.first().map_or(NONE, |book| &book.tally)
    }

    /// The state that someone looking at `at` saw.
    pub(crate) fn state_at(&self, at: Moment) -> SprintState {
        match self.state {
            SprintState::Future => SprintState::Future,
            SprintState::Deleted if self.deleted.is_some_and(|deleted| deleted <= at) => SprintState::Deleted,
            _ if at < self.times.start => SprintState::Future,
            _ if self.closed_at(at).is_some() => SprintState::Closed,
            _ => SprintState::Active,
        }
    }

    /// The close that someone looking at `at` saw.
    pub(crate) fn closed_at(&self, at: Moment) -> Option<Moment> {
        self.close_from(at).filter(|close| *close <= at)
    }

    /// The close that a sprint still open at `at` goes to.
    pub(crate) fn close_from(&self, at: Moment) -> Option<Moment> {
        let again = self.reopening.filter(|reopening| reopening.at <= at);
        again.map(|reopening| reopening.close).or(self.times.close)
    }

    /// The start date as someone looking at `at` saw it.
    pub(crate) fn start_at(&self, at: Moment) -> Moment {
        let edited = self.start_edit.filter(|edit| edit.at <= at);
        edited.map_or(self.times.start, |edit| edit.start)
    }

    /// The book of its board as the newest configuration has it.
    pub(crate) fn restated(&self) -> Option<&Book> {
        let of = |view| self.books.iter().find(move |book| book.view == view);
        of(View::Restated).or_else(|| of(View::Present))
    }

    /// The report as it is now, with what held at the close where that differs, and those of other boards; what was carried
    /// over is told by other sprints as well.
    pub(crate) fn report(&self, policy: Policy, issues: &[Issue], shown: &BTreeSet<u16>) -> Report {
        let numbers = |book: &Book| book.numbers(policy, issues, shown);
        let view = |view| self.books.iter().filter(move |book| book.view == view);
        let present = view(View::Present).next().map(numbers).unwrap_or_default();
        let restated = view(View::Restated).next().map(numbers);
        let restated: Numbers = restated.unwrap_or_else(|| present.clone());
        let closed = self.books.iter().all(Book::closed);
        Report {
            sprint: self.id,
            as_closed: Some(present).filter(|present| closed && *present != restated),
            numbers: restated,
            carry_over: Vec::new(),
            other_boards: view(View::Elsewhere).map(numbers).collect(),
        }
    }
}
