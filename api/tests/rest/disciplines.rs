//! Reports by discipline: the parts add up to the whole, in every mode.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use tidemark_model::Points;
use tidemark_model::facts::{Mode, SprintDiscipline, SprintReport};

use crate::support::{BUILDERS, Organisation};

const NUMBERS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

fn path(report: &SprintReport, what: &str) -> String {
    format!("/api/v1/sprints/{}/{what}?board={}", report.sprint_id, report.board_id)
}

fn rows(organisation: &Organisation, path: &str) -> Vec<Value> {
    organisation.json(path)["data"].as_array().unwrap().clone()
}

fn points(value: &Value) -> Points {
    Points::from_f64(value.as_f64().unwrap()).unwrap()
}

#[test]
fn parts_add_up_to_the_report_in_every_mode() {
    let organisation = Organisation::with_disciplines(3);
    let mut names = BTreeSet::new();
    let mut reports = organisation.rows::<SprintReport>();
    reports.retain(|report| report.final_scope_points.is_some());
    for report in &reports {
        let parts = rows(&organisation, &format!("{}&mode={}", path(report, "disciplines"), report.mode));
        let whole = serde_json::to_value(report).unwrap();
        for name in NUMBERS {
            let column = format!("{name}_points");
            let sum: Points = parts.iter().map(|part| points(&part[&column])).sum();
            assert_eq!(sum, points(&whole[&column]), "{} {} {name}", report.sprint_id, report.mode);
        }
        for name in NUMBERS.into_iter().chain(["done_before_start", "done_outside", "unestimated"]) {
            let column = format!("{name}_issues");
            let sum: i64 = parts.iter().map(|part| part[&column].as_i64().unwrap()).sum();
            assert_eq!(Some(sum), whole[&column].as_i64(), "{} {} {name}", report.sprint_id, report.mode);
        }
        assert!(parts.is_sorted_by_key(|part| part["discipline"].as_str().unwrap().to_owned()));
        names.extend(parts.iter().map(|part| part["discipline"].as_str().unwrap().to_owned()));
    }
    assert!(Mode::ALL.iter().all(|mode| reports.iter().any(|report| report.mode == *mode)));
    assert!([BUILDERS, "qa", "unassigned"].iter().all(|name| names.contains(*name)), "{names:?}");
}

#[test]
fn a_report_has_its_parts() {
    let organisation = Organisation::with_disciplines(3);
    for report in organisation.reports() {
        let data = &organisation.json(&path(&report, "report"))["data"];
        let rows = rows(&organisation, &path(&report, "disciplines"));
        let parts = data["disciplines"].as_array().unwrap();
        assert_eq!(parts.len(), rows.len(), "{}", report.sprint_id);
        for (part, row) in parts.iter().zip(&rows) {
            assert_eq!(part["name"], row["discipline"]);
            assert_eq!(part["unestimated"], row["unestimated_issues"]);
            for unit in ["points", "issues"] {
                for (name, value) in part[unit].as_object().unwrap() {
                    assert_eq!(*value, row[format!("{name}_{unit}")], "{name} in {unit}");
                }
            }
        }
    }
}

#[test]
fn items_say_their_discipline_and_the_rule() {
    let organisation = Organisation::with_disciplines(3);
    let report = organisation.reports().into_iter().find(|report| report.state == "closed").unwrap();
    let items = rows(&organisation, &format!("{}&per_page=1000", path(&report, "items")));
    assert!(!items.is_empty());
    for item in items {
        let expected = match item["issue_type"].as_str().unwrap() {
            "Story" => (BUILDERS, "issue_type Story"),
            "Bug" => ("qa", "issue_type Bug"),
            _ => ("unassigned", "none"),
        };
        assert_eq!(
            (item["discipline"].as_str(), item["discipline_rule"].as_str()),
            (Some(expected.0), Some(expected.1))
        );
    }
}

#[test]
fn hundreds_of_disciplines_come_in_pages_and_as_a_file() {
    let organisation = Organisation::with_disciplines(3);
    let one =
        organisation.rows::<SprintDiscipline>().into_iter().find(|row| row.mode == Mode::JiraCloud).unwrap();
    for number in 0..150 {
        organisation.write(&SprintDiscipline { discipline: format!("team {number:03}"), ..one.clone() });
    }
    organisation.publish();
    let path = format!("/api/v1/sprints/{}/disciplines?board={}", one.sprint_id, one.board_id);
    let answer = organisation.json(&format!("{path}&per_page=100&page=2"));
    assert!(answer["meta"]["total"].as_i64().unwrap() > 150);
    assert_eq!(answer["links"]["next"], Value::Null);
    let file = organisation.get(&format!("{path}&format=csv")).text();
    assert!(file.lines().count() > 151 && file.contains("team 149"));
    let refused = organisation.get(&format!("{path}&mode=jira"));
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("jira_cloud, jira_dc, grace_24h, final, eazybi"));
}
