//! `tidemark run` and `tidemark demo` as people run them: numbers over HTTP, changes while they run, and how they stop.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tidemark_tests::archive;
use tidemark_tests::command::{Installation, assert_same};
use tidemark_tests::server::{Server, wait_for};

/// An installation that serves a small simulated organisation on a free port, with its issues unpacked.
fn serving(seed: u64, more: &str) -> (Installation, Vec<Value>) {
    let installation = Installation::simulated(seed);
    let issues = archive::unpack(&installation.path("archive")).unwrap();
    configure(&installation, more);
    (installation, issues)
}

fn configure(installation: &Installation, more: &str) {
    installation.configure(&format!(
        "[api]\nlisten = \"127.0.0.1:0\"\n{more}\n[sources.acme]\ntype = \"jira-archive\"\npath = \"archive\"\n"
    ));
}

fn run(installation: &Installation) -> Command {
    installation.command(&["run"])
}

/// The path of a resource of a sprint.
fn sprint_path(id: &str, resource: &str) -> String {
    format!("/api/v1/sprints/{id}{resource}")
}

fn active_sprint(server: &Server) -> String {
    let sprints = server.json("/api/v1/sprints?state=active");
    sprints["data"][0]["sprint_id"].as_str().unwrap().to_owned()
}

/// An issue that the sprint's report counts, with its points.
fn counted_issue(server: &Server, sprint: &str, issues: &[Value]) -> Value {
    let items = server.json(&sprint_path(sprint, "/items?per_page=1000"));
    let counted = items["data"].as_array().unwrap().iter();
    let mut counted = counted.filter(|item| item["outcome"] == "not_completed" && item["subtask"] == false);
    let key = &counted.next().unwrap()["issue_key"];
    issues.iter().find(|issue| issue["key"] == *key).unwrap().clone()
}

#[test]
fn what_is_served_is_what_a_sync_leads_to() {
    let (installation, _) = serving(11, "");
    let reference = Installation::simulated(11);
    reference.ok(&["sync"]);
    let server = Server::start(run(&installation));
    assert_eq!(server.json("/ready")["status"], "ready");
    assert_eq!(server.json("/health")["status"], "alive");
    let reports = reference.reports();
    assert!(reports.len() > 10);
    for (sprint, expected) in &reports {
        let expected: Value = serde_json::from_str(expected).unwrap();
        let served = server.json(&sprint_path(sprint, "/report"));
        for part in ["sprint", "mode", "points", "issues", "unestimated", "quality"] {
            assert_eq!(served["data"][part], expected[part], "{part} of {sprint}");
        }
    }
    let sprints = reference.number("SELECT count(*) FROM v1_sprints");
    wait_for("the lake", || {
        (installation.number("SELECT count(*) FROM v1_sprints") == sprints).then_some(())
    });
    assert!(reports == installation.reports(), "read beside the running server");
    let metrics = server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
    assert!(metrics.contains("tidemark_batches_total") && metrics.ends_with("# EOF\n"), "{metrics}");
    let refused = installation.run(&["sync"]).exits(1);
    refused.names(&["data", "another"]);
    assert!(server.stop().success());
    assert_same(&reference.exports(), &installation.exports(), "after the server has stopped");
    let again = Server::start(run(&installation));
    assert!(reports == installation.reports(), "started again");
    drop(again);
}

#[test]
fn a_change_that_is_appended_is_served_and_told() {
    let (installation, issues) = serving(12, "");
    let archive_dir = installation.path("archive");
    let server = Server::start(run(&installation));
    let sprint = active_sprint(&server);
    let before = server.json(&sprint_path(&sprint, "/report"))["data"]["points"].clone();
    let mut issue = counted_issue(&server, &sprint, &issues);
    let points = issue["fields"]["customfield_10016"].as_f64().unwrap_or_default();
    let mut events = server.events(&format!("/api/v1/events?sprint={sprint}"));
    assert_eq!(events.next().as_deref(), Some("event: ready"));
    archive::estimate(&mut issue, 1000, 1).unwrap();
    archive::append(&archive_dir, &[issue.clone()]).unwrap();
    let told = events.find(|line| line.starts_with("data: {\"")).unwrap();
    let told: Value = serde_json::from_str(told.strip_prefix("data: ").unwrap()).unwrap();
    assert!(told["sprints"].as_array().unwrap().contains(&sprint.clone().into()), "{told}");
    assert_eq!(told["everything"], false, "a change of one issue is no reason to look at everything");
    // The event comes after the numbers.
    let after = server.json(&sprint_path(&sprint, "/report"))["data"]["points"].clone();
    let number = |points: &Value, name: &str| points[name].as_f64().unwrap();
    let change = 1000.0 - points;
    for name in ["reestimated", "final_scope", "not_completed"] {
        let (before, after) = (number(&before, name), number(&after, name));
        assert!((after - before - change).abs() < 1e-6, "{name}: {before} → {after}");
    }
    assert_eq!(number(&before, "committed"), number(&after, "committed"));
    let sql = format!("SELECT final_scope_points FROM v1_sprint_reports WHERE sprint_id = '{sprint}'");
    wait_for("the change in the lake", || {
        let rows = installation.query(&sql);
        (rows[0]["final_scope_points"].as_f64() == after["final_scope"].as_f64()).then_some(())
    });
    // Killed, not stopped: what was served was on disk.
    server.signal("KILL");
    drop(server);
    let server = Server::start(run(&installation));
    assert_eq!(server.json(&sprint_path(&sprint, "/report"))["data"]["points"], after);
    assert!(server.stop().success());
    installation.ok(&["verify"]);
}

#[test]
fn a_source_that_fails_is_shown_and_recovers() {
    let (installation, _) = serving(13, "");
    let server = Server::start(run(&installation));
    let boards = server.json("/api/v1/boards")["meta"]["total"].clone();
    std::fs::rename(installation.path("archive"), installation.path("away")).unwrap();
    let failing = wait_for("the failure", || {
        let source = server.json("/api/v1/sources")["data"][0].clone();
        (source["state"] == "failing").then_some(source)
    });
    assert!(failing["error"].as_str().unwrap().contains("there is no such folder"), "{failing}");
    assert_eq!(server.json("/api/v1/boards")["meta"]["total"], boards, "what was read stays");
    assert_eq!(server.ask("/ready", &[]).status(), 200);
    let checked = installation.run(&["check"]).exits(1).out;
    let state = checked.lines().find(|line| line.starts_with("state    source acme: failing: "));
    assert!(
        state.is_some_and(|line| line.contains("there is no such folder") && line.contains("last success")),
        "{checked}"
    );
    assert!(checked.contains("in use by a running tidemark"), "beside it, and that is no problem: {checked}");
    std::fs::rename(installation.path("away"), installation.path("archive")).unwrap();
    wait_for("the recovery", || {
        let source = server.json("/api/v1/sources")["data"][0].clone();
        (source["state"] == "current" && source["error"].is_null()).then_some(())
    });
    assert!(server.stop().success());
}

#[test]
fn records_that_cannot_be_taken_are_shown_while_the_rest_is_served() {
    let (installation, _) = serving(14, "");
    let archive_dir = installation.path("archive");
    let server = Server::start(run(&installation));
    assert_eq!(server.json("/api/v1/rejected")["meta"]["total"], 0);
    archive::append(&archive_dir, &[Value::String("<script>no issue</script>".to_owned())]).unwrap();
    let rejected = wait_for("the rejected record", || {
        let rejected = server.json("/api/v1/rejected?original=true");
        (rejected["meta"]["total"] == 1).then(|| rejected["data"][0].clone())
    });
    assert!(rejected["input"].as_str().unwrap().starts_with("issues.ndjson:"), "{rejected}");
    assert!(rejected["original"].as_str().unwrap().contains("<script>no issue"), "{rejected}");
    let page = server.ask("/rejected", &[("accept", "text/html")]).body_mut().read_to_string().unwrap();
    assert!(page.contains("&lt;script&gt;no issue") && !page.contains("<script>no issue"), "{page}");
}

#[test]
fn a_token_is_asked_for_and_shown_nowhere() {
    let token = "correct-horse-battery-staple";
    let (installation, _) = serving(15, &format!("token = \"{token}\""));
    let mut command = run(&installation);
    command.env("RUST_LOG", "trace");
    let server = Server::start(command);
    let status = |headers: &[(&str, &str)]| server.ask("/api/v1/boards", headers).status().as_u16();
    assert_eq!(status(&[]), 401);
    assert_eq!(status(&[("authorization", "Bearer wrong-horse-battery-staple")]), 401);
    assert_eq!(status(&[("authorization", &format!("Bearer {token}"))]), 200);
    assert_eq!(server.ask("/", &[("accept", "text/html")]).status(), 303, "people are sent to sign in");
    assert_eq!(server.ask("/health", &[]).status(), 200);
    let shown = installation.ok(&["config"]);
    assert!(shown.contains("token") && !shown.contains(token), "{shown}");
    let said = server.said();
    assert!(said.len() > 100, "little is logged: {said}");
    assert!(!said.contains(token));
}

#[test]
fn without_a_token_it_serves_this_machine_alone() {
    let (installation, _) = serving(16, "");
    let server = Server::start(run(&installation));
    assert_eq!(server.ask("/api/v1/boards", &[("host", "tidemark.evil.example")]).status(), 421);
    drop(server);
    installation.configure("[api]\nlisten = \"0.0.0.0:0\"\n");
    installation.run(&["run"]).exits(2).names(&["api.listen", "api.token"]);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let installation = Installation::simulated(17);
    installation.configure(&format!("[api]\nlisten = \"{address}\"\n"));
    installation.run(&["run"]).exits(1).names(&[&address, "api.listen"]);
}

#[test]
fn the_demo_lives_and_leaves_nothing_behind() {
    let installation = Installation::empty();
    let temporary = installation.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let installation = installation.with("TMPDIR", &temporary);
    let server = Server::start(installation.command(&["demo", "--listen", "127.0.0.1:0"]));
    let boards = server.json("/api/v1/boards?per_page=100");
    let boards = boards["data"].as_array().unwrap().clone();
    assert_eq!(boards.len(), 6);
    assert!(boards.iter().all(|board| board["active_sprints"].as_array().unwrap().len() == 1), "{boards:?}");
    let mut events = server.events("/api/v1/events");
    assert!(events.any(|line| line.starts_with("data: ") && line.contains("acme/")), "nothing happens");
    assert!(files(&temporary) > 0);
    assert!(server.stop().success());
    assert_eq!(files(&temporary), 0, "the folder of the demo is still there");
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}
