//! A load survives what Jira, and what lies before it, does; and a kill at any moment.

use std::time::{Duration, Instant};

use serde_json::Value;
use tidemark_jira_simulator::{Failing, Fault, Flavour, Jira, Options, Rules};
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_stream::Store as _;
use tidemark_tests::command::Installation;

use crate::support::{agree, archived, jira, live, options};

const SEARCH: &str = "/rest/api/3/search/jql";
const CHANGELOGS: &str = "/rest/api/3/changelog/bulkfetch";

/// Syncs until it succeeds; a fault may end one with a message, never with a wrong number.
fn persistent(live: &Installation) -> usize {
    for attempt in 1..=20 {
        if live.run(&["sync"]).succeeded() {
            return attempt;
        }
    }
    panic!("20 syncs failed");
}

/// What fails, and how often.
type Failures = Vec<(&'static str, Failing, usize)>;

/// What may fail at either of them, where issues are searched.
fn failures(search: &str) -> Failures {
    let refused = |retry_after, reason| Fault::TooManyRequests { retry_after, reason };
    vec![
        ("429 with Retry-After", refused(Some(1), Some("jira-burst-based")).on(search), 3),
        ("503", Fault::Unavailable.on(""), 3),
        ("410", Fault::Gone.on(search), 1),
        ("a slow answer", Fault::Slow(Duration::from_millis(300)).on(search), 2),
        ("a cut connection", Fault::CutConnection.on(search), 2),
        ("a login page", Fault::NotJson.on(search), 1),
        ("a permission that is taken away for a while", Fault::Forbidden.on(search), 1),
        ("credentials that are refused for a while", Fault::Unauthorized.on(search), 1),
    ]
}

/// Each failure meets a load of its own; all of them happen, and the load is right in the end.
fn survives(flavour: Flavour, seed: u64, failures: Failures) {
    let jira = jira(flavour, seed);
    let archived = archived(&jira);
    for (what, failing, times) in failures {
        let live = live(&jira, flavour);
        jira.fail(failing, times);
        let attempts = persistent(&live);
        let left = jira.fail_no_more();
        println!("{flavour:?}: {what}: {attempts} syncs, {left} of {times} did not happen");
        assert!(left < times, "{what} has not happened");
        agree(&archived, &live, what);
    }
}

#[test]
fn whatever_fails_the_load_is_right_in_the_end_on_cloud() {
    let mut failures = failures(SEARCH);
    failures.extend([
        ("a repeated token", Fault::RepeatedToken.on(SEARCH), 2),
        ("an empty page with a token", Fault::EmptyPageWithToken.on(SEARCH), 4),
        ("a token that expires", Fault::TokenExpired.on(SEARCH), 2),
        ("a cut connection at histories", Fault::CutConnection.on(CHANGELOGS), 2),
        ("a login page instead of histories", Fault::NotJson.on(CHANGELOGS), 1),
        ("histories that may not be read for a while", Fault::Forbidden.on(CHANGELOGS), 1),
    ]);
    survives(Flavour::Cloud, 72, failures);
}

#[test]
fn whatever_fails_the_load_is_right_in_the_end_on_data_center() {
    survives(Flavour::DataCenter, 92, failures("/rest/api/2/search"));
}

#[test]
fn a_load_goes_on_where_a_page_of_histories_was_lost() {
    let options = options(Flavour::Cloud, 85);
    let rules = Rules { bulk_histories: 150, ..options.rules };
    let jira = Jira::start(Options { rules, ..options });
    let live = live(&jira, Flavour::Cloud);
    jira.fail(Fault::TokenExpired.on(CHANGELOGS), 3);
    live.ok(&["sync"]);
    let refused = jira.calls().iter().filter(|call| call.path == CHANGELOGS && call.status == 400).count();
    assert_eq!(refused, 3, "each time the histories of these issues are read from the beginning");
    agree(&archived(&jira), &live, "page tokens of histories that expire");
}

#[test]
fn a_gateway_that_says_nothing_is_waited_for() {
    let jira = jira(Flavour::Cloud, 73);
    let live = live(&jira, Flavour::Cloud);
    jira.fail(Fault::TooManyRequests { retry_after: None, reason: None }.on(SEARCH), 1);
    let said = live.ok(&["sync"]);
    assert!(said.contains("asks for patience") && said.contains("again in 20 s"), "{said}");
    let refused = jira.calls().iter().filter(|call| call.status == 429).count();
    assert_eq!(refused, 1, "nothing was asked while it wanted patience");
    agree(&archived(&jira), &live, "a gateway's 429");
}

#[test]
fn a_system_that_fails_again_and_again_is_left_alone() {
    let jira = jira(Flavour::Cloud, 119);
    let live = live(&jira, Flavour::Cloud);
    // Four tries of one call, and two of the next: then nothing is asked for a quarter of a minute.
    jira.fail(Fault::Unavailable.on(""), 6);
    let begun = Instant::now();
    let said = live.ok(&["sync"]);
    assert_eq!(jira.fail_no_more(), 0);
    assert!(said.contains("it is out of order (503)"), "{said}");
    assert!(said.contains("it has failed again and again: it is out of order (503)"), "{said}");
    // After the first call's tries a poll waits for 20 s, and for 15 s more after the breaker has opened.
    assert!(begun.elapsed() > Duration::from_secs(35), "it was asked again after {:?}", begun.elapsed());
    agree(&archived(&jira), &live, "a system that was left alone");
}

#[test]
fn an_address_where_nobody_answers_is_named_with_the_setting_that_says_it() {
    let live = Installation::empty();
    // Nobody listens at the port once its listener is gone.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    live.configure(&format!(
        "[sources.acme]\ntype = \"jira\"\nendpoint = \"http://{address}\"\nemail = \"ana@acme.example\"\n\
         token = \"hunter2\"\n"
    ));
    for command in ["sync", "check"] {
        let said = live.run(&[command]).exits(1);
        let text = format!("{}{}", said.out, said.err);
        for word in [&address.to_string(), "refused", "see that it runs", "`endpoint` of [sources.acme]"] {
            assert!(text.contains(word), "`{word}` is not named by {said}");
        }
        assert!(!text.contains("hunter2"), "{said}");
    }
}

#[test]
fn refused_credentials_are_named_and_not_tried_again() {
    let jira = jira(Flavour::Cloud, 74);
    let live = live(&jira, Flavour::Cloud);
    jira.revoke();
    let said = live.run(&["sync"]).exits(1).names(&["acme", "401", "token"]);
    drop(said);
    let asked = jira.calls().iter().filter(|call| call.status == 401).count();
    assert!(asked <= 2, "{asked} calls with refused credentials lock an account");
    let checked = live.run(&["check"]).exits(1).out;
    assert!(checked.contains("source acme") && checked.contains("make a new token"), "{checked}");
    jira.restore();
    live.ok(&["check"]);
    live.ok(&["sync"]);
}

/// How many issues a first load says that it has read, while it goes on: about as many as there are, and no more.
fn claimed(live: &Installation) -> Option<u64> {
    let store = live.store();
    let cursor = store.snapshot().meta("cursor/acme").unwrap()?;
    let cursor: Value = serde_json::from_slice(&cursor).unwrap();
    let read = cursor["backfill"]["read"].as_u64()?;
    let raw = tidemark_tests::rows::<Raw>(&store).unwrap();
    let issues = raw.iter().filter(|raw| raw.kind == RawKind::Issue && raw.part == RawPart::Snapshot);
    let there = issues.count() as u64;
    // One that two boards have may count twice after a restart.
    assert!(read <= there + there / 100, "{read} issues are said to be read, {there} are there");
    Some(read)
}

#[test]
fn a_load_that_is_killed_again_and_again_ends_right() {
    // As many issues as make several pages of the first load.
    let options = options(Flavour::Cloud, 75);
    let organisation = tidemark_simulation::Options { issues: 2500, boards: 6, ..options.organisation };
    let jira = Jira::start(Options { organisation, ..options });
    let live = live(&jira, Flavour::Cloud);
    let mut claims = Vec::new();
    // After its first call, after its second one, and so on: a page that was written is not read again.
    for calls in 1.. {
        let asked = jira.calls().len();
        let mut sync = live.command(&["sync"]).spawn().unwrap();
        let ended = loop {
            if let Some(status) = sync.try_wait().unwrap() {
                break Some(status);
            }
            if jira.calls().len() >= asked + calls {
                break None;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        if let Some(status) = ended {
            assert!(status.success() && calls > 5, "{status} after {calls} kills");
            break;
        }
        sync.kill().unwrap();
        sync.wait().unwrap();
        claims.extend(claimed(&live));
    }
    assert!(claims.len() > 3 && claims.is_sorted(), "{claims:?}");
    agree(&archived(&jira), &live, "killed");
}
