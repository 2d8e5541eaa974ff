//! Sprint reports as documents: what `/sprints/{source}/{id}/report` answers, and, with the issues, what
//! `tidemark report sprint` prints.

mod schema;

use serde::{Deserialize, Serialize, Serializer};
use tidemark_model::facts::{BoardSprint, Mode, Outcome, SprintItem, SprintReport};
use tidemark_model::{Points, Timestamp};
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::definitions::{DONE, MODE, SUBTASKS, definitions};
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read::{self, Definitions, Shown};

pub(super) use schema::header as header_schema;

pub(super) const ONE: Resource = Resource {
    path: "/sprints/{source}/{id}/report",
    summary: "A sprint's report: what was committed, added, removed, re-estimated and completed",
    parameters: &[BOARD, MODE, SUBTASKS, DONE],
    answer: Answer::Single(schema::report),
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(one(reading, asked)),
};

/// A sprint's report with its issues.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    pub sprint: Header,
    /// The definitions that were used.
    pub mode: Mode,
    pub points: Numbers<Points>,
    pub issues: Counts,
    /// Issues in the final scope without an estimate.
    pub unestimated: Option<i64>,
    /// By outcome and issue.
    pub items: Vec<Item>,
    /// What to know before trusting the numbers.
    pub quality: Vec<Mark>,
}

/// What a sprint is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    pub id: String,
    pub name: String,
    /// The board whose view of the sprint this is.
    pub board: String,
    pub state: String,
    pub goal: Option<String>,
    #[serde(serialize_with = "instant")]
    pub started_at: Option<Timestamp>,
    #[serde(serialize_with = "instant")]
    pub planned_end_at: Option<Timestamp>,
    #[serde(serialize_with = "instant")]
    pub closed_at: Option<Timestamp>,
}

/// The numbers of a report in one unit; one that is not known is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Numbers<N> {
    pub committed: Option<N>,
    pub added: Option<N>,
    pub removed: Option<N>,
    pub reestimated: Option<N>,
    pub final_scope: Option<N>,
    pub completed: Option<N>,
    pub not_completed: Option<N>,
}

/// The numbers of a report as numbers of issues, with the issues that are in no other number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    #[serde(flatten)]
    pub numbers: Numbers<i64>,
    pub done_before_start: Option<i64>,
    pub done_outside: Option<i64>,
}

/// An issue of a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    pub key: String,
    pub r#type: String,
    pub subtask: bool,
    pub outcome: Outcome,
    pub committed: Option<bool>,
    pub added: Option<bool>,
    pub initial: Option<Points>,
    pub r#final: Option<Points>,
    /// For tables: the document does without.
    #[serde(skip)]
    pub summary: String,
}

/// A quality mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub mark: String,
    pub detail: String,
}

/// The report of a sprint with its issues, on the named board, else on the one that the sprint was created on. The
/// error says in `code` what is missing: `not_found` a sprint or a board that shows it, `not_computed` its report.
pub async fn document(
    reading: &mut Reading,
    sprint_id: &str,
    board_id: Option<&str>,
) -> Result<Document, Error> {
    document_by(reading, Definitions::default(), sprint_id, board_id).await
}

/// The same by other definitions than the configured ones.
pub async fn document_by(
    reading: &mut Reading,
    definitions: Definitions,
    sprint_id: &str,
    board_id: Option<&str>,
) -> Result<Document, Error> {
    let mut shown = read::shown(reading, sprint_id, board_id).await?;
    let mut items = match read::recount(reading, &shown, definitions).await? {
        Some(recount) => {
            shown.report = Some(recount.report);
            recount.items
        }
        None => reading.rows(&read::mode_rows(&shown.sprint)).await?,
    };
    // Sorted here: databases do not agree on the order of texts.
    items.sort_by(|one, other| {
        (one.outcome.as_str(), &one.issue_id).cmp(&(other.outcome.as_str(), &other.issue_id))
    });
    Document::of(&shown, items)
}

async fn one(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    /// The document without its issues: they are a resource of their own.
    #[derive(Serialize)]
    struct Summary<'a> {
        sprint: &'a Header,
        mode: Mode,
        points: Numbers<Points>,
        issues: Counts,
        unestimated: Option<i64>,
        quality: &'a [Mark],
    }
    let mut shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    shown.report = read::report(&mut reading, &shown, definitions(&asked)).await?;
    let Document { sprint, mode, points, issues, unestimated, quality, .. } =
        Document::of(&shown, Vec::new())?;
    answer::single(&asked, &Summary { sprint: &sprint, mode, points, issues, unestimated, quality: &quality })
}

impl Document {
    fn of(shown: &Shown, items: Vec<SprintItem>) -> Result<Self, Error> {
        let sprint = Header::of(&shown.sprint);
        let Some(report) = &shown.report else {
            let Header { id, board, .. } = sprint;
            return Err(Error::not_computed(format!(
                "the report of sprint {id} on board {board} is being computed: ask again in a moment"
            )));
        };
        let quality = serde_json::from_str(&report.quality).map_err(|error| {
            tracing::error!(sprint.id = %sprint.id, %error, "quality marks of sprint {} can't be read", sprint.id);
            Error::internal()
        })?;
        Ok(Self {
            sprint,
            mode: report.mode,
            points: points(report),
            issues: counts(report),
            unestimated: report.unestimated_issues,
            items: items.into_iter().map(Item::of).collect(),
            quality,
        })
    }
}

impl Header {
    pub(super) fn of(sprint: &BoardSprint) -> Self {
        let BoardSprint { board_id, sprint_id, sprint_name, state, goal, .. } = sprint.clone();
        Self {
            id: sprint_id,
            name: sprint_name,
            board: board_id,
            state,
            goal,
            started_at: sprint.started_at,
            planned_end_at: sprint.planned_end_at,
            closed_at: sprint.closed_at,
        }
    }
}

impl Item {
    fn of(item: SprintItem) -> Self {
        Self {
            key: item.issue_key,
            r#type: item.issue_type,
            subtask: item.subtask,
            outcome: item.outcome,
            committed: item.committed,
            added: item.added,
            initial: item.initial_points,
            r#final: item.final_points,
            summary: item.summary,
        }
    }
}

fn points(report: &SprintReport) -> Numbers<Points> {
    Numbers {
        committed: report.committed_points,
        added: report.added_points,
        removed: report.removed_points,
        reestimated: report.reestimated_points,
        final_scope: report.final_scope_points,
        completed: report.completed_points,
        not_completed: report.not_completed_points,
    }
}

fn counts(report: &SprintReport) -> Counts {
    let numbers = Numbers {
        committed: report.committed_issues,
        added: report.added_issues,
        removed: report.removed_issues,
        reestimated: report.reestimated_issues,
        final_scope: report.final_scope_issues,
        completed: report.completed_issues,
        not_completed: report.not_completed_issues,
    };
    Counts {
        numbers,
        done_before_start: report.done_before_start_issues,
        done_outside: report.done_outside_issues,
    }
}

impl<N: Copy> Numbers<N> {
    /// The numbers with their names, in the order of METRICS rule 1.
    pub fn named(&self) -> [(&'static str, Option<N>); 7] {
        [
            ("committed", self.committed),
            ("added", self.added),
            ("removed", self.removed),
            ("reestimated", self.reestimated),
            ("final_scope", self.final_scope),
            ("completed", self.completed),
            ("not_completed", self.not_completed),
        ]
    }
}

fn instant<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}
