//! Velocity of a board: what its closed sprints completed, and the mean over the last ones.

use tidemark_model::facts::{SprintReport, Velocity};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

/// METRICS section 3: the mean is over the last 7 closed sprints.
const SPRINTS: usize = 7;

/// One row per board and closed sprint.
pub struct VelocityProcessor;

impl Processor for VelocityProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "velocity",
            version: 1,
            // Source and board.
            group_parts: 2,
            inputs: &[SprintReport::TABLE],
            globals: &[],
            outputs: &[Velocity::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        for row in velocity(tables.scan(group)) {
            out.push(&row);
        }
    }
}

/// The velocity after each closed sprint of one board, in the order of their closing (ties by id).
pub fn velocity(reports: Vec<SprintReport>) -> Vec<Velocity> {
    let mut closed: Vec<_> = reports
        .into_iter()
        .filter(|report| report.state == "closed")
        .filter_map(|report| {
            Some((report.closed_at?, report.completed_points?, report.completed_issues?, report))
        })
        .collect();
    closed.sort_by(|(left_at, _, _, left), (right_at, _, _, right)| {
        (left_at, &left.sprint_id).cmp(&(right_at, &right.sprint_id))
    });
    let row = |(index, (closed_at, points, issues, report)): (usize, &(_, _, _, SprintReport))| {
        let last = &closed[(index + 1).saturating_sub(SPRINTS)..=index];
        let mean = |sum: f64| sum / last.len() as f64;
        Velocity {
            source: report.source.clone(),
            board_id: report.board_id.clone(),
            sprint_id: report.sprint_id.clone(),
            mode: report.mode,
            sprint_name: report.sprint_name.clone(),
            closed_at: *closed_at,
            position: index as i64 + 1,
            committed_points: report.committed_points,
            completed_points: *points,
            completed_issues: *issues,
            sprints: last.len() as i64,
            velocity_points: mean(
                last.iter().map(|(_, points, _, _)| *points).sum::<tidemark_model::Points>().to_f64(),
            ),
            velocity_issues: mean(last.iter().map(|(_, _, issues, _)| *issues).sum::<i64>() as f64),
        }
    };
    closed.iter().enumerate().map(row).collect()
}
