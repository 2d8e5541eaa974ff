//! What to know before trusting a report: the marks that were computed, and whether its source is behind now.

use axum::http::{Request, StatusCode, header};
use tidemark_model::Timestamp;
use tidemark_model::facts::SprintReport;

use crate::support::{NOW, Organisation};

fn path(report: &SprintReport) -> String {
    format!("/api/v1/sprints/{}/report?board={}", report.sprint_id, report.board_id)
}

/// What the report says of its source.
fn stale(organisation: &Organisation, report: &SprintReport) -> Option<String> {
    let data = &organisation.json(&path(report))["data"];
    let marks = data["quality"].as_array().unwrap();
    let mark = marks.iter().find(|mark| mark["mark"] == "stale_source")?;
    Some(mark["detail"].as_str().unwrap().to_owned())
}

#[test]
fn a_report_of_an_open_sprint_says_that_its_source_is_silent() {
    let organisation = Organisation::simulated(6);
    let reports = organisation.reports();
    let of = |state: &str| reports.iter().find(|report| report.state == state).unwrap().clone();
    let (open, closed) = (of("active"), of("closed"));
    let at = |seconds: i64| organisation.clock.set(Timestamp(NOW.0 + seconds * 1000));
    let fresh = organisation.get(&path(&open));
    assert_eq!(stale(&organisation, &open), None);
    at(300);
    assert_eq!(stale(&organisation, &open), None, "five minutes are no silence yet");
    // Nobody tells of it: the clock alone makes the answer another.
    at(302);
    let said = stale(&organisation, &open).unwrap();
    assert!(
        said.starts_with("source acme is not read any more") && said.contains(&NOW.to_string()),
        "{said}"
    );
    assert!(stale(&organisation, &closed).is_some(), "what is restated may miss something");
    let again = organisation.get(&path(&open));
    assert_ne!(again.header(header::ETAG), fresh.header(header::ETAG));
    let asked = |etag: &str| {
        let request = Request::get(path(&open)).header(header::HOST, "localhost");
        organisation.ask(request.header(header::IF_NONE_MATCH, etag)).status
    };
    assert_eq!(asked(again.header(header::ETAG)), StatusCode::NOT_MODIFIED);
    assert_eq!(asked(fresh.header(header::ETAG)), StatusCode::OK);
    at(400);
    assert_eq!(asked(again.header(header::ETAG)), StatusCode::NOT_MODIFIED, "it says no span that grows");
    let boards = organisation.json("/api/v1/boards")["data"].to_string();
    assert!(boards.contains("stale_source"));
    organisation.polled("current", Timestamp(NOW.0 + 400_000));
    at(402);
    assert_eq!(stale(&organisation, &open), None);
    assert_eq!(asked(fresh.header(header::ETAG)), StatusCode::NOT_MODIFIED, "the answer is the first again");
}

#[test]
fn a_failed_poll_is_said_at_once() {
    let organisation = Organisation::simulated(6);
    let open = organisation.reports().into_iter().find(|report| report.state == "active").unwrap();
    assert_eq!(stale(&organisation, &open), None);
    organisation.polled("failing", NOW);
    organisation.publish();
    let said = stale(&organisation, &open).unwrap();
    assert!(said.starts_with("source acme can't be read"), "{said}");
}

#[test]
fn active_sprints_of_a_board_name_the_marks_of_their_reports() {
    let organisation = Organisation::simulated(6);
    let mut report = organisation.reports().into_iter().find(|report| report.state == "active").unwrap();
    report.quality =
        r#"[{"mark":"history_missing","detail":"a"},{"mark":"unmapped","detail":"b"}]"#.to_owned();
    organisation.write(&report);
    organisation.publish();
    let board = &organisation.json(&format!("/api/v1/boards/{}", report.board_id))["data"];
    let active = board["active_sprints"].as_array().unwrap();
    let sprint = active.iter().find(|sprint| sprint["sprint_id"] == report.sprint_id.as_str()).unwrap();
    assert_eq!(sprint["marks"], "history_missing unmapped");
}
