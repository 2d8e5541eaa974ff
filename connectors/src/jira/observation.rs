//! What was seen at a moment, and may be otherwise by now.

use serde_json::value::RawValue;
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::Reason;
use xxhash_rust::xxh3::xxh3_64;

use super::split;
use crate::Reject;

/// The raw parts of an observation: a `sprint`, a `board`, an `issue`, or an `issue_deleted` as it was last seen.
pub fn records(source: &str, at: Timestamp, kind: &str, payload: &RawValue) -> Result<Vec<Raw>, Reject> {
    let variant = || format!("{:020}-{:016x}", at.0, xxh3_64(payload.get().as_bytes()));
    match kind {
        "sprint" => Ok(vec![split::statement(source, RawKind::Sprint, payload, at, variant())?]),
        "board" => Ok(vec![split::statement(source, RawKind::Board, payload, at, variant())?]),
        "issue" => split::issue(source, payload.get()),
        "issue_deleted" => {
            let mut records = split::issue(source, payload.get())?;
            if let Some(first) = records.first() {
                let gone = Raw { part: RawPart::Gone, variant: format!("{:020}", at.0), at, ..first.clone() };
                records.push(Raw { payload: RawValue::NULL.to_owned(), ..gone });
            }
            Ok(records)
        }
        other => {
            let detail =
                format!("an observation of kind `{other}`: known are sprint, board, issue and issue_deleted");
            Err(Reject { reason: Reason::UnknownKind, detail })
        }
    }
}
