//! How long a change that is appended to a source takes until the report over HTTP shows it.
//!
//! Arguments: BOARDS ISSUES CHANGES. Run by `cargo bench -p tidemark-tests --bench freshness`, with the binary that
//! `TIDEMARK_BIN` names or `cargo build --release` made.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says why")]

use std::time::{Duration, Instant};

use serde_json::Value;
use tidemark_simulation::Options;
use tidemark_tests::archive;
use tidemark_tests::bench::{Durations, arguments};
use tidemark_tests::command::Installation;
use tidemark_tests::server::Server;

/// Between two changes: enough for the server to come to rest.
const PAUSE: Duration = Duration::from_millis(120);

fn main() {
    let [boards, issues, changes] = arguments([6, 720, 200]);
    let installation = Installation::empty();
    installation.configure(
        "[api]\nlisten = \"127.0.0.1:0\"\n[sources.acme]\ntype = \"jira-archive\"\npath = \"archive\"\n",
    );
    let folder = installation.path("archive");
    let options = Options { boards, issues, sprints: 8, ..Options::default() };
    tidemark_simulation::generate(&options, &folder, &mut |_, _| {}).unwrap();
    let all = archive::unpack(&folder).unwrap();
    let server = Server::start(installation.command(&["run"]));
    println!("{boards} boards, {issues} issues: numbers are there after {:.1} s", server.took.as_secs_f64());

    let sprint =
        server.json("/api/v1/sprints?state=active")["data"][0]["sprint_id"].as_str().unwrap().to_owned();
    let items = server.json(&format!("/api/v1/sprints/{sprint}/items?outcome=not_completed&subtask=false"));
    let key = items["data"][0]["issue_key"].clone();
    let mut issue = all.into_iter().find(|issue| issue["key"] == key).unwrap();
    let path = format!("/api/v1/sprints/{sprint}/report");
    let scope = |report: Value| report["data"]["points"]["final_scope"].as_f64();
    let mut durations = Durations::default();
    for change in 0..changes {
        let before = scope(server.json(&path));
        archive::estimate(&mut issue, 1000 + change, u64::from(change)).unwrap();
        let appended = Instant::now();
        archive::append(&folder, std::slice::from_ref(&issue)).unwrap();
        while scope(server.json(&path)) == before {
            assert!(appended.elapsed() < Duration::from_secs(10), "the change {change} is not shown");
        }
        durations.add(appended.elapsed());
        std::thread::sleep(PAUSE);
    }
    println!("{changes} changes, from before the append to the answer that shows it: {durations}");
    println!("server: {} MiB resident", server.memory_bytes() >> 20);
}
