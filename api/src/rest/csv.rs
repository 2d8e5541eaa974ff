//! Rows as CSV by RFC 4180, as `tidemark query` writes it: text that a spreadsheet would take for a formula gets a
//! leading apostrophe.

use tidemark_model::fact::Value;

use super::record::Record;
use crate::error::Error;

/// What starts a formula, also in the wide forms that spreadsheets of East Asia take for the same.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A header and one line per row; what is nested in a row is JSON.
pub(crate) fn table<R: Record>(rows: &[R]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let columns = R::COLUMNS.iter().map(|column| column.name);
    for (index, name) in columns.chain(R::NESTED.iter().map(|nested| nested.name)).enumerate() {
        separate(index, &mut out);
        text(name, &mut out);
    }
    out.extend_from_slice(b"\r\n");
    for row in rows {
        let mut index = 0;
        row.values(&mut |value| {
            separate(index, &mut out);
            cell(value, &mut out);
            index += 1;
        });
        let mut failed = None;
        row.nested(&mut |json| {
            separate(index, &mut out);
            index += 1;
            match json {
                Ok(json) => text(json.get(), &mut out),
                Err(error) => failed = Some(error),
            }
        });
        if let Some(error) = failed {
            tracing::error!(%error, "a row can't be written as CSV");
            return Err(Error::internal());
        }
        out.extend_from_slice(b"\r\n");
    }
    Ok(out)
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

fn cell(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        Value::Text(value) => text(value, out),
        Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        // Never `-0`.
        Value::Float(number) => out.extend_from_slice((number + 0.0).to_string().as_bytes()),
        Value::Boolean(flag) => out.extend_from_slice(flag.to_string().as_bytes()),
        Value::Timestamp(at) => out.extend_from_slice(at.to_string().as_bytes()),
    }
}

/// Text, guarded and quoted where needed. Empty text is quoted, so that it differs from no value.
fn text(value: &str, out: &mut Vec<u8>) {
    let quoted = value.is_empty() || value.contains(['"', ',', '\r', '\n']);
    if quoted {
        out.push(b'"');
    }
    if value.starts_with(FORMULA) {
        out.push(b'\'');
    }
    if quoted {
        out.extend_from_slice(value.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(value.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;
    use tidemark_model::fact::Value;

    use super::cell;

    fn written(value: Value<'_>) -> String {
        let mut out = Vec::new();
        cell(value, &mut out);
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
            ("＝1", "'＝1"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
            ("", "\"\""),
        ];
        for (input, output) in cases {
            assert_eq!(written(Value::Text(input)), output, "{input}");
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        let cases = [
            (Value::Integer(-2), "-2"),
            (Value::Float(-0.5), "-0.5"),
            (Value::Float(8.0), "8"),
            (Value::Float(-0.0), "0"),
            (Value::Boolean(false), "false"),
            (Value::Timestamp(Timestamp(1_772_442_900_000)), "2026-03-02T09:15:00.000Z"),
            (Value::Null, ""),
        ];
        for (value, output) in cases {
            assert_eq!(written(value), output);
        }
    }
}
