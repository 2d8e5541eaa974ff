//! The end-to-end story on Kafka, ClickHouse and Postgres: every view and every report is, to the byte, what one machine
//! says that keeps everything in one folder.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tidemark_tests::archive;
use tidemark_tests::command::{Installation, assert_same};
use tidemark_tests::server::{Server, wait_for};
use tidemark_tests::stack::Stack;

/// How long a change may take to be seen everywhere: processes that come and go make the others wait for their tasks.
const PATIENCE: Duration = Duration::from_secs(120);

/// A small organisation whose issues are unpacked, so that lines can be appended, and what one machine says of it.
struct Story {
    reference: Installation,
    issues: Vec<Value>,
    step: u64,
}

impl Story {
    fn new(seed: u64) -> Self {
        let reference = Installation::simulated(seed);
        let issues = archive::unpack(&reference.path("archive")).unwrap();
        reference.ok(&["sync"]);
        Self { reference, issues, step: 0 }
    }

    /// What a configuration says to read the same archive.
    fn source(&self) -> String {
        let path = self.reference.path("archive").display().to_string();
        format!("[sources.acme]\ntype = \"jira-archive\"\npath = {path:?}\n")
    }

    /// Estimates some issues anew.
    fn go_on(&mut self) {
        let mut changed = Vec::new();
        for issue in self.issues.iter_mut().step_by(7) {
            self.step += 1;
            archive::estimate(issue, 1 + u32::try_from(self.step % 13).unwrap(), self.step).unwrap();
            changed.push(issue.clone());
        }
        archive::append(&self.reference.path("archive"), &changed).unwrap();
        self.reference.ok(&["sync"]);
    }

    #[track_caller]
    fn agrees(&self, other: &Installation, what: &str) {
        assert_same(&self.reference.exports(), &other.exports(), what);
        assert!(self.reference.reports() == other.reports(), "{what}: reports differ");
    }

    /// Waits until another installation says the same.
    #[track_caller]
    fn is_reached_by(&self, other: &Installation, what: &str) {
        let (exports, reports) = (self.reference.exports(), self.reference.reports());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if differing(&exports, other).is_none() && reports == other.reports() {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        self.agrees(other, what);
    }
}

/// The first view that differs.
fn differing(exports: &BTreeMap<&'static str, String>, other: &Installation) -> Option<&'static str> {
    let differs = |view: &str, expected: &String| other.ok(&["export", view, "--format", "csv"]) != *expected;
    exports.iter().find(|(view, expected)| differs(view, expected)).map(|(view, _)| *view)
}

#[test]
fn a_sync_on_servers_says_what_a_sync_on_one_machine_says() {
    let Some(stack) = Stack::new(3) else { return };
    let mut story = Story::new(31);
    let installation = stack.installation(&story.source());
    // Before anything is there, everything that is missing is named, with what helps.
    let said = installation.run(&["check"]).exits(1);
    for what in ["log at", "database", "warehouse"] {
        let problem = said.out.lines().find(|line| line.starts_with(&format!("problem  {what}")));
        assert!(problem.is_some_and(|line| line.contains("tidemark migrate")), "{what}: {said}");
    }
    let first = installation.ok(&["migrate"]);
    assert_eq!(installation.ok(&["migrate"]), first, "a second time changes nothing");
    installation.ok(&["check"]);
    installation.ok(&["sync"]);
    story.agrees(&installation, "after a sync");
    story.go_on();
    installation.ok(&["sync"]);
    story.agrees(&installation, "after changes");
    installation.ok(&["replay"]);
    story.agrees(&installation, "after a replay");
}

#[test]
fn instances_come_and_go_and_no_number_changes() {
    let Some(stack) = Stack::new(4) else { return };
    let mut story = Story::new(32);
    let asking = stack.installation(&story.source());
    asking.ok(&["migrate"]);
    let all = Server::start(asking.command(&["run"]));
    story.is_reached_by(&asking, "one instance");
    story.go_on();
    story.is_reached_by(&asking, "one instance, after changes");

    let others = ["processors", "processors,sinks", "ingest,processors"].map(|roles| {
        let installation = stack.installation(&story.source());
        let server = Server::start(installation.command(&["run", "--only", roles]));
        wait_for("a process that has reached the log", || {
            (server.ask("/ready", &[]).status() == 200).then_some(())
        });
        (installation, server)
    });
    story.go_on();
    story.is_reached_by(&asking, "four instances");
    assert!(all.stop().success(), "the first instance stops in peace");
    story.go_on();
    story.is_reached_by(&asking, "without the first instance");
    for (_, server) in others {
        assert!(server.stop().success());
    }
}

#[test]
fn a_change_is_told_by_a_process_that_only_serves() {
    let Some(stack) = Stack::new(2) else { return };
    let mut story = Story::new(33);
    let asking = stack.installation(&story.source());
    asking.ok(&["migrate"]);
    asking.ok(&["sync"]);
    let api = Server::start(asking.command(&["run", "--only", "api"]));
    let working = stack.installation(&story.source());
    let _working = Server::start(working.command(&["run", "--only", "ingest,processors,sinks"]));
    let mut events = api.events("/api/v1/events");
    assert_eq!(events.next().as_deref(), Some("event: ready"));
    story.go_on();
    let mut told = events.filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    // A change that no page shows is told as well: kept answers that depend on everything are made anew.
    told.find(|told| told["boards"].as_array().is_some_and(|boards| !boards.is_empty())).unwrap();
    story.is_reached_by(&asking, "a process that only serves");
    let sources = api.json("/api/v1/sources");
    assert_eq!(sources["data"][0]["state"], "current", "{sources}");
}

#[test]
fn an_installation_moves_to_servers_and_back() {
    let Some(stack) = Stack::new(3) else { return };
    let mut story = Story::new(34);
    let servers = stack.installation(&story.source());
    servers.ok(&["migrate"]);
    let (first, second) = (servers.path("first"), servers.path("second"));
    let [first, second] = [&first, &second].map(|path| path.display().to_string());
    story.reference.ok(&["backup", &first]);
    servers.ok(&["restore", &first]);
    story.agrees(&servers, "moved to servers");
    servers.run(&["restore", &first]).exits(2).names(&["holds records already"]);
    servers.ok(&["restore", &first, "--merge"]);
    story.agrees(&servers, "restored twice");

    // What went on there goes back.
    story.go_on();
    servers.ok(&["sync"]);
    servers.ok(&["backup", &second]);
    let back = Installation::of(&story.reference.path("archive"));
    back.ok(&["restore", &second]);
    story.agrees(&back, "moved back");
    back.ok(&["verify"]);

    // Another log beside the same databases: what they hold of the older one does not show.
    let other = stack.with_other_log().installation(&story.source());
    other.ok(&["migrate"]);
    other.ok(&["restore", &first]);
    other.ok(&["sync"]);
    story.agrees(&other, "on another log, beside the same databases");
}

/// Two sources in one process, and a backup while both are polled.
#[test]
fn a_backup_while_sources_are_polled_loses_nothing() {
    let Some(stack) = Stack::new(2) else { return };
    let mut story = Story::new(35);
    let quiet = Installation::simulated(36);
    let more = |story: &Story| {
        let path = quiet.path("archive").display().to_string();
        format!("{}[sources.zenith]\ntype = \"jira-archive\"\npath = {path:?}\n", story.source())
    };
    // One machine that reads both says what is expected.
    story.reference.configure(&more(&story));
    story.reference.ok(&["sync"]);
    let asking = stack.installation(&more(&story));
    asking.ok(&["migrate"]);
    let working = stack.installation(&more(&story));
    let server = Server::start(working.command(&["run"]));
    story.is_reached_by(&asking, "two sources");
    let folder = asking.path("backup").display().to_string();
    std::thread::scope(|scope| {
        let backup = scope.spawn(|| asking.ok(&["backup", &folder]));
        for _ in 0..3 {
            story.go_on();
        }
        backup.join().unwrap();
    });
    story.go_on();
    story.is_reached_by(&asking, "after the backup");
    assert!(server.stop().success());
    // What the backup does not hold is read from the source again.
    let other = stack.with_other_log().installation(&more(&story));
    other.ok(&["migrate"]);
    other.ok(&["restore", &folder]);
    other.ok(&["sync"]);
    story.agrees(&other, "restored from a backup that was made meanwhile");
}
