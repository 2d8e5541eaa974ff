//! Velocity of a board (METRICS section 3): what its closed sprints completed, and statistics over the last ones.

use tidemark_model::facts::{Mode, Velocity, VelocityWindow};
use tidemark_model::policy::Policy;
use tidemark_model::sums::{ClosedSprint, Sums};
use tidemark_model::{Key, Points, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::by_number;
use crate::predictability::ratio;
use crate::totals::Known;

/// The mean that is called velocity is over the last 7 closed sprints.
const SPRINTS: usize = 7;
/// How many sprints the windows of the statistics hold.
const WINDOWS: [usize; 4] = [3, 5, 7, 12];
/// A sprint that lasted less is short: two days.
const SHORT_MS: i64 = 2 * 86_400_000;

/// One row per board and closed sprint, and one per window.
pub struct VelocityProcessor;

impl Processor for VelocityProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "velocity",
            version: 3,
            // Source and board.
            group_parts: 2,
            inputs: &[ClosedSprint::TABLE],
            globals: &[Policy::TABLE],
            outputs: &[Velocity::TABLE, VelocityWindow::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let mut closed = tables.scan::<ClosedSprint>(group);
        // In the order of their closing, ties by id.
        closed.sort_by(|left, right| {
            (left.closed_at, by_number(&left.sprint_id)).cmp(&(right.closed_at, by_number(&right.sprint_id)))
        });
        let policies = tables.global::<Policy>();
        let policy = policies.values().next().cloned().unwrap_or_default();
        for mode in Mode::ALL {
            for row in velocity(&closed, *mode, &policy) {
                out.push(&row);
            }
            for row in windows(&closed, *mode, &policy) {
                out.push(&row);
            }
        }
    }
}

/// The velocity after each closed sprint of one board, in their order. A sprint that the policy leaves out has a row, and is
/// in no mean.
pub fn velocity(closed: &[ClosedSprint], mode: Mode, policy: &Policy) -> Vec<Velocity> {
    let row = |(index, sprint): (usize, &ClosedSprint)| {
        let last = last(&closed[..=index], SPRINTS, mode, policy);
        let sums = sprint.sums.of(mode);
        let points: Points = last.iter().map(|sums| sums.completed.points).sum();
        let issues: i64 = last.iter().map(|sums| sums.completed.issues).sum();
        Velocity {
            source: sprint.source.clone(),
            board_id: sprint.board_id.clone(),
            sprint_id: sprint.sprint_id.clone(),
            mode,
            sprint_name: sprint.sprint_name.clone(),
            closed_at: sprint.closed_at,
            position: index as i64 + 1,
            committed_points: Known(&sums).points(sums.committed.points),
            completed_points: sums.completed.points,
            completed_issues: sums.completed.issues,
            sprints: last.len() as i64,
            velocity_points: ratio(points.to_f64(), last.len() as f64),
            velocity_issues: ratio(issues as f64, last.len() as f64),
        }
    };
    closed.iter().enumerate().map(row).collect()
}

/// The sums of the last sprints that count, the newest first: the policy may leave out short and empty ones (case 38).
fn last(closed: &[ClosedSprint], window: usize, mode: Mode, policy: &Policy) -> Vec<Sums> {
    let counts = |sprint: &&ClosedSprint| {
        let short = sprint.started_at.is_some_and(|start| sprint.closed_at.0 - start.0 < SHORT_MS);
        let empty = is_empty(&sprint.sums.of(mode));
        !((short && policy.velocity_without_short_sprints)
            || (empty && policy.velocity_without_empty_sprints))
    };
    closed.iter().rev().filter(counts).take(window).map(|sprint| sprint.sums.of(mode)).collect()
}

/// The statistics after each closed sprint, by window.
pub fn windows(closed: &[ClosedSprint], mode: Mode, policy: &Policy) -> Vec<VelocityWindow> {
    let mut rows = Vec::with_capacity(closed.len() * WINDOWS.len());
    for (index, sprint) in closed.iter().enumerate() {
        for window in WINDOWS {
            let last = last(&closed[..=index], window, mode, policy);
            let points = Statistics::of(last.iter().map(|sums| sums.completed.points.to_f64()).collect());
            // The sum is exact, whatever the order.
            let sum: Points = last.iter().map(|sums| sums.completed.points).sum();
            let issues = Statistics::of(last.iter().map(|sums| sums.completed.issues as f64).collect());
            rows.push(VelocityWindow {
                source: sprint.source.clone(),
                board_id: sprint.board_id.clone(),
                sprint_id: sprint.sprint_id.clone(),
                mode,
                window_sprints: window as i64,
                closed_at: sprint.closed_at,
                sprints: last.len() as i64,
                mean_points: points.mean.map(|_| sum.to_f64() / last.len() as f64),
                median_points: points.quantile(0.5),
                p25_points: points.quantile(0.25),
                p75_points: points.quantile(0.75),
                mean_issues: issues.mean,
                median_issues: issues.quantile(0.5),
                p25_issues: issues.quantile(0.25),
                p75_issues: issues.quantile(0.75),
            });
        }
    }
    rows
}

/// Whether nothing was in scope at any time.
fn is_empty(sums: &Sums) -> bool {
    sums.committed.issues == 0 && sums.added.issues == 0 && sums.final_scope.issues == 0
}

/// Numbers in order, with their mean.
struct Statistics {
    sorted: Vec<f64>,
    mean: Option<f64>,
}

impl Statistics {
    fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        let mean = (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64);
        Self { sorted: numbers, mean }
    }

    /// A quantile, interpolated linearly between the numbers on both sides of it ("type 7").
    fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        let place = share * last as f64;
        let below = place.floor() as usize;
        let (low, high) = (self.sorted[below], self.sorted[(below + 1).min(last)]);
        Some(low + (high - low) * (place - below as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::Statistics;

    #[test]
    fn quartiles_are_interpolated() {
        // 1, 2, 4, 9: places 0.75, 1.5 and 2.25 → 1.75, 3, 4 + 5 × 0.25 = 5.25; mean 16 ÷ 4.
        let four = Statistics::of(vec![9.0, 1.0, 4.0, 2.0]);
        assert_eq!([0.25, 0.5, 0.75].map(|share| four.quantile(share)), [Some(1.75), Some(3.0), Some(5.25)]);
        assert_eq!(four.mean, Some(4.0));
        assert_eq!(Statistics::of(vec![7.0]).quantile(0.25), Some(7.0));
        assert_eq!(Statistics::of(Vec::new()).quantile(0.5), None);
    }
}
