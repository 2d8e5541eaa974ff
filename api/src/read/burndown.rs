//! A sprint's burndown, from its ledger.

use tidemark_model::fact::{Cell, ColumnType, Kind};
use tidemark_model::facts::EntryKind;
use tidemark_model::{Points, Timestamp};
use tidemark_processors::burndown::{self, Amounts, Point, Step};
use tidemark_sql::serving::Reading;

use super::Shown;
use crate::error::Error;

/// The burndown of a sprint on a board.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Burndown {
    pub(crate) points: Vec<Point>,
    /// From the commitment at the start to nothing at the planned end; empty where either is unknown.
    pub(crate) guideline: Vec<(Timestamp, f64)>,
}

/// The ledger's entries that change something, summed by instant and kind. What floats add up to is exact to a millionth once it is rounded;
/// Postgres would make decimals of sums of integers.
const STEPS: &str = "\
SELECT at, kind, count(*), sum(scope_points), sum(remaining_points), sum(completed_points),
    CAST(sum(scope_issues) AS BIGINT), CAST(sum(remaining_issues) AS BIGINT), CAST(sum(completed_issues) AS BIGINT)
FROM ledger
WHERE sprint_id = $1 AND board_id = $2 AND _gone = 0 AND kind NOT IN ('CARRY_IN', 'CARRY_OUT')
GROUP BY at, kind
ORDER BY at, kind";

const KINDS: [Kind; 9] = [
    Kind::Timestamp,
    Kind::Text,
    Kind::Integer,
    Kind::Float,
    Kind::Float,
    Kind::Float,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
];

/// The burndown in at most about `most` points.
pub(crate) async fn burndown(reading: &mut Reading, shown: &Shown, most: usize) -> Result<Burndown, Error> {
    let sprint = &shown.sprint;
    let parameters = [Cell::Text(sprint.sprint_id.clone()), Cell::Text(sprint.board_id.clone())];
    let rows = reading.cells(STEPS, &parameters, &KINDS).await?;
    let steps: Vec<Step> = rows.into_iter().filter_map(step).collect();
    let points = burndown::burndown(&steps, most);
    let committed = shown.report.as_ref().and_then(|report| report.committed_points);
    let guideline = match (sprint.started_at, sprint.planned_end_at, committed) {
        (Some(started), Some(end), Some(committed)) => burndown::guideline(started, end, committed),
        _ => Vec::new(),
    };
    Ok(Burndown { points, guideline })
}

fn step(row: Vec<Cell>) -> Option<Step> {
    let mut cells = row.into_iter();
    let at = Timestamp::of_cell(cells.next()?)?;
    let kind = EntryKind::of_cell(cells.next()?)?;
    let entries = i64::of_cell(cells.next()?)?;
    let mut points = || Points::of_cell(cells.next()?);
    let (scope_points, remaining_points, completed_points) = (points()?, points()?, points()?);
    let mut issues = || i64::of_cell(cells.next()?);
    let (scope_issues, remaining_issues, completed_issues) = (issues()?, issues()?, issues()?);
    let change = Amounts {
        scope_points,
        remaining_points,
        completed_points,
        scope_issues,
        remaining_issues,
        completed_issues,
    };
    Some(Step { at, kind, entries, change })
}
