//! CSV by RFC 4180. Text that a spreadsheet would take for a formula gets a leading apostrophe.

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
    let mut line = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        separate(index, &mut line);
        text(field.name(), &mut line);
    }
    end(&mut line, out)?;
    for batch in batches {
        let batch = batch?;
        let columns = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>();
        let columns = columns.map_err(Format::Csv.refusal())?;
        for row in 0..batch.num_rows() {
            for (index, column) in columns.iter().enumerate() {
                separate(index, &mut line);
                cell(&column.get(row), &mut line);
            }
            end(&mut line, out)?;
        }
    }
    Ok(())
}

fn separate(index: usize, line: &mut Vec<u8>) {
    if index > 0 {
        line.push(b',');
    }
}

fn end(line: &mut Vec<u8>, out: &mut impl Write) -> io::Result<()> {
    line.extend_from_slice(b"\r\n");
    out.write_all(line)?;
    line.clear();
    Ok(())
}

fn cell(cell: &Cell<'_>, line: &mut Vec<u8>) {
    match cell {
        Cell::Null => {}
        Cell::Text(value) => text(value, line),
        Cell::Integer(number) => line.extend_from_slice(number.to_string().as_bytes()),
        Cell::Decimal(number) => line.extend_from_slice(number.as_bytes()),
        Cell::Float(number) => line.extend_from_slice(float_text(*number).as_bytes()),
        Cell::Boolean(flag) => line.extend_from_slice(flag.to_string().as_bytes()),
        Cell::Timestamp(at) => line.extend_from_slice(at.to_string().as_bytes()),
    }
}

/// Text, guarded and quoted where needed. Empty text is quoted, so that it differs from no value.
fn text(value: &str, line: &mut Vec<u8>) {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = value.is_empty() || value.contains(['"', ',', '\r', '\n']);
    if quoted {
        line.push(b'"');
    }
    if formula {
        line.push(b'\'');
    }
    if quoted {
        line.extend_from_slice(value.replace('"', "\"\"").as_bytes());
        line.push(b'"');
    } else {
        line.extend_from_slice(value.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
        TimestampMillisecondArray,
    };
    use arrow::datatypes::Int64Type;

    use super::super::{Format, write};

    fn csv(columns: Vec<(&str, ArrayRef)>) -> String {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut out = Vec::new();
        write(Format::Csv, &batch.schema(), [Ok(batch)].into_iter(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_disarmed() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
        ];
        for (input, output) in cases {
            let column: ArrayRef = Arc::new(StringArray::from(vec![input]));
            assert_eq!(csv(vec![("a", column)]), format!("a\r\n{output}\r\n"), "{input}");
        }
    }

    #[test]
    fn what_is_shown_of_a_list_is_text_and_is_disarmed_too() {
        let list: ArrayRef =
            Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(-1), Some(2)])]));
        assert_eq!(csv(vec![("=a", list)]), "'=a\r\n\"[-1, 2]\"\r\n");
    }

    #[test]
    fn numbers_stay_numbers() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("whole", Arc::new(Int64Array::from(vec![Some(-2), None]))),
            ("float", Arc::new(Float64Array::from(vec![-0.5, 8.0]))),
            ("flag", Arc::new(BooleanArray::from(vec![true, false]))),
        ];
        assert_eq!(csv(columns), "whole,float,flag\r\n-2,-0.5,true\r\n,8,false\r\n");
    }

    #[test]
    fn instants_are_utc_with_milliseconds() {
        // 2026-03-02T09:15:00Z is 1,772,442,900 s after 1970.
        let at = TimestampMillisecondArray::from(vec![1_772_442_900_000]);
        let columns: Vec<(&str, ArrayRef)> =
            vec![("utc", Arc::new(at.clone().with_timezone("UTC"))), ("plain", Arc::new(at))];
        assert_eq!(csv(columns), "utc,plain\r\n2026-03-02T09:15:00.000Z,2026-03-02T09:15:00.000Z\r\n");
    }

    #[test]
    fn quotes_commas_and_line_breaks_come_back() {
        let column: ArrayRef = Arc::new(StringArray::from(vec![Some("a \"b\", c\nd"), Some(""), None]));
        let other: ArrayRef = Arc::new(StringArray::from(vec!["x"; 3]));
        assert_eq!(
            csv(vec![("a", column), ("b", other)]),
            "a,b\r\n\"a \"\"b\"\", c\nd\",x\r\n\"\",x\r\n,x\r\n"
        );
    }
}
