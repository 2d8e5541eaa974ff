//! Velocity: what the last closed sprints of a board completed (METRICS
//! section 3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ledger::report;
use crate::points::Points;
use crate::sprint::Sprint;
use crate::timeline::Step;
use crate::view::View;

/// How many closed sprints the windows reach back.
const SIZES: [usize; 4] = [3, 5, 7, 12];

/// A board's velocity after one of its closed sprints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Velocity {
    /// The board's id.
    pub board: i64,
    /// The id of the last closed sprint that it is made of.
    pub sprint: i64,
    /// The windows of 3, 5, 7 and 12 closed sprints.
    pub windows: Vec<Window>,
}

/// What the last closed sprints completed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// How many sprints it reaches back.
    pub size: usize,
    /// How many there are.
    pub sprints: usize,
    /// Of completed points.
    pub points: Statistics,
    /// Of completed issues.
    pub issues: Statistics,
}

/// The middle of some numbers and how far they spread. Quartiles lie between
/// the numbers in order, linearly ("type 7").
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub struct Statistics {
    pub mean: f64,
    pub median: f64,
    pub p25: f64,
    pub p75: f64,
    /// `p75` less `p25`.
    pub spread: f64,
}

/// The velocities of a board, in the order of the closes. A deleted sprint is
/// in none (case 24), an empty one is (case 38).
pub(crate) fn of_board(
    view: &View<'_>,
    sprints: &[&Sprint],
    states: &BTreeMap<String, Vec<Step>>,
) -> Vec<Velocity> {
    let mut closed: Vec<&Sprint> = sprints.iter().copied().filter(|sprint| sprint.is_closed()).collect();
    closed.sort_by_key(|sprint| (sprint.end.unwrap_or(i64::MAX), sprint.id));
    let reports: Vec<_> = closed.into_iter().filter_map(|sprint| report(view, sprint, states)).collect();
    let points = |report: &crate::Report| report.points.completed.map(|points| points.0);
    let points: Vec<i64> = reports.iter().filter_map(points).collect();
    let issues = |report: &crate::Report| i64::try_from(report.issues.completed?).ok();
    let issues: Vec<i64> = reports.iter().filter_map(issues).collect();
    let mut velocities = Vec::new();
    for (index, report) in reports.iter().enumerate() {
        let until = index + 1;
        let window = |size: usize| {
            let from = until.saturating_sub(size);
            let points = statistics(&points[from..until], Points::whole(1).0);
            Window { size, sprints: until - from, points, issues: statistics(&issues[from..until], 1) }
        };
        let windows = SIZES.into_iter().map(window).collect();
        velocities.push(Velocity { board: report.board, sprint: report.sprint, windows });
    }
    velocities
}

/// Numbers that are whole in a unit: each result is one division of whole
/// numbers.
#[allow(clippy::cast_precision_loss, reason = "sums are far below 2^53")]
fn statistics(numbers: &[i64], unit: i64) -> Statistics {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    // Quarters of the number at so many quarters of the way through them.
    let at_quarter = |quarter: usize| {
        let place = sorted.len().saturating_sub(1) * quarter;
        let number = |index: usize| sorted.get(index).or_else(|| sorted.last()).copied().unwrap_or_default();
        let weight = i64::try_from(place % 4).unwrap_or_default();
        number(place / 4) * (4 - weight) + number(place / 4 + 1) * weight
    };
    let quarters = |quarters: i64| quarters as f64 / (4 * unit) as f64;
    let sum: i64 = sorted.iter().sum();
    Statistics {
        mean: sum as f64 / (sorted.len().max(1) as f64 * unit as f64),
        median: quarters(at_quarter(2)),
        p25: quarters(at_quarter(1)),
        p75: quarters(at_quarter(3)),
        spread: quarters(at_quarter(3) - at_quarter(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::statistics;

    /// By hand, of 1, 2, 4, 10: mean 17/4; the places are 0.75, 1.5, 2.25, so
    /// p25 = 1 + 0.75, median = 2 + 0.5 × 2, p75 = 4 + 0.25 × 6.
    #[test]
    fn quartiles_lie_between_the_numbers() {
        let found = statistics(&[10, 1, 4, 2], 1);
        let found = [found.mean, found.p25, found.median, found.p75, found.spread];
        assert_eq!(found, [4.25, 1.75, 3.0, 5.5, 3.75]);
        let alone = statistics(&[2_500_000], 1_000_000);
        assert_eq!([alone.mean, alone.p25, alone.median, alone.p75, alone.spread], [2.5, 2.5, 2.5, 2.5, 0.0]);
    }
}
