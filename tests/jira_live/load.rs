//! The first load, and what comes after it.

use tidemark_jira_simulator::Flavour;
use tidemark_tests::command::Installation;

use crate::support::{agree, archived, jira, live};

#[test]
fn it_is_set_up_by_one_command() {
    let jira = jira(Flavour::Cloud, 70);
    let credentials = jira.credentials();
    let installation = Installation::empty().with("JIRA_TOKEN", credentials.api_token.clone());
    let url = jira.url();
    let said = installation.ok(&[
        "init",
        "--name",
        "acme",
        "--endpoint",
        &url,
        "--email",
        &credentials.email,
        "--token-variable",
        "JIRA_TOKEN",
    ]);
    assert!(said.contains("source acme: Jira Cloud, asked as") && said.contains("4 boards"), "{said}");
    let written = std::fs::read_to_string(installation.path("tidemark.toml")).unwrap();
    assert!(written.contains("${JIRA_TOKEN}") && !written.contains(&credentials.api_token), "{written}");
    installation.ok(&["sync"]);
    assert!(installation.number("SELECT count(*) AS n FROM v1_issues") > 200);
}

#[test]
fn a_load_says_what_the_archive_says() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = jira(flavour, 71);
        let live = live(&jira, flavour);
        let said = live.ok(&["sync"]);
        println!("{said}");
        agree(&archived(&jira), &live, &format!("{flavour:?}"));
        let again = live.ok(&["sync"]);
        assert!(again.contains(" 0 new or changed"), "{again}");
    }
}
