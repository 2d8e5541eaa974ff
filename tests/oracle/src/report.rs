//! The shape of a sprint report.

use serde::{Deserialize, Serialize};

use crate::points::Points;
use crate::predictability::{CompletedCommitted, Predictability};

/// The numbers of one sprint on one board, with what explains them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The sprint's id.
    pub sprint: i64,
    /// The board's id.
    pub board: i64,
    /// The sums of points.
    pub points: PointSums,
    /// The counts of issues and entries.
    pub issues: IssueCounts,
    /// Issues in the final scope without an estimate at E (rule 8).
    pub unestimated: u64,
    /// What of the commitment is completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_committed: Option<CompletedCommitted>,
    /// The ratios of the say/do family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictability: Option<Predictability>,
    /// The numbers split by discipline, by name: their sums are the report's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disciplines: Vec<Discipline>,
    /// One row for each issue that was in the sprint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// The ledger behind the numbers, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

impl Report {
    /// The sums and counts alone: no split by discipline, no ratios, no items
    /// and no ledger.
    #[must_use]
    pub fn numbers(&self) -> Self {
        let everything = self.everything();
        Self { completed_committed: None, predictability: None, disciplines: Vec::new(), ..everything }
    }

    /// All numbers, without items and ledger.
    #[must_use]
    pub fn everything(&self) -> Self {
        Self { items: Vec::new(), entries: Vec::new(), ..self.clone() }
    }
}

/// The part of a report's numbers that is one discipline's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discipline {
    /// Its name.
    pub name: String,
    /// The sums of points.
    pub points: PointSums,
    /// The counts of issues and entries.
    pub issues: IssueCounts,
    /// Issues in the final scope without an estimate at E.
    pub unestimated: u64,
}

impl Discipline {
    /// Whether there is no number but zero.
    pub(crate) fn is_nothing(&self) -> bool {
        let PointSums { committed, added, removed, reestimated, final_scope, completed, not_completed } =
            &self.points;
        let sums = [committed, added, removed, reestimated, final_scope, completed, not_completed];
        let issues = &self.issues;
        let entries = [issues.committed, issues.added, issues.removed, issues.reestimated];
        let at_end = [issues.final_scope, issues.completed, issues.not_completed];
        sums.into_iter().flatten().all(|points| *points == Points::default())
            && entries.into_iter().chain(at_end).flatten().all(|number| number == 0)
            && issues.done_before_start + issues.done_outside + self.unestimated == 0
    }
}

/// Sums of points. The parts that need a history are null without one (rule 7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub struct PointSums {
    pub committed: Option<Points>,
    pub added: Option<Points>,
    pub removed: Option<Points>,
    pub reestimated: Option<Points>,
    pub final_scope: Option<Points>,
    pub completed: Option<Points>,
    pub not_completed: Option<Points>,
}

/// Counts: of entries for committed, added and removed, else of issues (rule 2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub struct IssueCounts {
    pub committed: Option<u64>,
    pub added: Option<u64>,
    pub removed: Option<u64>,
    pub reestimated: Option<u64>,
    pub final_scope: Option<u64>,
    pub completed: Option<u64>,
    pub not_completed: Option<u64>,
    pub done_before_start: u64,
    pub done_outside: u64,
}

/// What became of an issue in a sprint (rule 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub enum Outcome {
    Completed,
    NotCompleted,
    Removed,
    DoneBeforeStart,
    DoneOutside,
}

/// One issue in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The present key.
    pub issue: String,
    /// What became of it.
    pub outcome: Outcome,
    /// A sub-task: listed, but in no number (rule 5).
    pub subtask: bool,
    /// In scope at S.
    pub committed: bool,
    /// Entered scope after S, be it again.
    pub added: bool,
    /// The estimate at its first entry.
    pub initial: Option<Points>,
    /// The estimate at E, or at its removal.
    #[serde(rename = "final")]
    pub last: Option<Points>,
    /// Its discipline at E, or at its removal (rule 10).
    #[serde(default)]
    pub discipline: String,
    /// Which rule gave the discipline.
    #[serde(default)]
    pub rule: String,
}

/// What a ledger entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names are those of METRICS")]
pub enum Kind {
    Commit,
    Add,
    Reopen,
    Remove,
    Reestimate,
    Done,
    /// Done no more while in scope: it has no number of its own.
    Undone,
    DoneBeforeStart,
    DoneOutside,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What happened.
    pub kind: Kind,
    /// When, in milliseconds since 1970, UTC.
    pub at: i64,
    /// The present key of the issue.
    pub issue: String,
    /// By how many millionths of a point the scope changed.
    pub delta: i64,
}
