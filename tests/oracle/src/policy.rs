//! What may be chosen: the mode, what becomes of sub-tasks, what done means,
//! and how disciplines are told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The choices that numbers depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How the commitment is read.
    pub mode: Mode,
    /// What becomes of sub-tasks.
    pub subtasks: Subtasks,
    /// What done means.
    pub done: Done,
    /// How an issue's discipline is told: the first rule that gives one decides.
    pub rules: Vec<Rule>,
    /// The teams by name, for the rule on assignees.
    pub teams: BTreeMap<String, Team>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::JiraCloud,
            subtasks: Subtasks::Exclude,
            done: Done::Column,
            rules: vec![Rule::Assignee { assignee: true }],
            teams: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// What done means in the mode: `eazybi` always reads the status category
    /// (rule 11).
    pub(crate) fn done(&self) -> Done {
        if self.mode == Mode::Eazybi { Done::StatusCategory } else { self.done }
    }
}

/// How the commitment is read (rule 11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The state at S; a status in no column counts 0.
    #[default]
    JiraCloud,
    /// As `jira_cloud`, and a status in no column keeps the estimate.
    JiraDc,
    /// The state at S + 24 h, done tested at S.
    #[serde(rename = "grace_24h")]
    Grace24h,
    /// The final scope is the commitment, and nothing changed.
    Final,
    /// Issues done at S are committed; done is a status category.
    Eazybi,
}

/// What becomes of sub-tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subtasks {
    /// Listed, in no number (rule 5).
    #[default]
    Exclude,
    /// Issues of their own.
    Include,
    /// No issues of their own; their estimates stand for a missing one of
    /// their parent (rule 11).
    RollUp,
}

/// What done means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// In the board's last column.
    #[default]
    Column,
    /// In a status of the category `done`.
    StatusCategory,
    /// With a resolution.
    Resolution,
}

/// One way to tell an issue's discipline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Rule {
    /// The text of a field is the name.
    Field {
        /// The field's id.
        field: String,
    },
    /// The issue has a component.
    Component {
        /// The component's name.
        component: String,
        /// The discipline it gives.
        discipline: String,
    },
    /// The issue has a label.
    Label {
        /// The label.
        label: String,
        /// The discipline it gives.
        discipline: String,
    },
    /// The issue is of a type.
    IssueType {
        /// The type's name.
        issue_type: String,
        /// The discipline it gives.
        discipline: String,
    },
    /// The assignee's discipline, from the teams of the board.
    Assignee {
        /// Whether the rule is on.
        assignee: bool,
    },
}

impl Rule {
    /// The word that tells which rule decided.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Field { field } => format!("field {field}"),
            Self::Component { component, .. } => format!("component {component}"),
            Self::Label { label, .. } => format!("label {label}"),
            Self::IssueType { issue_type, .. } => format!("issue_type {issue_type}"),
            Self::Assignee { .. } => "assignee".to_owned(),
        }
    }
}

/// Who works on some boards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Team {
    /// The boards, as `12` or with the source before it, `acme/12`.
    pub boards: Vec<String>,
    /// People by discipline, each by account id, e-mail or display name.
    pub disciplines: BTreeMap<String, Vec<String>>,
}

impl Team {
    /// Whether a board is the team's.
    pub(crate) fn has_board(&self, id: i64) -> bool {
        let id = id.to_string();
        self.boards.iter().any(|board| board.rsplit('/').next() == Some(&id))
    }
}
