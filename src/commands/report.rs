//! `tidemark report sprint`: one sprint's report, as JSON or as Jira's sprint report reads.

mod table;

use anyhow::{Context, anyhow};
use tidemark_api::report::{Document, document};
use tidemark_sql::serving::{Access, Database};

use crate::cli::ReportFormat;
use crate::config::Config;
use crate::{Done, Stop};

/// The report that is asked for.
pub(crate) struct Asked {
    pub(crate) sprint: String,
    pub(crate) board: Option<String>,
}

pub(crate) fn run(config: &Config, asked: &Asked, format: ReportFormat) -> Result<Done, Stop> {
    if asked.sprint.split_once('/').is_none_or(|(source, id)| source.is_empty() || id.is_empty()) {
        return Err(Stop::Usage(anyhow!(
            "`{}` is no sprint: write it as source/id, such as acme/12",
            asked.sprint
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let document = runtime.block_on(read(config, asked))?;
    match format {
        ReportFormat::Json => println!("{}", serde_json::to_string_pretty(&document)?),
        ReportFormat::Table => print!("{}", table::text(&document)),
    }
    Ok(Done::Clean)
}

/// Reads the report beside whoever writes it.
async fn read(config: &Config, asked: &Asked) -> anyhow::Result<Document> {
    let help = "`tidemark query \"SELECT sprint_id, sprint_name, state FROM v1_sprints ORDER BY started_at\"` lists those there are (has `tidemark sync` run?)";
    let file = config.serving_file();
    if !file.try_exists()? {
        return Err(anyhow!("there is no sprint {} yet: {help}", asked.sprint));
    }
    let database = Database::sqlite(&file, Access::Read).await?;
    let mut reading = database.read().await?;
    let found = document(&mut reading, &asked.sprint, asked.board.as_deref()).await;
    found.map_err(|error| anyhow!(error.message)).with_context(|| format!("sprint {}: {help}", asked.sprint))
}
