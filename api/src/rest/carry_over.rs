//! Work that goes from sprint to sprint, of one sprint and of a board.

use tidemark_model::fact::Cell;
use tidemark_model::facts::CarryOver;
use tidemark_sql::serving::{Reading, Select};

use super::asked::Asked;
use super::parameter::{Parameter, Takes};
use super::record::Record;
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read;

const MIN_COUNT: Parameter = Parameter {
    name: "min_count",
    doc: "Only legs up to which the issue was carried over so often without a break: 1 for what came from the former sprint, 3 for what was carried three times or more.",
    takes: Takes::Number { default: 0, least: 0, most: 1_000_000 },
};

const LATEST: Parameter = Parameter {
    name: "latest",
    doc: "Whether to answer the last of each issue's legs only, of those that `min_count` leaves.",
    takes: Takes::Flag,
};

pub(super) const OF_SPRINT: Resource = Resource {
    path: "/sprints/{source}/{id}/carry-over",
    summary: "The issues that a sprint took over from the former one or left over, those carried most often first",
    parameters: &[BOARD, MIN_COUNT],
    answer: Answer::List { row: CarryOver::schema, per_page: 50, meta: &[] },
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(of_sprint(reading, asked)),
};

pub(super) const OF_BOARD: Resource = Resource {
    path: "/boards/{source}/{id}/carry-over",
    summary: "The ways of issues from sprint to sprint on a board: one row per leg, the newest sprint first",
    parameters: &[MIN_COUNT, LATEST],
    answer: Answer::List { row: CarryOver::schema, per_page: 50, meta: &[] },
    subject: Subject::Board,
    handler: |reading, asked| Box::pin(of_board(reading, asked)),
};

async fn of_sprint(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    let select = counted(read::mode_rows(&shown.sprint), &asked);
    let select = select.by("carry_count", true).by("issue_id", false);
    let found = answer::select(&mut reading, &asked, vec![select]).await?;
    answer::list(&asked, &found, &[])
}

async fn of_board(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let select = counted(Select::<CarryOver>::all().is("board_id", &asked.subject), &asked);
    if reading.count(&select).await? == 0 {
        // A board may have nothing to show; one that is not there is an error.
        read::board(&mut reading, &asked.subject, &asked.stale).await?;
    }
    if asked.flag(&LATEST) == Some(true) {
        let latest = read::latest(reading.rows(&select).await?);
        return answer::list(&asked, &answer::cut(&asked, latest)?, &[]);
    }
    let newest = select.by("started_at", true).by("sprint_id", false);
    let newest = newest.by("carry_count", true).by("issue_id", false);
    let found = answer::select(&mut reading, &asked, vec![newest]).await?;
    answer::list(&asked, &found, &[])
}

fn counted(select: Select<CarryOver>, asked: &Asked) -> Select<CarryOver> {
    match asked.number(&MIN_COUNT) {
        0 => select,
        least => select.compare("carry_count", ">=", Cell::Integer(least)),
    }
}
