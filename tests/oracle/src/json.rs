//! Small readers of JSON values as Jira writes them.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;

/// A string, if it is one.
pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// An id: text, or a number as text. Null and others are none.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// A number that may be written as text.
pub(crate) fn id_number(value: &Value) -> Option<i64> {
    id_text(value)?.parse().ok()
}

/// An instant in milliseconds since 1970, UTC.
pub(crate) fn instant(value: &Value) -> Result<i64> {
    optional_instant(value)?.context("no instant")
}

/// An instant that may be null or absent.
pub(crate) fn optional_instant(value: &Value) -> Result<Option<i64>> {
    match value.as_str() {
        None | Some("") => Ok(None),
        Some(text) => parse_instant(text).map(Some),
    }
}

/// Reads `2026-03-02T09:15:00.000+0000` and `2026-03-02T09:15:00.000Z`.
pub(crate) fn parse_instant(text: &str) -> Result<i64> {
    let timestamp: Timestamp = text.parse().with_context(|| format!("not an instant: {text}"))?;
    Ok(timestamp.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::parse_instant;

    #[test]
    fn both_spellings_are_read() -> anyhow::Result<()> {
        assert_eq!(parse_instant("1970-01-01T00:00:01.234+0000")?, 1234);
        assert_eq!(parse_instant("1970-01-01T00:00:01.234Z")?, 1234);
        assert_eq!(parse_instant("1970-01-01T02:00:00.001+0200")?, 1);
        assert!(parse_instant("yesterday").is_err());
        Ok(())
    }
}
