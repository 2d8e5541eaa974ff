//! Boards that are configured anew: everything that was read is counted by it, and no issue is asked for again.

use std::collections::BTreeMap;

use tidemark_jira_simulator::{Delivery, Flavour, Jira};
use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};

use crate::support::{SECRET, archived, jira, live, section};

const FIELDS: [&str; 2] = ["customfield_10016", "customfield_10028"];

/// What an archive of this Jira leads to, as it is configured now.
fn expected(jira: &Jira) -> BTreeMap<String, String> {
    archived(jira).reports()
}

#[test]
fn a_field_that_no_board_says_is_asked_for_and_its_change_asks_nobody() {
    let jira = jira(Flavour::Cloud, 85);
    let reports = FIELDS.map(|field| {
        jira.set_estimation(1, field);
        expected(&jira)
    });
    assert!(reports[0] != reports[1], "the board's points depend on its field");
    jira.forget_estimation(1);
    let live = live(&jira, Flavour::Cloud);
    let refused = live.run(&["sync"]).exits(1);
    drop(refused.names(&["board acme/1", FIELDS[0], FIELDS[1], "set `estimation_field` of [sources.acme]"]));

    let choose = |field: &str| {
        live.configure(&format!("{}estimation_field = {field:?}\n", section(&jira, Flavour::Cloud)));
    };
    choose(FIELDS[0]);
    live.ok(&["sync"]);
    assert!(live.reports() == reports[0], "by the field that was chosen");
    jira.forget_calls();
    choose(FIELDS[1]);
    live.ok(&["replay"]);
    assert!(live.reports() == reports[1], "by the other field");
    assert_eq!(jira.calls().len(), 0, "nobody was asked");
}

/// A server that polls every second, once it has done so.
fn polling(live: &Installation, jira: &Jira) -> Server {
    live.configure(&format!(
        "{}poll_interval_secs = 1\nwebhook_secrets = [\"{SECRET}\"]\n[api]\nlisten = \"127.0.0.1:0\"\n",
        section(jira, Flavour::Cloud)
    ));
    let server = Server::start(live.command(&["run"]));
    wait_for("the first poll", || {
        let source = server.json("/api/v1/sources")["data"][0].clone();
        (source["state"] == "current").then_some(())
    });
    server
}

#[test]
fn another_field_and_other_columns_are_a_recomputation() {
    let jira = jira(Flavour::Cloud, 86);
    let live = live(&jira, Flavour::Cloud);
    live.ok(&["sync"]);
    let before = expected(&jira);
    let server = polling(&live, &jira);
    let checked = live.ok(&["check"]);
    for word in ["state    source acme: current; ", "read until 20", "next poll 20", " calls"] {
        assert!(checked.contains(word), "`{word}` is missing: {checked}");
    }
    let metrics = server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
    for name in [
        "current",
        "last_success_timestamp_seconds",
        "next_poll_timestamp_seconds",
        "read_until_timestamp_seconds",
    ] {
        let line = format!("tidemark_source_{name}{{source=\"acme\"}} 1");
        assert!(metrics.contains(&line), "`{line}…` is missing: {metrics}");
    }
    jira.forget_calls();
    let all = |told: Vec<Delivery>| {
        for delivery in told {
            assert_eq!(jira.deliver(&delivery, &server.url("/hooks/acme"), SECRET), 200);
        }
    };
    let reached = |what: &str| {
        let reports = expected(&jira);
        assert!(reports != before, "{what} changes the numbers");
        wait_for(what, || (live.reports() == reports).then_some(()));
    };
    let board: u32 = 1;
    let field = live.query("SELECT estimation_field_id FROM v1_boards WHERE board_id = 'acme/1'");
    let other = FIELDS.into_iter().find(|other| field[0]["estimation_field_id"] != *other).unwrap();
    all(jira.set_estimation(board, other));
    reached("another estimation field");
    // Only what is in progress is done now.
    all(jira.set_columns(board, &[("To do", &["10000"]), ("Done", &["3"])]));
    reached("other columns");
    server.stop();
    let calls = jira.calls();
    assert!(calls.iter().any(|call| call.path.ends_with("/configuration")), "boards were asked");
    let of_issues = |path: &str| path.contains("/changelog") || path.starts_with("/rest/api/3/issue/");
    assert_eq!(calls.iter().filter(|call| of_issues(&call.path)).count(), 0, "no issue was read again");
}
