//! Parquet, as other tools like to read it.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{Format, WriteError};

pub(super) fn write(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, crate::Error>>,
    out: &mut (impl Write + Send),
) -> Result<(), WriteError> {
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(refusal)?;
    for batch in batches {
        writer.write(&batch?).map_err(refusal)?;
    }
    writer.close().map_err(refusal)?;
    Ok(())
}

fn refusal(error: ParquetError) -> WriteError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => WriteError::Output(*error),
            Err(other) => WriteError::Value { format: Format::Parquet, reason: other.to_string() },
        },
        other => WriteError::Value { format: Format::Parquet, reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::super::{Format, WriteError, write};

    fn batch() -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        RecordBatch::try_from_iter([("a", column)]).unwrap()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut out = Vec::new();
        write(Format::Parquet, &batch().schema(), [Ok(batch())].into_iter(), &mut out).unwrap();
        let reader =
            parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(out_bytes(out), 1024).unwrap();
        assert_eq!(reader.map(Result::unwrap).collect::<Vec<_>>(), vec![batch()]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_of_the_output() {
        for format in Format::ALL {
            let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
            let error = write(format, &batch().schema(), [Ok(batch())].into_iter(), full).unwrap_err();
            assert!(matches!(error, WriteError::Output(_)), "{format}: {error}");
        }
    }

    fn out_bytes(out: Vec<u8>) -> std::fs::File {
        use std::io::{Seek, Write};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&out).unwrap();
        file.rewind().unwrap();
        file
    }
}
