//! A sprint's report by discipline.

use tidemark_model::facts::{BoardSprint, Mode, SprintDiscipline};
use tidemark_sql::serving::{Reading, Select};

use crate::error::Error;

/// The parts of a sprint's report, by the name of the discipline. None before the report is computed.
pub(crate) async fn disciplines(
    reading: &mut Reading,
    sprint: &BoardSprint,
    mode: Mode,
) -> Result<Vec<SprintDiscipline>, Error> {
    let select = Select::<SprintDiscipline>::all()
        .is("sprint_id", &sprint.sprint_id)
        .is("board_id", &sprint.board_id)
        .is("mode", mode.as_str());
    let mut found = reading.rows(&select).await?;
    // Sorted here: databases do not agree on the order of texts.
    found.sort_by(|one, other| one.discipline.cmp(&other.discipline));
    Ok(found)
}
