//! What to know before trusting a report's numbers: the marks that were computed with it, and those that depend on the
//! present instant.

use serde::{Deserialize, Serialize};
use tidemark_model::facts::{BoardSprint, SprintReport};

use crate::error::Error;
use crate::stale::Stale;

/// A quality mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub mark: String,
    pub detail: String,
}

/// The marks of a report as it stands in the database.
pub(crate) fn of_report(report: &SprintReport) -> Result<Vec<Mark>, Error> {
    serde_json::from_str(&report.quality).map_err(|error| {
        let id = &report.sprint_id;
        tracing::error!(sprint.id = %id, %error, "quality marks of sprint {id} can't be read");
        Error::internal()
    })
}

/// All marks of a sprint's report, as things stand now.
pub(crate) fn marks(
    sprint: &BoardSprint,
    report: Option<&SprintReport>,
    stale: &Stale,
) -> Result<Vec<Mark>, Error> {
    let mut marks = report.map_or_else(|| Ok(Vec::new()), of_report)?;
    // A closed sprint's numbers are restated when more becomes known of its issues, so that it misses something, too.
    let detail = stale.detail(&sprint.source).map(str::to_owned);
    marks.extend(detail.map(|detail| Mark { mark: "stale_source".to_owned(), detail }));
    Ok(marks)
}
