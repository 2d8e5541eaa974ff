//! Paging, filters, orders and files of lists.

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};
use serde_json::Value;
use tidemark_model::facts::{BoardSprint, LedgerEntry, SprintItem};

use crate::support::Organisation;

/// The rows of all pages, following the links.
fn pages(organisation: &Organisation, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    let mut page = 0;
    while let Some(path) = next {
        page += 1;
        let answer = organisation.json(&path);
        assert_eq!(answer["meta"]["page"], page, "{path}");
        rows.extend(answer["data"].as_array().unwrap().iter().cloned());
        next = answer["links"]["next"].as_str().map(str::to_owned);
        let total = answer["meta"]["total"].as_u64().unwrap();
        assert_eq!(next.is_none(), rows.len() as u64 == total, "{path}: {} of {total}", rows.len());
    }
    rows
}

fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str().unwrap()).collect()
}

fn all(organisation: &Organisation, path: &str) -> Vec<Value> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let answer = organisation.json(&format!("{path}{separator}per_page=1000"));
    answer["data"].as_array().unwrap().clone()
}

/// The sprint with the most issues, as the store knows it.
fn largest(organisation: &Organisation) -> (String, Vec<SprintItem>) {
    let items = organisation.rows::<SprintItem>();
    let sprints: BTreeSet<&String> = items.iter().map(|item| &item.sprint_id).collect();
    let of = |sprint: &str| items.iter().filter(|item| item.sprint_id == sprint).cloned().collect::<Vec<_>>();
    sprints
        .into_iter()
        .map(|sprint| (sprint.clone(), of(sprint)))
        .max_by_key(|(_, items)| items.len())
        .unwrap()
}

#[test]
fn pages_hold_every_row_once_and_in_order() {
    let organisation = Organisation::simulated(2);
    let (sprint, items) = largest(&organisation);
    assert!(items.len() > 14, "too few to page");
    for path in [
        "/api/v1/boards".to_owned(),
        "/api/v1/sprints".to_owned(),
        "/api/v1/rejected".to_owned(),
        "/api/v1/sources".to_owned(),
        format!("/api/v1/sprints/{sprint}/items"),
        format!("/api/v1/sprints/{sprint}/ledger"),
        format!("/api/v1/boards/{}/velocity", items[0].board_id),
    ] {
        let whole = all(&organisation, &path);
        assert!(!whole.is_empty(), "{path}");
        for per_page in [1, 3, 7] {
            assert_eq!(pages(&organisation, &format!("{path}?per_page={per_page}")), whole, "{path}");
        }
        let beyond = organisation.json(&format!("{path}?page=999999999"));
        assert_eq!((beyond["data"].as_array().unwrap().len(), &beyond["links"]["next"]), (0, &Value::Null));
    }
    let ids: BTreeSet<String> = items.into_iter().map(|item| item.issue_id).collect();
    let answered = all(&organisation, &format!("/api/v1/sprints/{sprint}/items"));
    assert_eq!(column(&answered, "issue_id").len(), ids.len());
    assert_eq!(column(&answered, "issue_id").into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), ids);
}

#[test]
fn sprints_start_with_future_ones_and_then_the_newest() {
    let organisation = Organisation::simulated(2);
    let sprints = all(&organisation, "/api/v1/sprints");
    assert_eq!(sprints.len(), organisation.rows::<BoardSprint>().len());
    let states = column(&sprints, "state");
    let future = states.iter().take_while(|state| **state == "future").count();
    assert!(future > 0 && states[future..].iter().all(|state| *state != "future"), "{states:?}");
    let started: Vec<Option<&str>> = sprints[future..].iter().map(|row| row["started_at"].as_str()).collect();
    assert!(started.is_sorted_by(|one, next| one >= next), "{started:?}");
}

#[test]
fn filters_keep_what_they_name() {
    let organisation = Organisation::simulated(2);
    let sprints = all(&organisation, "/api/v1/sprints");
    let board = sprints[0]["board_id"].as_str().unwrap();
    let of_board = all(&organisation, &format!("/api/v1/sprints?board={board}"));
    assert!(of_board.len() < sprints.len() && column(&of_board, "board_id").iter().all(|id| *id == board));
    for state in ["future", "active", "closed"] {
        let found = all(&organisation, &format!("/api/v1/sprints?state={state}&board={board}"));
        let expected: Vec<Value> = of_board.iter().filter(|row| row["state"] == state).cloned().collect();
        assert_eq!(found, expected, "{state}");
    }
    let name = of_board[0]["sprint_name"].as_str().unwrap().to_uppercase().replace(' ', "%20");
    let named = all(&organisation, &format!("/api/v1/sprints?q={name}"));
    assert!(named.contains(&of_board[0]) && named.len() < sprints.len());
    assert!(all(&organisation, "/api/v1/sprints?source=other").is_empty());
    assert_eq!(all(&organisation, "/api/v1/sprints?source=acme&q=").len(), sprints.len());
    assert_eq!(all(&organisation, "/api/v1/boards?source=other").len(), 0);
    assert_eq!(all(&organisation, &format!("/api/v1/boards?q={board}")).len(), 1);
    assert!(all(&organisation, "/api/v1/sprints?q=%25").is_empty(), "a per cent sign is no wildcard");
}

#[test]
fn items_are_filtered_and_in_the_reports_order() {
    let organisation = Organisation::simulated(2);
    let (sprint, items) = largest(&organisation);
    let path = format!("/api/v1/sprints/{sprint}/items");
    let whole = all(&organisation, &path);
    let mut outcomes = column(&whole, "outcome");
    outcomes.dedup();
    let order = ["completed", "not_completed", "removed", "done_outside", "done_before_start", "planned"];
    let place = |outcome: &&str| order.iter().position(|known| known == outcome);
    assert!(outcomes.len() > 1 && outcomes.is_sorted_by_key(place), "{outcomes:?}");
    for outcome in order {
        let found = all(&organisation, &format!("{path}?outcome={outcome}"));
        let expected: Vec<Value> = whole.iter().filter(|row| row["outcome"] == outcome).cloned().collect();
        assert_eq!(found, expected, "{outcome}");
    }
    for (flag, text) in [(true, "true"), (false, "false")] {
        let added = all(&organisation, &format!("{path}?added={text}"));
        assert_eq!(added.len(), items.iter().filter(|item| item.added == Some(flag)).count());
        let subtasks = all(&organisation, &format!("{path}?subtask={text}"));
        assert_eq!(subtasks.len(), items.iter().filter(|item| item.subtask == flag).count());
    }
    let key = &items[0].issue_key;
    let found = all(&organisation, &format!("{path}?q={}", key.to_lowercase()));
    assert!(column(&found, "issue_key").contains(&key.as_str()));
}

#[test]
fn ledgers_are_filtered_by_kind_issue_and_time() {
    let organisation = Organisation::simulated(2);
    let (sprint, _) = largest(&organisation);
    let path = format!("/api/v1/sprints/{sprint}/ledger");
    let whole = all(&organisation, &path);
    let stored = organisation.rows::<LedgerEntry>().into_iter().filter(|entry| entry.sprint_id == sprint);
    assert_eq!(whole.len(), stored.count());
    assert!(column(&whole, "at").is_sorted());
    let middle = column(&whole, "at")[whole.len() / 2];
    let before = all(&organisation, &format!("{path}?to={middle}"));
    let after = all(&organisation, &format!("{path}?from={middle}"));
    assert!(!after.is_empty());
    assert_eq!([before, after].concat(), whole, "an instant belongs to what begins with it");
    let (id, key) = (whole[0]["issue_id"].as_str().unwrap(), whole[0]["issue_key"].as_str().unwrap());
    let by_id = all(&organisation, &format!("{path}?issue={id}"));
    assert_eq!(by_id, all(&organisation, &format!("{path}?issue={key}")));
    assert!(by_id.iter().all(|row| row["issue_id"] == id) && !by_id.is_empty());
    let commits = all(&organisation, &format!("{path}?kind=COMMIT"));
    assert_eq!(commits.len(), column(&whole, "kind").iter().filter(|kind| **kind == "COMMIT").count());
}

#[test]
fn velocity_is_newest_first_with_the_present_one_beside_it() {
    let organisation = Organisation::simulated(2);
    let velocities = organisation.velocities();
    let board = &velocities[0].board_id;
    let last = velocities.iter().filter(|row| row.board_id == *board).max_by_key(|row| row.position).unwrap();
    let answer = organisation.json(&format!("/api/v1/boards/{board}/velocity?page=2&per_page=1"));
    assert_eq!(answer["meta"]["per_page"], 1);
    assert_eq!(answer["meta"]["velocity_points"].as_f64(), last.velocity_points);
    assert_eq!(answer["meta"]["velocity_sprints"].as_i64(), Some(last.sprints));
    let answer = organisation.json(&format!("/api/v1/boards/{board}/velocity"));
    assert_eq!(answer["meta"]["per_page"], 12);
    assert_eq!(answer["data"][0]["sprint_id"], last.sprint_id.as_str());
    assert_eq!(answer["meta"]["total"], velocities.iter().filter(|row| row.board_id == *board).count());
}

#[test]
fn originals_are_answered_on_demand_and_cut() {
    let organisation = Organisation::simulated(2);
    let rows = all(&organisation, "/api/v1/rejected");
    assert!(rows.iter().all(|row| row["original"].is_null() && row["original_hex"].is_null()));
    let rows = all(&organisation, "/api/v1/rejected?original=true");
    let of = |input: &str| rows.iter().find(|row| row["input"] == input).unwrap();
    assert_eq!(
        (&of("=1+1")["original"], &of("=1+1")["original_bytes"]),
        (&"=cmd|' /C calc'!A0".into(), &18.into())
    );
    let bytes = of("issues.ndjson:7");
    assert_eq!((&bytes["original_hex"], &bytes["original_bytes"]), (&"fffe".into(), &2.into()));
    let long = of("issue_1");
    assert_eq!(long["original"].as_str().unwrap().len(), 64 << 10);
    assert_eq!(long["original_bytes"], 80_000);
    for (filter, inputs) in [
        ("stage=translate", vec!["issue_1"]),
        ("reason=no_json", vec!["=1+1", "issues.ndjson:7"]),
        ("reason=no_json&stage=translate", vec![]),
        ("q=issue_", vec!["issue_1"]),
        ("q=100%25+WRONG", vec!["=1+1", "issues.ndjson:7", "issue_1"]),
        ("source=other", vec![]),
    ] {
        let answer = organisation.json(&format!("/api/v1/rejected?{filter}"));
        let found = answer["data"].as_array().unwrap();
        assert_eq!(column(found, "input"), inputs, "{filter}");
        assert_eq!(answer["meta"]["total"], inputs.len(), "{filter}");
    }
}

#[test]
fn files_hold_all_rows_of_the_filter() {
    let organisation = Organisation::simulated(2);
    let (sprint, items) = largest(&organisation);
    let path = format!("/api/v1/sprints/{sprint}/items");
    let answer = organisation.get(&format!("{path}?format=csv&per_page=2"));
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "text/csv; charset=utf-8; header=present");
    let file = format!("attachment; filename=\"tidemark-sprints-{}-items.csv\"", sprint.replace('/', "-"));
    assert_eq!(answer.header(header::CONTENT_DISPOSITION), file);
    let mut reader = csv::Reader::from_reader(answer.body.as_ref());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let json = all(&organisation, &path);
    assert_eq!((rows.len(), json.len()), (items.len(), items.len()));
    assert_eq!(header.len(), json[0].as_object().unwrap().len());
    for (row, object) in rows.iter().zip(&json) {
        for (name, cell) in header.iter().zip(row) {
            let expected = match &object[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(cell, expected, "{name}");
        }
    }
    let none = organisation.get(&format!("{path}?format=csv&q=there-is-no-such-text")).text();
    assert_eq!(none.lines().count(), 1, "the header alone");
    let boards = organisation.get("/api/v1/boards?format=csv").text();
    assert!(boards.lines().next().unwrap().ends_with(",active_sprints"), "{boards}");
}
