//! How many webhooks are taken in a second, how soon they are answered, whether one that was answered is ever lost, and how
//! soon it is in the report.
//!
//! Arguments: SECONDS RATE CHANGES. Run by `cargo bench -p tidemark-tests --bench hooks`, with the binary that `TIDEMARK_BIN`
//! names or `cargo build --release` made. In the middle the server is killed and started again.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says why")]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidemark_jira_simulator::{Flavour, Jira, Options, Rules, signature};
use tidemark_model::Timestamp;
use tidemark_tests::bench::{Durations, arguments};
use tidemark_tests::command::Installation;
use tidemark_tests::server::Server;

const SECRET: &str = "the secret of this benchmark";
/// Histories that are told are numbered from here on.
const FIRST: u64 = 10_000_000;
/// Connections that Jira keeps open.
const SENDERS: u64 = 16;
const ESTIMATE: &str = "customfield_10016";

fn main() {
    let [seconds, rate, changes] = arguments([60, 1000, 200]);
    let organisation = tidemark_simulation::Options { issues: 3000, boards: 8, ..Default::default() };
    let rules = Rules { index_lag_ms: 0, ..Rules::new(Flavour::Cloud).without_limits() };
    let jira = Jira::start(Options { organisation, rules, ..Options::new(Flavour::Cloud) });
    let installation = Installation::empty();
    let credentials = jira.credentials();
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    installation.configure(&format!(
        "[api]\nlisten = \"{listen}\"\n[sources.acme]\ntype = \"jira\"\nendpoint = {:?}\nemail = {:?}\ntoken = {:?}\n\
         poll_interval_secs = 86400\nwebhook_secrets = [\"{SECRET}\"]\n",
        jira.url(),
        credentials.email,
        credentials.api_token
    ));
    installation.ok(&["sync"]);
    let archive = installation.path("archive");
    jira.archive(&archive);
    let issues = issues(&archive);
    let server = Server::start(installation.command(&["run"]));
    let url = server.url("/hooks/acme");

    freshness(&server, &url, &issues, changes);
    load(&installation, server, &url, &issues, (seconds, rate));
}

fn issues(archive: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(archive.join("issues.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A webhook that an issue is estimated anew.
fn body(issue: &Value, number: u64) -> Vec<u8> {
    let mut issue = issue.clone();
    issue.as_object_mut().unwrap().remove("changelog");
    let last = Timestamp::parse(issue["fields"]["updated"].as_str().unwrap()).unwrap();
    let at = Timestamp(last.0 + i64::try_from(number - FIRST + 1).unwrap());
    let points = number % 13 + 1;
    issue["fields"]["updated"] = json!(at.to_string());
    issue["fields"][ESTIMATE] = json!(points);
    let item = json!({"field": "Story Points", "fieldtype": "custom", "fieldId": ESTIMATE,
        "from": null, "fromString": null, "to": null, "toString": points.to_string()});
    let told = json!({"timestamp": at.0, "webhookEvent": "jira:issue_updated", "issue": issue,
        "changelog": {"id": number.to_string(), "items": [item]}});
    serde_json::to_vec(&told).unwrap()
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(10))).build().into()
}

/// Whether it was taken.
fn send(agent: &ureq::Agent, url: &str, body: &[u8], number: u64) -> bool {
    let request = agent.post(url).header("X-Hub-Signature", signature(body, SECRET));
    let answer = request.header("X-Atlassian-Webhook-Identifier", number.to_string()).send(body);
    answer.is_ok_and(|mut answer| {
        let taken = answer.status() == 200;
        answer.body_mut().read_to_vec().is_ok() && taken
    })
}

fn freshness(server: &Server, url: &str, issues: &[Value], changes: u32) {
    let sprint =
        server.json("/api/v1/sprints?state=active")["data"][0]["sprint_id"].as_str().unwrap().to_owned();
    let items = server.json(&format!("/api/v1/sprints/{sprint}/items?outcome=not_completed&subtask=false"));
    let issue = issues.iter().find(|issue| issue["key"] == items["data"][0]["issue_key"]).unwrap();
    let path = format!("/api/v1/sprints/{sprint}/report");
    let scope = |report: Value| report["data"]["points"]["final_scope"].as_f64();
    let (mut durations, agent) = (Durations::default(), agent());
    for number in 0..u64::from(changes) {
        let before = scope(server.json(&path));
        let told = body(issue, FIRST + number);
        let sent = Instant::now();
        assert!(send(&agent, url, &told, FIRST + number));
        while scope(server.json(&path)) == before {
            assert!(sent.elapsed() < Duration::from_secs(10), "the change {number} is not shown");
        }
        durations.add(sent.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("{changes} webhooks, from before the request to the report that shows it: {durations}");
}

fn load(
    installation: &Installation,
    server: Server,
    url: &str,
    issues: &[Value],
    (seconds, rate): (u32, u32),
) {
    let all = u64::from(seconds) * u64::from(rate);
    let (next, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let durations = Mutex::new(Durations::default());
    let server = Arc::new(RwLock::new(Some(server)));
    let started = Instant::now();
    let first = FIRST + 1_000_000;
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let (agent, mut own) = (agent(), Durations::default());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= all {
                        break;
                    }
                    let due = started + Duration::from_secs_f64(number as f64 / f64::from(rate));
                    let told = body(&issues[number as usize % issues.len()], first + number);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let sent = Instant::now();
                    let mut tries = 0;
                    while !send(&agent, url, &told, first + number) {
                        tries += 1;
                        refused.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(200));
                    }
                    // What was sent while the server was killed says nothing about its answers.
                    if tries == 0 {
                        own.add(sent.elapsed());
                    }
                }
                durations.lock().unwrap().join(own);
            });
        }
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(u64::from(seconds) / 2));
            let mut held = server.write().unwrap();
            let mut killed = held.take().unwrap();
            killed.signal("KILL");
            killed.ended();
            *held = Some(Server::start(installation.command(&["run"])));
        });
    });
    let taken = started.elapsed().as_secs_f64();
    let durations = durations.into_inner().unwrap();
    println!("{all} webhooks in {taken:.1} s ({:.0} a second): {durations}", all as f64 / taken);
    println!("{} were sent again after the kill", refused.into_inner());
    let query = format!("SELECT count(*) AS n FROM v1_issue_changes WHERE history_id >= {first}");
    let settled = Instant::now();
    while installation.number(&query) != all as i64 {
        assert!(
            settled.elapsed() < Duration::from_secs(600),
            "{} of {all} are there",
            installation.number(&query)
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    println!("all {all} are in the lake {:.1} s later", settled.elapsed().as_secs_f64());
    let server = server.write().unwrap().take().unwrap();
    println!("server: {} MiB resident", server.memory_bytes() >> 20);
}
