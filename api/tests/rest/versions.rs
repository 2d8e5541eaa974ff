//! Bodies are kept until what they depend on changes, and no longer.

use axum::http::header;
use tidemark_api::Change;
use tidemark_model::Points;
use tidemark_model::facts::{BoardSprint, SprintReport};

use crate::support::{NOW, Organisation};

fn completed(organisation: &Organisation, report: &SprintReport) -> f64 {
    let path = format!("/api/v1/sprints/{}/report?board={}", report.sprint_id, report.board_id);
    organisation.json(&path)["data"]["points"]["completed"].as_f64().unwrap()
}

#[test]
fn new_numbers_are_served_once_they_are_told_of() {
    let organisation = Organisation::simulated(6);
    let reports = organisation.reports();
    let mut one = reports.iter().find(|report| report.state == "active").unwrap().clone();
    let mut other = reports
        .iter()
        .find(|report| report.board_id != one.board_id && report.state == "active")
        .unwrap()
        .clone();
    let before = (completed(&organisation, &one), completed(&organisation, &other));
    let board = |report: &SprintReport| {
        let answer = organisation.get(&format!("/api/v1/boards/{}", report.board_id));
        (answer.header(header::ETAG).to_owned(), answer.body)
    };
    let boards = (board(&one), board(&other));
    one.completed_points = Some(Points::from_f64(4711.0).unwrap());
    other.completed_points = Some(Points::from_f64(815.0).unwrap());
    organisation.write(&one);
    organisation.write(&other);
    let change = organisation.follow();
    assert!(change.boards.contains(&one.board_id) && change.sprints.contains(&other.sprint_id), "{change:?}");
    assert_eq!((completed(&organisation, &one), completed(&organisation, &other)), before, "kept bodies");
    // Only the one is told of: that the other's body stays shows that it was kept.
    let told = Change {
        boards: [one.board_id.clone()].into(),
        sprints: [one.sprint_id.clone()].into(),
        at: NOW,
        ..Change::default()
    };
    organisation.live.publish(told);
    assert_eq!((completed(&organisation, &one), completed(&organisation, &other)), (4711.0, before.1));
    assert_ne!(board(&one), boards.0);
    assert_eq!(board(&other), boards.1);
    organisation.live.publish(Change { everything: true, at: NOW, ..Change::default() });
    assert_eq!(completed(&organisation, &other), 815.0);
    assert_ne!(board(&other), boards.1);
}

#[test]
fn lists_of_everything_follow_every_change() {
    let organisation = Organisation::simulated(6);
    let total = |path: &str| organisation.json(path)["meta"]["total"].as_i64().unwrap();
    let paths = ["/api/v1/sprints", "/api/v1/rejected"];
    let before = paths.map(total);
    let mut sprint = organisation.rows::<BoardSprint>().remove(0);
    sprint.sprint_id = "acme/4711".to_owned();
    organisation.write(&sprint);
    let rejected = organisation.rows::<tidemark_model::rejected::Rejected>().remove(0);
    organisation.take_away(&rejected);
    organisation.publish();
    assert_eq!(paths.map(total), [before[0] + 1, before[1] - 1]);
}

#[test]
fn a_boards_velocity_follows_its_sprints() {
    let organisation = Organisation::simulated(6);
    let velocity = organisation.velocities().remove(0);
    let path = format!("/api/v1/boards/{}/velocity", velocity.board_id);
    let before = organisation.json(&path)["meta"]["total"].as_i64().unwrap();
    organisation.take_away(&velocity);
    organisation.publish();
    assert_eq!(organisation.json(&path)["meta"]["total"].as_i64(), Some(before - 1));
}

#[test]
fn a_sprint_on_two_boards_is_read_as_the_board_that_is_named_shows_it() {
    let organisation = Organisation::simulated(6);
    let sprints = organisation.rows::<BoardSprint>();
    let origin = sprints.iter().find(|sprint| sprint.origin && sprint.state == "closed").unwrap().clone();
    let other = sprints.iter().find(|sprint| sprint.board_id != origin.board_id).unwrap();
    let second = BoardSprint {
        board_id: other.board_id.clone(),
        board_name: other.board_name.clone(),
        origin: false,
        ..origin.clone()
    };
    let mut report =
        organisation.reports().into_iter().find(|report| report.sprint_id == origin.sprint_id).unwrap();
    report.board_id.clone_from(&second.board_id);
    report.completed_points = Some(Points::from_f64(4711.0).unwrap());
    organisation.write(&second);
    organisation.write(&report);
    organisation.publish();
    let path = format!("/api/v1/sprints/{}", origin.sprint_id);
    let shown = &organisation.json(&path)["data"];
    assert_eq!((&shown["board_id"], &shown["origin"]), (&origin.board_id.as_str().into(), &true.into()));
    let boards: Vec<&str> =
        shown["boards"].as_array().unwrap().iter().map(|board| board["board_id"].as_str().unwrap()).collect();
    assert_eq!(boards, [origin.board_id.as_str(), second.board_id.as_str()]);
    let default = organisation.json(&format!("{path}/report"));
    assert_eq!(default["data"]["sprint"]["board"], origin.board_id.as_str());
    let named = organisation.json(&format!("{path}/report?board={}", second.board_id));
    assert_eq!(named["data"]["sprint"]["board"], second.board_id.as_str());
    assert_eq!(named["data"]["points"]["completed"], 4711);
}
