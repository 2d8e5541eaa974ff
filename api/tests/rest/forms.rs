//! The forms of answers and errors.

use std::io::Read;

use axum::http::{Method, Request, StatusCode, header};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tidemark_api::Access;
use tidemark_model::rejected::{Reason, Rejected, Stage};

use crate::support::{Answer, Organisation};

/// Asserts the form of an error, and gives what it says.
fn error(answer: &Answer, status: StatusCode, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    let body = answer.json();
    let error = &body["error"];
    let names: Vec<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(body.as_object().unwrap().len(), 1);
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(error["code"], code);
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert_eq!(error["request_id"], answer.header("x-request-id"), "the id of the body and of the header");
    assert!(error["request_id"].as_str().unwrap().len() >= 16);
    error.clone()
}

#[test]
fn lists_and_single_objects_have_one_form_each() {
    let organisation = Organisation::simulated(1);
    let list = organisation.json("/api/v1/boards?per_page=1");
    assert_eq!(list["meta"], json!({ "total": 2, "page": 1, "per_page": 1 }));
    assert_eq!(
        list["links"],
        json!({ "self": "/api/v1/boards?per_page=1", "next": "/api/v1/boards?page=2&per_page=1" })
    );
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    let board = list["data"][0]["board_id"].as_str().unwrap();
    let path = format!("/api/v1/boards/{board}");
    let single = organisation.json(&path);
    assert_eq!(single, json!({ "data": list["data"][0], "meta": {}, "links": { "self": path } }));
    let answer = organisation.get(&path);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(answer.header("x-request-id").len(), 32);
    assert_ne!(answer.header("x-request-id"), organisation.get(&path).header("x-request-id"));
}

#[test]
fn what_is_not_there_is_404() {
    let organisation = Organisation::simulated(1);
    let report = organisation.reports().remove(0);
    let sprint = &report.sprint_id;
    for path in [
        "/api/v1/nothing".to_owned(),
        "/api/v1/boards/acme/999".to_owned(),
        "/api/v1/boards/acme/999/velocity".to_owned(),
        "/api/v1/boards/acme/%00".to_owned(),
        "/api/v1/boards/acme/%ff".to_owned(),
        "/api/v1/sprints/acme/999".to_owned(),
        "/api/v1/sprints/acme/999/items".to_owned(),
        format!("/api/v1/sprints/{sprint}/report?board=acme/999"),
        format!("/api/v1/sprints/{sprint}/nothing"),
        format!("/api/v1/sprints/{sprint}/"),
    ] {
        let said = error(&organisation.get(&path), StatusCode::NOT_FOUND, "not_found");
        assert_eq!(said["details"], json!([]), "{path}");
    }
    let path = format!("/api/v1/sprints/{sprint}/report?board=acme/999");
    let message = organisation.get(&path).json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("board acme/999 does not show sprint"), "{message}");
    organisation.take_away(&report);
    organisation.publish();
    let path = format!("/api/v1/sprints/{sprint}/report?board={}", report.board_id);
    let said = error(&organisation.get(&path), StatusCode::NOT_FOUND, "not_computed");
    assert!(said["message"].as_str().unwrap().contains("being computed"), "{said}");
}

#[test]
fn wrong_parameters_are_named_with_what_is_allowed() {
    let organisation = Organisation::simulated(1);
    let sprint = organisation.reports().remove(0).sprint_id;
    let cases = [
        ("/api/v1/boards?page=0".to_owned(), "page", "from 1"),
        ("/api/v1/boards?per_page=1001".to_owned(), "per_page", "to 1000"),
        ("/api/v1/boards?format=xml".to_owned(), "format", "json, csv"),
        ("/api/v1/boards?pge=2".to_owned(), "pge", "source, q, page, per_page, format"),
        ("/api/v1/boards?source=a&source=b".to_owned(), "source", "more than once"),
        ("/api/v1/boards?q=%00".to_owned(), "q", "a text"),
        ("/api/v1/sprints?state=open".to_owned(), "state", "future, active, closed, deleted"),
        ("/api/v1/sprints?board=1".to_owned(), "board", "source/native-id"),
        (format!("/api/v1/sprints/{sprint}/ledger?from=yesterday"), "from", "an instant"),
        (format!("/api/v1/sprints/{sprint}/ledger?kind=done"), "kind", "DONE_OUTSIDE"),
        (format!("/api/v1/sprints/{sprint}/items?added=yes"), "added", "true or false"),
        (format!("/api/v1/sprints/{sprint}/burndown?points=1"), "points", "from 2"),
        (format!("/api/v1/sprints/{sprint}/report?format=csv"), "format", "there are board"),
        ("/api/v1/events?board=1".to_owned(), "board", "source/native-id"),
    ];
    for (path, field, allowed) in cases {
        let said = error(&organisation.get(&path), StatusCode::BAD_REQUEST, "invalid_parameter");
        assert_eq!(said["details"][0]["field"], field, "{path}");
        assert!(said["details"][0]["message"].as_str().unwrap().contains(allowed), "{path}: {said}");
    }
    let said = organisation.get("/api/v1/boards?page=0&per_page=0").json();
    assert_eq!(said["error"]["details"].as_array().unwrap().len(), 2, "all that is wrong at once");
}

#[test]
fn other_methods_are_405_and_say_what_is_allowed() {
    let organisation = Organisation::simulated(1);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = organisation.send(method, "/api/v1/boards");
        error(&answer, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
        assert!(answer.header(header::ALLOW).contains("GET"), "{:?}", answer.headers);
    }
    let head = organisation.send(Method::HEAD, "/api/v1/boards");
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

#[test]
fn only_those_who_may_are_answered() {
    let organisation = Organisation::simulated(1);
    let answer = organisation.ask(Request::get("/api/v1/boards").header(header::HOST, "evil.example"));
    error(&answer, StatusCode::MISDIRECTED_REQUEST, "wrong_host");
    let organisation = Organisation::with_access(1, Access::new(Some("secret")));
    let answer = organisation.get("/api/v1/boards");
    error(&answer, StatusCode::UNAUTHORIZED, "unauthorized");
    assert_eq!(answer.header(header::WWW_AUTHENTICATE), "Bearer");
    let request = Request::get("/api/v1/boards").header(header::AUTHORIZATION, "Bearer secret");
    assert_eq!(organisation.ask(request).status, StatusCode::OK);
    assert_eq!(organisation.get("/health").status, StatusCode::OK, "operators need no token");
}

#[test]
fn who_has_the_newest_version_gets_no_body() {
    let organisation = Organisation::simulated(1);
    let first = organisation.get("/api/v1/sprints");
    let etag = first.header(header::ETAG);
    assert!(etag.starts_with("W/\"") && etag.len() > 16, "{etag}");
    assert_eq!(first.header(header::CACHE_CONTROL), "private, no-cache");
    for tags in [
        etag.to_owned(),
        etag.trim_start_matches("W/").to_owned(),
        format!("\"other\", {etag}"),
        "*".to_owned(),
    ] {
        let request = Request::get("/api/v1/sprints").header(header::HOST, "localhost");
        let again = organisation.ask(request.header(header::IF_NONE_MATCH, &tags));
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{tags}");
        assert_eq!(again.header(header::ETAG), etag);
        assert!(!again.header("x-request-id").is_empty());
    }
    let request = Request::get("/api/v1/sprints").header(header::HOST, "localhost");
    let other = organisation.ask(request.header(header::IF_NONE_MATCH, "\"other\""));
    assert_eq!((other.status, other.body), (StatusCode::OK, first.body));
}

#[test]
fn bodies_are_packed_for_those_who_take_it() {
    let organisation = Organisation::simulated(1);
    let plain = organisation.get("/api/v1/sprints");
    assert_eq!(plain.header(header::CONTENT_ENCODING), "");
    assert_eq!(plain.header(header::VARY), "Accept-Encoding");
    let ask = |coding: &str| {
        let request = Request::get("/api/v1/sprints").header(header::HOST, "localhost");
        organisation.ask(request.header(header::ACCEPT_ENCODING, coding))
    };
    let packed = ask("br, gzip");
    assert_eq!(packed.header(header::CONTENT_ENCODING), "gzip");
    assert!(packed.body.len() < plain.body.len() / 2);
    let mut body = Vec::new();
    GzDecoder::new(packed.body.as_ref()).read_to_end(&mut body).unwrap();
    assert_eq!(body, plain.body);
    assert_eq!(ask("gzip;q=0").header(header::CONTENT_ENCODING), "");
}

#[test]
fn operators_are_answered() {
    let organisation = Organisation::simulated(1);
    for input in ["issue/1", "issue/2"] {
        let input = input.to_owned();
        let detail = "`three` is no number".to_owned();
        organisation.write(&Rejected::new("acme", Stage::Translate, input, Reason::BadEstimate, detail));
    }
    organisation.publish();
    organisation.json("/api/v1/boards");
    organisation.get("/api/v1/boards/acme/999");
    assert_eq!(organisation.json("/health"), json!({ "status": "alive" }));
    assert_eq!(organisation.json("/ready"), json!({ "status": "ready" }));
    let metrics = organisation.get("/metrics").text();
    for line in [
        "tidemark_http_requests_total{route=\"/api/v1/boards\",status=\"200\"} 1",
        "tidemark_http_requests_total{route=\"/api/v1/boards/{source}/{id}\",status=\"404\"} 1",
        "tidemark_rejected_records{stage=\"translate\",reason=\"bad_estimate\"} 2",
    ] {
        assert!(metrics.contains(line), "{line} is not in:\n{metrics}");
    }
}
