//! Questions about one sprint, to the serving database beside whoever writes it.

use anyhow::anyhow;
use tidemark_api::Error;
use tidemark_sql::serving::{Access, Database, Reading};

use crate::Stop;
use crate::cli::Definitions;
use crate::config::Config;

/// How to find a sprint's id.
const HELP: &str = "`tidemark query \"SELECT sprint_id, sprint_name, state FROM v1_sprints ORDER BY started_at\"` lists those there are (has `tidemark sync` run?)";

/// Asks about a sprint.
pub(super) fn ask<T>(
    config: &Config,
    sprint: &str,
    question: impl AsyncFnOnce(&mut Reading) -> Result<T, Error>,
) -> Result<T, Stop> {
    if sprint.split_once('/').is_none_or(|(source, id)| source.is_empty() || id.is_empty()) {
        let message = anyhow!("`{sprint}` is no sprint: write it as source/id, such as acme/12");
        return Err(Stop::Usage(message));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let place = config.storage.serving();
        if let Some(file) = place.path()
            && !file.try_exists()?
        {
            return Err(anyhow!("there is no sprint {sprint} yet: {HELP}").into());
        }
        let database = Database::open(&place, Access::Read).await?;
        let mut reading = database.read().await?;
        let found = question(&mut reading).await;
        found.map_err(|error| match error.code {
            "invalid_parameter" => Stop::Usage(anyhow!(error.message)),
            _ => Stop::Failed(anyhow!("sprint {sprint}: {}; {HELP}", error.message)),
        })
    })
}

impl From<Definitions> for tidemark_api::Definitions {
    fn from(Definitions { mode, subtasks, done }: Definitions) -> Self {
        Self { mode, subtasks, done }
    }
}
