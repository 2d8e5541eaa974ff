//! Fields, statuses and issue types.

use serde::Deserialize;
use tidemark_model::Rows;
use tidemark_model::board::{Field, IssueTypeRow, Status};
use tidemark_model::raw::Raw;

use super::{read, statements};
use crate::Reject;

#[derive(Deserialize)]
struct FieldPayload {
    name: Option<String>,
    schema: Option<Schema>,
}

#[derive(Deserialize)]
struct Schema {
    custom: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusPayload {
    name: Option<String>,
    status_category: Option<Category>,
}

#[derive(Deserialize)]
struct Category {
    key: Option<String>,
}

#[derive(Deserialize)]
struct TypePayload {
    name: Option<String>,
    #[serde(default)]
    subtask: bool,
}

pub(crate) fn translate_field(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let Some(newest) = statements(raw).pop() else { return Ok(()) };
    let payload: FieldPayload = read(newest)?;
    out.push(&Field {
        source: newest.source.clone(),
        id: newest.id.clone(),
        effective_at: newest.at,
        name: payload.name.unwrap_or_else(|| newest.id.clone()),
        custom_type: payload.schema.and_then(|schema| schema.custom),
    });
    Ok(())
}

pub(crate) fn translate_status(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let Some(newest) = statements(raw).pop() else { return Ok(()) };
    let payload: StatusPayload = read(newest)?;
    out.push(&Status {
        source: newest.source.clone(),
        id: newest.id.clone(),
        name: payload.name.unwrap_or_else(|| newest.id.clone()),
        category: payload.status_category.and_then(|category| category.key),
    });
    Ok(())
}

pub(crate) fn translate_issue_type(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let Some(newest) = statements(raw).pop() else { return Ok(()) };
    let payload: TypePayload = read(newest)?;
    out.push(&IssueTypeRow {
        source: newest.source.clone(),
        id: newest.id.clone(),
        name: payload.name.unwrap_or_else(|| newest.id.clone()),
        subtask: payload.subtask,
    });
    Ok(())
}
