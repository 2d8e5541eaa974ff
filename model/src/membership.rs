//! An issue's part in sprints over time: what the sprint ledger is computed from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::issue::Gone;
use crate::{Key, Points, Row, Timestamp};

/// Where a change comes from: its history entry, its place in it, and who made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangeRef {
    pub at: Timestamp,
    /// The id of the history entry; [`i64::MAX`] for a correction, which comes after all known changes.
    pub history_id: i64,
    /// Position of the field within the entry.
    pub item: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// The set of sprints that an issue was in, over time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SprintHistory {
    /// The sprints before the first change.
    pub initial: Vec<String>,
    /// The set after each change.
    pub changes: Vec<(ChangeRef, Vec<String>)>,
}

/// Says to a parent that an issue is, or once was, its sub-task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kin {
    pub source: String,
    pub parent_id: String,
    pub child_id: String,
}

/// Says to a sub-task in which sprints its parent was: a sub-task's sprints are its parent's (METRICS rule 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inherited {
    pub source: String,
    pub child_id: String,
    pub parent_id: String,
    pub sprints: SprintHistory,
    /// Whether the parent's history is complete.
    pub history_complete: bool,
}

/// An estimate as the source had it at some time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Estimate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// The text, where it is no number (it counts as no estimate, and is marked).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// What decides an issue's standing in one sprint, at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SprintIssueState {
    /// Whether the issue is in the sprint (through its parent, while it is a sub-task).
    pub member: bool,
    pub subtask: bool,
    pub status_id: String,
    /// By estimation field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub estimates: BTreeMap<String, Estimate>,
    /// Whether it has a resolution.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resolved: bool,
    /// The sprints that it was put into while it stayed in this one, as happens where this one was closed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub moved_on: BTreeSet<String>,
    /// What the rules say of its discipline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Its present sub-tasks that were ever estimated, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subtasks: BTreeMap<String, Rolled>,
}

/// What one rule says of an issue's discipline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The rule's name, such as `component API`.
    pub rule: String,
    /// The team that says so, where it holds on that team's boards only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    pub discipline: String,
}

/// What a sub-task gives to its parent where estimates are rolled up; without estimates once it has left.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rolled {
    pub estimates: BTreeMap<String, Estimate>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

/// Says to a parent what its sub-task is estimated at, over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offspring {
    pub source: String,
    pub parent_id: String,
    pub child_id: String,
    /// From when on it was a sub-task of this parent.
    pub changes: Vec<(ChangeRef, Rolled)>,
    /// Whether the sub-task's history is complete.
    pub history_complete: bool,
}

/// One change of an issue's standing in a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub change: ChangeRef,
    pub to: StepTo,
}

/// What the change sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepTo {
    Member(bool),
    /// A change of type: whose sprints count, the issue's own or its parent's, changes at the same time.
    Type {
        subtask: bool,
        member: bool,
    },
    Status(String),
    Estimate {
        field: String,
        value: Estimate,
    },
    Resolved(bool),
    MovedOn(BTreeSet<String>),
    Claims(Vec<Claim>),
    /// A sub-task that came, changed or left.
    Subtask {
        id: String,
        now: Rolled,
    },
}

/// An issue's part in one sprint over time: the sprint's group folds these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SprintIssue {
    pub source: String,
    pub sprint_id: String,
    pub issue_id: String,
    pub issue_key: String,
    pub summary: String,
    pub issue_type: String,
    /// Whether the history that this is read from is complete (METRICS rule 7 holds where it is not).
    pub history_complete: bool,
    /// Whether the histories of its estimated sub-tasks are.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub subtasks_complete: bool,
    /// When the issue was resolved, as its present fields say.
    pub resolved_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Gone>,
    /// From when on the issue existed: the earlier of its creation and its first change.
    pub exists_from: Timestamp,
    /// The state at `exists_from`.
    pub initial: SprintIssueState,
    /// In the order that they apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// Says that an issue was put into a sprint while it stayed in another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedOn {
    pub source: String,
    pub from_sprint: String,
    pub to_sprint: String,
    pub issue_id: String,
}

/// Says to a sprint when another one, into which its issues moved on, was active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    pub source: String,
    pub sprint_id: String,
    pub successor_id: String,
    pub active: Vec<Span>,
}

/// All that is known of the sprints into which the issues of a reopened sprint moved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successors {
    pub source: String,
    pub sprint_id: String,
    /// When each of them was active.
    pub active: BTreeMap<String, Vec<Span>>,
}

/// From an instant on, up to another one if it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

impl Span {
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

fn yes() -> bool {
    true
}

impl ChangeRef {
    /// Marks a correction: the present value differs from what the history leads to (METRICS case 29).
    pub const CORRECTION: i64 = i64::MAX;

    /// The id that ledgers show: `history:item`, or `correction`.
    pub fn id(&self) -> String {
        if self.history_id == Self::CORRECTION {
            "correction".to_owned()
        } else {
            format!("{}:{}", self.history_id, self.item)
        }
    }
}

impl SprintHistory {
    /// Every sprint that the issue ever was in.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.initial.iter().chain(self.changes.iter().flat_map(|(_, sprints)| sprints))
    }
}

impl Row for Kin {
    const TABLE: &'static str = "kin";
    /// By parent.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.parent_id, &self.child_id])
    }
}

impl Row for Inherited {
    const TABLE: &'static str = "inherited";
    /// By sub-task.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.child_id, &self.parent_id])
    }
}

impl Row for Offspring {
    const TABLE: &'static str = "offspring";
    /// By parent.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.parent_id, &self.child_id])
    }
}

impl Row for MovedOn {
    const TABLE: &'static str = "moved_on";
    /// By the sprint that was moved into.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.to_sprint, &self.from_sprint, &self.issue_id])
    }
}

impl Row for Successor {
    const TABLE: &'static str = "successor";
    /// By the sprint that was moved out of.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.sprint_id, &self.successor_id])
    }
}

impl Row for Successors {
    const TABLE: &'static str = "successors";
    /// By sprint.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.sprint_id])
    }
}

impl Row for SprintIssue {
    const TABLE: &'static str = "sprint_issues";
    /// By sprint.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.sprint_id, &self.issue_id])
    }
}
