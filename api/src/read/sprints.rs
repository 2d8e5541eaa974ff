//! A sprint on the board that is meant.

use tidemark_model::fact::Fact;
use tidemark_model::facts::{BoardSprint, SprintReport};
use tidemark_sql::serving::{Reading, Select};

use crate::error::Error;

/// The definitions that are used where none are named.
const MODE: &str = "jira_cloud";

/// A sprint as one board shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) sprint: BoardSprint,
    /// Nothing while the report is not computed yet.
    pub(crate) report: Option<SprintReport>,
    /// Every board that shows the sprint, its origin first.
    pub(crate) boards: Vec<BoardSprint>,
}

/// The sprint on the named board, else on the one that it was created on.
pub(crate) async fn shown(
    reading: &mut Reading,
    sprint_id: &str,
    board_id: Option<&str>,
) -> Result<Shown, Error> {
    let select = Select::<BoardSprint>::all().is("sprint_id", sprint_id);
    let boards = reading.rows(&select.by("origin", true).by("board_id", false)).await?;
    let Some(origin) = boards.first() else {
        return Err(Error::not_found(format!("there is no sprint {sprint_id}")));
    };
    let sprint = match board_id {
        None => origin.clone(),
        Some(board_id) => {
            let found = boards.iter().find(|sprint| sprint.board_id == board_id).cloned();
            found.ok_or_else(|| {
                let names: Vec<&str> = boards.iter().map(|sprint| sprint.board_id.as_str()).collect();
                let shown = names.join(", ");
                Error::not_found(format!("board {board_id} does not show sprint {sprint_id}: {shown} does"))
            })?
        }
    };
    let select = mode_rows::<SprintReport>(&sprint);
    let report = reading.first(select).await?;
    Ok(Shown { sprint, report, boards })
}

/// The rows of a fact that say something of a sprint on a board, in the default definitions where it has several.
pub(crate) fn mode_rows<F: Fact>(sprint: &BoardSprint) -> Select<F> {
    let select = Select::<F>::all().is("sprint_id", &sprint.sprint_id).is("board_id", &sprint.board_id);
    if F::COLUMNS.iter().any(|column| column.name == "mode") { select.is("mode", MODE) } else { select }
}
