//! The policy: what an installation decides where the definitions leave a choice. It comes from the configuration and is
//! a table of one row, so that a changed policy is a recomputation like any other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::text_enum;
use crate::{Key, Row};

text_enum! {
    /// How sub-tasks count (METRICS rules 5 and 11).
    #[derive(Default)]
    pub enum SubtaskPolicy {
        /// They are listed and count nothing, as in Jira.
        #[default]
        Exclude = "exclude",
        /// They count as issues of their own.
        Include = "include",
        /// An issue's points are its own estimate, else the sum of its sub-tasks' estimates.
        RollUp = "roll_up",
    }
}

text_enum! {
    /// What is called done.
    #[derive(Default)]
    pub enum DonePolicy {
        /// The status lies in the board's last column, as in Jira.
        #[default]
        Column = "column",
        /// The status is of the category `done`.
        StatusCategory = "status_category",
        /// The issue has a resolution.
        Resolution = "resolution",
    }
}

/// What decides the numbers of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub subtasks: SubtaskPolicy,
    pub done: DonePolicy,
    /// In the order that they are asked; the first that gives a discipline decides.
    pub disciplines: Vec<DisciplineRule>,
    pub teams: Vec<Team>,
    /// Whether sprints of less than two days, and sprints with an empty scope, stay out of velocity statistics.
    pub velocity_without_short_sprints: bool,
    pub velocity_without_empty_sprints: bool,
    /// By source: the field that boards estimate with whose configuration says nothing of estimates.
    #[serde(default)]
    pub estimation_fields: BTreeMap<String, String>,
}

/// A rule that may give an issue its discipline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisciplineRule {
    /// The text of this field is the discipline's name.
    Field(String),
    /// An issue with this component, label or type has the discipline.
    Component {
        name: String,
        discipline: String,
    },
    Label {
        name: String,
        discipline: String,
    },
    IssueType {
        name: String,
        discipline: String,
    },
    /// The assignee's discipline in a team of the board.
    Assignee,
}

/// A team: its boards and its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub name: String,
    /// Boards as `source/native-id`.
    pub boards: Vec<String>,
    /// People by discipline: account ids, e-mail addresses or display names.
    pub disciplines: BTreeMap<String, Vec<String>>,
}

impl Default for Policy {
    /// As Jira counts; disciplines are told by the assignee.
    fn default() -> Self {
        Self {
            subtasks: SubtaskPolicy::default(),
            done: DonePolicy::default(),
            disciplines: vec![DisciplineRule::Assignee],
            teams: Vec::new(),
            velocity_without_short_sprints: false,
            velocity_without_empty_sprints: false,
            estimation_fields: BTreeMap::new(),
        }
    }
}

impl DisciplineRule {
    /// The rule as rows name it: `component API`.
    pub fn name(&self) -> String {
        match self {
            Self::Field(id) => format!("field {id}"),
            Self::Component { name, .. } => format!("component {name}"),
            Self::Label { name, .. } => format!("label {name}"),
            Self::IssueType { name, .. } => format!("issue_type {name}"),
            Self::Assignee => "assignee".to_owned(),
        }
    }
}

impl Row for Policy {
    const TABLE: &'static str = "policy";
    /// Known everywhere.
    const PLACE: usize = 1;

    fn key(&self) -> Key {
        Key::of(["policy"])
    }
}
