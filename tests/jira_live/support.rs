//! Installations that read a simulated Jira, and the archive of the same organisation.

use std::path::Path;

use serde_json::{Value, json};
use tidemark_jira_simulator::{Delivery, Flavour, Jira, Options, Rules};
use tidemark_simulation::Pace;
use tidemark_tests::command::{Installation, assert_same};

/// What webhooks are signed with.
pub(crate) const SECRET: &str = "the secret of these tests";

const SECTION: &str = "[sources.acme]\ntype = \"jira\"\n";

/// What a Jira with an organisation of this seed is like. Its index does not lag: what the archive holds can be found.
pub(crate) fn options(flavour: Flavour, seed: u64) -> Options {
    let organisation = tidemark_simulation::Options { seed, ..tidemark_simulation::Options::default() };
    let rules = Rules { index_lag_ms: 0, ..Rules::new(flavour) };
    // Something happens every quarter of an hour, and what its plans hold besides.
    let pace = Pace { step_ms: 900_000 };
    Options { organisation, pace, rules, ..Options::new(flavour) }
}

pub(crate) fn jira(flavour: Flavour, seed: u64) -> Jira {
    Jira::start(options(flavour, seed))
}

/// The section of a source that reads it: with an account's token on Cloud, a personal access token on Data Center.
pub(crate) fn section(jira: &Jira, flavour: Flavour) -> String {
    let credentials = jira.credentials();
    match flavour {
        Flavour::Cloud => {
            let (email, token) = (credentials.email, credentials.api_token);
            format!("{SECTION}endpoint = {:?}\nemail = {email:?}\ntoken = {token:?}\n", jira.url())
        }
        Flavour::DataCenter => section_of_bearer(jira),
    }
}

/// The section of a source that reads it with a bearer token: on Cloud that of an app.
pub(crate) fn section_of_bearer(jira: &Jira) -> String {
    format!("{SECTION}endpoint = {:?}\ntoken = {:?}\n", jira.url(), jira.credentials().bearer)
}

/// An installation that reads a live Jira.
pub(crate) fn live(jira: &Jira, flavour: Flavour) -> Installation {
    let installation = Installation::empty();
    installation.configure(&section(jira, flavour));
    installation
}

/// An installation that has read the archive of the same organisation, as it is now.
pub(crate) fn archived(jira: &Jira) -> Installation {
    let installation = Installation::of(Path::new("archive"));
    jira.archive(&installation.path("archive"));
    installation.ok(&["sync"]);
    installation
}

/// Brings an archive up to what is now: what has been deleted is among its observations, as somebody who was told saw it.
pub(crate) fn go_on(archived: &Installation, jira: &Jira, told: &[Delivery]) {
    jira.archive(&archived.path("archive"));
    let seen = told.iter().filter_map(|delivery| {
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        let at = body["timestamp"].as_i64().unwrap();
        match delivery.webhook_event.as_str() {
            "jira:issue_deleted" => {
                Some(json!({"at": at, "kind": "issue_deleted", "payload": body["issue"]}).to_string())
            }
            "sprint_deleted" => {
                let mut sprint = body["sprint"].clone();
                sprint["state"] = json!("deleted");
                // Later than it was last seen, which was by this machine's clock.
                let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
                Some(
                    json!({"at": i64::try_from(now).unwrap(), "kind": "sprint", "payload": sprint})
                        .to_string(),
                )
            }
            _ => None,
        }
    });
    let lines: Vec<String> = seen.collect();
    std::fs::write(archived.path("archive/observations.ndjson"), lines.join("\n")).unwrap();
    archived.ok(&["sync"]);
}

/// Compares every view and every report.
#[track_caller]
pub(crate) fn agree(archived: &Installation, live: &Installation, what: &str) {
    assert_same(&archived.exports(), &live.exports(), what);
    assert!(archived.reports() == live.reports(), "{what}: reports differ");
}
