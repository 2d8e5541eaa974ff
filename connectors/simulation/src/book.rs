//! One account of a sprint, seen through one lens and kept while things happen.

use std::collections::{BTreeMap, BTreeSet};

use crate::carry::Leg;
use crate::discipline::{Found, Policy, Traits};
use crate::issue::Issue;
use crate::lens::Lens;
use crate::moment::Moment;
use crate::tally::{Account, Discipline, Numbers, Sums, Tally};

/// What a book is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// The board as it is configured while the sprint runs.
    Present,
    /// The board as it will be configured one day: what a restated report says.
    Restated,
    /// Another board that shows the sprint.
    Elsewhere,
}

#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) board: u16,
    pub(crate) lens: Lens,
    pub(crate) view: View,
    /// S, once it has come.
    pub(crate) start: Moment,
    pub(crate) tally: Tally,
    closed: Option<Closed>,
}

/// What is kept of a tally after the close: the sums, and how they split.
#[derive(Debug, Default)]
struct Closed {
    sums: Sums,
    disciplines: BTreeMap<&'static str, Sums>,
    /// Accounts whose discipline depends on whose addresses are shown in the end.
    open: Vec<(Found, Sums)>,
    legs: Vec<Leg>,
}

impl Book {
    pub(crate) fn new(board: u16, lens: Lens, view: View) -> Self {
        Self { board, lens, view, start: Moment::default(), tally: Tally::new(), closed: None }
    }

    pub(crate) fn commit(&mut self, issue: u32, state: &Issue) {
        self.tally.commit(issue, self.lens.weigh(state.aspect()), state.entered);
    }

    pub(crate) fn enter(&mut self, issue: u32, state: &Issue, now: Moment) {
        let done_inside = state.done_since[self.lens.columns as usize] > self.start;
        self.tally.enter(issue, self.lens.weigh(state.aspect()), done_inside, now);
    }

    /// Takes an issue out that is known by `traits` from then on.
    pub(crate) fn leave(&mut self, issue: u32, state: &Issue, traits: Traits) {
        self.tally.leave(issue, self.lens.weigh(state.aspect()), traits);
    }

    /// Ends the book; the issues are as they are at the close.
    pub(crate) fn close(&mut self, policy: Policy, issues: &[Issue]) {
        let tally = std::mem::replace(&mut self.tally, Tally::new());
        self.closed = Some(self.split(&tally, policy, issues));
    }

    pub(crate) fn closed(&self) -> bool {
        self.closed.is_some()
    }

    /// In the final scope, without an estimate at the end.
    pub(crate) fn unestimated(&self) -> i64 {
        self.closed.as_ref().map_or(0, |closed| closed.sums.unestimated)
    }

    /// The issues that were in scope so far.
    pub(crate) fn legs(&self) -> Vec<Leg> {
        self.closed.as_ref().map_or_else(|| legs(&self.tally), |closed| closed.legs.clone())
    }

    /// The numbers as they are now; `shown` are the people whose e-mail addresses are to be seen.
    pub(crate) fn numbers(&self, policy: Policy, issues: &[Issue], shown: &BTreeSet<u16>) -> Numbers {
        let running;
        let closed = match &self.closed {
            Some(closed) => closed,
            None => {
                running = self.split(&self.tally, policy, issues);
                &running
            }
        };
        let mut disciplines = closed.disciplines.clone();
        for (found, sums) in &closed.open {
            *disciplines.entry(found.name(shown)).or_default() += *sums;
        }
        let disciplines = disciplines.into_iter().map(|(name, sums)| Discipline { name, sums });
        Numbers { board: u32::from(self.board) + 1, sums: closed.sums, disciplines: disciplines.collect() }
    }

    /// Splits the sums by the disciplines of the issues, as they are now or were at their removal (METRICS rule 10).
    fn split(&self, tally: &Tally, policy: Policy, issues: &[Issue]) -> Closed {
        let mut closed = Closed { sums: tally.sums(), legs: legs(tally), ..Closed::default() };
        for account in tally.accounts() {
            let traits = account.removed_as.unwrap_or_else(|| issues[account.issue as usize].traits());
            let found = policy.discipline(self.board, traits);
            if found.if_shown.is_some() {
                closed.open.push((found, account.sums));
            } else {
                *closed.disciplines.entry(found.name).or_default() += account.sums;
            }
        }
        closed
    }
}

fn legs(tally: &Tally) -> Vec<Leg> {
    let leg = |account: Account| {
        let open = account.sums.issues.columns.not_completed > 0;
        Some(Leg { issue: account.issue, since: account.since?, open })
    };
    tally.accounts().filter_map(leg).collect()
}
