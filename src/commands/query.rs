//! `tidemark query`: SQL over the views.

use tidemark_sql::format::{self, Format};

use crate::cli;
use crate::config::Config;
use crate::outlets::Outlets;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config, sql: &str, format: cli::Format) -> Result<Done, Stop> {
    let warehouse = Outlets::of(config).reader()?;
    let rows = warehouse.stream(sql).map_err(|error| match error {
        // The query is the user's.
        tidemark_sql::Error::Query(_) | tidemark_sql::Error::UnknownTable { .. } => Stop::Usage(error.into()),
        other => Stop::Failed(other.into()),
    })?;
    let format = match format {
        cli::Format::Table => Format::Table,
        cli::Format::Csv => Format::Csv,
        cli::Format::Json => Format::Json,
        cli::Format::Parquet => Format::Parquet,
    };
    format::write(format, &rows.schema(), rows, std::io::stdout())?;
    Ok(Done::Clean)
}
