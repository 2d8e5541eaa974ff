//! Boards with their configuration, as the agile API returns them.

use serde::Deserialize;
use serde_json::value::RawValue;
use tidemark_model::Rows;
use tidemark_model::board::{Board, BoardColumn};
use tidemark_model::raw::Raw;

use super::{Id, read, statements};
use crate::Reject;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    configuration: Option<Configuration>,
    /// The sprints that the board lists.
    #[serde(default)]
    sprints: Vec<ListedSprint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedSprint {
    id: Id,
    origin_board_id: Option<Id>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Configuration {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    column_config: ColumnConfig,
    estimation: Option<Estimation>,
}

impl Configuration {
    fn estimation_unsaid(&self) -> bool {
        self.estimation.as_ref().is_none_or(|said| said.field.is_none() && !said.counts_issues())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ColumnConfig {
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(default)]
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
struct Status {
    id: Id,
}

#[derive(Deserialize)]
struct Estimation {
    #[serde(rename = "type")]
    kind: Option<String>,
    field: Option<Field>,
}

impl Estimation {
    /// A board that counts issues says so, and has no field.
    fn counts_issues(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| kind == "none" || kind == "issueCount")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    field_id: String,
}

/// Whether a board's configuration says neither which field it estimates with nor that it counts issues.
pub(crate) fn says_nothing_of_estimates(configuration: &RawValue) -> bool {
    serde_json::from_str::<Configuration>(configuration.get()).is_ok_and(|read| read.estimation_unsaid())
}

/// One row with the newest configuration.
pub(crate) fn translate(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let Some(newest) = statements(raw).pop() else { return Ok(()) };
    let payload: Payload = read(newest)?;
    let configuration = payload.configuration.unwrap_or_default();
    let estimation_unsaid = configuration.estimation_unsaid();
    let columns = configuration.column_config.columns.into_iter().map(|column| BoardColumn {
        name: column.name,
        status_ids: column.statuses.into_iter().map(|status| status.id.into_text()).collect(),
    });
    // Its own sprints name the board themselves.
    let of_others = payload.sprints.into_iter().filter(|sprint| {
        let origin = sprint.origin_board_id.clone().map(Id::into_text);
        origin.is_none_or(|origin| origin != newest.id)
    });
    let mut shown_sprints: Vec<String> = of_others.map(|sprint| sprint.id.into_text()).collect();
    shown_sprints.sort();
    out.push(&Board {
        source: newest.source.clone(),
        id: newest.id.clone(),
        effective_at: newest.at,
        name: payload.name.or(configuration.name).unwrap_or_else(|| format!("Board {}", newest.id)),
        kind: payload.kind.or(configuration.kind).unwrap_or_default(),
        columns: columns.collect(),
        estimation_field: configuration
            .estimation
            .and_then(|estimation| estimation.field)
            .map(|field| field.field_id),
        estimation_unsaid,
        shown_sprints,
    });
    Ok(())
}
