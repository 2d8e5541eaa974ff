//! Issues as their source states them: present fields and the whole history of changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::fact::text_enum;
use crate::{Key, Points, Row, Timestamp, points::NoEstimate};

text_enum! {
    /// Whether an issue can still be seen in its source.
    pub enum Standing {
        Present = "present",
        /// The source says that it was deleted.
        Deleted = "deleted",
        /// It may no longer be seen by the account that reads; its last known state is kept.
        Hidden = "hidden",
        /// It has left the projects that are read; its last known state is kept.
        Moved = "moved",
    }
}

/// One issue with its whole known history. Ids are native (the source is a field of its own).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    pub source: String,
    /// The numeric id: the identity, while `key` is an alias that changes when the issue moves.
    pub id: String,
    pub key: String,
    pub project_key: String,
    pub summary: String,
    pub issue_type: IssueType,
    pub status: StatusRef,
    pub resolution: Option<String>,
    pub resolved_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub assignee: Option<Person>,
    pub priority: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    pub parent_id: Option<String>,
    /// The sprints that it is in now, closed ones included, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sprints: Vec<String>,
    /// Every typed custom field and time estimate by field id, so that an estimation field can be chosen later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldValue>,
    /// An estimate stated beside the issue (an archive's `story_points.csv`): used where no field has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_estimate: Option<String>,
    /// Whether the history is complete (METRICS rule 7 holds where it is not).
    pub history_complete: bool,
    /// By instant, then history id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Gone>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueType {
    pub id: String,
    pub name: String,
    pub subtask: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRef {
    pub id: String,
    pub name: String,
    /// `new`, `indeterminate` or `done`.
    pub category: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Account id (Cloud) or user key (Data Center).
    pub id: String,
    pub name: String,
    /// Where the source shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A statement that an issue is no longer to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub standing: Standing,
    /// When, where it is known.
    pub at: Option<Timestamp>,
}

/// What one person changed at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Jira numbers histories in the order of their making, so that ties of an instant are broken by it.
    pub id: i64,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    pub items: Vec<FieldChange>,
}

/// The change of one field; `from` and `to` are ids, the texts are what a person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_text: Option<String>,
}

/// The present value of a typed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    Number(f64),
    Text(String),
    List(Vec<String>),
}

impl FieldValue {
    /// The value as an estimate: numbers as they are, text by METRICS rule 9.
    pub fn as_points(&self) -> Result<Option<Points>, NoEstimate> {
        match self {
            Self::Number(number) => Points::from_f64(*number).map(Some),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => Points::parse(text).map(Some),
            Self::List(values) => Points::parse(&format!("[{}]", values.join(","))).map(Some),
        }
    }
}

impl FieldChange {
    /// Whether the change is of the field with this id; where the source gave no id, the name decides.
    pub fn is_of(&self, field_id: &str, name: &str) -> bool {
        self.field_id.as_deref().map_or_else(|| self.field.eq_ignore_ascii_case(name), |id| id == field_id)
    }

    /// Whether a change is one of the issue type.
    pub fn is_of_type(&self) -> bool {
        self.is_of("issuetype", "issuetype")
    }

    /// Whether a change is one of the parent, by any of the names that Jira has for it.
    pub fn is_of_parent(&self) -> bool {
        self.field_id.as_deref() == Some("parent")
            || ["parent", "IssueParentAssociation", "Parent Issue"]
                .iter()
                .any(|name| self.field.eq_ignore_ascii_case(name))
    }
}

impl Issue {
    /// The id with its source, as facts and commands show it.
    pub fn global_id(&self) -> String {
        format!("{}/{}", self.source, self.id)
    }

    /// The history as far as numbers may be read from it: all of it if it is complete, else nothing (METRICS rule 7).
    pub fn complete_history(&self) -> &[HistoryEntry] {
        if self.history_complete { &self.history } else { &[] }
    }

    /// Every parent that the issue ever had as a sub-task; none if it never was one.
    pub fn parents_as_subtask(&self) -> BTreeSet<&str> {
        let changes = || self.complete_history().iter().flat_map(|entry| &entry.items);
        if !self.issue_type.subtask && !changes().any(FieldChange::is_of_type) {
            return BTreeSet::new();
        }
        let changed = changes().filter(|change| change.is_of_parent());
        let ids = changed.flat_map(|change| [&change.from, &change.to]).chain([&self.parent_id]);
        ids.flatten().map(String::as_str).filter(|id| !id.is_empty()).collect()
    }
}

impl Row for Issue {
    const TABLE: &'static str = "issues";
    /// By issue.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.id])
    }
}
