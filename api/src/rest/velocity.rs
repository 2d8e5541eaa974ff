//! What a board completed, sprint by sprint.

use tidemark_model::fact::{Column, ColumnType, Kind, Value};
use tidemark_model::facts::{Mode, Velocity};
use tidemark_sql::serving::{Reading, Select};

use super::asked::Asked;
use super::record::{Record, nullable};
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read;

/// What is said of the board as a whole, whatever the page.
const PRESENT: &[Column] = &[
    nullable(
        "velocity_points",
        Kind::Float,
        "The board's present velocity in points; null where no sprint is closed.",
    ),
    nullable("velocity_issues", Kind::Float, "The same in issues."),
    nullable("velocity_sprints", Kind::Integer, "How many closed sprints it is the mean of: up to 7."),
];

pub(super) const LIST: Resource = Resource {
    path: "/boards/{source}/{id}/velocity",
    summary: "A board's closed sprints with what was committed and completed, the newest first",
    parameters: &[],
    answer: Answer::List { row: Velocity::schema, per_page: 12, meta: PRESENT },
    subject: Subject::Board,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let of_board = Select::<Velocity>::all().is("board_id", &asked.subject);
    let newest_first = of_board.is("mode", Mode::JiraCloud.as_str()).by("position", true);
    let present = reading.first(newest_first.clone()).await?;
    if present.is_none() {
        // A board without closed sprints has no rows; one that is not there is an error.
        read::board(&mut reading, &asked.subject, &asked.stale).await?;
    }
    let found = answer::select(&mut reading, &asked, vec![newest_first]).await?;
    let values = match &present {
        None => [Value::Null; 3],
        Some(present) => {
            [present.velocity_points.value(), present.velocity_issues.value(), present.sprints.value()]
        }
    };
    let more: Vec<(&'static str, Value<'_>)> = PRESENT.iter().map(|column| column.name).zip(values).collect();
    answer::list(&asked, &found, &more)
}
