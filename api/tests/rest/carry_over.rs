//! Carry-over: the rows of the store, and which of them are asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidemark_model::facts::CarryOver;

use crate::support::Organisation;

fn rows(organisation: &Organisation, path: &str) -> Vec<Value> {
    organisation.json(path)["data"].as_array().unwrap().clone()
}

fn keys(rows: &[Value]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["sprint_id"]), text(&row["issue_id"]))).collect()
}

#[test]
fn legs_are_those_of_the_store() {
    let organisation = Organisation::simulated(3);
    let stored = organisation.rows::<CarryOver>();
    assert!(stored.iter().any(|leg| leg.carry_count >= 2), "some work goes on and on");
    let boards: BTreeSet<&str> = stored.iter().map(|leg| leg.board_id.as_str()).collect();
    for board in boards {
        let path = format!("/api/v1/boards/{board}/carry-over?per_page=1000");
        let of_board: Vec<&CarryOver> = stored.iter().filter(|leg| leg.board_id == *board).collect();
        let answered = rows(&organisation, &path);
        assert_eq!((answered.len(), keys(&answered).len()), (of_board.len(), of_board.len()));
        let started: Vec<&str> = answered.iter().map(|row| row["started_at"].as_str().unwrap()).collect();
        assert!(started.is_sorted_by(|one, next| one >= next), "the newest first");
        for least in [1, 2, 3] {
            let found = rows(&organisation, &format!("{path}&min_count={least}"));
            let expected = of_board.iter().filter(|leg| leg.carry_count >= least).count();
            assert_eq!(found.len(), expected);
            assert!(found.iter().all(|row| row["carry_count"].as_i64().unwrap() >= least));
        }
        let file = organisation.get(&format!("{path}&format=csv&min_count=1")).text();
        assert_eq!(file.lines().count(), of_board.iter().filter(|leg| leg.carry_count >= 1).count() + 1);
    }
    for leg in &stored {
        let path =
            format!("/api/v1/sprints/{}/carry-over?board={}&per_page=1000", leg.sprint_id, leg.board_id);
        let answered = rows(&organisation, &path);
        let row = answered.iter().find(|row| row["issue_id"] == leg.issue_id.as_str()).unwrap();
        assert_eq!(row["carried_in_from"].as_str(), leg.carried_in_from.as_deref());
        assert_eq!(row["carry_count"].as_i64(), Some(leg.carry_count));
        assert_eq!(row["burned_points"].as_f64(), Some(leg.burned_points.to_f64()));
        let counts: Vec<i64> = answered.iter().map(|row| row["carry_count"].as_i64().unwrap()).collect();
        assert!(counts.is_sorted_by(|one, next| one >= next), "those carried most often first");
    }
}

#[test]
fn the_latest_leg_of_an_issue_is_its_last_one() {
    let organisation = Organisation::simulated(3);
    let board = organisation.rows::<CarryOver>().remove(0).board_id;
    let path = format!("/api/v1/boards/{board}/carry-over?per_page=1000&min_count=1");
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for leg in organisation.rows::<CarryOver>() {
        if leg.board_id == board && leg.carry_count >= 1 {
            let touched = last.entry(leg.issue_id).or_default();
            *touched = leg.sprints_touched.max(*touched);
        }
    }
    let found = rows(&organisation, &format!("{path}&latest=true"));
    let answered: BTreeMap<String, i64> = found
        .iter()
        .map(|row| (row["issue_id"].as_str().unwrap().to_owned(), row["sprints_touched"].as_i64().unwrap()))
        .collect();
    assert_eq!((answered.len(), answered), (found.len(), last));
    assert_eq!(rows(&organisation, &format!("{path}&latest=false")).len(), rows(&organisation, &path).len());
}
