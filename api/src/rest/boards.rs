//! Boards, and what runs on them.

use serde_json::value::to_raw_value;
use tidemark_model::fact::{Column, ColumnType, Kind, Value};
use tidemark_model::facts::SprintReport;
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::parameter::{Parameter, Takes};
use super::record::{Nested, Object, Objects, PutNested, Record, column, nullable};
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read::{self, ActiveSprint, BoardSummary};

pub(super) const SOURCE: Parameter =
    Parameter { name: "source", doc: "Only those of this source.", takes: Takes::Text };

const Q: Parameter =
    Parameter { name: "q", doc: "Only those with this text in their name or id.", takes: Takes::Text };

pub(super) const LIST: Resource = Resource {
    path: "/boards",
    summary: "Every board, with what runs on it and what it usually completes, by source and name",
    parameters: &[SOURCE, Q],
    answer: Answer::List { row: BoardSummary::schema, per_page: 50, meta: &[] },
    subject: Subject::Everything,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

pub(super) const ONE: Resource = Resource {
    path: "/boards/{source}/{id}",
    summary: "One board, with what runs on it and what it usually completes",
    parameters: &[],
    answer: Answer::Single(BoardSummary::schema),
    subject: Subject::Board,
    handler: |reading, asked| Box::pin(one(reading, asked)),
};

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let mut boards = read::boards(&mut reading, &asked.stale).await?;
    if let Some(source) = asked.text(&SOURCE) {
        boards.retain(|board| board.source == source);
    }
    if let Some(q) = asked.text(&Q).map(str::to_lowercase) {
        let named = |board: &BoardSummary| board.board_name.as_deref().map(str::to_lowercase);
        boards.retain(|board| {
            board.board_id.to_lowercase().contains(&q) || named(board).is_some_and(|name| name.contains(&q))
        });
    }
    answer::list(&asked, &answer::cut(&asked, boards)?, &[])
}

async fn one(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let board = read::board(&mut reading, &asked.subject, &asked.stale).await?;
    answer::single(&asked, &Object(&board))
}

impl Record for BoardSummary {
    const NAME: &'static str = "board";
    const DOC: &'static str = "A board, what runs on it, and what it usually completes.";
    const COLUMNS: &'static [Column] = &[
        column("source", Kind::Text, "The source's name in the configuration."),
        column("board_id", Kind::Text, "The board, as `source/native-id`."),
        nullable(
            "board_name",
            Kind::Text,
            "The board's name; null where the source does not list its boards.",
        ),
        nullable(
            "kind",
            Kind::Text,
            "`scrum`, `kanban` or `simple`; null where the source does not list its boards.",
        ),
        column("closed_sprints", Kind::Integer, "How many of its sprints are closed."),
        nullable(
            "velocity_points",
            Kind::Float,
            "Mean of the points completed in its last closed sprints; null where there is none.",
        ),
        nullable("velocity_issues", Kind::Float, "Mean of the issues completed in them."),
        nullable("velocity_sprints", Kind::Integer, "How many closed sprints the means are over: up to 7."),
    ];
    const NESTED: &'static [Nested] = &[Nested {
        name: "active_sprints",
        doc: "The sprints that run on it, the oldest first.",
        row: ActiveSprint::schema,
    }];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let velocity = self.velocity.as_ref();
        put(self.source.value());
        put(self.board_id.value());
        put(self.board_name.value());
        put(self.kind.value());
        put(self.closed_sprints.value());
        put(velocity.map_or(Value::Null, |velocity| velocity.velocity_points.value()));
        put(velocity.map_or(Value::Null, |velocity| velocity.velocity_issues.value()));
        put(velocity.map_or(Value::Null, |velocity| velocity.sprints.value()));
    }

    fn nested(&self, put: PutNested<'_>) {
        put(to_raw_value(&Objects(&self.active)));
    }
}

impl Record for ActiveSprint {
    const NAME: &'static str = "active_sprint";
    const DOC: &'static str =
        "A sprint that runs on a board, with its numbers so far; null while they are computed.";
    const COLUMNS: &'static [Column] = &[
        column("sprint_id", Kind::Text, "The sprint, as `source/native-id`."),
        column("sprint_name", Kind::Text, "The sprint's name."),
        nullable("started_at", Kind::Timestamp, "When the sprint was started."),
        nullable("planned_end_at", Kind::Timestamp, "The planned end."),
        nullable(
            "committed_points",
            Kind::Float,
            "Points in scope at the start; null where a history is missing.",
        ),
        nullable("final_scope_points", Kind::Float, "Points in scope now."),
        nullable("completed_points", Kind::Float, "Points in scope and done now."),
        nullable("not_completed_points", Kind::Float, "Points in scope and not done now."),
        nullable(
            "committed_issues",
            Kind::Integer,
            "Issues in scope at the start; null where a history is missing.",
        ),
        nullable("final_scope_issues", Kind::Integer, "Issues in scope now."),
        nullable("completed_issues", Kind::Integer, "Issues in scope and done now."),
        nullable("not_completed_issues", Kind::Integer, "Issues in scope and not done now."),
        column(
            "marks",
            Kind::Text,
            "The marks of the report's quality, separated by blanks: what to know before trusting the numbers.",
        ),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let Self { sprint, report, marks } = self;
        put(sprint.sprint_id.value());
        put(sprint.sprint_name.value());
        put(sprint.started_at.value());
        put(sprint.planned_end_at.value());
        let mut number = |of: fn(&SprintReport) -> Value<'_>| put(report.as_ref().map_or(Value::Null, of));
        number(|report| report.committed_points.value());
        number(|report| report.final_scope_points.value());
        number(|report| report.completed_points.value());
        number(|report| report.not_completed_points.value());
        number(|report| report.committed_issues.value());
        number(|report| report.final_scope_issues.value());
        number(|report| report.completed_issues.value());
        number(|report| report.not_completed_issues.value());
        let marks: Vec<&str> = marks.iter().map(|mark| mark.mark.as_str()).collect();
        put(marks.join(" ").value());
    }
}
