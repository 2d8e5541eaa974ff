//! JSON: an array of objects, one per line. Instants are text; floats have no needless zeros.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::cell::{Cell, Cells, float_text};
use super::{Format, WriteError};

pub(super) fn write(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, crate::Error>>,
    out: &mut impl Write,
) -> Result<(), WriteError> {
    let names =
        schema.fields().iter().map(|field| serde_json::to_string(field.name()).map_err(io::Error::from));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let mut line = Vec::new();
    let mut first = true;
    out.write_all(b"[")?;
    for batch in batches {
        let batch = batch?;
        let columns = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>();
        let columns = columns.map_err(Format::Json.refusal())?;
        for row in 0..batch.num_rows() {
            line.extend_from_slice(if first { b"\n{" } else { b",\n{" });
            first = false;
            for (index, (name, column)) in names.iter().zip(&columns).enumerate() {
                if index > 0 {
                    line.push(b',');
                }
                line.extend_from_slice(name.as_bytes());
                line.push(b':');
                value(&column.get(row), &mut line)?;
            }
            line.push(b'}');
            out.write_all(&line)?;
            line.clear();
        }
    }
    Ok(out.write_all(if first { b"]\n" } else { b"\n]\n" })?)
}

fn value(cell: &Cell<'_>, line: &mut Vec<u8>) -> io::Result<()> {
    match cell {
        Cell::Text(text) => serde_json::to_writer(line, text)?,
        Cell::Timestamp(at) => write!(line, "\"{at}\"")?,
        Cell::Integer(number) => write!(line, "{number}")?,
        Cell::Decimal(number) => line.extend_from_slice(number.as_bytes()),
        Cell::Boolean(flag) => write!(line, "{flag}")?,
        Cell::Float(number) if number.is_finite() => line.extend_from_slice(float_text(*number).as_bytes()),
        // JSON has no word for what is no number.
        Cell::Null | Cell::Float(_) => line.extend_from_slice(b"null"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Date32Array, Decimal128Array, Float64Array, RecordBatch, StringViewArray,
        TimestampMillisecondArray, UInt64Array,
    };

    use super::super::{Format, write};

    fn json(columns: Vec<(&str, ArrayRef)>) -> String {
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(a, b)| (a, b, true))).unwrap();
        let mut out = Vec::new();
        write(Format::Json, &batch.schema(), [Ok(batch)].into_iter(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_kind_of_value_has_its_form() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("text", Arc::new(StringViewArray::from(vec![Some("a \"b\"\n"), None]))),
            ("float", Arc::new(Float64Array::from(vec![8.0, f64::NAN]))),
            ("fine", Arc::new(Float64Array::from(vec![0.1, -0.0]))),
            ("count", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
            ("exact", Arc::new(Decimal128Array::from(vec![125, -1]).with_precision_and_scale(5, 2).unwrap())),
            ("day", Arc::new(Date32Array::from(vec![20_514, 0]))),
            (
                "at",
                Arc::new(TimestampMillisecondArray::from(vec![1_772_442_900_000, 0]).with_timezone("UTC")),
            ),
        ];
        assert_eq!(
            json(columns),
            concat!(
                "[\n{\"text\":\"a \\\"b\\\"\\n\",\"float\":8,\"fine\":0.1,\"count\":18446744073709551615,",
                "\"exact\":1.25,\"day\":\"2026-03-02\",\"at\":\"2026-03-02T09:15:00.000Z\"},\n",
                "{\"text\":null,\"float\":null,\"fine\":0,\"count\":0,",
                "\"exact\":-0.01,\"day\":\"1970-01-01\",\"at\":\"1970-01-01T00:00:00.000Z\"}\n]\n"
            )
        );
    }

    #[test]
    fn no_rows_are_an_empty_array() {
        let column: ArrayRef = Arc::new(Float64Array::from(Vec::<f64>::new()));
        assert_eq!(json(vec![("a", column)]), "[]\n");
    }
}
