//! What an explanation looks like.

use serde::{Serialize, Serializer};
use serde_json::value::to_raw_value;
use tidemark_model::fact::{Column, ColumnType, Kind, Value};
use tidemark_model::facts::{LedgerEntry, Mode};
use tidemark_model::policy::{DonePolicy, SubtaskPolicy};
use tidemark_processors::explain::{self, Share, Step};

use super::super::record::{Nested, Objects, PutNested, Record, column, nullable};
use super::super::report::{Header, Mark, header_schema, mark};
use super::super::schema::{Field, Schema, Shape};
use super::{Document, Explained};

pub(super) fn schema() -> Schema {
    let fields = vec![
        Field::nested("sprint", Shape::Object(header_schema), "What the sprint is."),
        Field::nested("mode", Shape::Value(Kind::Text), "The mode that was used."),
        Field::nested("subtasks", Shape::Value(Kind::Text), "How sub-tasks were counted."),
        Field::nested("done", Shape::Value(Kind::Text), "What was called done."),
        Field {
            name: "discipline",
            shape: Shape::Value(Kind::Text),
            nullable: true,
            doc: "The discipline whose part is explained; null for the whole.",
        },
        Field::nested("quality", Shape::Objects(mark), "What to know before trusting the numbers."),
        Field::nested(
            "numbers",
            Shape::Objects(Explained::schema),
            "The number that was asked for, followed by the parts of a ratio; else all numbers.",
        ),
    ];
    Schema { name: "explanation", doc: "Why a sprint's numbers are what they are.", fields }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            sprint: &'a Header,
            mode: Mode,
            subtasks: SubtaskPolicy,
            done: DonePolicy,
            discipline: Option<&'a str>,
            quality: &'a [Mark],
            numbers: Objects<'a, Explained>,
        }
        let form = Form {
            sprint: &self.sprint,
            mode: self.mode,
            subtasks: self.subtasks,
            done: self.done,
            discipline: self.discipline.as_deref(),
            quality: &self.quality,
            numbers: Objects(&self.numbers),
        };
        form.serialize(serializer)
    }
}

impl Record for Explained {
    const NAME: &'static str = "explained_number";
    const DOC: &'static str = "A number of a sprint's report, with what it is made of.";
    const COLUMNS: &'static [Column] = &[
        column("number", Kind::Text, "The number's name, as the report has it."),
        column("unit", Kind::Text, "`points` or `issues`."),
        column("meaning", Kind::Text, "What it says."),
        nullable("value", Kind::Float, "What the report says; null where it is not known."),
        nullable(
            "sum",
            Kind::Float,
            "What the shares of the issues come to; of a ratio, what its parts come to.",
        ),
        nullable("agrees", Kind::Boolean, "Whether that is what the report says."),
        nullable("unknown", Kind::Text, "Why the number is not known."),
        nullable("formula", Kind::Text, "What a ratio is made of; null for sums."),
        column("issue_count", Kind::Integer, "How many issues have a share."),
        column("link", Kind::Text, "Where the number is explained by its issues."),
    ];
    const NESTED: &'static [Nested] = &[Nested {
        name: "issues",
        doc: "The issues with their shares, by id; none where no number is asked for, and none of a ratio.",
        row: Sharing::schema,
    }];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let explained = &self.explanation;
        put(Value::Text(explained.number.as_str()));
        put(Value::Text(explained.unit.as_str()));
        put(Value::Text(explained.number.meaning()));
        put(explained.value.map(explain::Value::to_f64).value());
        put(explained.sum.map(explain::Value::to_f64).value());
        put(explained.agrees().value());
        put(explained.unknown.value());
        put(explained.fraction.map(|fraction| fraction.formula()).value());
        put(Value::Integer(i64::try_from(self.issues).unwrap_or(i64::MAX)));
        put(self.link.value());
    }

    fn nested(&self, put: PutNested<'_>) {
        let shares: Vec<Sharing<'_>> = self.explanation.shares.iter().map(Sharing).collect();
        put(to_raw_value(&Objects(&shares)));
    }
}

/// An issue's share.
struct Sharing<'a>(&'a Share);

/// What an entry adds to it.
struct Adding<'a>(&'a Step);

impl Record for Sharing<'_> {
    const NAME: &'static str = "explained_share";
    const DOC: &'static str = "An issue's share of a number.";
    const COLUMNS: &'static [Column] = &[
        column("issue_id", Kind::Text, "The issue, as `source/native-id`."),
        column("issue_key", Kind::Text, "The issue's present key."),
        column("summary", Kind::Text, "The issue's present summary."),
        column("issue_type", Kind::Text, "The issue's present type."),
        column("discipline", Kind::Text, "The discipline that the share counts in."),
        nullable(
            "subtask_id",
            Kind::Text,
            "The sub-task whose estimate the share is, where estimates are rolled up and split by discipline.",
        ),
        column("share", Kind::Float, "What the issue adds to the number, in its unit."),
        nullable(
            "basis",
            Kind::Text,
            "What says so where no entry does: the present fields of an issue without a history.",
        ),
    ];
    const NESTED: &'static [Nested] =
        &[Nested { name: "entries", doc: "The ledger entries that make the share.", row: Adding::schema }];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let share = self.0;
        for text in [&share.issue_id, &share.issue_key, &share.summary, &share.issue_type, &share.discipline]
        {
            put(text.value());
        }
        put(share.subtask_id.value());
        put(share.amount.value());
        put(share.basis.value());
    }

    fn nested(&self, put: PutNested<'_>) {
        let steps: Vec<Adding<'_>> = self.0.steps.iter().map(Adding).collect();
        put(to_raw_value(&Objects(&steps)));
    }
}

impl Record for Adding<'_> {
    const NAME: &'static str = "explained_entry";
    const DOC: &'static str = "A ledger entry, with what it adds to a share.";
    const COLUMNS: &'static [Column] = &[
        column("entry", Kind::Integer, "Position among the issue's entries in this sprint, from 1."),
        column("kind", Kind::Text, "The kind of the entry, as in the ledger."),
        column("at", Kind::Timestamp, "When it happened; the sprint's start for what was true at the start."),
        nullable("actor", Kind::Text, "Who made the change, as the source names them."),
        nullable("reason", Kind::Text, "Why, where the kind alone does not say it."),
        nullable(
            "change_id",
            Kind::Text,
            "The change that happened, as `history id:item`; null for what was true at the start.",
        ),
        nullable(
            "sprint_change_id",
            Kind::Text,
            "The change by which the issue was in the sprint, or no more.",
        ),
        nullable("done_change_id", Kind::Text, "The change by which it was done, or not done any more."),
        nullable(
            "estimate_change_id",
            Kind::Text,
            "The change by which it had its estimate, or none any more.",
        ),
        column("before_points", Kind::Float, "The issue's points before."),
        column("after_points", Kind::Float, "The issue's points after."),
        column("share", Kind::Float, "What the entry adds to the issue's share, in the number's unit."),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        let LedgerEntry { entry, kind, at, actor, reason, change_id, before_points, after_points, .. } =
            &self.0.entry;
        let LedgerEntry { sprint_change_id, done_change_id, estimate_change_id, .. } = &self.0.entry;
        put(entry.value());
        put(kind.value());
        put(at.value());
        put(actor.value());
        put(reason.value());
        put(change_id.value());
        put(sprint_change_id.value());
        put(done_change_id.value());
        put(estimate_change_id.value());
        put(before_points.value());
        put(after_points.value());
        put(self.0.amount.value());
    }
}
