//! How many webhooks are taken in a second, how soon they are answered, whether one that was answered is ever lost, and how
//! soon it is in the report.
//!
//! Arguments: SECONDS RATE CHANGES ISSUES. Run by `cargo bench -p tidemark-tests --bench hooks`, with the binary that `TIDEMARK_BIN`
//! names or `cargo build --release` made. In the middle the server is killed and started again.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says why")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidemark_jira_simulator::{Flavour, Jira, Options, Rules, signature};
use tidemark_model::Timestamp;
use tidemark_tests::bench::{Durations, Processors, arguments};
use tidemark_tests::command::Installation;
use tidemark_tests::server::Server;

const SECRET: &str = "the secret of this benchmark";
/// Histories that are told are numbered from here on.
const FIRST: u64 = 10_000_000;
/// Connections that Jira keeps open.
const SENDERS: u64 = 16;
/// One that is sent so much later than it was due had queued up.
const QUEUED: Duration = Duration::from_millis(250);
const ESTIMATE: &str = "customfield_10016";

fn main() {
    let [seconds, rate, changes, size] = arguments([60, 1000, 200, 3000]);
    let organisation = tidemark_simulation::Options { issues: size, boards: 8, ..Default::default() };
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
    let first = FIRST + 1_000_000;
    // What Jira does to make them is none of our time.
    let address = url.trim_start_matches("http://").split('/').next().unwrap();
    let requests: Vec<Vec<u8>> = (0..all)
        .map(|number| {
            request(address, &body(&issues[number as usize % issues.len()], first + number), first + number)
        })
        .collect();
    let (next, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let counted = Mutex::new(Counted::default());
    let server = Arc::new(RwLock::new(Some(server)));
    let (started, processors) = (Instant::now(), Processors::now());
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let (mut line, mut own) = (Line::to(address), Counted::default());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(request) = requests.get(number as usize) else { break };
                    let due = started + Duration::from_secs_f64(number as f64 / f64::from(rate));
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let sent = Instant::now();
                    let mut tries = 0;
                    while !line.exchange(request) {
                        tries += 1;
                        refused.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(200));
                    }
                    // What was sent while the server was killed says nothing about its answers.
                    if tries == 0 {
                        own.add(sent.saturating_duration_since(due), sent.elapsed(), due.elapsed());
                    }
                }
                counted.lock().unwrap().join(own);
            });
        }
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(u64::from(seconds) / 2));
            let mut held = server.write().unwrap();
            let mut killed = held.take().unwrap();
            println!("until the kill, by the server's own clock: {}", own_clock(&killed));
            killed.signal("KILL");
            killed.ended();
            *held = Some(Server::start(installation.command(&["run"])));
        });
    });
    let taken = started.elapsed().as_secs_f64();
    let counted = counted.into_inner().unwrap();
    println!(
        "{all} webhooks in {taken:.1} s ({:.0} a second; processors {}), from the request to the answer:",
        all as f64 / taken,
        Processors::now().since(&processors)
    );
    println!("  all of them: {}", counted.all);
    println!("  those that were sent when they were due, since then: {}", counted.on_time);
    println!("  those that had queued up while the server was away: {}", counted.queued);
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
    println!("after it, by the server's own clock: {}", own_clock(&server));
    println!("server: {} MiB resident", server.memory_bytes() >> 20);
}

/// How long webhooks took, by whether they could be sent when they were due.
#[derive(Default)]
struct Counted {
    all: Durations,
    /// From the instant that they were due: a sender that waits for an answer holds the next one up.
    on_time: Durations,
    queued: Durations,
}

impl Counted {
    fn add(&mut self, late: Duration, took: Duration, since_due: Duration) {
        self.all.add(took);
        if late < QUEUED { self.on_time.add(since_due) } else { self.queued.add(took) }
    }

    fn join(&mut self, other: Self) {
        self.all.join(other.all);
        self.on_time.join(other.on_time);
        self.queued.join(other.queued);
    }
}

/// A connection that is kept open, for bytes that are ready: the senders are to take little of what the server could use.
struct Line<'a> {
    address: &'a str,
    stream: Option<BufReader<TcpStream>>,
}

impl<'a> Line<'a> {
    fn to(address: &'a str) -> Self {
        Self { address, stream: None }
    }

    /// Whether a webhook was taken.
    fn exchange(&mut self, request: &[u8]) -> bool {
        let stream = match self.stream.take() {
            Some(stream) => Ok(stream),
            None => TcpStream::connect(self.address).map(BufReader::new),
        };
        let answered = stream.and_then(|mut stream| {
            stream.get_ref().set_nodelay(true)?;
            stream.get_ref().set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.get_mut().write_all(request)?;
            let status = answer(&mut stream)?;
            Ok((stream, status))
        });
        let Ok((stream, status)) = answered else { return false };
        self.stream = Some(stream);
        status == "200"
    }
}

/// The status of an answer, whose body is read.
fn answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let (mut status, mut length, mut line) = (String::new(), 0, String::new());
    while stream.read_line(&mut line)? > 2 {
        if status.is_empty() {
            line.split(' ').nth(1).unwrap_or_default().clone_into(&mut status);
        }
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        line.clear();
    }
    if status.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    stream.read_exact(&mut vec![0; length])?;
    Ok(status)
}

fn request(address: &str, body: &[u8], number: u64) -> Vec<u8> {
    let head = format!(
        "POST /hooks/acme HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nX-Hub-Signature: {}\r\n\
         X-Atlassian-Webhook-Identifier: {number}\r\nContent-Length: {}\r\n\r\n",
        signature(body, SECRET),
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The share of webhooks that a server has answered within some times, from their heads to their answers: without what the
/// senders and the network take.
fn own_clock(server: &Server) -> String {
    let text = server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        line.unwrap_or_default()
    };
    let all = value("tidemark_hook_duration_seconds_count");
    let within = |bound: &str| {
        let count = value(&format!("tidemark_hook_duration_seconds_bucket{{le=\"{bound}\"}}"));
        format!("{:.2} % within {} ms", 100.0 * count / all.max(1.0), bound.parse::<f64>().unwrap() * 1000.0)
    };
    format!("{}, of {all}", ["0.005", "0.01", "0.025", "0.05"].map(within).join(", "))
}
