//! An app's hourly quota: of the points of an hour no more than the share is spent, and a restart does not begin anew.

use tidemark_jira_simulator::{Flavour, Jira, Options};
use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};

use crate::support::{options, section_of_bearer};

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
