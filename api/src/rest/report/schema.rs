//! What the document of a report looks like; what its numbers mean is said where they are computed.

use tidemark_model::fact::{Column, Fact, Kind};
use tidemark_model::facts::SprintReport;

use super::super::record::{column, nullable};
use super::super::schema::{Field, Schema, Shape};

/// The numbers in the order of METRICS rule 1.
const NUMBERS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

pub(super) fn report() -> Schema {
    let fields = vec![
        Field::nested("sprint", Shape::Object(header), "What the sprint is."),
        Field::nested("mode", Shape::Value(Kind::Text), "The definitions that were used: `jira_cloud`."),
        Field::nested("points", Shape::Object(points), "The numbers in points."),
        Field::nested("issues", Shape::Object(issues), "The numbers as numbers of issues."),
        Field {
            name: "unestimated",
            shape: Shape::Value(Kind::Integer),
            nullable: true,
            doc: "Issues in the final scope without an estimate at the end; they count 0 points.",
        },
        Field::nested("quality", Shape::Objects(mark), "What to know before trusting the numbers."),
    ];
    Schema {
        name: "report",
        doc: "A sprint's report, restated with everything known now; the numbers are null before it starts.",
        fields,
    }
}

pub(in super::super) fn header() -> Schema {
    const COLUMNS: &[Column] = &[
        column("id", Kind::Text, "The sprint, as `source/native-id`."),
        column("name", Kind::Text, "The sprint's name."),
        column("board", Kind::Text, "The board whose view of the sprint this is, as `source/native-id`."),
        column("state", Kind::Text, "`future`, `active`, `closed` or `deleted`."),
        nullable("goal", Kind::Text, "The sprint's goal, as typed."),
        nullable("started_at", Kind::Timestamp, "When the sprint was started."),
        nullable("planned_end_at", Kind::Timestamp, "The planned end."),
        nullable("closed_at", Kind::Timestamp, "When the sprint was closed; null while it is open."),
    ];
    Schema::of_columns("sprint_header", "What a sprint is.", COLUMNS)
}

fn points() -> Schema {
    Schema {
        name: "report_points",
        doc: "A report's numbers in points.",
        fields: numbers("points", &NUMBERS),
    }
}

fn issues() -> Schema {
    let mut fields = numbers("issues", &NUMBERS);
    fields.extend(numbers("issues", &["done_before_start", "done_outside"]));
    Schema { name: "report_issues", doc: "A report's numbers as numbers of issues.", fields }
}

fn mark() -> Schema {
    const COLUMNS: &[Column] = &[
        column("mark", Kind::Text, "A word for programs."),
        column("detail", Kind::Text, "What it means here, for people."),
    ];
    Schema::of_columns("quality_mark", "What to know before trusting a report's numbers.", COLUMNS)
}

/// The report's columns in one unit, without the unit in their names.
fn numbers(unit: &str, names: &[&'static str]) -> Vec<Field> {
    let column = |name: &'static str| {
        let column = SprintReport::COLUMNS.iter().find(|column| column.name == format!("{name}_{unit}"))?;
        Some(Field { name, ..Field::of_column(column) })
    };
    names.iter().copied().filter_map(column).collect()
}
