//! How long answers take while many read at once: boards, a report, burndown and velocity, over 200 boards and a sprint
//! of ten thousand issues; at rest, and while issues change.
//!
//! Arguments: READERS SECONDS. Run by `cargo bench -p tidemark-tests --bench serving`, with the binary that
//! `TIDEMARK_BIN` names or `cargo build --release` made. Readers share the machine with the server.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says why")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidemark_simulation::Options;
use tidemark_tests::archive;
use tidemark_tests::bench::{Durations, arguments, cpu_seconds};
use tidemark_tests::command::Installation;
use tidemark_tests::server::Server;

const BOARDS: u32 = 200;
const LARGE: u32 = 10_000;
/// Between two changes, while issues change.
const EVERY: Duration = Duration::from_millis(250);

fn main() {
    let [readers, seconds, _] = arguments([200, 10, 0]);
    let installation = Installation::empty();
    installation.configure(
        "[api]\nlisten = \"127.0.0.1:0\"\n[sources.acme]\ntype = \"jira-archive\"\npath = \"archive\"\n",
    );
    let folder = installation.path("archive");
    let options = Options { boards: BOARDS, issues: 24_000, sprints: 8, ..Options::default() };
    tidemark_simulation::generate(&options, &folder, &mut |_, _| {}).unwrap();
    let large = enlarge(&folder);
    let server = Server::start(installation.command(&["run"]));
    println!("{BOARDS} boards, numbers are there after {:.1} s", server.took.as_secs_f64());

    let id = large["fields"]["customfield_10020"].as_array().unwrap().last().unwrap()["id"].clone();
    let (board, sprint) = ("acme/1", format!("acme/{id}"));
    let items = server.json(&format!("/api/v1/sprints/{sprint}/items?per_page=1"));
    println!("the large sprint has {} issues", items["meta"]["total"]);
    let questions = [
        ("boards", "/api/v1/boards".to_owned()),
        ("report", format!("/api/v1/sprints/{sprint}/report")),
        ("burndown", format!("/api/v1/sprints/{sprint}/burndown")),
        ("velocity", format!("/api/v1/boards/{board}/velocity")),
        ("sprint page", format!("/sprints/{sprint}")),
    ];
    for changing in [false, true] {
        measure(&server, &questions, readers, Duration::from_secs(seconds.into()), || {
            changing.then(|| (folder.as_path(), large.clone()))
        });
    }
    println!("server: {} MiB resident", server.memory_bytes() >> 20);
}

/// Puts ten thousand copies of an issue of the first board's active sprint into the archive, unpacked; returns one.
fn enlarge(folder: &Path) -> Value {
    let issues = archive::unpack(folder).unwrap();
    let is_active = |issue: &&Value| {
        let sprints = issue["fields"]["customfield_10020"].as_array();
        let newest = sprints.and_then(|sprints| sprints.last());
        newest.is_some_and(|sprint| sprint["state"] == "active" && sprint["boardId"] == 1)
            && issue["fields"]["issuetype"]["subtask"] == json!(false)
            && issue["changelog"]["histories"].as_array().is_some_and(|histories| histories.len() > 3)
    };
    let model = issues.iter().find(is_active).unwrap();
    let copies: Vec<Value> = (0..LARGE)
        .map(|number| {
            let mut copy = model.clone();
            copy["id"] = (9_000_000 + number).to_string().into();
            copy["key"] = format!("LARGE-{number}").into();
            for history in copy["changelog"]["histories"].as_array_mut().unwrap() {
                let id: u64 = history["id"].as_str().unwrap().parse().unwrap();
                history["id"] = (id + u64::from(number + 1) * 10_000_000).to_string().into();
            }
            copy
        })
        .collect();
    archive::append(folder, &copies).unwrap();
    copies.into_iter().next().unwrap()
}

/// Lets many read for a while, each one question after the other, and says how long answers took.
fn measure<'a>(
    server: &Server,
    questions: &[(&'static str, String)],
    readers: u32,
    time: Duration,
    changing: impl FnOnce() -> Option<(&'a Path, Value)>,
) {
    let changing = changing();
    println!("\n{readers} readers, {}:", if changing.is_some() { "while issues change" } else { "at rest" });
    let found: Mutex<BTreeMap<&str, Durations>> = Mutex::default();
    let done = AtomicBool::new(false);
    let (started, cpu) = (Instant::now(), cpu_seconds(server.pid()));
    std::thread::scope(|scope| {
        for reader in 0..readers as usize {
            let (found, done) = (&found, &done);
            scope.spawn(move || {
                let mut own: BTreeMap<&str, Durations> = BTreeMap::new();
                let mut turn = reader;
                while !done.load(Ordering::Relaxed) {
                    let (name, path) = &questions[turn % questions.len()];
                    turn += 1;
                    let asked = Instant::now();
                    let mut answer = server.ask(path, &[("accept-encoding", "gzip")]);
                    let bytes = answer.body_mut().read_to_vec().unwrap();
                    own.entry(name).or_default().add(asked.elapsed());
                    assert!(answer.status() == 200 && !bytes.is_empty(), "{path}: {}", answer.status());
                }
                let mut found = found.lock().unwrap();
                own.into_iter().for_each(|(name, durations)| found.entry(name).or_default().join(durations));
            });
        }
        if let Some((folder, mut issue)) = changing {
            for change in 0.. {
                if started.elapsed() >= time {
                    break;
                }
                archive::estimate(&mut issue, 5 + change % 8, u64::from(change)).unwrap();
                archive::append(folder, std::slice::from_ref(&issue)).unwrap();
                std::thread::sleep(EVERY);
            }
        } else {
            std::thread::sleep(time);
        }
        done.store(true, Ordering::Relaxed);
    });
    let elapsed = started.elapsed().as_secs_f64();
    let found = found.into_inner().unwrap();
    let answers: usize = found.values().map(Durations::len).sum();
    for (name, durations) in &found {
        println!("  {name:<12} {durations}");
    }
    let cpu = cpu_seconds(server.pid()) - cpu;
    println!(
        "  {:.0} answers a second; the server used {:.0} % of one core",
        answers as f64 / elapsed,
        cpu / elapsed * 100.0
    );
}
