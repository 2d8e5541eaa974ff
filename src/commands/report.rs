//! `tidemark report sprint`: one sprint's report, as JSON or as Jira's sprint report reads.

mod table;

use tidemark_api::report::document_by;

use super::sprint;
use crate::cli::{Definitions, ReportFormat};
use crate::config::Config;
use crate::{Done, Stop};

/// The report that is asked for.
pub(crate) struct Asked {
    pub(crate) sprint: String,
    pub(crate) board: Option<String>,
    pub(crate) definitions: Definitions,
}

pub(crate) fn run(config: &Config, asked: &Asked, format: ReportFormat) -> Result<Done, Stop> {
    let (id, board) = (&asked.sprint, asked.board.as_deref());
    let definitions = asked.definitions.into();
    let document =
        sprint::ask(config, id, async |reading: &mut _| document_by(reading, definitions, id, board).await)?;
    match format {
        ReportFormat::Json => println!("{}", serde_json::to_string_pretty(&document)?),
        ReportFormat::Table => print!("{}", table::text(&document)),
    }
    Ok(Done::Clean)
}
