//! What the document of a report looks like; what its numbers mean is said where they are computed.

use tidemark_model::fact::{Column, Fact, Kind};
use tidemark_model::facts::{SprintDiscipline, SprintReport};

use super::super::record::{column, nullable};
use super::super::schema::{Field, Schema, Shape};

/// The numbers in the order of METRICS rule 1.
const NUMBERS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

/// The shares of METRICS section 4.
const SHARES: [&str; 6] = [
    "commitment_reliability",
    "delivery_ratio",
    "completion_rate",
    "planned_share",
    "scope_change",
    "scope_change_net",
];

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
        Field::nested(
            "predictability",
            Shape::Object(predictability),
            "How well the sprint went as it was planned.",
        ),
        Field::nested(
            "disciplines",
            Shape::Objects(discipline),
            "The report's parts by the name of the discipline: they add up to it. Empty before the sprint starts.",
        ),
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
        fields: numbers::<SprintReport>("points", &NUMBERS),
    }
}

fn issues() -> Schema {
    let fields = counts::<SprintReport>();
    Schema { name: "report_issues", doc: "A report's numbers as numbers of issues.", fields }
}

fn predictability() -> Schema {
    let fields = vec![
        Field::nested("points", Shape::Object(predictability_points), "In points."),
        Field::nested("issues", Shape::Object(predictability_issues), "In issues."),
    ];
    Schema {
        name: "predictability",
        doc: "How well a sprint went as it was planned; null where there is nothing to compare with or a history is missing.",
        fields,
    }
}

fn predictability_points() -> Schema {
    let mut fields =
        numbers::<SprintReport>("points", &["completed_committed_initial", "completed_committed"]);
    fields.extend(numbers::<SprintReport>("points", &SHARES));
    Schema { name: "predictability_points", doc: "A sprint's predictability in points.", fields }
}

fn predictability_issues() -> Schema {
    let mut fields = numbers::<SprintReport>("issues", &["completed_committed"]);
    fields.extend(numbers::<SprintReport>("issues", &SHARES));
    Schema { name: "predictability_issues", doc: "A sprint's predictability in issues.", fields }
}

fn discipline() -> Schema {
    let unestimated = numbers::<SprintDiscipline>("issues", &["unestimated"]);
    let mut fields = vec![
        Field::nested(
            "name",
            Shape::Value(Kind::Text),
            "The discipline; `unassigned` for issues that no rule decides.",
        ),
        Field::nested("points", Shape::Object(discipline_points), "The numbers in points."),
        Field::nested("issues", Shape::Object(discipline_issues), "The numbers as numbers of issues."),
    ];
    fields.extend(unestimated);
    fields.push(Field::nested(
        "predictability",
        Shape::Object(predictability),
        "How well its part went as it was planned.",
    ));
    Schema { name: "report_discipline", doc: "A discipline's part of a report.", fields }
}

fn discipline_points() -> Schema {
    let fields = numbers::<SprintDiscipline>("points", &NUMBERS);
    Schema { name: "discipline_points", doc: "A discipline's part of a report in points.", fields }
}

fn discipline_issues() -> Schema {
    let fields = counts::<SprintDiscipline>();
    Schema { name: "discipline_issues", doc: "A discipline's part of a report as numbers of issues.", fields }
}

fn counts<F: Fact>() -> Vec<Field> {
    let mut fields = numbers::<F>("issues", &NUMBERS);
    fields.extend(numbers::<F>("issues", &["done_before_start", "done_outside"]));
    fields
}

pub(in crate::rest) fn mark() -> Schema {
    const COLUMNS: &[Column] = &[
        column("mark", Kind::Text, "A word for programs."),
        column("detail", Kind::Text, "What it means here, for people."),
    ];
    Schema::of_columns("quality_mark", "What to know before trusting a report's numbers.", COLUMNS)
}

/// The columns of a report or of a part of it in one unit, without the unit in their names.
fn numbers<F: Fact>(unit: &str, names: &[&'static str]) -> Vec<Field> {
    let column = |name: &'static str| {
        let column = F::COLUMNS.iter().find(|column| column.name == format!("{name}_{unit}"))?;
        Some(Field { name, ..Field::of_column(column) })
    };
    names.iter().copied().filter_map(column).collect()
}
