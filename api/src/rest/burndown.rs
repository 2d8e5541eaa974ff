//! A sprint's burndown.

use serde::Serialize;
use serde_json::value::to_raw_value;
use tidemark_model::Timestamp;
use tidemark_model::fact::{Column, ColumnType, Kind, Value};
use tidemark_processors::burndown::{Amounts, Point, Step};
use tidemark_sql::serving::Reading;

use super::asked::{Asked, FORMAT};
use super::parameter::{Parameter, Takes};
use super::record::{Nested, Objects, PutNested, Record, column};
use super::report::{Header, header_schema};
use super::schema::{Field, Schema, Shape};
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer, csv};
use crate::content::Content;
use crate::error::Error;
use crate::read;

const POINTS: Parameter = Parameter {
    name: "points",
    doc: "How many points to answer at most: changes that lie together become one. What a point says held at its end is exact.",
    takes: Takes::Number { default: 500, least: 2, most: 5000 },
};

pub(super) const ONE: Resource = Resource {
    path: "/sprints/{source}/{id}/burndown",
    summary: "A sprint's burndown: what was in scope, remaining and completed after each change",
    parameters: &[BOARD, POINTS, FORMAT],
    answer: Answer::Single(schema),
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(one(reading, asked)),
};

async fn one(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    #[derive(Serialize)]
    struct Document<'a> {
        sprint: Header,
        points: Objects<'a, After>,
        guideline: Objects<'a, Corner>,
    }
    let shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    let most = usize::try_from(asked.number(&POINTS)).unwrap_or(usize::MAX);
    let burndown = read::burndown(&mut reading, &shown, most).await?;
    let points: Vec<After> = burndown.points.into_iter().map(After).collect();
    if asked.listing.csv {
        return Ok(Content::csv(csv::table(&points)?));
    }
    let guideline: Vec<Corner> = burndown.guideline.into_iter().map(Corner).collect();
    let document = Document {
        sprint: Header::of(&shown.sprint),
        points: Objects(&points),
        guideline: Objects(&guideline),
    };
    answer::single(&asked, &document)
}

fn schema() -> Schema {
    Schema {
        name: "burndown",
        doc: "A sprint's burndown.",
        fields: vec![
            Field::nested("sprint", Shape::Object(header_schema), "What the sprint is."),
            Field::nested("points", Shape::Objects(After::schema), "What held after each change, in order."),
            Field::nested(
                "guideline",
                Shape::Objects(Corner::schema),
                "The line from the commitment to nothing at the planned end, flat at weekends (UTC): its corners. Empty where the commitment or the dates are not known.",
            ),
        ],
    }
}

/// A point of the burndown.
struct After(Point);

/// The changes of one kind that lead to a point.
struct Changes(Step);

/// A corner of the guideline.
struct Corner((Timestamp, f64));

impl Record for After {
    const NAME: &'static str = "burndown_point";
    const DOC: &'static str = "What happened since the point before, and what held after it.";
    const COLUMNS: &'static [Column] = &[
        column("from", Kind::Timestamp, "When the first of the changes happened."),
        column(
            "at",
            Kind::Timestamp,
            "When the last of them happened: what the numbers say holds from here on.",
        ),
        column("scope_points", Kind::Float, "Points in scope."),
        column("remaining_points", Kind::Float, "Points in scope and not done."),
        column("completed_points", Kind::Float, "Points in scope and done."),
        column("scope_issues", Kind::Integer, "Issues in scope."),
        column("remaining_issues", Kind::Integer, "Issues in scope and not done."),
        column("completed_issues", Kind::Integer, "Issues in scope and done."),
    ];
    const NESTED: &'static [Nested] = &[Nested {
        name: "changes",
        doc: "What happened since the point before, by kind.",
        row: Changes::schema,
    }];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let Point { from, at, after, .. } = &self.0;
        put(from.value());
        put(at.value());
        put_points(after, put);
        put(after.scope_issues.value());
        put(after.remaining_issues.value());
        put(after.completed_issues.value());
    }

    fn nested(&self, put: PutNested<'_>) {
        let changes: Vec<Changes> = self.0.changes.iter().copied().map(Changes).collect();
        put(to_raw_value(&Objects(&changes)));
    }
}

impl Record for Changes {
    const NAME: &'static str = "burndown_change";
    const DOC: &'static str = "The ledger entries of one kind that lead to a point of the burndown, summed.";
    const COLUMNS: &'static [Column] = &[
        column("kind", Kind::Text, "The kind of the entries, as in the ledger."),
        column("entries", Kind::Integer, "How many there are."),
        column("scope_points", Kind::Float, "Change of the scope, in points."),
        column("remaining_points", Kind::Float, "Change of the remaining work, in points."),
        column("completed_points", Kind::Float, "Change of the completed work, in points."),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let Step { kind, entries, change, .. } = &self.0;
        put(kind.value());
        put(entries.value());
        put_points(change, put);
    }
}

impl Record for Corner {
    const NAME: &'static str = "guideline_corner";
    const DOC: &'static str = "A corner of the guideline.";
    const COLUMNS: &'static [Column] = &[
        column("at", Kind::Timestamp, "The instant."),
        column("points", Kind::Float, "The points that would then remain."),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let (at, points) = &self.0;
        put(at.value());
        put(points.value());
    }
}

fn put_points(amounts: &Amounts, put: &mut dyn FnMut(Value<'_>)) {
    put(amounts.scope_points.value());
    put(amounts.remaining_points.value());
    put(amounts.completed_points.value());
}
