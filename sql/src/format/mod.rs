//! How rows are written down: as a table for eyes, as CSV, JSON or Parquet for programs.

mod cell;
mod csv;
mod json;
mod parquet;
mod table;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub use table::{DEFAULT_WIDTH, write_table};

/// A form for rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

/// Why rows could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The rows did not come.
    #[error(transparent)]
    Rows(#[from] crate::Error),
    /// The output took no more.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// A value has no form in this format.
    #[error("cannot write the rows as {format}: {reason}")]
    Value { format: Format, reason: String },
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Table, Self::Csv, Self::Json, Self::Parquet];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    fn refusal(self) -> impl Fn(arrow::error::ArrowError) -> WriteError {
        move |error| WriteError::Value { format: self, reason: error.to_string() }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::as_str).join(", ");
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no format: there are {}", names()))
    }
}

/// Writes all rows in a format, batch by batch, and flushes the output.
pub fn write(
    format: Format,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, crate::Error>>,
    mut out: impl Write + Send,
) -> Result<(), WriteError> {
    match format {
        Format::Table => write_table(schema, batches, DEFAULT_WIDTH, &mut out)?,
        Format::Csv => csv::write(schema, batches, &mut out)?,
        Format::Json => json::write(schema, batches, &mut out)?,
        Format::Parquet => parquet::write(schema, batches, &mut out)?,
    }
    Ok(out.flush()?)
}
