//! Issues and their change histories, exploded from the canonical rows when they leave.

use crate::Timestamp;
use crate::fact::fact;
use crate::issue::{Issue, Standing};

fact! {
    /// One row per issue: its present fields.
    pub struct IssueFact = "issues" by ["issue_id"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The issue, as `source/native-id`; it never changes, unlike the key.
        pub issue_id: String,
        /// The present key, such as ACME-7.
        pub issue_key: String,
        /// The key of the project that it is in now.
        pub project_key: String,
        /// The summary.
        pub summary: String,
        /// The type, such as Story.
        pub issue_type: String,
        /// Whether the type is a sub-task's.
        pub subtask: bool,
        /// The parent issue, as `source/native-id`.
        pub parent_id: Option<String>,
        /// The status's id, as the source numbers it.
        pub status_id: String,
        /// The status's name.
        pub status: String,
        /// `new`, `indeterminate` or `done`; null where the source does not say.
        pub status_category: Option<String>,
        /// The resolution's name; null while unresolved.
        pub resolution: Option<String>,
        /// When it was resolved.
        pub resolved_at: Option<Timestamp>,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last updated.
        pub updated_at: Timestamp,
        /// The assignee's display name.
        pub assignee: Option<String>,
        /// The assignee's id in the source.
        pub assignee_id: Option<String>,
        /// The priority's name.
        pub priority: Option<String>,
        /// The labels, separated by commas.
        pub labels: String,
        /// The components' names, separated by commas.
        pub components: String,
        /// `present`, `deleted` or `hidden`.
        pub standing: Standing,
        /// When it was deleted or hidden, where that is known.
        pub gone_at: Option<Timestamp>,
        /// Whether the whole change history is known.
        pub history_known: bool,
        /// The number of changes in the known history.
        pub changes: i64,
    }
}

fact! {
    /// One row per changed field of a history entry: what Jira's changelog says, item by item.
    pub struct IssueChangeFact = "issue_changes" by ["issue_id", "at", "history_id", "item"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The issue, as `source/native-id`.
        pub issue_id: String,
        /// The issue's present key.
        pub issue_key: String,
        /// When the change was made.
        pub at: Timestamp,
        /// The id of the history entry in the source.
        pub history_id: i64,
        /// Position of the field within the entry, from 0.
        pub item: i64,
        /// Who made the change, as the source names them.
        pub actor: Option<String>,
        /// The field's id; the name where the source gives no id.
        pub field_id: String,
        /// The field's name at the time.
        pub field: String,
        /// The former value's id.
        pub from_value: Option<String>,
        /// The former value as shown.
        pub from_text: Option<String>,
        /// The new value's id.
        pub to_value: Option<String>,
        /// The new value as shown.
        pub to_text: Option<String>,
    }
}

impl IssueFact {
    /// The issue's present fields, from its canonical row.
    pub fn of(issue: &Issue) -> Self {
        Self {
            source: issue.source.clone(),
            issue_id: issue.global_id(),
            issue_key: issue.key.clone(),
            project_key: issue.project_key.clone(),
            summary: issue.summary.clone(),
            issue_type: issue.issue_type.name.clone(),
            subtask: issue.issue_type.subtask,
            parent_id: issue.parent_id.as_ref().map(|parent| format!("{}/{parent}", issue.source)),
            status_id: issue.status.id.clone(),
            status: issue.status.name.clone(),
            status_category: issue.status.category.clone(),
            resolution: issue.resolution.clone(),
            resolved_at: issue.resolved_at,
            created_at: issue.created_at,
            updated_at: issue.updated_at,
            assignee: issue.assignee.as_ref().map(|person| person.name.clone()),
            assignee_id: issue.assignee.as_ref().map(|person| person.id.clone()),
            priority: issue.priority.clone(),
            labels: issue.labels.join(","),
            components: issue.components.join(","),
            standing: issue.gone.as_ref().map_or(Standing::Present, |gone| gone.standing),
            gone_at: issue.gone.as_ref().and_then(|gone| gone.at),
            history_known: issue.history_complete,
            changes: issue.history.iter().map(|entry| entry.items.len() as i64).sum(),
        }
    }
}

impl IssueChangeFact {
    /// The issue's changes, item by item, from its canonical row.
    pub fn of(issue: &Issue) -> impl Iterator<Item = Self> {
        let id = issue.global_id();
        issue.history.iter().flat_map(move |entry| {
            let id = id.clone();
            entry.items.iter().enumerate().map(move |(item, change)| Self {
                source: issue.source.clone(),
                issue_id: id.clone(),
                issue_key: issue.key.clone(),
                at: entry.at,
                history_id: entry.id,
                item: item as i64,
                actor: entry.actor.clone(),
                field_id: change.field_id.clone().unwrap_or_else(|| change.field.clone()),
                field: change.field.clone(),
                from_value: change.from.clone(),
                from_text: change.from_text.clone(),
                to_value: change.to.clone(),
                to_text: change.to_text.clone(),
            })
        })
    }
}
