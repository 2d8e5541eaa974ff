//! The running numbers of a sprint, kept at the moment things happen and never read back from histories.
//!
//! Every entry moves points into scope, every exit moves them out (METRICS rule 1); the sums at the end are the report.
//! Each issue has an account of its own beside the sums, so that they can be split by discipline.

mod numbers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

#[cfg(test)]
pub(crate) use self::numbers::Columns;
pub(crate) use self::numbers::{Discipline, Numbers, Report, Sums};
use crate::discipline::Traits;
use crate::moment::Moment;
use crate::points::Points;

/// What a sprint sees of an issue at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// The estimate; zero without one or in a status that the board maps to no column (METRICS rule 11).
    pub(crate) points: Points,
    /// In the board's last column.
    pub(crate) done: bool,
    /// There is no estimate, whatever the status (METRICS rule 8).
    pub(crate) unestimated: bool,
}

/// How an issue got past the start of a sprint, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    InScope,
    DoneBeforeStart,
    DoneOutside,
}

/// How an issue came into scope, the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Commit,
    Add,
    Reopen,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    in_scope: bool,
    attempt: Attempt,
    ever_in_scope: bool,
    /// It was done at some time while it was in scope.
    was_done: bool,
    entry: Entry,
    reestimated: bool,
    /// Since when it is in the sprint without a break, be it in scope or not.
    since: Moment,
    /// The same, as of its first entry into scope.
    first_since: Option<Moment>,
    /// What decides its discipline, as it was when it left scope (METRICS rule 10).
    removed_as: Option<Traits>,
    sums: Sums,
}

/// An issue's account with a sprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) issue: u32,
    /// What decided its discipline when it left scope, if it did not come back.
    pub(crate) removed_as: Option<Traits>,
    /// Since when it had been in the sprint when it first came into scope, if it ever did.
    pub(crate) since: Option<Moment>,
    pub(crate) sums: Sums,
}

/// The numbers of an active sprint.
#[derive(Debug)]
pub(crate) struct Tally {
    members: BTreeMap<u32, Member>,
    sums: Sums,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self { members: BTreeMap::new(), sums: Sums::NONE }
    }

    /// Takes a member at the start instant: COMMIT, or done before the start (METRICS rule 1, section 1).
    /// It has been a member for some time.
    pub(crate) fn commit(&mut self, issue: u32, weight: Weight, since: Moment) {
        if weight.done {
            self.turn_away(issue, Attempt::DoneBeforeStart, since);
        } else {
            self.let_in(issue, weight, Entry::Commit, since);
        }
    }

    /// Takes an issue that enters after the start: ADD when it is not done, or when it comes again and its present done
    /// fell inside this sprint; otherwise it was done outside and counts nothing (METRICS rule 1).
    pub(crate) fn enter(&mut self, issue: u32, weight: Weight, done_inside: bool, now: Moment) {
        if weight.done && !(done_inside && self.knows(issue)) {
            self.turn_away(issue, Attempt::DoneOutside, now);
        } else {
            self.let_in(issue, weight, Entry::Add, now);
        }
    }

    /// Takes an issue out of scope at its present weight: REMOVE, also while done (METRICS rule 1). An issue that is
    /// not in scope leaves without a trace.
    pub(crate) fn leave(&mut self, issue: u32, weight: Weight, traits: Traits) {
        let Some(member) = self.members.get_mut(&issue).filter(|member| member.in_scope) else {
            return;
        };
        member.in_scope = false;
        member.removed_as = Some(traits);
        self.account(issue, |sums| {
            sums.points.removed += weight.points;
            sums.issues.columns.removed += 1;
            sums.points.final_scope -= weight.points;
            sums.issues.columns.final_scope -= 1;
            sums.unestimated -= i64::from(weight.unestimated);
            draw(sums, weight);
        });
    }

    /// Follows a change of estimate or status of an issue that stays in the sprint: a different weight is a
    /// REESTIMATE (rule 11 for statuses without a column), the last column is DONE or REOPEN; an issue that was done
    /// when it entered comes into scope on being reopened (REOPEN, an addition by METRICS rule 1).
    pub(crate) fn follow(&mut self, issue: u32, before: Weight, after: Weight) {
        let Some(member) = self.members.get_mut(&issue) else {
            return;
        };
        if !member.in_scope {
            // Entered done: only a reopening concerns the sprint. An issue that left is not followed.
            if member.attempt != Attempt::InScope && before.done && !after.done {
                let since = member.since;
                self.let_in(issue, after, Entry::Reopen, since);
            }
            return;
        }
        let difference = after.points - before.points;
        member.was_done |= after.done;
        member.reestimated |= difference != Points::ZERO;
        self.account(issue, |sums| {
            sums.points.reestimated += difference;
            sums.points.final_scope += difference;
            sums.unestimated += i64::from(after.unestimated) - i64::from(before.unestimated);
            draw(sums, before);
            put(sums, after);
        });
    }

    /// The issues in scope: all of them, and those done.
    pub(crate) fn sizes(&self) -> (i64, i64) {
        (self.sums.issues.columns.final_scope, self.sums.issues.columns.completed)
    }

    pub(crate) fn in_scope(&self, issue: u32) -> bool {
        self.members.get(&issue).is_some_and(|member| member.in_scope)
    }

    /// The issue is in scope, and came there after the start.
    pub(crate) fn was_added(&self, issue: u32) -> bool {
        self.members.get(&issue).is_some_and(|member| member.in_scope && member.entry != Entry::Commit)
    }

    /// The issue is in scope, and was done there at some time.
    pub(crate) fn was_done(&self, issue: u32) -> bool {
        self.members.get(&issue).is_some_and(|member| member.in_scope && member.was_done)
    }

    /// The issue is in scope because it was reopened, having been done before it entered.
    pub(crate) fn was_reopened(&self, issue: u32) -> bool {
        self.members.get(&issue).is_some_and(|member| member.in_scope && member.entry == Entry::Reopen)
    }

    /// The issue tried to enter this sprint since its start, or was in it then.
    pub(crate) fn knows(&self, issue: u32) -> bool {
        self.members.contains_key(&issue)
    }

    /// The sums at this moment.
    pub(crate) fn sums(&self) -> Sums {
        let mut sums = self.sums;
        for member in self.members.values() {
            member.outcome(&mut sums);
        }
        sums
    }

    /// What the sums consist of.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = Account> {
        self.members.iter().map(|(issue, member)| {
            let mut sums = member.sums;
            member.outcome(&mut sums);
            let removed_as = member.removed_as.filter(|_| !member.in_scope);
            Account { issue: *issue, removed_as, since: member.first_since, sums }
        })
    }

    fn let_in(&mut self, issue: u32, weight: Weight, entry: Entry, since: Moment) {
        let former = self.members.get(&issue);
        let member = Member {
            in_scope: true,
            attempt: Attempt::InScope,
            ever_in_scope: true,
            was_done: weight.done || former.is_some_and(|member| member.was_done),
            entry,
            reestimated: former.is_some_and(|member| member.reestimated),
            since,
            first_since: former.and_then(|member| member.first_since).or(Some(since)),
            removed_as: None,
            sums: former.map_or(Sums::NONE, |member| member.sums),
        };
        self.members.insert(issue, member);
        self.account(issue, |sums| {
            if entry == Entry::Commit {
                sums.points.committed += weight.points;
                sums.issues.columns.committed += 1;
            } else {
                sums.points.added += weight.points;
                sums.issues.columns.added += 1;
            }
            sums.points.final_scope += weight.points;
            sums.issues.columns.final_scope += 1;
            sums.unestimated += i64::from(weight.unestimated);
            put(sums, weight);
        });
    }

    fn turn_away(&mut self, issue: u32, attempt: Attempt, since: Moment) {
        let former = self.members.get(&issue);
        let member = Member {
            in_scope: false,
            attempt,
            ever_in_scope: former.is_some_and(|member| member.ever_in_scope),
            was_done: former.is_some_and(|member| member.was_done),
            entry: former.map_or(Entry::Commit, |member| member.entry),
            reestimated: former.is_some_and(|member| member.reestimated),
            since,
            first_since: former.and_then(|member| member.first_since),
            removed_as: former.and_then(|member| member.removed_as),
            sums: former.map_or(Sums::NONE, |member| member.sums),
        };
        self.members.insert(issue, member);
    }

    /// Books a change in the issue's account and in the sums.
    fn account(&mut self, issue: u32, change: impl Fn(&mut Sums)) {
        change(&mut self.sums);
        if let Some(member) = self.members.get_mut(&issue) {
            change(&mut member.sums);
        }
    }
}

impl Member {
    /// Adds what is known of an issue as a whole.
    fn outcome(&self, sums: &mut Sums) {
        sums.issues.columns.reestimated += i64::from(self.reestimated);
        match self.attempt {
            Attempt::DoneBeforeStart if !self.ever_in_scope => sums.issues.done_before_start += 1,
            Attempt::DoneOutside if !self.ever_in_scope => sums.issues.done_outside += 1,
            _ => {}
        }
    }
}

fn put(sums: &mut Sums, weight: Weight) {
    let (points, issues) = pile(sums, weight.done);
    *points += weight.points;
    *issues += 1;
}

fn draw(sums: &mut Sums, weight: Weight) {
    let (points, issues) = pile(sums, weight.done);
    *points -= weight.points;
    *issues -= 1;
}

fn pile(sums: &mut Sums, done: bool) -> (&mut Points, &mut i64) {
    let issues = &mut sums.issues.columns;
    if done {
        (&mut sums.points.completed, &mut issues.completed)
    } else {
        (&mut sums.points.not_completed, &mut issues.not_completed)
    }
}
