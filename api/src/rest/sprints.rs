//! Sprints, and which boards show them.

use serde_json::value::to_raw_value;
use tidemark_model::fact::{Column, ColumnType, Fact, Kind, Value};
use tidemark_model::facts::BoardSprint;
use tidemark_sql::serving::{Reading, Select};

use super::asked::Asked;
use super::boards::SOURCE;
use super::parameter::{Parameter, Takes};
use super::record::{Nested, Object, Objects, PutNested, Record, column, nullable};
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read::{self, Shown};

/// For what is asked of one sprint.
pub(super) const BOARD: Parameter = Parameter {
    name: "board",
    doc: "The board whose view of the sprint is meant, as source/native-id; else the one that it was created on.",
    takes: Takes::Id,
};

const OF_BOARD: Parameter =
    Parameter { name: "board", doc: "Only those that this board shows.", takes: Takes::Id };

const STATE: Parameter = Parameter {
    name: "state",
    doc: "Only those in this state.",
    takes: Takes::OneOf(|| vec!["future", "active", "closed", "deleted"]),
};

const Q: Parameter =
    Parameter { name: "q", doc: "Only those with this text in their name or id.", takes: Takes::Text };

pub(super) const LIST: Resource = Resource {
    path: "/sprints",
    summary: "Every sprint on every board that shows it: future ones, then the others, the last started first",
    parameters: &[OF_BOARD, SOURCE, STATE, Q],
    answer: Answer::List { row: BoardSprint::schema, per_page: 50, meta: &[] },
    subject: Subject::Everything,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

pub(super) const ONE: Resource = Resource {
    path: "/sprints/{source}/{id}",
    summary: "One sprint, with all boards that show it",
    parameters: &[BOARD],
    answer: Answer::Single(SprintOfBoards::schema),
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(one(reading, asked)),
};

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let mut select = Select::<BoardSprint>::all()
        .is_given("board_id", asked.text(&OF_BOARD))
        .is_given("source", asked.text(&SOURCE))
        .is_given("state", asked.text(&STATE));
    if let Some(q) = asked.text(&Q) {
        select = select.containing(&["sprint_name", "sprint_id"], q);
    }
    let future = select.clone().is("state", "future").by("started_at", true);
    let others = select.compare("state", "<>", tidemark_model::fact::Cell::Text("future".to_owned()));
    let selects = [future, others.by("started_at", true)];
    let selects = selects.map(|select| select.by("sprint_id", true).by("board_id", false));
    let found = answer::select(&mut reading, &asked, selects.into()).await?;
    answer::list(&asked, &found, &[])
}

async fn one(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    answer::single(&asked, &Object(&SprintOfBoards(shown)))
}

/// A sprint as one board shows it, with all that do.
struct SprintOfBoards(Shown);

/// A board that shows a sprint.
struct Showing<'a>(&'a BoardSprint);

impl Record for SprintOfBoards {
    const NAME: &'static str = "sprint";
    const DOC: &'static str = "A sprint as one board shows it, with all boards that show it.";
    const COLUMNS: &'static [Column] = <BoardSprint as Fact>::COLUMNS;
    const NESTED: &'static [Nested] = &[Nested {
        name: "boards",
        doc: "Every board that shows the sprint, its origin first.",
        row: Showing::schema,
    }];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        Fact::values(&self.0.sprint, put);
    }

    fn nested(&self, put: PutNested<'_>) {
        let boards: Vec<Showing<'_>> = self.0.boards.iter().map(Showing).collect();
        put(to_raw_value(&Objects(&boards)));
    }
}

impl Record for Showing<'_> {
    const NAME: &'static str = "showing_board";
    const DOC: &'static str = "A board that shows a sprint.";
    const COLUMNS: &'static [Column] = &[
        column("board_id", Kind::Text, "The board, as `source/native-id`."),
        nullable(
            "board_name",
            Kind::Text,
            "The board's name; null where the source does not list its boards.",
        ),
        column("origin", Kind::Boolean, "Whether the sprint was created on it."),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        put(self.0.board_id.value());
        put(self.0.board_name.value());
        put(self.0.origin.value());
    }
}
