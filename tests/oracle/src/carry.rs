//! Carry-over: what goes from one sprint of a board into the next (METRICS
//! section 6, rule 14).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::points::Points;
use crate::report::Outcome;
use crate::rows::{rows, span};
use crate::sprint::Sprint;
use crate::timeline::Step;
use crate::view::View;
use crate::walk::Walk;

/// How long after a close an issue may come into the next sprint and still be
/// carried over: five days, in milliseconds.
const LONGEST_GAP: i64 = 432_000_000;

/// One issue that was in scope of a started sprint at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    /// The board's id.
    pub board: i64,
    /// The sprint's id.
    pub sprint: i64,
    /// The present key of the issue.
    pub issue: String,
    /// The sprint from which it was carried over.
    pub carried_in_from: Option<i64>,
    /// How long after that sprint's close it came into this one.
    pub gap_secs: Option<i64>,
    /// How many sprints of the unbroken chain lie before this one.
    pub carry_count: u64,
    /// Started sprints of the board in whose scope it was, up to this one.
    pub sprints_touched: u64,
    /// In scope and not completed at E.
    pub carried_out: bool,
    /// Its points where it was completed; else by how much they became less.
    pub burned_points: Points,
}

/// A sprint in whose scope an issue was.
#[derive(Debug)]
struct Leg<'a> {
    sprint: &'a Sprint,
    walk: Walk,
}

impl Leg<'_> {
    /// By E, ties by id; open sprints come after all closed ones.
    fn order(&self) -> (bool, i64, i64) {
        (!self.sprint.is_closed(), self.sprint.end.unwrap_or(i64::MAX), self.sprint.id)
    }

    /// The gap in milliseconds to a sprint that an issue was carried over to.
    fn gap_to(&self, next: &Leg<'_>) -> Option<i64> {
        let end = self.sprint.end.filter(|_| self.sprint.is_closed())?;
        let gap = next.walk.entry.saturating_sub(end).max(0);
        let carried = self.walk.outcome == Some(Outcome::NotCompleted) && gap <= LONGEST_GAP;
        carried.then_some(gap)
    }

    fn burned_points(&self) -> Points {
        let last = self.walk.last.unwrap_or_default();
        if self.walk.outcome == Some(Outcome::Completed) {
            return last;
        }
        self.walk.initial.unwrap_or_default().minus(last)
    }
}

/// The rows of a board. Whatever the mode takes for the commitment, scope is
/// what the sprint's walk says.
pub(crate) fn of_board(
    view: &View<'_>,
    sprints: &[&Sprint],
    states: &BTreeMap<String, Vec<Step>>,
) -> Vec<Carry> {
    // By the issue's id, which is its identity (case 16).
    let mut legs: BTreeMap<&String, (&String, Vec<Leg<'_>>)> = BTreeMap::new();
    for sprint in sprints.iter().copied().filter(|sprint| !sprint.is_deleted()) {
        let Some(span) = span(view, sprint) else { continue };
        let in_scope = rows(view, sprint, span, states).into_iter();
        for row in in_scope.filter(|row| row.counted && row.walk.entered) {
            let (_, legs) = legs.entry(&row.issue.id).or_insert_with(|| (&row.issue.key, Vec::new()));
            legs.push(Leg { sprint, walk: row.walk });
        }
    }
    let legs = legs.into_values();
    legs.flat_map(|(issue, legs)| of_issue(view.board.id, issue, legs)).collect()
}

fn of_issue(board: i64, issue: &str, mut legs: Vec<Leg<'_>>) -> Vec<Carry> {
    legs.sort_by_key(Leg::order);
    let mut carries: Vec<Carry> = Vec::new();
    // The last closed leg so far, and its count.
    let mut former: Option<(&Leg<'_>, u64)> = None;
    for (leg, touched) in legs.iter().zip(1..) {
        let carried = former.and_then(|(former, count)| Some((former, count, former.gap_to(leg)?)));
        let carry_count = carried.map_or(0, |(_, count, _)| count + 1);
        let not_completed = leg.walk.outcome == Some(Outcome::NotCompleted);
        carries.push(Carry {
            board,
            sprint: leg.sprint.id,
            issue: issue.to_owned(),
            carried_in_from: carried.map(|(former, ..)| former.sprint.id),
            gap_secs: carried.map(|(.., gap)| gap / 1000),
            carry_count,
            sprints_touched: touched,
            carried_out: not_completed && leg.sprint.is_closed(),
            burned_points: leg.burned_points(),
        });
        if leg.sprint.is_closed() {
            former = Some((leg, carry_count));
        }
    }
    carries
}
