//! What the first load of a live Jira costs: calls per 1,000 issues, calls that were refused for lack of patience, seconds.
//!
//! Arguments: ISSUES BOARDS. Run by `cargo bench -p tidemark-tests --bench load`, with the binary that `TIDEMARK_BIN` names or
//! `cargo build --release` made. The simulated Jira keeps to the vendor's limits; it fails where more than 60 calls per 1,000
//! issues are made, or one is refused.

use std::time::Instant;

use tidemark_jira_simulator::{Flavour, Jira, Options, Rules};
use tidemark_tests::bench::arguments;
use tidemark_tests::command::Installation;

const MOST_PER_1000: usize = 60;

fn main() {
    let [issues, boards] = arguments([20_000, 20]);
    let organisation = tidemark_simulation::Options { issues, boards, ..Default::default() };
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let rules = Rules { index_lag_ms: 0, ..Rules::new(flavour) };
        let jira =
            Jira::start(Options { organisation: organisation.clone(), rules, ..Options::new(flavour) });
        let credentials = jira.credentials();
        let as_whom = match flavour {
            Flavour::Cloud => format!("email = {:?}\ntoken = {:?}", credentials.email, credentials.api_token),
            Flavour::DataCenter => format!("token = {:?}", credentials.bearer),
        };
        let installation = Installation::empty();
        installation
            .configure(&format!("[sources.acme]\ntype = \"jira\"\nendpoint = {:?}\n{as_whom}\n", jira.url()));
        let begun = Instant::now();
        print!("{}", installation.ok(&["sync"]));
        let seconds = begun.elapsed().as_secs_f64();
        let (calls, read) = (jira.calls(), jira.issues().len());
        let refused = calls.iter().filter(|call| call.status == 429).count();
        let per_1000 = calls.len() * 1000 / read.max(1);
        println!(
            "{flavour:?}: {read} issues, {} calls, {per_1000} per 1,000 issues, {refused} refused, {seconds:.0} s",
            calls.len()
        );
        assert_eq!(refused, 0, "calls were refused for lack of patience");
        assert!(
            flavour != Flavour::Cloud || per_1000 <= MOST_PER_1000,
            "more than {MOST_PER_1000} calls per 1,000 issues"
        );
    }
}
