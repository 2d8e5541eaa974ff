//! Carry-over: the way of an issue through the sprints of a board (METRICS section 6, rule 14).
//!
//! Each sprint in whose scope the issue was is a *leg*. An issue is carried in from its former leg if it was in scope at
//! that sprint's close and not completed, and came into this one at most five days later; so legs form chains. A longer
//! way round breaks the chain, and still counts as a sprint touched.

use tidemark_model::facts::{CarryOver, EntryKind, LedgerEntry};
use tidemark_model::sums::Leg;
use tidemark_model::{Key, Points, Row, Rows, Timestamp};
use tidemark_stream::{Processor, Spec, Tables};

use crate::by_number;

/// Five days: a longer gap breaks the chain.
const LONGEST_GAP_MS: i64 = 5 * 86_400_000;

/// One row per leg, but for those of issues that were in one sprint and completed or removed there.
pub struct CarryOverProcessor;

impl Processor for CarryOverProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "carry_over",
            version: 2,
            // Source, board and issue.
            group_parts: 3,
            inputs: &[Leg::TABLE],
            globals: &[],
            outputs: &[CarryOver::TABLE, LedgerEntry::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        for (row, entered_at) in carry_over(tables.scan(group)) {
            if row.carried_in_from.is_some() {
                out.push(&carry_in(&row, entered_at));
            }
            if row.carried_out || row.sprints_touched > 1 {
                out.push(&row);
            }
        }
    }
}

/// The legs of one issue on one board in the order of their closes (an open sprint comes last, ties by id), each with the
/// instant at which it began.
pub fn carry_over(mut legs: Vec<Leg>) -> Vec<(CarryOver, Timestamp)> {
    let order = |leg: &Leg| leg.closed_at.unwrap_or(Timestamp(i64::MAX));
    legs.sort_by(|left, right| {
        (order(left), by_number(&left.sprint_id)).cmp(&(order(right), by_number(&right.sprint_id)))
    });
    let mut rows: Vec<(CarryOver, Timestamp)> = Vec::with_capacity(legs.len());
    let mut former: Option<(Leg, i64)> = None;
    for (leg, touched) in legs.into_iter().zip(1..) {
        let carried = former.as_ref().and_then(|(before, count)| {
            let closed_at = before.closed_at.filter(|_| before.in_scope && !before.done)?;
            let gap = (leg.member_since.0 - closed_at.0).max(0);
            (gap <= LONGEST_GAP_MS).then(|| (before.sprint_id.clone(), gap / 1000, count + 1))
        });
        let carry_count = carried.as_ref().map_or(0, |(_, _, count)| *count);
        let (carried_in_from, gap_secs) = carried.map(|(from, gap, _)| (from, gap)).unzip();
        let completed = leg.in_scope && leg.done;
        let burned = if completed { leg.final_points } else { leg.initial_points - leg.final_points };
        let row = CarryOver {
            source: leg.source.clone(),
            board_id: leg.board_id.clone(),
            sprint_id: leg.sprint_id.clone(),
            issue_id: leg.issue_id.clone(),
            issue_key: leg.issue_key.clone(),
            sprint_name: leg.sprint_name.clone(),
            started_at: leg.started_at,
            closed_at: leg.closed_at,
            carried_in_from,
            gap_secs,
            carry_count,
            sprints_touched: touched,
            carried_out: leg.in_scope && !leg.done && leg.closed_at.is_some(),
            initial_points: leg.initial_points,
            final_points: leg.final_points,
            burned_points: burned,
        };
        rows.push((row, leg.member_since.max(leg.started_at)));
        // What is open has carried nothing over yet.
        if leg.closed_at.is_some() {
            former = Some((leg, carry_count));
        }
    }
    rows
}

/// The entry that says so in the sprint's ledger, before all others of the issue.
fn carry_in(row: &CarryOver, at: Timestamp) -> LedgerEntry {
    LedgerEntry {
        source: row.source.clone(),
        board_id: row.board_id.clone(),
        sprint_id: row.sprint_id.clone(),
        issue_id: row.issue_id.clone(),
        entry: 0,
        issue_key: row.issue_key.clone(),
        at,
        kind: EntryKind::CarryIn,
        reason: None,
        actor: None,
        change_id: None,
        sprint_change_id: None,
        done_change_id: None,
        estimate_change_id: None,
        before_points: row.initial_points,
        after_points: row.initial_points,
        scope_points: Points::ZERO,
        remaining_points: Points::ZERO,
        completed_points: Points::ZERO,
        scope_issues: 0,
        remaining_issues: 0,
        completed_issues: 0,
    }
}
