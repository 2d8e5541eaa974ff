//! What was seen at a moment, and may be otherwise by now.

use serde_json::value::RawValue;
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::Reason;
use xxhash_rust::xxh3::xxh3_64;

use super::split;
use crate::Reject;

/// The raw parts of an observation: a `sprint`, a `board`, an `issue`, or an issue as it was last seen before it was
/// deleted (`issue_deleted`) or could no longer be seen (`issue_hidden`).
pub fn records(source: &str, at: Timestamp, kind: &str, payload: &RawValue) -> Result<Vec<Raw>, Reject> {
    let variant = || format!("{:020}-{:016x}", at.0, xxh3_64(payload.get().as_bytes()));
    match kind {
        "sprint" => Ok(vec![split::statement(source, RawKind::Sprint, payload, at, variant())?]),
        "board" => Ok(vec![split::statement(source, RawKind::Board, payload, at, variant())?]),
        "issue" => split::issue(source, payload.get()),
        "issue_deleted" | "issue_hidden" => {
            let mut records = split::issue(source, payload.get())?;
            if let Some(first) = records.first() {
                let hidden = kind == "issue_hidden";
                let variant = format!("{:020}{}", at.0, if hidden { "-hidden" } else { "" });
                let payload = if hidden { RawValue::TRUE } else { RawValue::NULL };
                let gone =
                    Raw { part: RawPart::Gone, variant, at, payload: payload.to_owned(), ..first.clone() };
                records.push(gone);
            }
            Ok(records)
        }
        other => {
            let detail = format!(
                "an observation of kind `{other}`: known are sprint, board, issue, issue_deleted and issue_hidden"
            );
            Err(Reject { reason: Reason::UnknownKind, detail })
        }
    }
}
