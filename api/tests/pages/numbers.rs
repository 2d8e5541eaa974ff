//! The numbers on pages are those that programs get, and what is behind them adds up to them.

use serde_json::Value;
use tidemark_model::Points;
use tidemark_model::facts::BoardSprint;

use super::html::Document;
use super::support::Organisation;
use super::{page, sprint_path};

const TERMS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

const SHARES: [&str; 6] = [
    "commitment_reliability",
    "delivery_ratio",
    "completion_rate",
    "planned_share",
    "scope_change",
    "scope_change_net",
];

fn started(organisation: &Organisation) -> Vec<BoardSprint> {
    let mut sprints = organisation.rows::<BoardSprint>();
    sprints.retain(|sprint| sprint.state != "future");
    assert!(sprints.len() >= 10);
    sprints
}

fn report(organisation: &Organisation, sprint: &BoardSprint) -> Value {
    let board = sprint.board_id.replace('/', "%2F");
    organisation.json(&format!("/api/v1/sprints/{}/report?board={board}", sprint.sprint_id))["data"].clone()
}

#[test]
fn a_sprints_page_has_its_reports_numbers_in_both_units() {
    let organisation = Organisation::simulated(2);
    for sprint in started(&organisation) {
        let report = report(&organisation, &sprint);
        for unit in ["", "&unit=issues"] {
            let section = page(&organisation, &sprint_path(&sprint, unit)).live("report");
            for term in TERMS {
                let points = section.values(&format!("{term}_points"))[0].to_owned();
                assert_eq!(
                    points,
                    report["points"][term].to_string(),
                    "{}: {term} in points",
                    sprint.sprint_id
                );
                let issues = section.values(&format!("{term}_issues"))[0].to_owned();
                assert_eq!(
                    issues,
                    report["issues"][term].to_string(),
                    "{}: {term} in issues",
                    sprint.sprint_id
                );
            }
            assert_eq!(section.values("unestimated_issues"), [report["unestimated"].to_string()]);
            let unit = if unit.is_empty() { "points" } else { "issues" };
            for name in SHARES {
                let expected = report["predictability"][unit][name].as_f64();
                let shown = section.values(&format!("{name}_{unit}"));
                assert_eq!(shown.len(), 1, "{name}");
                assert_eq!(shown[0].parse::<f64>().ok(), expected, "{}: {name} in {unit}", sprint.sprint_id);
            }
        }
    }
}

#[test]
fn the_items_behind_a_number_add_up_to_it() {
    let organisation = Organisation::simulated(2);
    for sprint in started(&organisation) {
        let report = report(&organisation, &sprint);
        for term in TERMS {
            let document = page(&organisation, &sprint_path(&sprint, &format!("&show={term}")));
            let shares = sum(&document.live("items"), "share_points");
            assert_eq!(
                shares.to_string(),
                report["points"][term].to_string(),
                "{}: {term}",
                sprint.sprint_id
            );
        }
    }
}

#[test]
fn the_ledger_adds_up_to_the_final_scope() {
    let organisation = Organisation::simulated(2);
    for sprint in started(&organisation) {
        let mut total = Points::ZERO;
        for number in 1.. {
            let document = page(&organisation, &sprint_path(&sprint, &format!("&ledger_page={number}")));
            let ledger = document.live("ledger");
            total += sum(&ledger, "scope_points");
            if ledger.elements("a").all(|link| link.attribute("rel") != "next") {
                break;
            }
        }
        assert_eq!(total.to_string(), report(&organisation, &sprint)["points"]["final_scope"].to_string());
    }
}

fn sum(section: &Document, name: &str) -> Points {
    section.values(name).into_iter().map(|value| Points::parse(value).unwrap()).sum()
}

#[test]
fn the_burndown_ends_with_what_is_not_completed() {
    let organisation = Organisation::simulated(2);
    for sprint in started(&organisation) {
        let report = report(&organisation, &sprint);
        for (unit, more) in [("points", ""), ("issues", "&unit=issues")] {
            let section = page(&organisation, &sprint_path(&sprint, more)).live("burndown");
            let Some(numbers) = section.elements("script").next() else {
                assert_eq!(report[unit]["final_scope"], 0, "{}: nothing was ever in scope", sprint.sprint_id);
                continue;
            };
            let drawing: Value = serde_json::from_str(&numbers.text).unwrap();
            let last = drawing["points"].as_array().unwrap().last().unwrap();
            assert_eq!(
                last["remaining"].as_f64(),
                report[unit]["not_completed"].as_f64(),
                "{}",
                sprint.sprint_id
            );
            assert_eq!(last["scope"].as_f64(), report[unit]["final_scope"].as_f64(), "{}", sprint.sprint_id);
            let table = section.values(&format!("remaining_{unit}"));
            assert_eq!(table.last().unwrap().parse::<f64>().ok(), last["remaining"].as_f64());
        }
    }
}

#[test]
fn a_boards_page_has_its_velocity() {
    let organisation = Organisation::simulated(2);
    for board in organisation.json("/api/v1/boards")["data"].as_array().unwrap() {
        let id = board["board_id"].as_str().unwrap();
        let rows = organisation.json(&format!("/api/v1/boards/{id}/velocity"))["data"].clone();
        let section = page(&organisation, &format!("/boards/{id}?last=26")).live("velocity");
        let expected =
            |name: &str| rows.as_array().unwrap().iter().map(|row| row[name].to_string()).collect::<Vec<_>>();
        for name in ["committed_points", "completed_points"] {
            assert_eq!(section.values(name), expected(name), "{id}: {name}");
        }
        for window in ["3", "5", "7", "12"] {
            let path = format!("/api/v1/boards/{id}/velocity-windows?window={window}&per_page=100");
            let windows = organisation.json(&path)["data"].as_array().unwrap().clone();
            let section =
                page(&organisation, &format!("/boards/{id}?last=26&window={window}")).live("velocity");
            let shown = |name: &str| -> Vec<f64> {
                section.values(name).iter().map(|mean| mean.parse().unwrap()).collect()
            };
            let mut means: Vec<f64> =
                windows.iter().map(|row| row["mean_points"].as_f64().unwrap()).collect();
            // The present one stands above the table of all sprints.
            means.insert(0, means[0]);
            assert_eq!(shown("mean_points"), means, "{id}: window {window}");
            for name in ["median_points", "p25_points", "p75_points", "mean_issues", "p25_issues"] {
                assert_eq!(shown(name), [windows[0][name].as_f64().unwrap()], "{id}: {name}");
            }
            let spread =
                windows[0]["p75_issues"].as_f64().unwrap() - windows[0]["p25_issues"].as_f64().unwrap();
            assert_eq!(shown("spread_issues"), [spread]);
        }
        for (ratio, row) in section.values("delivery_ratio").iter().zip(rows.as_array().unwrap()) {
            let committed = row["committed_points"].as_f64().filter(|points| *points != 0.0);
            let expected = committed.map(|committed| row["completed_points"].as_f64().unwrap() / committed);
            assert_eq!(ratio.parse::<f64>().ok(), expected, "{id}");
        }
    }
}
