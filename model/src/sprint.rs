//! Sprints as their source states them, now and earlier.

use serde::{Deserialize, Serialize};

use crate::fact::text_enum;
use crate::{Key, Row, Timestamp};

text_enum! {
    /// Jira's states, and `deleted` for a sprint that its source no longer has.
    pub enum SprintState {
        Future = "future",
        Active = "active",
        Closed = "closed",
        Deleted = "deleted",
    }
}

/// One statement about a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SprintStatement {
    /// From when on it was seen to be so.
    pub effective_at: Timestamp,
    pub name: String,
    pub state: SprintState,
    pub goal: Option<String>,
    /// When it was really started, where the source says so (Data Center 8.7 and later).
    pub activated_at: Option<Timestamp>,
    /// The start date, which people can edit while the sprint is open.
    pub start_at: Option<Timestamp>,
    /// The planned end.
    pub end_at: Option<Timestamp>,
    /// The actual end.
    pub complete_at: Option<Timestamp>,
    pub origin_board_id: Option<String>,
}

/// A sprint: what is stated now, and every earlier statement, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sprint {
    pub source: String,
    pub id: String,
    pub now: SprintStatement,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<SprintStatement>,
}

impl SprintStatement {
    /// S: the instant that the sprint starts (METRICS section 0).
    pub fn started_at(&self) -> Option<Timestamp> {
        if self.state == SprintState::Future { None } else { self.activated_at.or(self.start_at) }
    }

    /// E: the instant that the sprint was closed; nothing while it is open.
    pub fn closed_at(&self) -> Option<Timestamp> {
        match self.state {
            SprintState::Closed => self.complete_at.or(self.end_at),
            SprintState::Deleted => self.complete_at,
            SprintState::Future | SprintState::Active => None,
        }
    }
}

impl Sprint {
    /// S: the instant that the sprint starts; of a deleted one as it was last stated.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.now.started_at().or_else(|| self.before_deletion(SprintStatement::started_at))
    }

    /// E: the instant that the sprint was closed; of a deleted one as it was last stated. Nothing while it is open.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.now.closed_at().or_else(|| self.before_deletion(SprintStatement::closed_at))
    }

    fn before_deletion(&self, at: fn(&SprintStatement) -> Option<Timestamp>) -> Option<Timestamp> {
        let last = self.earlier.iter().rev().find(|statement| statement.state != SprintState::Deleted);
        last.filter(|_| self.now.state == SprintState::Deleted).and_then(at)
    }
}

impl Row for Sprint {
    const TABLE: &'static str = "sprints";
    /// By sprint.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.id])
    }
}
