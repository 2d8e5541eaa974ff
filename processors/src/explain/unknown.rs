//! Why a number is not known, which is not zero.

use tidemark_model::facts::SprintReport;

use super::{Explanation, Piece, Value};

/// How many issues are named.
const NAMED: usize = 5;

/// The reason that a number of the report is not known.
pub(super) fn reason(report: &SprintReport, pieces: &[Piece], parts: &[Explanation]) -> String {
    if report.state == "future" {
        return "the sprint has not started: its issues are only planned".to_owned();
    }
    if let Some(part) = parts.iter().find_map(|part| part.unknown.as_ref()) {
        return part.clone();
    }
    if let Some(under) = parts.last()
        && matches!(under.value, Some(Value::Sum(zero)) if zero == tidemark_model::Points::ZERO)
    {
        return format!("{} is 0, and a ratio to nothing says nothing", under.number.as_str());
    }
    if report.started_at.is_none() {
        return "the source does not say when the sprint started: start and changes of its scope are not known"
            .to_owned();
    }
    let without: Vec<&str> = pieces
        .iter()
        .filter(|piece| piece.item.counted && piece.entries.is_empty())
        .map(|piece| piece.item.issue_key.as_str())
        .collect();
    let counted = pieces.iter().filter(|piece| piece.item.counted).count();
    let first = without[..without.len().min(NAMED)].join(", ");
    let more = if without.len() > NAMED { ", …" } else { "" };
    format!(
        "{} of {counted} issues have no complete change history ({first}{more}): what was committed, added, removed and \
         re-estimated is not known",
        without.len()
    )
}
