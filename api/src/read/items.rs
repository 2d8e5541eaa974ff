//! How the issues of a sprint ended, and the items behind each number of its report.

use tidemark_model::Points;
use tidemark_model::fact::{Cell, ColumnType, Kind};
use tidemark_model::facts::{BoardSprint, Outcome, SprintItem};
use tidemark_sql::serving::{Reading, Select};

use super::mode_rows;
use crate::error::Error;

/// The issues of a sprint that ended in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// All of them, sub-tasks included.
    pub(crate) items: i64,
    pub(crate) subtasks: i64,
    /// What those that are no sub-tasks were estimated with in the end.
    pub(crate) points: Points,
}

const ENDED: &str = "\
SELECT outcome, count(*), sum(subtask), sum(CASE WHEN subtask = 0 THEN coalesce(final_points, 0.0) ELSE 0.0 END)
FROM sprint_items
WHERE sprint_id = $1 AND board_id = $2 AND ($3 = '' OR discipline = $3) AND _gone = 0
GROUP BY outcome";

/// How many issues ended in each way, all or those of a discipline, in the order in which people look at them.
pub(crate) async fn ended(
    reading: &mut Reading,
    sprint: &BoardSprint,
    discipline: Option<&str>,
) -> Result<Vec<Ended>, Error> {
    let texts = [&sprint.sprint_id, &sprint.board_id, discipline.unwrap_or_default()];
    let parameters = texts.map(|text: &str| Cell::Text(text.to_owned()));
    let kinds = [Kind::Text, Kind::Integer, Kind::Integer, Kind::Float];
    let rows = reading.cells(ENDED, &parameters, &kinds).await?;
    let mut found: Vec<Ended> = rows.into_iter().filter_map(counted).collect();
    found.sort_by_key(|ended| place(ended.outcome));
    Ok(found)
}

fn counted(row: Vec<Cell>) -> Option<Ended> {
    let mut cells = row.into_iter();
    let outcome = Outcome::of_cell(cells.next()?)?;
    let (items, subtasks) = (i64::of_cell(cells.next()?)?, i64::of_cell(cells.next()?)?);
    let points = Points::of_cell(cells.next()?)?;
    Some(Ended { outcome, items, subtasks, points })
}

fn place(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Completed => 0,
        Outcome::NotCompleted => 1,
        Outcome::Removed => 2,
        Outcome::DoneOutside => 3,
        Outcome::DoneBeforeStart => 4,
        Outcome::Planned => 5,
    }
}

/// A part of a sprint's items: those behind one number of its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    Committed,
    Added,
    Removed,
    Reestimated,
    FinalScope,
    Unestimated,
    Ended(Outcome),
}

/// The items that one number of the report is made of.
pub(crate) fn behind(sprint: &BoardSprint, number: Behind) -> Select<SprintItem> {
    let yes = Cell::Boolean(true);
    let counted = mode_rows::<SprintItem>(sprint).compare("counted", "=", yes.clone());
    let found = match number {
        Behind::Committed => counted.compare("committed", "=", yes),
        Behind::Added => counted.compare("added_entries", ">", Cell::Integer(0)),
        Behind::Removed => counted.compare("removed_entries", ">", Cell::Integer(0)),
        Behind::Reestimated => counted.containing(&["marks"], "reestimated"),
        Behind::Unestimated => counted.compare("unestimated", "=", yes),
        Behind::Ended(outcome) => counted.is("outcome", outcome.as_str()),
        Behind::FinalScope => [Outcome::Removed, Outcome::DoneOutside, Outcome::DoneBeforeStart]
            .into_iter()
            .fold(counted, |found, outcome| found.compare("outcome", "<>", Cell::Text(outcome.to_string()))),
    };
    by_issue(found)
}

/// All items that ended in one way.
pub(crate) fn ended_so(sprint: &BoardSprint, outcome: Outcome) -> Select<SprintItem> {
    by_issue(mode_rows::<SprintItem>(sprint).is("outcome", outcome.as_str()))
}

/// In the order in which the issues were created, as far as their ids tell.
fn by_issue(select: Select<SprintItem>) -> Select<SprintItem> {
    select.by("issue_id", false)
}
