//! Faults on demand.

use std::time::{Duration, Instant};

use serde_json::json;
use tidemark_jira_simulator::{Fault, Flavour, Jira};

use crate::stage::{ask, basic, cloud, found, get, ids, options, search};

const ALL: &str = "created is not EMPTY ORDER BY updated";

#[test]
fn the_next_calls_that_match_fail() {
    let jira = cloud();
    jira.fail(Fault::Unavailable.on("/rest/api/3/field"), 2);
    assert_eq!(get(&jira, "/rest/api/3/status").status, 200);
    let statuses = [1, 2, 3].map(|_| get(&jira, "/rest/api/3/field").status);
    assert_eq!(statuses, [503, 503, 200]);
    for (fault, status) in [(Fault::Gone, 410), (Fault::Unauthorized, 401), (Fault::Forbidden, 403)] {
        jira.fail(fault, 1);
        assert_eq!(get(&jira, "/rest/api/3/field").status, status);
    }
    assert_eq!(get(&jira, "/rest/api/3/field").status, 200);
}

#[test]
fn too_many_requests_with_and_without_a_hint() {
    let jira = cloud();
    jira.fail(Fault::TooManyRequests { retry_after: Some(7), reason: Some("jira-burst-based") }, 1);
    jira.fail(Fault::TooManyRequests { retry_after: None, reason: None }, 1);
    let hinted = get(&jira, "/rest/api/3/field");
    assert_eq!(
        (hinted.status, hinted.header("retry-after"), hinted.header("ratelimit-reason")),
        (429, "7", "jira-burst-based")
    );
    let bare = get(&jira, "/rest/api/3/field");
    assert_eq!((bare.status, bare.header("retry-after"), bare.header("ratelimit-reason")), (429, "", ""));
}

#[test]
fn a_login_page_has_status_200() {
    let jira = Jira::start(options(Flavour::DataCenter));
    jira.fail(Fault::NotJson, 1);
    let answer = get(&jira, "/rest/api/2/field");
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html;charset=UTF-8"));
    assert!(answer.text.contains("os_password"));
}

#[test]
fn answers_are_cut_and_late() {
    let jira = cloud();
    jira.fail(Fault::CutConnection, 1);
    let mut answer = ureq::get(format!("{}/rest/api/3/field", jira.url()))
        .header("Authorization", basic(&jira))
        .call()
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.body_mut().read_to_string().is_err(), "the body is whole");
    jira.fail(Fault::Slow(Duration::from_millis(300)), 1);
    let asked = Instant::now();
    assert_eq!(get(&jira, "/rest/api/3/field").status, 200);
    assert!(asked.elapsed() >= Duration::from_millis(300));
    // Others are answered meanwhile.
    jira.fail(Fault::Slow(Duration::from_millis(1500)).on("/rest/api/3/field"), 1);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| get(&jira, "/rest/api/3/field").status);
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_millis(500) {
            assert_eq!(get(&jira, "/rest/api/3/status").status, 200);
        }
        assert_eq!(slow.join().unwrap(), 200);
    });
}

#[test]
fn a_call_that_is_held_waits_while_others_are_answered() {
    let jira = cloud();
    let held = jira.hold("/rest/api/3/field", 1);
    assert_eq!(get(&jira, "/rest/api/3/field").status, 200, "one goes before it");
    assert!(!held.came_within(Duration::ZERO));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get(&jira, "/rest/api/3/field").status);
        assert!(held.came_within(Duration::from_secs(60)));
        assert_eq!(get(&jira, "/rest/api/3/status").status, 200);
        assert_eq!(get(&jira, "/rest/api/3/field").status, 200, "one is held, no more");
        assert!(!waiting.is_finished());
        drop(held);
        assert_eq!(waiting.join().unwrap(), 200);
    });
    // Whoever does not wait for it any more lets it pass.
    drop(jira.hold("/rest/api/3/field", 0));
    assert_eq!(get(&jira, "/rest/api/3/field").status, 200);
}

#[test]
fn pages_come_again_empty_or_not_at_all() {
    let jira = cloud();
    let all = found(&jira, ALL);
    let first = search(&jira, json!({"jql": ALL, "maxResults": 40})).json();
    let token = &first["nextPageToken"];
    let second = json!({"jql": ALL, "maxResults": 40, "nextPageToken": token});
    jira.fail(Fault::RepeatedToken, 1);
    assert_eq!(&search(&jira, second.clone()).json()["nextPageToken"], token);
    jira.fail(Fault::EmptyPageWithToken, 1);
    let empty = search(&jira, second.clone()).json();
    assert!(ids(&empty).is_empty() && empty["nextPageToken"].is_string() && empty["nextPageToken"] != *token);
    // Nothing is lost after an empty page.
    let after =
        search(&jira, json!({"jql": ALL, "maxResults": 40, "nextPageToken": empty["nextPageToken"]})).json();
    assert_eq!(ids(&after), all[40..80]);
    jira.fail(Fault::TokenExpired, 1);
    // Pages without a token are not concerned.
    assert_eq!(search(&jira, json!({"jql": ALL})).status, 200);
    let expired = search(&jira, second.clone());
    assert_eq!((expired.status, expired.message().contains("expired")), (400, true));
    assert_eq!(search(&jira, second).status, 200);
}

#[test]
fn everything_that_was_asked_is_known() {
    let jira = cloud();
    search(&jira, json!({"jql": "project = NONE"}));
    ask("GET", &format!("{}/rest/api/3/issue/NONE-1?fields=a%20b", jira.url()), None, None);
    let calls = jira.calls();
    let told = |nth: usize| (calls[nth].method.as_str(), calls[nth].path.as_str(), calls[nth].status);
    assert_eq!(told(0), ("POST", "/rest/api/3/search/jql", 400));
    assert_eq!(calls[0].body, r#"{"jql":"project = NONE"}"#);
    assert_eq!(calls[0].reason.as_deref(), Some("The value 'NONE' does not exist for the field 'project'."));
    assert_eq!(told(1), ("GET", "/rest/api/3/issue/NONE-1", 404));
    assert_eq!((calls[1].query.as_str(), calls[1].at), ("fields=a%20b", crate::stage::FOUNDED));
    jira.forget_calls();
    assert!(jira.calls().is_empty());
}
