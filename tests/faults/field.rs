//! Servers of one test, the processes that work on them, and what has to be true of them whatever happens.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;
use tidemark_tests::command::{Installation, assert_same, workspace};
use tidemark_tests::stack::{Servers, Stack, services};
use tidemark_tests::{archive, comparable_reports, compare, second_opinion};

use crate::positions::Positions;
use crate::process::Process;

/// How long a change may take to be seen everywhere after the worst.
const PATIENCE: Duration = Duration::from_secs(180);
/// What any process may hold in memory at most: several times what it needs for so few issues, and far from what would be
/// held if anything were kept for each batch.
const MOST_MEMORY_KIB: u64 = 1 << 20;
/// Told to librdkafka: a process that is frozen for longer loses its tasks.
const SESSION: &str = "session.timeout.ms=6000&heartbeat.interval.ms=1500";
/// What the processes do: together everything, and no role alone.
pub(crate) const ROLES: [&str; 4] =
    ["ingest,processors", "processors,sinks", "sinks", "ingest,processors,sinks,api"];

/// Servers of this test alone, processes that work on them, and what one machine says.
pub(crate) struct Field {
    folder: TempDir,
    pub(crate) stack: Stack,
    pub(crate) reference: Installation,
    pub(crate) issues: Vec<Value>,
    pub(crate) step: u64,
    pub(crate) processes: Vec<Process>,
    pub(crate) dice: ChaCha8Rng,
    /// Records that can't be taken.
    pub(crate) rejected: f64,
    positions: Positions,
    /// The longest time until everything agreed again.
    slowest: Duration,
}

impl Drop for Field {
    fn drop(&mut self) {
        // Before their servers.
        self.processes.clear();
        // A server may be away when a test fails; what is left of it is a process, which this ends too.
        let script = workspace().join("tests/services/stop");
        Command::new(script).arg("--remove").arg(self.folder.path()).stdout(Stdio::null()).status().ok();
    }
}

impl Field {
    pub(crate) fn new(seed: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(folder.path())?;
        let mut stack = Stack::on(&servers, 4);
        stack.log = format!("{}&{SESSION}", stack.log);
        let reference = Installation::simulated(seed);
        let issues = archive::unpack(&reference.path("archive")).unwrap();
        reference.ok(&["sync"]);
        println!("seed {seed}");
        let dice = ChaCha8Rng::seed_from_u64(seed);
        let (processes, positions, slowest) = (Vec::new(), Positions::default(), Duration::ZERO);
        let mut field = Self {
            folder,
            stack,
            reference,
            issues,
            step: 0,
            processes,
            dice,
            rejected: 0.0,
            positions,
            slowest,
        };
        field.asking().ok(&["migrate"]);
        for roles in ROLES {
            let installation = field.stack.installation(&field.source());
            let mut process = Process::new(installation, roles);
            process.start();
            field.processes.push(process);
        }
        field.agrees("at the beginning");
        Some(field)
    }

    /// Starts the dice anew, so that what a fault does depends on nothing that came before.
    pub(crate) fn throw(&mut self, seed: u64) {
        self.dice = ChaCha8Rng::seed_from_u64(seed);
    }

    /// How many lines of the processes' logs say this.
    pub(crate) fn said(&self, words: &str) -> usize {
        let logs = self.processes.iter().map(Process::log);
        logs.map(|log| log.lines().filter(|line| line.contains(words)).count()).sum()
    }

    fn source(&self) -> String {
        let path = self.reference.path("archive").display().to_string();
        format!("[sources.acme]\ntype = \"jira-archive\"\npath = {path:?}\npoll_interval_ms = 200\n")
    }

    /// A folder to ask from.
    pub(crate) fn asking(&self) -> Installation {
        self.stack.installation(&self.source())
    }

    pub(crate) fn services(&mut self, command: &str, service: &str) {
        if (command, service) == ("kill", "postgres") {
            self.positions.forget_postgres();
        }
        services(command, self.folder.path(), Some(service));
    }

    /// Sets a fault of the ClickHouse endpoint.
    pub(crate) fn warehouse_fault(&self, fault: &str) {
        let (_, place) = self.stack.warehouse.rsplit_once('@').unwrap();
        let (address, _) = place.split_once('/').unwrap();
        ureq::post(&format!("http://{address}/_control/{fault}")).send_empty().unwrap();
    }

    /// Estimates some issues anew, while whatever happens.
    pub(crate) fn go_on(&mut self) {
        let mut changed = Vec::new();
        let first = self.dice.random_range(0..5_usize);
        for issue in self.issues.iter_mut().skip(first).step_by(11) {
            self.step += 1;
            archive::estimate(issue, 1 + u32::try_from(self.step % 13).unwrap(), self.step).unwrap();
            changed.push(issue.clone());
        }
        archive::append(&self.reference.path("archive"), &changed).unwrap();
    }

    /// Waits until everything says what one machine says; every process has to be alive.
    #[track_caller]
    pub(crate) fn agrees(&mut self, what: &str) {
        let started = Instant::now();
        let said = self.reference.run(&["sync"]);
        // Some records can't be taken once there are hostile ones.
        assert!(said.out.contains("done in"), "{said}");
        let asking = self.asking();
        let (exports, reports) = (self.reference.exports(), self.reference.reports());
        let same = |view: &str, expected: &String| {
            let said = asking.run(&["export", view, "--format", "csv"]);
            said.succeeded() && said.out == *expected
        };
        while started.elapsed() < PATIENCE {
            self.processes.iter_mut().for_each(Process::is_alive);
            self.positions.look(&self.stack);
            if exports.iter().all(|(view, expected)| same(view, expected)) && reports == asking.reports() {
                println!("{what}: agrees after {:.1} s", started.elapsed().as_secs_f64());
                self.slowest = self.slowest.max(started.elapsed());
                self.weigh();
                self.equals_the_oracle(what);
                return;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        for process in &self.processes {
            println!("{}:\n{}", process.roles, process.tail());
        }
        let (shown, served) = (asking.exports(), asking.reports());
        let differing: Vec<_> =
            exports.keys().filter(|view| shown.get(*view) != exports.get(*view)).collect();
        println!("views that differ: {differing:?}");
        let differing: Vec<_> =
            reports.keys().filter(|sprint| served.get(*sprint) != reports.get(*sprint)).collect();
        println!("reports that differ: {differing:?}");
        self.positions.tell(&self.stack);
        assert_same(&exports, &shown, what);
        assert!(reports == served, "{what}: reports differ");
    }

    /// The reports are what a second implementation makes of the same issues.
    #[track_caller]
    fn equals_the_oracle(&self, what: &str) {
        let issues = tempfile::tempdir().unwrap();
        archive::copy_issues(&self.reference.path("archive"), issues.path()).unwrap();
        let second = second_opinion(issues.path()).unwrap();
        let rows = self.asking().query("SELECT * FROM v1_sprint_reports");
        let compared = compare(&comparable_reports(rows.as_array().unwrap()), &second);
        let sprints = compared.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(sprints >= 18, "{what}: {sprints} sprints only");
    }

    fn weigh(&mut self) {
        for process in &mut self.processes {
            process.weigh();
            let (roles, peak) = (process.roles, process.peak_kib);
            assert!(peak > 0 && peak < MOST_MEMORY_KIB, "`{roles}` has held {peak} KiB");
        }
    }

    /// Says what was measured.
    pub(crate) fn sum_up(&self) {
        println!("agreed again after {:.1} s at most", self.slowest.as_secs_f64());
        for process in &self.processes {
            println!("`{}` held {} MiB at most", process.roles, process.peak_kib >> 10);
        }
        let compared = self.positions.compared;
        println!("{compared} positions were no earlier than before");
        assert!(compared > 100, "positions were hardly ever read");
    }

    /// Asks everybody to stop; all have to be gone within the minute that they are given.
    pub(crate) fn stop_all(&mut self) {
        self.processes.iter().for_each(|process| process.signal("TERM"));
        let since = Instant::now();
        std::thread::scope(|scope| {
            for process in &mut self.processes {
                scope.spawn(move || process.stops(since, Duration::from_secs(60)));
            }
        });
    }

    pub(crate) fn start_all(&mut self) {
        self.processes.iter_mut().for_each(Process::start);
    }

    pub(crate) fn any(&mut self) -> usize {
        self.dice.random_range(0..self.processes.len())
    }

    pub(crate) fn pause(&mut self, most_ms: u64) {
        std::thread::sleep(Duration::from_millis(self.dice.random_range(0..=most_ms)));
    }
}
