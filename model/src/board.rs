//! Boards and what is needed to read them: fields, statuses and issue types. All are small and known everywhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Key, Row, Timestamp};

/// A board with its newest configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    pub source: String,
    pub id: String,
    pub effective_at: Timestamp,
    pub name: String,
    /// `scrum`, `kanban` or `simple`.
    pub kind: String,
    /// Left to right; the last one means done.
    pub columns: Vec<BoardColumn>,
    /// The id of the field that the board estimates with; nothing where it estimates by issue count, or says nothing.
    pub estimation_field: Option<String>,
    /// Whether its configuration says nothing of estimates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimation_unsaid: bool,
    /// Sprints of other boards that this board is known to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown_sprints: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardColumn {
    pub name: String,
    pub status_ids: Vec<String>,
}

/// A field of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub source: String,
    pub id: String,
    pub effective_at: Timestamp,
    pub name: String,
    /// The custom type, such as `com.pyxis.greenhopper.jira:gh-sprint`.
    pub custom_type: Option<String>,
}

impl Field {
    /// The custom type of Jira's sprint field.
    pub const SPRINT: &str = "com.pyxis.greenhopper.jira:gh-sprint";
    /// The custom type of "Story point estimate" (team-managed projects).
    pub const STORY_POINTS: &str = "com.pyxis.greenhopper.jira:jsw-story-points";
    /// What plain number fields are called, in lower case, that hold story points.
    pub const STORY_POINTS_NAMES: [&str; 2] = ["story points", "story point estimate"];
}

/// A status of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub source: String,
    pub id: String,
    pub name: String,
    /// `new`, `indeterminate` or `done`.
    pub category: Option<String>,
}

/// An issue type of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueTypeRow {
    pub source: String,
    pub id: String,
    pub name: String,
    pub subtask: bool,
}

macro_rules! small_table {
    ($($row:ty => $table:literal;)*) => {$(
        impl Row for $row {
            const TABLE: &'static str = $table;
            /// Known everywhere.
            const PLACE: usize = 1;

            fn key(&self) -> Key {
                Key::of([&self.source, &self.id])
            }
        }
    )*};
}

small_table! {
    Board => "boards";
    Field => "fields";
    Status => "statuses";
    IssueTypeRow => "issue_types";
}

/// Rows of one source by native id.
pub type ById<R> = BTreeMap<String, R>;
