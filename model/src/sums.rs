//! Sums on the way from issues to reports: what each issue contributes, folded in bounded steps, so that one change of
//! one issue in a large sprint is added up anew in a part of it only.
//!
//! ```text
//! contributions ─► subtotals (a part of a discipline's issues) ─► discipline_totals ─► sprint_reports
//! ```

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::facts::Mode;
use crate::{Key, Points, Row, Timestamp};

/// Into how many parts the issues of a discipline are cut.
const PARTS: u64 = 32;

/// How many issues a mark names.
const NAMED: usize = 5;

/// Points and issues (or entries) of one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, i64)", into = "(i64, i64)")]
pub struct Amount {
    pub points: Points,
    pub issues: i64,
}

/// The numbers of a report, as sums over issues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    #[serde(rename = "c", skip_serializing_if = "Amount::is_zero")]
    pub committed: Amount,
    #[serde(rename = "a", skip_serializing_if = "Amount::is_zero")]
    pub added: Amount,
    #[serde(rename = "r", skip_serializing_if = "Amount::is_zero")]
    pub removed: Amount,
    /// The count is of issues that were re-estimated.
    #[serde(rename = "e", skip_serializing_if = "Amount::is_zero")]
    pub reestimated: Amount,
    #[serde(rename = "ea", skip_serializing_if = "Amount::is_zero")]
    pub reestimated_added: Amount,
    #[serde(rename = "ed", skip_serializing_if = "Amount::is_zero")]
    pub reestimated_done: Amount,
    #[serde(rename = "f", skip_serializing_if = "Amount::is_zero")]
    pub final_scope: Amount,
    #[serde(rename = "d", skip_serializing_if = "Amount::is_zero")]
    pub completed: Amount,
    #[serde(rename = "n", skip_serializing_if = "Amount::is_zero")]
    pub not_completed: Amount,
    /// What was committed and is completed: by the points at the end, and by those at the start.
    #[serde(rename = "dc", skip_serializing_if = "Amount::is_zero")]
    pub completed_committed: Amount,
    #[serde(rename = "di", skip_serializing_if = "Amount::is_zero")]
    pub completed_committed_initial: Amount,
    #[serde(rename = "b", skip_serializing_if = "is_zero")]
    pub done_before_start: i64,
    #[serde(rename = "o", skip_serializing_if = "is_zero")]
    pub done_outside: i64,
    #[serde(rename = "u", skip_serializing_if = "is_zero")]
    pub unestimated: i64,
    /// Issues whose history is missing: the numbers that need one are not known.
    #[serde(rename = "x", skip_serializing_if = "is_zero")]
    pub unknown: i64,
}

/// Sums in each mode; modes that say the same as `jira_cloud` are left out, and so is `final`, which follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeSums {
    #[serde(rename = "s")]
    pub jira_cloud: Sums,
    #[serde(rename = "m", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<Mode, Sums>,
}

/// Issues that a mark is about: how many, and the first few.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    pub issues: i64,
    /// Keys by issue id, the first few.
    pub first: BTreeMap<String, String>,
}

/// Sums with what is to be known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Issues that are listed, counted or not.
    #[serde(rename = "l")]
    pub listed: i64,
    /// Those of them that are only planned: their sprint has not started.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub planned: i64,
    #[serde(rename = "t")]
    pub sums: ModeSums,
    #[serde(rename = "q", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, Marked>,
}

/// What an issue contributes to a sprint on a board, as one discipline's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    pub source: String,
    pub board_id: String,
    pub sprint_id: String,
    pub discipline: String,
    pub issue_id: String,
    pub sum: Sum,
}

/// The sum over a part of a discipline's issues in a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtotal {
    pub source: String,
    pub board_id: String,
    pub sprint_id: String,
    pub discipline: String,
    pub part: String,
    pub sum: Sum,
}

/// The sum over a discipline's issues in a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisciplineTotal {
    pub source: String,
    pub board_id: String,
    pub sprint_id: String,
    pub discipline: String,
    pub sum: Sum,
}

/// A closed sprint, as velocity and its statistics need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedSprint {
    pub source: String,
    pub board_id: String,
    pub sprint_id: String,
    pub sprint_name: String,
    pub started_at: Option<Timestamp>,
    pub closed_at: Timestamp,
    pub sums: ModeSums,
}

/// An issue's leg: its time in one sprint's scope, as carry-over is told from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    pub source: String,
    pub board_id: String,
    pub issue_id: String,
    pub sprint_id: String,
    pub issue_key: String,
    pub sprint_name: String,
    pub started_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// Since when it was a member of the sprint without a break, when it first came into scope.
    pub member_since: Timestamp,
    pub in_scope: bool,
    pub done: bool,
    pub initial_points: Points,
    pub final_points: Points,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl From<(i64, i64)> for Amount {
    fn from((millionths, issues): (i64, i64)) -> Self {
        Self { points: Points::from_millionths(millionths), issues }
    }
}

impl From<Amount> for (i64, i64) {
    fn from(amount: Amount) -> Self {
        (amount.points.millionths(), amount.issues)
    }
}

impl Amount {
    pub const fn new(points: Points, issues: i64) -> Self {
        Self { points, issues }
    }

    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.points += other.points;
        self.issues += other.issues;
    }
}

impl AddAssign<&Self> for Sums {
    fn add_assign(&mut self, other: &Self) {
        self.committed += other.committed;
        self.added += other.added;
        self.removed += other.removed;
        self.reestimated += other.reestimated;
        self.reestimated_added += other.reestimated_added;
        self.reestimated_done += other.reestimated_done;
        self.final_scope += other.final_scope;
        self.completed += other.completed;
        self.not_completed += other.not_completed;
        self.completed_committed += other.completed_committed;
        self.completed_committed_initial += other.completed_committed_initial;
        self.done_before_start += other.done_before_start;
        self.done_outside += other.done_outside;
        self.unestimated += other.unestimated;
        self.unknown += other.unknown;
    }
}

impl Sums {
    /// METRICS rule 1: committed + added − removed + reestimated = final scope = completed + not completed; and rule 2, the
    /// same in issues, whose number does not change by an estimate.
    pub fn balances(&self) -> bool {
        let (committed, added, removed) = (self.committed, self.added, self.removed);
        let points = committed.points + added.points - removed.points + self.reestimated.points;
        let issues = committed.issues + added.issues - removed.issues;
        let told = self.unknown > 0 || (points, issues) == (self.final_scope.points, self.final_scope.issues);
        let shares = (
            self.completed.points + self.not_completed.points,
            self.completed.issues + self.not_completed.issues,
        );
        told && shares == (self.final_scope.points, self.final_scope.issues)
    }

    /// The points alone.
    #[must_use]
    pub fn points_only(self) -> Self {
        let mut sums = self.map(|amount| Amount { issues: 0, ..amount });
        (sums.done_before_start, sums.done_outside, sums.unestimated, sums.unknown) = (0, 0, 0, 0);
        sums
    }

    /// The numbers of issues alone.
    #[must_use]
    pub fn issues_only(self) -> Self {
        self.map(|amount| Amount { points: Points::ZERO, ..amount })
    }

    fn map(self, with: impl Fn(Amount) -> Amount) -> Self {
        Self {
            committed: with(self.committed),
            added: with(self.added),
            removed: with(self.removed),
            reestimated: with(self.reestimated),
            reestimated_added: with(self.reestimated_added),
            reestimated_done: with(self.reestimated_done),
            final_scope: with(self.final_scope),
            completed: with(self.completed),
            not_completed: with(self.not_completed),
            completed_committed: with(self.completed_committed),
            completed_committed_initial: with(self.completed_committed_initial),
            ..self
        }
    }

    /// The same sprint in mode `final`: what is in scope at the end was committed, and nothing changed.
    fn as_final(&self) -> Self {
        let none = Amount::default();
        Self {
            committed: self.final_scope,
            added: none,
            removed: none,
            reestimated: none,
            reestimated_added: none,
            reestimated_done: none,
            completed_committed: self.completed,
            completed_committed_initial: self.completed,
            ..*self
        }
    }
}

impl ModeSums {
    /// The sums in a mode.
    pub fn of(&self, mode: Mode) -> Sums {
        match mode {
            Mode::Final => self.jira_cloud.as_final(),
            mode => *self.others.get(&mode).unwrap_or(&self.jira_cloud),
        }
    }

    /// Keeps a mode's sums where they differ.
    pub fn set(&mut self, mode: Mode, sums: Sums) {
        if mode == Mode::JiraCloud {
            self.jira_cloud = sums;
        } else if sums != self.jira_cloud {
            self.others.insert(mode, sums);
        }
    }

    fn add(&mut self, other: &Self) {
        for mode in Mode::ALL {
            let known = self.others.contains_key(mode) || other.others.contains_key(mode);
            if known && *mode != Mode::JiraCloud {
                let mut sums = self.of(*mode);
                sums += &other.of(*mode);
                self.others.insert(*mode, sums);
            }
        }
        self.jira_cloud += &other.jira_cloud;
        let Self { jira_cloud, others } = self;
        others.retain(|_, sums| sums != jira_cloud);
    }
}

impl Sum {
    pub fn add(&mut self, other: &Self) {
        self.listed += other.listed;
        self.planned += other.planned;
        self.sums.add(&other.sums);
        for (mark, marked) in &other.marks {
            let known = self.marks.entry(mark.clone()).or_default();
            known.issues += marked.issues;
            known.first.extend(marked.first.iter().map(|(id, key)| (id.clone(), key.clone())));
            while known.first.len() > NAMED {
                known.first.pop_last();
            }
        }
    }

    /// Notes a mark of one issue.
    pub fn mark(&mut self, mark: &str, issue_id: &str, issue_key: &str) {
        let first = BTreeMap::from([(issue_id.to_owned(), issue_key.to_owned())]);
        self.marks.insert(mark.to_owned(), Marked { issues: 1, first });
    }
}

/// The part of a discipline's issues that an issue is in: the same for ever.
pub fn part_of(issue_id: &str) -> String {
    // FNV-1a: short, spread well enough, and the same on every machine.
    let hash = issue_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:02}", (hash >> 32) % PARTS)
}

macro_rules! sprint_table {
    ($($row:ty => $table:literal, $self:ident: [$($part:expr),+];)*) => {$(
        impl Row for $row {
            const TABLE: &'static str = $table;
            /// By board.
            const PLACE: usize = 2;

            fn key(&self) -> Key {
                let $self = self;
                Key::of([$($part),+])
            }
        }
    )*};
}

sprint_table! {
    Contribution => "contributions", it:
        [&it.source, &it.board_id, &it.sprint_id, &it.discipline, &part_of(&it.issue_id), &it.issue_id];
    Subtotal => "subtotals", it: [&it.source, &it.board_id, &it.sprint_id, &it.discipline, &it.part];
    DisciplineTotal => "discipline_totals", it: [&it.source, &it.board_id, &it.sprint_id, &it.discipline];
    ClosedSprint => "closed_sprints", it: [&it.source, &it.board_id, &it.sprint_id];
    Leg => "legs", it: [&it.source, &it.board_id, &it.issue_id, &it.sprint_id];
}

#[cfg(test)]
mod tests {
    use super::{Amount, Mode, ModeSums, Sum, Sums};
    use crate::Points;

    fn sums(points: i64) -> Sums {
        let amount = Amount::new(Points::from_millionths(points * 1_000_000), 1);
        Sums { committed: amount, final_scope: amount, not_completed: amount, ..Sums::default() }
    }

    fn of(cloud: i64, eazybi: i64) -> Sum {
        let mut modes = ModeSums::default();
        modes.set(Mode::JiraCloud, sums(cloud));
        modes.set(Mode::Eazybi, sums(eazybi));
        Sum { listed: 1, sums: modes, ..Sum::default() }
    }

    #[test]
    fn a_mode_is_kept_only_where_it_differs_and_adds_up_all_the_same() {
        // jira_cloud 1 + 2 + 4 = 7, eazybi 1 + 3 + 4 = 8.
        let mut total = Sum::default();
        for part in [of(1, 1), of(2, 3), of(4, 4)] {
            total.add(&part);
        }
        let points = |mode| total.sums.of(mode).committed.points.millionths() / 1_000_000;
        assert_eq!((points(Mode::JiraCloud), points(Mode::Eazybi), points(Mode::JiraDc)), (7, 8, 7));
        assert_eq!(total.sums.others.len(), 1);
        assert!(total.sums.jira_cloud.balances());
    }

    #[test]
    fn sums_that_do_not_add_up_are_found_out() {
        // 5 points of one issue are committed, in scope, and not completed.
        let five = Amount::new(Points::from_millionths(5_000_000), 1);
        let right = Sums { committed: five, final_scope: five, not_completed: five, ..Sums::default() };
        assert!(right.balances());
        assert!(!Sums { added: five, ..right }.balances(), "more came than is there");
        assert!(!Sums { completed: five, ..right }.balances(), "it is on both sides");
        let uncounted = Amount { issues: 0, ..five };
        assert!(
            !Sums { committed: uncounted, ..right }.balances(),
            "the points are right, the issues are not"
        );
        assert!(!Sums { not_completed: uncounted, ..right }.balances());
        // What came is not known where a history is missing; what is there is.
        assert!(Sums { committed: Amount::default(), unknown: 1, ..right }.balances());
        assert!(!Sums { not_completed: Amount::default(), unknown: 1, ..right }.balances());
    }

    #[test]
    fn marks_name_the_first_few_issues_in_whatever_order_they_come() {
        let marked = |number: i64| {
            let mut sum = Sum { listed: 1, ..Sum::default() };
            sum.mark("deleted", &format!("acme/{number}"), &format!("ACME-{number}"));
            sum
        };
        let total = |order: &mut dyn Iterator<Item = i64>| {
            order.fold(Sum::default(), |mut total, number| {
                total.add(&marked(number));
                total
            })
        };
        let (up, down) = (total(&mut (1..=8)), total(&mut (1..=8).rev()));
        assert_eq!(up, down);
        assert_eq!(up.marks["deleted"].issues, 8);
        assert_eq!(up.marks["deleted"].first.len(), 5);
    }

    #[test]
    fn sums_say_no_more_than_they_have() {
        let json = serde_json::to_string(&of(2, 2)).unwrap();
        assert_eq!(json, r#"{"l":1,"t":{"s":{"c":[2000000,1],"f":[2000000,1],"n":[2000000,1]}}}"#);
        assert_eq!(serde_json::from_str::<Sum>(&json).unwrap(), of(2, 2));
    }
}
