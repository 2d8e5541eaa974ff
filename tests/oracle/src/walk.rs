//! The walk of one issue through one sprint: its ledger and its outcome.

use crate::moments::Moment;
use crate::points::Points;
use crate::report::{Kind, Outcome};
use crate::shares::Shares;

/// The instants of a sprint that a walk goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// S.
    pub(crate) start: i64,
    /// Where the commitment is cut: S, or later with a grace (rule 11).
    pub(crate) cut: i64,
    /// E; an open sprint ends at the end of time.
    pub(crate) end: i64,
    /// Whether an issue that is done at S is committed (rule 11, `eazybi`).
    pub(crate) commits_done: bool,
}

/// What a walk has found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) entries: Vec<Happening>,
    pub(crate) in_scope: bool,
    /// The estimate at its first entry.
    pub(crate) initial: Option<Points>,
    /// The estimate at E, or at its removal.
    pub(crate) last: Option<Points>,
    /// Who bears it.
    pub(crate) last_shares: Shares,
    pub(crate) outcome: Option<Outcome>,
    /// Whether it was in scope at any time.
    pub(crate) entered: bool,
    /// Since when it was in the sprint without a break when it first entered
    /// scope.
    pub(crate) entry: i64,
    /// When it was last removed.
    pub(crate) left_at: Option<i64>,
    member_since: Option<i64>,
    attempt: Option<Outcome>,
    done_since: Option<i64>,
}

/// A ledger entry of the issue that is walked.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    pub(crate) kind: Kind,
    pub(crate) at: i64,
    pub(crate) delta: Shares,
}

impl Happening {
    /// Whether it changes the points, not only who bears them.
    pub(crate) fn is_reestimate(&self) -> bool {
        self.kind == Kind::Reestimate && self.delta.total() != Points::default()
    }
}

/// Walks an issue's moments through a sprint. `belongs` says at which moments
/// the issue is in the sprint.
pub(crate) fn walk(moments: &[Moment], span: Span, belongs: impl Fn(&Moment) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut before: Option<&Moment> = None;

    // Rule 3: the state at S includes changes at ≤ S.
    for moment in moments.iter().filter(|moment| moment.at <= span.start) {
        walk.note(before, moment);
        before = Some(moment);
    }
    let done_at_start = before.is_some_and(|moment| moment.done);
    // With a grace, what is in the sprint at the cut; else nothing is between.
    for moment in moments.iter().filter(|moment| span.start < moment.at && moment.at <= span.cut) {
        walk.note(before, moment);
        before = Some(moment);
    }
    if let Some(moment) = before.filter(|moment| belongs(moment)) {
        walk.enter_at_start(moment, done_at_start, span);
    }

    // Rule 3: the sprint is (S, E].
    let inside = |moment: &&Moment| span.cut < moment.at && moment.at <= span.end;
    for moment in moments.iter().filter(inside) {
        walk.note(before, moment);
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
    /// Keeps since when the present done holds, and since when it is in the
    /// sprint.
    fn note(&mut self, before: Option<&Moment>, moment: &Moment) {
        if !moment.member {
            self.member_since = None;
        } else if self.member_since.is_none() {
            self.member_since = Some(moment.at);
        }
        let was_done = before.is_some_and(|before| before.done);
        if !moment.done {
            self.done_since = None;
        } else if !was_done {
            self.done_since = Some(moment.at);
        }
    }

    fn write(&mut self, kind: Kind, at: i64, delta: Shares) {
        self.entries.push(Happening { kind, at, delta });
    }

    fn enter_scope(&mut self, kind: Kind, at: i64, moment: &Moment) {
        if !self.entered {
            self.initial = moment.estimate();
            self.entry = self.member_since.unwrap_or(at);
        }
        self.entered = true;
        self.in_scope = true;
        self.write(kind, at, moment.shares());
    }

    fn attempt(&mut self, kind: Kind, outcome: Outcome, at: i64, moment: &Moment) {
        if self.attempt.is_none() && !self.entered {
            self.initial = moment.estimate();
        }
        self.attempt = Some(outcome);
        self.write(kind, at, Shares::default());
    }

    /// Rule 1 at S: `COMMIT` when not done, else `DONE_BEFORE_START`. With a
    /// grace it is done at S and perhaps no more at the cut: then it comes
    /// into scope as one that is reopened.
    fn enter_at_start(&mut self, moment: &Moment, done_at_start: bool, span: Span) {
        if !done_at_start || span.commits_done {
            self.enter_scope(Kind::Commit, span.cut, moment);
            return;
        }
        self.attempt(Kind::DoneBeforeStart, Outcome::DoneBeforeStart, span.cut, moment);
        if !moment.done {
            self.enter_scope(Kind::Reopen, span.cut, moment);
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
            let delta = moment.shares().minus(&before.shares());
            if !delta.is_empty() {
                self.write(Kind::Reestimate, moment.at, delta);
            }
            match (before.done, moment.done) {
                (false, true) => self.write(Kind::Done, moment.at, Shares::default()),
                (true, false) => self.write(Kind::Undone, moment.at, Shares::default()),
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
            self.left_at = Some(at);
            self.last = before.estimate();
            self.write(Kind::Remove, at, Shares::default().minus(&before.shares()));
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
            self.last = at_end.and_then(Moment::estimate);
            self.last_shares = at_end.map(Moment::shares).unwrap_or_default();
        }
    }

    /// Mode `final` (rule 11): what is in scope at E is the commitment, and
    /// nothing has changed.
    pub(crate) fn commit_the_end(&mut self, end: i64) {
        self.entries.retain(|entry| matches!(entry.kind, Kind::DoneBeforeStart | Kind::DoneOutside));
        if self.in_scope {
            self.initial = self.last;
            self.entries = vec![Happening { kind: Kind::Commit, at: end, delta: self.last_shares.clone() }];
        }
    }
}
