//! A search that learns of changes late: what one sync can't find yet, a later one finds.

use serde_json::Value;
use tidemark_jira_simulator::{Delivery, Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;
use tidemark_simulation::Pace;
use tidemark_tests::command::Installation;

use crate::support::{agree, archived, live, options};

/// How late the search learns of a change.
const LAG_MS: i64 = 110_000;
/// The time between two syncs. The one after a change comes too early, and the next one begins in a minute after the change:
/// only who looks back finds it.
const EVERY_MS: i64 = 75_000;
const SYNCS: usize = 8;

/// How many of the changes that were told have not been read.
fn unread(live: &Installation, told: &[Delivery]) -> usize {
    let rows = live.query("SELECT issue_id, updated_at FROM v1_issues");
    let instant = |value: &Value| Timestamp::parse(value.as_str().unwrap()).unwrap();
    let read = |id: &Value| {
        let id = format!("acme/{}", id.as_str().unwrap());
        let row = rows.as_array().unwrap().iter().find(|row| row["issue_id"] == *id);
        row.map(|row| instant(&row["updated_at"]))
    };
    let bodies = told.iter().map(|delivery| serde_json::from_slice::<Value>(&delivery.body).unwrap());
    let issues = bodies.filter_map(|body| body.get("issue").cloned());
    issues.filter(|issue| read(&issue["id"]) < Some(instant(&issue["fields"]["updated"]))).count()
}

#[test]
fn what_the_search_learns_of_late_is_found_by_a_later_sync() {
    let options = options(Flavour::Cloud, 107);
    let rules = Rules { index_lag_ms: LAG_MS, ..options.rules };
    let jira = Jira::start(Options { rules, pace: Pace { step_ms: 3000 }, ..options });
    let live = live(&jira, Flavour::Cloud);
    // Also the first load meets a search that is behind.
    for sync in 0..SYNCS {
        let told = jira.advance(Timestamp(jira.now().0 + EVERY_MS));
        assert!(!told.iter().any(|delivery| delivery.webhook_event.ends_with("deleted")));
        live.ok(&["sync"]);
        assert!(unread(&live, &told) > 0, "sync {sync} comes too early for what has just changed");
    }
    jira.settle();
    live.ok(&["sync"]);
    agree(&archived(&jira), &live, "a search that lags");
}
