//! One file of the lake: encoded row group by row group, by any thread, and written in order by one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use tidemark_sql::manifest::Part;

use crate::{Error, disk_reason};

/// The most rows of a row group: enough to compress well, few enough to be skipped and to be held in memory.
pub(super) const ROW_GROUP_ROWS: usize = 128 * 1024;

/// Rows, encoded as they will lie in the file.
pub(super) struct RowGroup {
    columns: Vec<ArrowColumnChunk>,
    rows: u64,
}

/// Encodes row groups of one schema.
pub(super) struct Encoder {
    schema: SchemaRef,
    factory: ArrowRowGroupWriterFactory,
}

impl Encoder {
    pub(super) fn new(schema: SchemaRef) -> Result<Self, ParquetError> {
        let (_, factory) = writer(std::io::sink(), &schema)?;
        Ok(Self { schema, factory })
    }

    pub(super) fn encode(&self, batch: &RecordBatch) -> Result<RowGroup, ParquetError> {
        let writers = self.factory.create_column_writers(0)?;
        let mut columns = Vec::with_capacity(writers.len());
        for (mut writer, (field, array)) in
            writers.into_iter().zip(self.schema.fields().iter().zip(batch.columns()))
        {
            for leaf in compute_leaves(field, array)? {
                writer.write(&leaf)?;
            }
            columns.push(writer.close()?);
        }
        Ok(RowGroup { columns, rows: batch.num_rows() as u64 })
    }
}

/// A part that is being written. It gets its file with its first row group.
pub(super) struct PartWriter {
    path: PathBuf,
    schema: SchemaRef,
    file: Option<SerializedFileWriter<BufWriter<File>>>,
    rows: u64,
}

impl PartWriter {
    pub(super) fn new(path: PathBuf, schema: SchemaRef) -> Self {
        Self { path, schema, file: None, rows: 0 }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn append(&mut self, group: RowGroup) -> Result<(), Error> {
        self.rows += group.rows;
        let file = match &mut self.file {
            Some(file) => file,
            empty => {
                let file = File::create(&self.path).map_err(Error::disk("create", &self.path))?;
                let (file, _) = writer(BufWriter::with_capacity(1 << 20, file), &self.schema)
                    .map_err(|error| refusal(&self.path, error))?;
                empty.insert(file)
            }
        };
        append(file, group).map_err(|error| refusal(&self.path, error))
    }

    /// Ends the file and waits until it is on disk; nothing if it has no rows.
    pub(super) fn finish(self) -> Result<Option<Part>, Error> {
        let Some(file) = self.file else { return Ok(None) };
        let mut buffer = file.into_inner().map_err(|error| refusal(&self.path, error))?;
        buffer.flush().map_err(Error::disk("write", &self.path))?;
        let file = buffer.get_ref();
        file.sync_all().map_err(Error::disk("sync", &self.path))?;
        let bytes = file.metadata().map_err(Error::disk("read", &self.path))?.len();
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Some(Part { file: name, rows: self.rows, bytes }))
    }
}

fn append(file: &mut SerializedFileWriter<BufWriter<File>>, group: RowGroup) -> Result<(), ParquetError> {
    let mut writer = file.next_row_group()?;
    for column in group.columns {
        column.append_to_row_group(&mut writer)?;
    }
    writer.close()?;
    Ok(())
}

fn writer<W: Write + Send>(
    out: W,
    schema: &SchemaRef,
) -> Result<(SerializedFileWriter<W>, ArrowRowGroupWriterFactory), ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_dictionary_enabled(true)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build();
    ArrowWriter::try_new(out, schema.clone(), Some(properties))?.into_serialized_writer()
}

/// Tells a disk that refuses from data that cannot be encoded.
pub(super) fn refusal(path: &Path, error: ParquetError) -> Error {
    let encode = |reason: String| Error::Encode { path: path.to_owned(), reason };
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => Error::Disk { action: "write", path: path.to_owned(), reason: disk_reason(&error) },
            Err(other) => encode(other.to_string()),
        },
        other => encode(other.to_string()),
    }
}
