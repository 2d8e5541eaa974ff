//! The walk of one issue through one sprint: its ledger and its outcome.

use crate::moments::Moment;
use crate::points::Points;
use crate::report::{Kind, Outcome};

/// S and E of a sprint; an open sprint ends at the end of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// What a walk has found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) entries: Vec<Happening>,
    pub(crate) in_scope: bool,
    pub(crate) initial: Option<Points>,
    pub(crate) last: Option<Points>,
    pub(crate) outcome: Option<Outcome>,
    entered: bool,
    attempt: Option<Outcome>,
    done_since: Option<i64>,
}

/// A ledger entry of the issue that is walked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happening {
    pub(crate) kind: Kind,
    pub(crate) at: i64,
    pub(crate) delta: Points,
}

/// Walks an issue's moments through a sprint. `belongs` says at which moments
/// the issue is in the sprint.
pub(crate) fn walk(moments: &[Moment], span: Span, belongs: impl Fn(&Moment) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut before: Option<&Moment> = None;

    // Rule 3: the state at S includes changes at ≤ S.
    for moment in moments.iter().filter(|moment| moment.at <= span.start) {
        walk.note_done(before, moment);
        before = Some(moment);
    }
    if let Some(moment) = before.filter(|moment| belongs(moment)) {
        walk.enter_at_start(moment, span.start);
    }

    // Rule 3: the sprint is (S, E].
    let inside = |moment: &&Moment| span.start < moment.at && moment.at <= span.end;
    for moment in moments.iter().filter(inside) {
        walk.note_done(before, moment);
        let was_in = before.is_some_and(&belongs);
        match (was_in, belongs(moment)) {
            (false, true) => walk.enter_inside(moment, span),
            (true, true) => walk.change(before.unwrap_or(moment), moment),
            (true, false) => walk.leave(before.unwrap_or(moment), moment.at),
            (false, false) => {}
        }
        before = Some(moment);
    }
    walk.conclude(before);
    walk
}

impl Walk {
    /// Keeps since when the present done holds.
    fn note_done(&mut self, before: Option<&Moment>, moment: &Moment) {
        let was_done = before.is_some_and(|before| before.done);
        if !moment.done {
            self.done_since = None;
        } else if !was_done {
            self.done_since = Some(moment.at);
        }
    }

    fn write(&mut self, kind: Kind, at: i64, delta: Points) {
        self.entries.push(Happening { kind, at, delta });
    }

    fn enter_scope(&mut self, kind: Kind, at: i64, moment: &Moment) {
        if !self.entered {
            self.initial = moment.estimate;
        }
        self.entered = true;
        self.in_scope = true;
        self.write(kind, at, moment.points());
    }

    fn attempt(&mut self, kind: Kind, outcome: Outcome, at: i64, moment: &Moment) {
        if self.attempt.is_none() && !self.entered {
            self.initial = moment.estimate;
        }
        self.attempt = Some(outcome);
        self.write(kind, at, Points::default());
    }

    /// Rule 1 at S: `COMMIT` when not done, else `DONE_BEFORE_START`.
    fn enter_at_start(&mut self, moment: &Moment, start: i64) {
        if moment.done {
            self.attempt(Kind::DoneBeforeStart, Outcome::DoneBeforeStart, start, moment);
        } else {
            self.enter_scope(Kind::Commit, start, moment);
        }
    }

    /// Rule 1 after S: `ADD` when not done, or on a re-entry whose present
    /// done fell inside this sprint; else `DONE_OUTSIDE`. A re-entry is one
    /// into the sprint, and inside the sprint is in (S, E] (rule 3): an issue
    /// that was in scope before and is done now was always done after S, so
    /// the condition speaks of those that were in the sprint and counted nothing.
    fn enter_inside(&mut self, moment: &Moment, span: Span) {
        let re_entry = self.entered || self.attempt.is_some();
        let done_inside = self.done_since.is_some_and(|since| since > span.start);
        if !moment.done || (re_entry && done_inside) {
            self.enter_scope(Kind::Add, moment.at, moment);
        } else {
            self.attempt(Kind::DoneOutside, Outcome::DoneOutside, moment.at, moment);
        }
    }

    /// A change while in the sprint.
    fn change(&mut self, before: &Moment, moment: &Moment) {
        if self.in_scope {
            let delta = moment.points().minus(before.points());
            if delta != Points::default() {
                self.write(Kind::Reestimate, moment.at, delta);
            }
            match (before.done, moment.done) {
                (false, true) => self.write(Kind::Done, moment.at, Points::default()),
                (true, false) => self.write(Kind::Undone, moment.at, Points::default()),
                _ => {}
            }
        } else if !moment.done {
            // Rule 1: it was done before it entered.
            self.enter_scope(Kind::Reopen, moment.at, moment);
        }
    }

    /// Rule 1: scope is left only by `REMOVE`, also while done; it is valued
    /// at the estimate at removal (METRICS section 5).
    fn leave(&mut self, before: &Moment, at: i64) {
        if self.in_scope {
            self.in_scope = false;
            self.last = before.estimate;
            self.write(Kind::Remove, at, Points::default().minus(before.points()));
        }
    }

    /// Rules 1 and 6: completed = in scope at E and done at E.
    fn conclude(&mut self, at_end: Option<&Moment>) {
        let done = at_end.is_some_and(|moment| moment.done);
        self.outcome = match (self.in_scope, self.entered) {
            (true, _) if done => Some(Outcome::Completed),
            (true, _) => Some(Outcome::NotCompleted),
            (false, true) => Some(Outcome::Removed),
            (false, false) => self.attempt,
        };
        if self.in_scope || !self.entered {
            self.last = at_end.and_then(|moment| moment.estimate);
        }
    }
}
