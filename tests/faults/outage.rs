//! A broker that is away while there is nothing to do: every role says so, and goes on by itself.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tidemark_tests::command::Installation;
use tidemark_tests::server::Server;
use tidemark_tests::stack::{Servers, Stack, services};

use crate::metrics::samples;
use crate::shared;

/// How soon an outage is told, with time to spare on a busy machine, and how soon its end.
const TOLD: Duration = Duration::from_secs(20);
const OVER: Duration = Duration::from_secs(60);

const ROLES: [&str; 4] = ["ingest", "processors", "sinks", "api"];

/// A running process: its role, where it can be asked, and its folder.
struct Process {
    role: &'static str,
    server: Server,
    _installation: Installation,
}

impl Process {
    fn start(stack: &Stack, role: &'static str, source: &str) -> Self {
        let installation = stack.installation(source);
        let mut command = installation.command(&["run", "--only", role]);
        command.env("RUST_LOG", "tidemark=info,warn");
        Self { role, server: Server::start(command), _installation: installation }
    }

    /// The status of `/ready`, what it says, and the gauge.
    fn state(&self) -> (u16, String, f64) {
        let mut answer = self.server.ask("/ready", &[]);
        let text = answer.body_mut().read_to_string().unwrap();
        let metrics = self.server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
        let gauge = samples(&metrics).into_iter().find(|sample| sample.name == "tidemark_log_reachable");
        (answer.status().as_u16(), text, gauge.unwrap().value)
    }

    /// Waits until it says whether the log answers, and of itself that it can work where it can.
    #[track_caller]
    fn says(&self, answers: bool, within: Duration) {
        let since = Instant::now();
        // Pages are read from the serving database.
        let status = if answers || self.role == "api" { 200 } else { 503 };
        loop {
            let (found, text, gauge) = self.state();
            if found == status && (gauge > 0.5) == answers {
                let reason = text.contains("Kafka does not answer");
                assert_eq!(reason, status == 503, "`{}`: {text}", self.role);
                println!("`{}` says {found} after {:.1} s", self.role, since.elapsed().as_secs_f64());
                return;
            }
            let role = self.role;
            assert!(since.elapsed() < within, "`{role}` says {found} and {gauge}: {text}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Servers of their own, which are ended with the test.
struct Own(tempfile::TempDir);

impl Drop for Own {
    fn drop(&mut self) {
        let script = tidemark_tests::command::workspace().join("tests/services/stop");
        std::process::Command::new(script).arg("--remove").arg(self.0.path()).output().ok();
    }
}

#[test]
fn a_broker_that_is_away_is_told_by_every_role_once_and_comes_back() {
    // Not beside the faults: who waits for a processor is late with everything.
    let shared = shared();
    let _alone = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let own = Own(tempfile::tempdir().unwrap());
    let folder = own.0.path();
    let Some(servers) = Servers::start(folder) else { return };
    let stack = Stack::on(&servers, 2);
    let archive = Installation::simulated(7);
    let path = archive.path("archive").display().to_string();
    let source =
        format!("[sources.acme]\ntype = \"jira-archive\"\npath = {path:?}\npoll_interval_ms = 200\n");
    stack.installation(&source).ok(&["migrate"]);
    // Everything is computed before: nobody has anything to do when the broker goes.
    assert!(stack.installation(&source).run(&["sync"]).succeeded());
    let processes = ROLES.map(|role| Process::start(&stack, role, &source));
    processes.iter().for_each(|process| process.says(true, OVER));
    for (away, back) in [("kill", "start"), ("pause", "resume")] {
        services(away, folder, Some("kafka"));
        processes.iter().for_each(|process| process.says(false, TOLD));
        // Long enough for many a retry.
        std::thread::sleep(Duration::from_secs(10));
        services(back, folder, Some("kafka"));
        processes.iter().for_each(|process| process.says(true, OVER));
    }
    for Process { role, server, .. } in processes {
        let said = server.said();
        let count = |words: &str| said.lines().filter(|line| line.contains(words)).count();
        assert_eq!(count("the log does not answer"), 2, "once per outage: `{role}`: {said}");
        assert_eq!(count("the log answers again"), 2, "`{role}`: {said}");
        let warnings = count(" WARN ");
        assert!(warnings < 20, "`{role}` warns {warnings} times: {said}");
    }
}
