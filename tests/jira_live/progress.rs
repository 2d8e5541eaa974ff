//! What is said of a first load while it goes on: how much of it is there, what it has cost, and how long it still takes.

use std::time::Duration;

use tidemark_jira_simulator::{Flavour, Jira, Options};
use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};
use tidemark_tests::stack::Stack;

use crate::support::{options, section};

const CHANGELOGS: &str = "/rest/api/3/changelog/bulkfetch";

/// A first load that stands still in its midst, by a program whose configuration begins so.
fn is_told(storage: &str) {
    let options = options(Flavour::Cloud, 96);
    let organisation = tidemark_simulation::Options { issues: 2500, boards: 6, ..options.organisation };
    let jira = Jira::start(Options { organisation, ..options });
    let live = Installation::empty();
    live.configure(&format!("{storage}{}[api]\nlisten = \"127.0.0.1:0\"\n", section(&jira, Flavour::Cloud)));
    if !storage.is_empty() {
        live.ok(&["migrate"]);
    }
    let held = jira.hold(CHANGELOGS, 2);
    // It says where it is before all is read.
    let server = Server::start(live.command(&["run"]));
    assert!(held.came_within(Duration::from_secs(60)), "the third page of the first load");
    let source = || server.json("/api/v1/sources")["data"][0].clone();
    // Of the two pages before it the second may still be on its way into the log.
    let said = wait_for("what is said of two pages of the first load", || {
        let said = source();
        let two_pages = said["issues_read"].as_u64() > Some(500);
        (said["state"] == "reading" && said["time_left_s"].is_u64() && two_pages).then_some(said)
    });
    let number = |name: &str| said[name].as_u64().unwrap_or_else(|| panic!("{name}: {said}"));
    assert!((1..1000).contains(&number("read_per_mille")), "{said}");
    assert!(number("backlog") > 500 && number("calls") > 10, "{said}");
    let checked = live.run(&["check"]).out;
    assert!(checked.contains("of the first load is read") && checked.contains("min left"), "{checked}");
    drop(held);
    let said =
        wait_for("the end of the first load", || Some(source()).filter(|said| said["state"] == "current"));
    assert!(said["read_per_mille"].is_null() && said["time_left_s"].is_null(), "{said}");
    assert_eq!(said["backlog"], 0);
    server.stop();
}

#[test]
fn a_first_load_is_told_of_while_it_goes_on() {
    is_told("");
}

#[test]
fn a_first_load_into_a_log_that_processes_share_is_told_of_while_it_goes_on() {
    let Some(stack) = Stack::new(2) else { return };
    is_told(&stack.storage());
}
