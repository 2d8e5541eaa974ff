//! One issue as the archive holds it: present values and its changelog.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::json::{id_text, instant, optional_instant, text};

/// An issue with its present values. The numeric id is the identity; the key
/// is only the present alias (METRICS section 0, case 16).
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) created: i64,
    pub(crate) updated: Option<i64>,
    pub(crate) resolved: Option<i64>,
    pub(crate) status: String,
    /// The id of its type.
    pub(crate) kind: String,
    pub(crate) parent: Option<String>,
    /// All fields as they came, for the fields whose id is configured.
    pub(crate) fields: Map<String, Value>,
    /// Changes in the order they are applied; `None` without a changelog (rule 7).
    pub(crate) changes: Option<Vec<Change>>,
    /// When the issue was deleted, if it was.
    pub(crate) deleted: Option<i64>,
}

/// One item of one history.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) at: i64,
    pub(crate) field_id: Option<String>,
    pub(crate) field: String,
    pub(crate) from: Option<String>,
    pub(crate) from_string: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) to_string: Option<String>,
}

impl Issue {
    /// Reads an issue object of the REST interface.
    pub(crate) fn read(value: &Value) -> Result<Self> {
        let id = id_text(&value["id"]).context("an issue without id")?;
        Self::read_known(value, &id).with_context(|| format!("issue {id}"))
    }

    fn read_known(value: &Value, id: &str) -> Result<Self> {
        let fields = value["fields"].as_object().context("no fields")?;
        let field = |name: &str| fields.get(name).unwrap_or(&Value::Null);
        Ok(Self {
            id: id.to_owned(),
            key: text(&value["key"]).context("no key")?,
            created: instant(field("created")).context("created")?,
            updated: optional_instant(field("updated")).context("updated")?,
            resolved: optional_instant(field("resolutiondate")).context("resolutiondate")?,
            status: id_text(&field("status")["id"]).context("no status id")?,
            kind: id_text(&field("issuetype")["id"]).context("no issue type id")?,
            parent: id_text(&field("parent")["id"]),
            fields: fields.clone(),
            changes: read_changes(&value["changelog"])?,
            deleted: None,
        })
    }

    /// A field's present value; null when absent.
    pub(crate) fn field(&self, id: &str) -> &Value {
        self.fields.get(id).unwrap_or(&Value::Null)
    }

    /// Existence starts at min(created, first change) (rule 4).
    pub(crate) fn exists_from(&self) -> i64 {
        let first = self.changes.iter().flatten().map(|change| change.at).min();
        first.map_or(self.created, |first| first.min(self.created))
    }
}

impl Change {
    fn read(at: i64, item: &Value) -> Self {
        Self {
            at,
            field_id: text(&item["fieldId"]).filter(|id| !id.is_empty()),
            field: text(&item["field"]).unwrap_or_default(),
            from: id_text(&item["from"]),
            from_string: text(&item["fromString"]),
            to: id_text(&item["to"]),
            to_string: text(&item["toString"]),
        }
    }

    /// Whether the change is of this field: by the field's id, and by a name
    /// only where the change tells no id (METRICS section 0).
    pub(crate) fn is_of(&self, field_id: &str, names: &[&str]) -> bool {
        match &self.field_id {
            Some(id) => id == field_id,
            None => names.iter().any(|name| self.field.eq_ignore_ascii_case(name)),
        }
    }
}

/// The changes ordered by (created, history id as a number, item index). A
/// history that is listed twice counts once (case 27). A changelog of which
/// only a page is there is none (case 28, rule 7).
fn read_changes(changelog: &Value) -> Result<Option<Vec<Change>>> {
    let Some(histories) = changelog["histories"].as_array() else {
        return Ok(None);
    };
    let told = changelog["total"].as_u64().unwrap_or_default();
    if u64::try_from(histories.len())? < told {
        return Ok(None);
    }
    let mut ordered: BTreeMap<(i64, u64, String), Vec<Change>> = BTreeMap::new();
    for history in histories {
        let id = id_text(&history["id"]).context("a history without id")?;
        let at = instant(&history["created"]).with_context(|| format!("history {id}"))?;
        let items = items_of(&history["items"]).with_context(|| format!("history {id}"))?;
        let changes = items.iter().map(|item| Change::read(at, item)).collect();
        ordered.insert((at, id.parse().unwrap_or(u64::MAX), id), changes);
    }
    Ok(Some(ordered.into_values().flatten().collect()))
}

/// The items of a history, which may be JSON inside a string (case 30).
fn items_of(items: &Value) -> Result<Vec<Value>> {
    match items {
        Value::Array(items) => Ok(items.clone()),
        Value::String(text) => Ok(serde_json::from_str(text)?),
        _ => Ok(Vec::new()),
    }
}

/// Reads a comma list of sprint ids.
pub(crate) fn sprint_list(text: Option<&str>) -> BTreeSet<i64> {
    let parts = text.unwrap_or_default().split(',');
    parts.filter_map(|part| part.trim().parse().ok()).collect()
}

/// Reads the present value of the Sprint field: objects, plain ids, or the
/// older text form `…Sprint@1f[id=7,rapidViewId=1,…]` (case 31).
pub(crate) fn sprint_field(value: &Value) -> BTreeSet<i64> {
    let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(sprint_of_entry).collect()
}

fn sprint_of_entry(entry: &Value) -> Option<i64> {
    match entry {
        Value::Object(sprint) => id_text(sprint.get("id")?)?.parse().ok(),
        Value::Number(id) => id.as_i64(),
        Value::String(text) => {
            let (_, inner) = text.split_once('[')?;
            let mut parts = inner.trim_end_matches(']').split(',');
            let id = parts.find_map(|part| part.strip_prefix("id="))?;
            id.parse().ok()
        }
        _ => None,
    }
}
