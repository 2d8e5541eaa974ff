//! The running numbers of a sprint, kept at the moment things happen and never read back from histories.
//!
//! Every entry moves points into scope, every exit moves them out (METRICS rule 1); the sums at the end are the report.

use std::collections::BTreeMap;

use serde::Serialize;

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
}

/// The numbers of an active sprint.
#[derive(Debug)]
pub(crate) struct Tally {
    members: BTreeMap<u32, Member>,
    points: Columns<Points>,
    issues: Columns<i64>,
    unestimated: i64,
}

/// The columns of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Columns<T> {
    pub(crate) committed: T,
    pub(crate) added: T,
    pub(crate) removed: T,
    pub(crate) reestimated: T,
    pub(crate) final_scope: T,
    pub(crate) completed: T,
    pub(crate) not_completed: T,
}

impl<T: Copy> Columns<T> {
    const fn all(value: T) -> Self {
        Self {
            committed: value,
            added: value,
            removed: value,
            reestimated: value,
            final_scope: value,
            completed: value,
            not_completed: value,
        }
    }
}

/// The issue counts of a report: its columns and the issues that never got into scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    #[serde(flatten)]
    pub(crate) columns: Columns<i64>,
    pub(crate) done_before_start: usize,
    pub(crate) done_outside: usize,
}

/// The numbers of one sprint on one board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Numbers {
    pub(crate) board: u32,
    pub(crate) points: Columns<Points>,
    pub(crate) issues: Counts,
    pub(crate) unestimated: i64,
}

/// A sprint's report, as `expected.json` holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) sprint: u32,
    /// Restated: with everything known now and the newest configuration (METRICS rule 13).
    #[serde(flatten)]
    pub(crate) numbers: Numbers,
    /// With the configuration that held at the close, where that says something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_closed: Option<Numbers>,
    /// On the other boards that show the sprint (METRICS case 25).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) other_boards: Vec<Numbers>,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        const NO_POINTS: Columns<Points> = Columns::all(Points::ZERO);
        Self { members: BTreeMap::new(), points: NO_POINTS, issues: Columns::all(0), unestimated: 0 }
    }

    /// Takes a member at the start instant: COMMIT, or done before the start (METRICS rule 1, section 1).
    pub(crate) fn commit(&mut self, issue: u32, weight: Weight) {
        if weight.done {
            self.turn_away(issue, Attempt::DoneBeforeStart);
        } else {
            self.points.committed += weight.points;
            self.issues.committed += 1;
            self.let_in(issue, weight, Entry::Commit);
        }
    }

    /// Takes an issue that enters after the start: ADD when it is not done, or when it comes again and its present done
    /// fell inside this sprint; otherwise it was done outside and counts nothing (METRICS rule 1).
    pub(crate) fn enter(&mut self, issue: u32, weight: Weight, done_inside: bool) {
        if weight.done && !(done_inside && self.knows(issue)) {
            self.turn_away(issue, Attempt::DoneOutside);
        } else {
            self.add(issue, weight, Entry::Add);
        }
    }

    /// Takes an issue out of scope at its present weight: REMOVE, also while done (METRICS rule 1). An issue that is
    /// not in scope leaves without a trace.
    pub(crate) fn leave(&mut self, issue: u32, weight: Weight) {
        let Some(member) = self.members.get_mut(&issue).filter(|member| member.in_scope) else {
            return;
        };
        member.in_scope = false;
        self.points.removed += weight.points;
        self.issues.removed += 1;
        self.points.final_scope -= weight.points;
        self.issues.final_scope -= 1;
        self.unestimated -= i64::from(weight.unestimated);
        self.draw(weight);
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
                self.add(issue, after, Entry::Reopen);
            }
            return;
        }
        if before.done != after.done {
            member.was_done |= after.done;
        }
        let difference = after.points - before.points;
        member.reestimated |= difference != Points::ZERO;
        self.points.reestimated += difference;
        self.points.final_scope += difference;
        self.unestimated += i64::from(after.unestimated) - i64::from(before.unestimated);
        self.draw(before);
        self.put(after);
    }

    /// The issues in scope: all of them, and those done.
    pub(crate) fn sizes(&self) -> (i64, i64) {
        (self.issues.final_scope, self.issues.completed)
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

    /// The numbers at this moment.
    pub(crate) fn numbers(&self, board: u32) -> Numbers {
        let turned_away = |attempt| {
            let members = self.members.values();
            members.filter(|member| !member.ever_in_scope && member.attempt == attempt).count()
        };
        let mut issues = self.issues;
        let reestimated = self.members.values().filter(|member| member.reestimated).count();
        issues.reestimated = i64::try_from(reestimated).unwrap_or(i64::MAX);
        Numbers {
            board,
            points: self.points,
            issues: Counts {
                columns: issues,
                done_before_start: turned_away(Attempt::DoneBeforeStart),
                done_outside: turned_away(Attempt::DoneOutside),
            },
            unestimated: self.unestimated,
        }
    }

    fn add(&mut self, issue: u32, weight: Weight, entry: Entry) {
        self.points.added += weight.points;
        self.issues.added += 1;
        self.let_in(issue, weight, entry);
    }

    fn let_in(&mut self, issue: u32, weight: Weight, entry: Entry) {
        let former = self.members.get(&issue);
        let member = Member {
            in_scope: true,
            attempt: Attempt::InScope,
            ever_in_scope: true,
            was_done: weight.done || former.is_some_and(|member| member.was_done),
            entry,
            reestimated: former.is_some_and(|member| member.reestimated),
        };
        self.members.insert(issue, member);
        self.points.final_scope += weight.points;
        self.issues.final_scope += 1;
        self.unestimated += i64::from(weight.unestimated);
        self.put(weight);
    }

    fn turn_away(&mut self, issue: u32, attempt: Attempt) {
        let former = self.members.get(&issue);
        let member = Member {
            in_scope: false,
            attempt,
            ever_in_scope: former.is_some_and(|member| member.ever_in_scope),
            was_done: former.is_some_and(|member| member.was_done),
            entry: former.map_or(Entry::Commit, |member| member.entry),
            reestimated: former.is_some_and(|member| member.reestimated),
        };
        self.members.insert(issue, member);
    }

    fn put(&mut self, weight: Weight) {
        let (points, issues) = self.pile(weight.done);
        *points += weight.points;
        *issues += 1;
    }

    fn draw(&mut self, weight: Weight) {
        let (points, issues) = self.pile(weight.done);
        *points -= weight.points;
        *issues -= 1;
    }

    fn pile(&mut self, done: bool) -> (&mut Points, &mut i64) {
        if done {
            (&mut self.points.completed, &mut self.issues.completed)
        } else {
            (&mut self.points.not_completed, &mut self.issues.not_completed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, Weight};
    use crate::points::Points;

    fn weight(points: i64, done: bool) -> Weight {
        Weight { points: Points::whole(points), done, unestimated: false }
    }

    #[test]
    fn reestimated_while_out_counts_as_removed_and_added() {
        let mut tally = Tally::new();
        tally.commit(1, weight(5, false));
        tally.leave(1, weight(5, false));
        tally.enter(1, weight(8, false), false);
        let report = tally.numbers(1);
        let points = report.points;
        assert_eq!(
            [points.committed, points.added, points.removed, points.final_scope],
            [5, 8, 5, 8].map(Points::whole)
        );
        assert_eq!(points.reestimated, Points::ZERO);
    }

    #[test]
    fn done_before_start_counts_only_once_reopened() {
        let mut tally = Tally::new();
        tally.commit(1, weight(5, true));
        assert_eq!(tally.numbers(1).issues.done_before_start, 1);
        tally.follow(1, weight(5, true), weight(5, false));
        let report = tally.numbers(1);
        assert_eq!(report.points.added, Points::whole(5));
        assert_eq!(report.points.not_completed, Points::whole(5));
        assert_eq!(report.issues.done_before_start, 0);
    }

    #[test]
    fn removed_while_done_and_readded_while_done_is_added_again() {
        let mut tally = Tally::new();
        tally.commit(1, weight(3, false));
        tally.follow(1, weight(3, false), weight(3, true));
        tally.leave(1, weight(3, true));
        tally.enter(1, weight(3, true), true);
        let report = tally.numbers(1);
        assert_eq!((report.issues.columns.added, report.issues.columns.removed), (1, 1));
        assert_eq!(report.points.completed, Points::whole(3));
    }

    #[test]
    fn a_status_without_a_column_is_a_reestimate_both_ways() {
        let mut tally = Tally::new();
        tally.commit(1, weight(3, false));
        tally.follow(1, weight(3, false), weight(0, false));
        assert_eq!(tally.numbers(1).points.reestimated, Points::whole(-3));
        tally.follow(1, weight(0, false), weight(3, false));
        let report = tally.numbers(1);
        assert_eq!(report.points.reestimated, Points::ZERO);
        assert_eq!(report.issues.columns.reestimated, 1);
    }
}
