//! A sprint's report by discipline.

use tidemark_model::facts::{Mode, SprintDiscipline};
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::definitions::MODE;
use super::record::Record;
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read;

pub(super) const LIST: Resource = Resource {
    path: "/sprints/{source}/{id}/disciplines",
    summary: "A sprint's report by discipline, by name; the parts add up to the report",
    parameters: &[BOARD, MODE],
    answer: Answer::List { row: SprintDiscipline::schema, per_page: 50, meta: &[] },
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

/// The definitions that are asked for.
pub(super) fn mode(asked: &Asked) -> Mode {
    let named = asked.text(&MODE).and_then(|name| Mode::ALL.iter().find(|mode| mode.as_str() == name));
    named.copied().unwrap_or(Mode::JiraCloud)
}

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    let found = read::disciplines(&mut reading, &shown.sprint, mode(&asked)).await?;
    answer::list(&asked, &answer::cut(&asked, found)?, &[])
}
