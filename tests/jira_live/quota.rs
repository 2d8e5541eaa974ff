//! An app's hourly quota: of the points of an hour no more than the share is spent, and a restart does not begin anew.

use serde_json::Value;
use tidemark_jira_simulator::{Flavour, Jira, Options};
use tidemark_stream::Store as _;
use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};

use crate::support::{jira, options, section_of_bearer};

/// Of the 65,000 points of an hour: less than the first load needs.
const SHARE: f64 = 0.2;
const POINTS: u64 = 13_000;

#[test]
fn the_share_of_an_hour_is_spent_once_however_often_the_program_is_killed() {
    let options = options(Flavour::Cloud, 95);
    let organisation = tidemark_simulation::Options { issues: 2500, boards: 6, ..options.organisation };
    let jira = Jira::start(Options { organisation, ..options });
    let live = Installation::empty();
    live.configure(&format!(
        "{}quota_share = {SHARE}\n[api]\nlisten = \"127.0.0.1:0\"\n",
        section_of_bearer(&jira)
    ));
    for start in 1..=3 {
        let mut server = Server::start(live.command(&["run"]));
        let source = wait_for("an end of the budget", || {
            let source = server.json("/api/v1/sources")["data"][0].clone();
            (source["state"] == "failing").then_some(source)
        });
        let error = source["error"].as_str().unwrap();
        assert!(error.contains("its budget of calls is used up"), "{error}");
        assert!(source["succeeded_at"].is_null(), "{source}");
        let spent = jira.points();
        println!("start {start}: {spent} points");
        assert!((POINTS / 2..=POINTS).contains(&spent), "start {start}: {spent} points, {POINTS} at most");
        server.signal("KILL");
        server.ended();
    }
    assert!(jira.calls().iter().all(|call| call.status != 429));
}

#[test]
fn a_restart_in_peace_counts_nothing_twice() {
    let jira = jira(Flavour::Cloud, 120);
    let live = Installation::empty();
    live.configure(&section_of_bearer(&jira));
    for start in 1..=5 {
        live.ok(&["sync"]);
        let cursor = live.store().snapshot().meta("cursor/acme").unwrap().unwrap();
        let cursor: Value = serde_json::from_slice(&cursor).unwrap();
        let (counted, spent) = (cursor["drawn"]["points"].as_u64().unwrap(), jira.points());
        println!("start {start}: {counted} points are counted, {spent} spent");
        // What is asked before it is known that there is a quota is not counted.
        assert!(counted <= spent && counted * 10 >= spent * 9, "start {start}: {counted} of {spent} points");
    }
}
