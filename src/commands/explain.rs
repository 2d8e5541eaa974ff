//! `tidemark explain sprint`: why a sprint's numbers are what they are, as JSON or to be read.

mod table;

use tidemark_api::explain::{Question, document};

use super::sprint;
use crate::cli::{ExplainSprint, ReportFormat};
use crate::config::Config;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config, asked: ExplainSprint) -> Result<Done, Stop> {
    let ExplainSprint { id, board, number, unit, definitions, discipline, format } = asked;
    let question = Question { sprint: id, board, definitions: definitions.into(), discipline, number, unit };
    let answer =
        sprint::ask(config, &question.sprint, async |reading: &mut _| document(reading, &question).await)?;
    match format {
        ReportFormat::Json => println!("{}", serde_json::to_string_pretty(&answer)?),
        ReportFormat::Table => print!("{}", table::text(&answer, question.number)),
    }
    Ok(Done::Clean)
}
