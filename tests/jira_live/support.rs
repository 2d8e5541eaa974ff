//! Installations that read a simulated Jira, and the archive of the same organisation.

use std::path::Path;

use tidemark_jira_simulator::{Flavour, Jira, Options, Rules};
use tidemark_tests::command::{Installation, assert_same};

/// A Jira with an organisation of this seed. Its index does not lag: what the archive holds can be found.
pub(crate) fn jira(flavour: Flavour, seed: u64) -> Jira {
    let organisation = tidemark_simulation::Options { seed, ..tidemark_simulation::Options::default() };
    let rules = Rules { index_lag_ms: 0, ..Rules::new(flavour) };
    Jira::start(Options { organisation, rules, ..Options::new(flavour) })
}

/// The section of a source that reads it.
pub(crate) fn section(jira: &Jira, flavour: Flavour) -> String {
    let credentials = jira.credentials();
    let as_whom = match flavour {
        Flavour::Cloud => format!("email = {:?}\ntoken = {:?}\n", credentials.email, credentials.api_token),
        Flavour::DataCenter => format!("token = {:?}\n", credentials.bearer),
    };
    format!("[sources.acme]\ntype = \"jira\"\nendpoint = {:?}\n{as_whom}", jira.url())
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

/// Compares every view and every report.
#[track_caller]
pub(crate) fn agree(archived: &Installation, live: &Installation, what: &str) {
    assert_same(&archived.exports(), &live.exports(), what);
    assert!(archived.reports() == live.reports(), "{what}: reports differ");
}
