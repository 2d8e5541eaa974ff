//! Sprint reports as documents: what `/sprints/{source}/{id}/report` answers, and, with the issues, what
//! `tidemark report sprint` prints.

mod numbers;
mod predictability;
mod schema;

use serde::{Serialize, Serializer};
use tidemark_model::facts::{BoardSprint, Mode, Outcome, SprintDiscipline, SprintItem};
use tidemark_model::{Points, Timestamp};
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::definitions::{DONE, MODE, SUBTASKS, definitions};
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::quality;
use crate::read::{self, Definitions, Shown};
use crate::stale::Stale;

pub use crate::quality::Mark;
pub use numbers::{Counts, Discipline, Numbers};
pub use predictability::{InIssues, InPoints, Predictability, Shares};
pub(super) use schema::{header as header_schema, mark};

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
    pub predictability: Predictability,
    /// The report's parts by the name of the discipline: they add up to it.
    pub disciplines: Vec<Discipline>,
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
    pub discipline: String,
    /// The rule that decided the discipline.
    pub discipline_rule: String,
    /// For tables: the document does without.
    #[serde(skip)]
    pub summary: String,
    /// Whether it counts, as a sub-task does where they are included.
    #[serde(skip)]
    pub counted: bool,
}

/// The report of a sprint with its issues, on the named board, else on the one that the sprint was created on. The
/// error says in `code` what is missing: `not_found` a sprint or a board that shows it, `not_computed` its report.
/// Whether the source is behind is for those to say who ask it all the time: the marks are the computed ones.
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
    let (mut items, disciplines) = match read::recount(reading, &shown, definitions).await? {
        Some(recount) => {
            shown.report = Some(recount.report);
            (recount.items, recount.disciplines)
        }
        None => {
            let items = reading.rows(&read::mode_rows(&shown.sprint)).await?;
            (items, disciplines(reading, &shown).await?)
        }
    };
    // Sorted here: databases do not agree on the order of texts.
    items.sort_by(|one, other| {
        (one.outcome.as_str(), &one.issue_id).cmp(&(other.outcome.as_str(), &other.issue_id))
    });
    Document::of(&shown, &disciplines, items, &Stale::default())
}

/// The parts of a report, by the definitions that it has.
async fn disciplines(reading: &mut Reading, shown: &Shown) -> Result<Vec<SprintDiscipline>, Error> {
    match &shown.report {
        Some(report) => read::disciplines(reading, &shown.sprint, report.mode).await,
        None => Ok(Vec::new()),
    }
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
        predictability: Predictability,
        disciplines: Vec<Discipline>,
        quality: &'a [Mark],
    }
    let mut shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    let recounted;
    (shown.report, recounted) = read::report(&mut reading, &shown, definitions(&asked)).await?;
    let disciplines = match recounted {
        Some(disciplines) => disciplines,
        None => disciplines(&mut reading, &shown).await?,
    };
    let document = Document::of(&shown, &disciplines, Vec::new(), &asked.stale)?;
    let Document { sprint, mode, points, issues, unestimated, predictability, disciplines, quality, .. } =
        document;
    let (sprint, quality) = (&sprint, &quality);
    let summary = Summary { sprint, mode, points, issues, unestimated, predictability, disciplines, quality };
    answer::single(&asked, &summary)
}

impl Document {
    fn of(
        shown: &Shown,
        disciplines: &[SprintDiscipline],
        items: Vec<SprintItem>,
        stale: &Stale,
    ) -> Result<Self, Error> {
        let sprint = Header::of(&shown.sprint);
        let Some(report) = &shown.report else {
            let Header { id, board, .. } = sprint;
            return Err(Error::not_computed(format!(
                "the report of sprint {id} on board {board} is being computed: ask again in a moment"
            )));
        };
        let quality = quality::marks(&shown.sprint, shown.report.as_ref(), stale)?;
        Ok(Self {
            sprint,
            mode: report.mode,
            points: numbers::points(report),
            issues: numbers::counts(report),
            unestimated: report.unestimated_issues,
            predictability: Predictability::of(report),
            disciplines: disciplines.iter().map(Discipline::of).collect(),
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
            discipline: item.discipline,
            discipline_rule: item.discipline_rule,
            summary: item.summary,
            counted: item.counted,
        }
    }
}

fn instant<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}
