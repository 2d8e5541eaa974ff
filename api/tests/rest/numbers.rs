//! The numbers: those of the store, and such that the resources agree with each other.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidemark_api::report::document;
use tidemark_model::facts::SprintReport;
use tidemark_model::{Points, Row};
use tidemark_sql::serving::{Access, Database};

use crate::support::Organisation;

const NUMBERS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

fn rows(organisation: &Organisation, path: &str) -> Vec<Value> {
    organisation.json(path)["data"].as_array().unwrap().clone()
}

fn points(value: &Value) -> Points {
    Points::from_f64(value.as_f64().unwrap()).unwrap()
}

/// The sum of a column, over the rows that are taken.
fn sum(rows: &[Value], column: &str, takes: impl Fn(&Value) -> bool) -> Points {
    rows.iter().filter(|row| takes(row)).map(|row| points(&row[column])).sum()
}

fn of(report: &SprintReport, what: &str) -> String {
    format!("/api/v1/sprints/{}/{what}?board={}", report.sprint_id, report.board_id)
}

/// Reports with numbers.
fn started(organisation: &Organisation) -> Vec<SprintReport> {
    let reports = organisation.reports().into_iter();
    let started: Vec<SprintReport> = reports.filter(|report| report.committed_points.is_some()).collect();
    assert!(started.len() >= 8, "{} reports with numbers only", started.len());
    started
}

#[test]
fn reports_are_those_of_the_store() {
    let organisation = Organisation::simulated(3);
    let mut states = BTreeSet::new();
    for report in organisation.reports() {
        let row = serde_json::to_value(&report).unwrap();
        let data = &organisation.json(&of(&report, "report"))["data"];
        for name in NUMBERS {
            assert_eq!(data["points"][name], row[format!("{name}_points")], "{} {name}", report.sprint_id);
            assert_eq!(data["issues"][name], row[format!("{name}_issues")], "{} {name}", report.sprint_id);
        }
        for name in ["done_before_start", "done_outside"] {
            assert_eq!(data["issues"][name], row[format!("{name}_issues")]);
        }
        assert_eq!(data["unestimated"], row["unestimated_issues"]);
        for unit in ["points", "issues"] {
            for (name, value) in data["predictability"][unit].as_object().unwrap() {
                let column = &row[format!("{name}_{unit}")];
                assert!(
                    row.get(format!("{name}_{unit}")).is_some() && value.as_f64() == column.as_f64(),
                    "{name}"
                );
            }
        }
        assert_eq!(data["quality"].to_string(), report.quality.parse::<Value>().unwrap().to_string());
        assert_eq!(
            data["sprint"]["started_at"].as_str(),
            report.started_at.map(|at| at.to_string()).as_deref()
        );
        assert_eq!(data["sprint"]["name"], report.sprint_name.as_str());
        assert_eq!((&data["mode"], &data["sprint"]["state"]), (&json!("jira_cloud"), &json!(report.state)));
        assert!(data.get("items").is_none());
        states.insert(report.state);
    }
    assert!(["future", "active", "closed"].iter().all(|state| states.contains(*state)), "{states:?}");
}

#[test]
fn the_document_is_the_report_with_its_items() {
    let organisation = Organisation::simulated(3);
    for place in organisation.places() {
        let database = organisation.block_on(Database::open(place, Access::Read)).unwrap();
        the_document_is_the_report_in(&organisation, &database);
    }
}

fn the_document_is_the_report_in(organisation: &Organisation, database: &Database) {
    let made = |sprint: &str, board: Option<&str>| {
        organisation.block_on(async {
            let mut reading = database.read().await.unwrap();
            document(&mut reading, sprint, board).await
        })
    };
    for report in organisation.reports() {
        let made = made(&report.sprint_id, Some(&report.board_id)).unwrap();
        assert_eq!(made.points.named().map(|(name, _)| name), NUMBERS);
        let mut document = serde_json::to_value(&made).unwrap();
        let items = document.as_object_mut().unwrap().remove("items").unwrap();
        assert_eq!(document, organisation.json(&of(&report, "report"))["data"]);
        let rows = rows(organisation, &format!("{}&per_page=1000", of(&report, "items")));
        let mut rows: Vec<&Value> = rows.iter().collect();
        rows.sort_by_key(|row| (row["outcome"].to_string(), row["issue_id"].to_string()));
        let expected: Vec<Value> = rows
            .into_iter()
            .map(|row| {
                json!({
                    "key": row["issue_key"], "type": row["issue_type"], "subtask": row["subtask"],
                    "outcome": row["outcome"], "committed": row["committed"], "added": row["added"],
                    "initial": row["initial_points"], "final": row["final_points"],
                    "discipline": row["discipline"], "discipline_rule": row["discipline_rule"],
                })
            })
            .collect();
        assert_eq!(items, Value::Array(expected));
    }
    let error = made("acme/999", None).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), ("not_found", "there is no sprint acme/999"));
}

#[test]
fn items_add_up_to_the_report() {
    let organisation = Organisation::simulated(3);
    for report in started(&organisation) {
        let items = rows(&organisation, &format!("{}&per_page=1000", of(&report, "items")));
        let numbers = &organisation.json(&of(&report, "report"))["data"];
        let counted = |item: &Value| item["counted"] == true;
        for name in NUMBERS {
            let column = format!("{name}_points");
            assert_eq!(
                sum(&items, &column, counted),
                points(&numbers["points"][name]),
                "{} {name}",
                report.key()
            );
        }
        let ended =
            |outcome: &str| items.iter().filter(|item| counted(item) && item["outcome"] == outcome).count();
        for outcome in ["completed", "not_completed", "done_before_start", "done_outside"] {
            assert_eq!(numbers["issues"][outcome], ended(outcome), "{} {outcome}", report.key());
        }
    }
}

#[test]
fn the_ledger_adds_up_to_the_report() {
    let organisation = Organisation::simulated(3);
    for report in started(&organisation) {
        let entries = rows(&organisation, &format!("{}&per_page=1000", of(&report, "ledger")));
        let numbers = &organisation.json(&of(&report, "report"))["data"]["points"];
        let scope = |kinds: &[&str]| {
            sum(&entries, "scope_points", |entry| kinds.iter().any(|kind| entry["kind"] == *kind))
        };
        let expected = [
            ("committed", scope(&["COMMIT"])),
            ("added", scope(&["ADD", "REOPEN"])),
            ("removed", -scope(&["REMOVE"])),
            ("reestimated", scope(&["REESTIMATE"])),
            ("final_scope", sum(&entries, "scope_points", |_| true)),
            ("completed", sum(&entries, "completed_points", |_| true)),
            ("not_completed", sum(&entries, "remaining_points", |_| true)),
        ];
        for (name, total) in expected {
            assert_eq!(points(&numbers[name]), total, "{} {name}", report.key());
        }
    }
}

#[test]
fn burndowns_end_where_the_report_does_however_few_their_points() {
    let organisation = Organisation::simulated(3);
    for report in started(&organisation) {
        let path = of(&report, "burndown");
        let numbers = &organisation.json(&of(&report, "report"))["data"];
        for most in [2, 5, 5000] {
            let burndown = &organisation.json(&format!("{path}&points={most}"))["data"];
            assert_eq!(burndown["sprint"], numbers["sprint"]);
            let points = burndown["points"].as_array().unwrap();
            assert!(points.len() <= most + 1, "{} of {most}", points.len());
            let Some(last) = points.last() else {
                assert_eq!(numbers["issues"]["final_scope"], 0, "only a sprint without issues has no points");
                continue;
            };
            for (amount, number) in
                [("scope", "final_scope"), ("remaining", "not_completed"), ("completed", "completed")]
            {
                assert_eq!(last[format!("{amount}_points")], numbers["points"][number], "{number}");
                assert_eq!(last[format!("{amount}_issues")], numbers["issues"][number], "{number}");
            }
            let changed: Points = points
                .iter()
                .flat_map(|point| point["changes"].as_array().unwrap())
                .map(|change| self::points(&change["scope_points"]))
                .sum();
            assert_eq!(changed, self::points(&last["scope_points"]), "changes lead to what holds");
            let guideline = burndown["guideline"].as_array().unwrap();
            assert_eq!(guideline.first().unwrap()["points"], numbers["points"]["committed"]);
            assert_eq!(guideline.last().unwrap()["points"], 0);
        }
    }
    let future = organisation.reports().into_iter().find(|report| report.state == "future").unwrap();
    let burndown = &organisation.json(&of(&future, "burndown"))["data"];
    assert_eq!((&burndown["points"], &burndown["guideline"]), (&json!([]), &json!([])));
}

#[test]
fn a_burndown_as_csv_says_the_same() {
    let organisation = Organisation::simulated(3);
    let report = started(&organisation).into_iter().find(|report| report.state == "closed").unwrap();
    let path = of(&report, "burndown");
    let points = organisation.json(&path)["data"]["points"].as_array().unwrap().clone();
    let answer = organisation.get(&format!("{path}&format=csv"));
    let mut reader = csv::Reader::from_reader(answer.body.as_ref());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(points.len() > 2);
    assert_eq!(records.len(), points.len());
    for (record, point) in records.iter().zip(&points) {
        for (name, cell) in names.iter().zip(record) {
            let said = &point[name];
            let same = said.as_str().map_or_else(|| cell.parse().ok() == said.as_f64(), |text| text == cell);
            assert!(same, "{name}: {cell} and {said}");
        }
    }
    assert_eq!(names.len(), points[0].as_object().unwrap().len(), "the nested changes as well");
}

#[test]
fn velocity_is_that_of_the_store() {
    let organisation = Organisation::simulated(3);
    let velocities = organisation.velocities();
    for velocity in &velocities {
        let path = format!("/api/v1/boards/{}/velocity?per_page=1000", velocity.board_id);
        let answered = rows(&organisation, &path);
        let row = answered.iter().find(|row| row["sprint_id"] == velocity.sprint_id.as_str()).unwrap();
        let mut expected = serde_json::to_value(velocity).unwrap();
        expected["closed_at"] = velocity.closed_at.to_string().into();
        for (name, value) in expected.as_object().unwrap() {
            let same =
                if value.is_number() { row[name].as_f64() == value.as_f64() } else { row[name] == *value };
            assert!(same, "{name}: {} is not {value}", row[name]);
        }
        let board = &organisation.json(&format!("/api/v1/boards/{}", velocity.board_id))["data"];
        let of_board = velocities.iter().filter(|other| other.board_id == velocity.board_id);
        let last = of_board.clone().max_by_key(|other| other.position).unwrap();
        assert_eq!(board["velocity_points"].as_f64(), last.velocity_points);
        assert_eq!(board["closed_sprints"], of_board.count());
        for active in board["active_sprints"].as_array().unwrap() {
            let path = format!(
                "/api/v1/sprints/{}/report?board={}",
                active["sprint_id"].as_str().unwrap(),
                velocity.board_id
            );
            let report = &organisation.json(&path)["data"];
            for name in ["committed", "final_scope", "completed", "not_completed"] {
                assert_eq!(active[format!("{name}_points")], report["points"][name]);
                assert_eq!(active[format!("{name}_issues")], report["issues"][name]);
            }
        }
    }
}
