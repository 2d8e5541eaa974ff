//! `tidemark export`: a whole view, sorted by its key.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use tidemark_sql::format::{self, Format};

use crate::cli::ExportFormat;
use crate::config::Config;
use crate::outlets::Outlets;
use crate::{Done, Stop};

pub(crate) fn run(
    config: &Config,
    table: &str,
    format: ExportFormat,
    out: Option<&Path>,
) -> Result<Done, Stop> {
    let warehouse = Outlets::of(config).reader()?;
    let rows = warehouse.export(table).map_err(|error| match error {
        tidemark_sql::Error::UnknownTable { .. } => Stop::Usage(error.into()),
        other => Stop::Failed(other.into()),
    })?;
    let format = match format {
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Json => Format::Json,
        ExportFormat::Parquet => Format::Parquet,
    };
    let Some(path) = out else {
        format::write(format, &rows.schema(), rows, std::io::stdout())?;
        return Ok(Done::Clean);
    };
    // Written aside and renamed: a reader never sees half a file.
    let aside = path.with_extension("part");
    let cannot_write = || format!("{} can't be written", path.display());
    let mut file = BufWriter::new(File::create(&aside).with_context(cannot_write)?);
    format::write(format, &rows.schema(), rows, &mut file).with_context(cannot_write)?;
    file.flush().and_then(|()| file.get_ref().sync_all()).with_context(cannot_write)?;
    std::fs::rename(&aside, path).with_context(cannot_write)?;
    Ok(Done::Clean)
}
