//! What production does to an installation on servers: processes are killed, frozen and lose their folders, servers restart,
//! go away and lose their answers, records are hostile. Afterwards every view and report is what one machine says that
//! nothing happened to: nothing is lost, nothing counts twice.
//!
//! `tests/run` has the short form; `tests/soak` sets `TIDEMARK_SOAK` to the number of kills, for the whole.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;
use tidemark_tests::archive;
use tidemark_tests::command::{Installation, assert_same, workspace};
use tidemark_tests::disk::SmallDisk;
use tidemark_tests::stack::{Servers, Stack, services};

/// How long a change may take to be seen everywhere after the worst.
const PATIENCE: Duration = Duration::from_secs(240);
/// Told to librdkafka: a process that is frozen for longer loses its tasks.
const SESSION: &str = "session.timeout.ms=6000&heartbeat.interval.ms=1500";
/// What the processes do: together everything, and no role alone.
const ROLES: [&str; 4] = ["ingest,processors", "processors,sinks", "sinks", "ingest,processors,sinks,api"];

/// Servers of this test alone, processes that work on them, and what one machine says.
struct Field {
    folder: TempDir,
    stack: Stack,
    reference: Installation,
    issues: Vec<Value>,
    step: u64,
    processes: Vec<Process>,
    dice: ChaCha8Rng,
}

/// A process and its folder, which survives it.
struct Process {
    installation: Installation,
    roles: &'static str,
    child: Option<Child>,
}

impl Process {
    fn start(&mut self) {
        let mut command = self.installation.command(&["run", "--only", self.roles]);
        let log = std::fs::File::create(self.installation.path("log")).unwrap();
        command.env("RUST_LOG", "tidemark=info,warn").stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    fn kill(&mut self) {
        self.is_alive();
        self.end();
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.installation.path("log")).unwrap_or_default()
    }

    /// A process that has ended by itself has met something that it must survive.
    fn is_alive(&mut self) {
        if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
            panic!("`run --only {}` ended by itself ({status}): {}", self.roles, self.log());
        }
    }
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

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Field {
    fn new(seed: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(folder.path())?;
        let mut stack = Stack::on(&servers, 4);
        stack.log = format!("{}&{SESSION}", stack.log);
        let reference = Installation::simulated(seed);
        let issues = archive::unpack(&reference.path("archive")).unwrap();
        reference.ok(&["sync"]);
        println!("seed {seed}");
        let dice = ChaCha8Rng::seed_from_u64(seed);
        let mut field = Self { folder, stack, reference, issues, step: 0, processes: Vec::new(), dice };
        field.asking().ok(&["migrate"]);
        for roles in ROLES {
            let installation = field.stack.installation(&field.source());
            let mut process = Process { installation, roles, child: None };
            process.start();
            field.processes.push(process);
        }
        Some(field)
    }

    fn source(&self) -> String {
        let path = self.reference.path("archive").display().to_string();
        format!("[sources.acme]\ntype = \"jira-archive\"\npath = {path:?}\npoll_interval_ms = 200\n")
    }

    /// A folder to ask from.
    fn asking(&self) -> Installation {
        self.stack.installation(&self.source())
    }

    fn services(&self, command: &str, service: &str) {
        services(command, self.folder.path(), Some(service));
    }

    /// Sets a fault of the ClickHouse endpoint.
    fn warehouse_fault(&self, fault: &str) {
        let (_, place) = self.stack.warehouse.rsplit_once('@').unwrap();
        let (address, _) = place.split_once('/').unwrap();
        ureq::post(&format!("http://{address}/_control/{fault}")).send_empty().unwrap();
    }

    /// Estimates some issues anew, while whatever happens.
    fn go_on(&mut self) {
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
    fn agrees(&mut self, what: &str) {
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
            if exports.iter().all(|(view, expected)| same(view, expected)) && reports == asking.reports() {
                println!("{what}: agrees after {:.1} s", started.elapsed().as_secs_f64());
                return;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        for process in &self.processes {
            let log = process.log();
            let tail: Vec<&str> = log.lines().rev().take(15).collect();
            println!("{}:\n{}", process.roles, tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        assert_same(&exports, &asking.exports(), what);
        assert!(reports == asking.reports(), "{what}: reports differ");
    }

    fn any(&mut self) -> usize {
        self.dice.random_range(0..self.processes.len())
    }

    fn pause(&mut self, most_ms: u64) {
        std::thread::sleep(Duration::from_millis(self.dice.random_range(0..=most_ms)));
    }
}

/// What happens, and how.
type Fault = (&'static str, fn(&mut Field));

/// The number of kills: few where the tests are run as a whole.
fn kills() -> u32 {
    let asked = std::env::var_os("TIDEMARK_SOAK").and_then(|value| value.into_string().ok());
    asked.and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

fn is_soak() -> bool {
    kills() > 8
}

/// Processes are killed at any moment, and start again where they were.
fn killed(field: &mut Field) {
    for _ in 0..kills() {
        field.go_on();
        field.pause(1500);
        let index = field.any();
        let lose_folder = field.dice.random_bool(0.2);
        let process = &mut field.processes[index];
        process.kill();
        if lose_folder {
            // What lies there is a copy.
            std::fs::remove_dir_all(process.installation.path("data")).ok();
        }
        process.start();
    }
}

/// The broker restarts, and then is away for a while.
fn broker_away(field: &mut Field) {
    field.go_on();
    field.services("restart", "kafka");
    field.go_on();
    field.pause(500);
    field.services("kill", "kafka");
    field.go_on();
    std::thread::sleep(Duration::from_secs(if is_soak() { 60 } else { 5 }));
    field.services("start", "kafka");
}

/// The serving database stops at once and comes back; the warehouse refuses, and loses answers to what it has written.
fn outlets_away(field: &mut Field) {
    field.go_on();
    field.services("kill", "postgres");
    field.warehouse_fault("unavailable?count=5");
    field.go_on();
    std::thread::sleep(Duration::from_secs(if is_soak() { 60 } else { 4 }));
    field.services("start", "postgres");
    for fault in [
        "lose?containing=INSERT&count=3",
        "cut?count=2",
        "fail?containing=INSERT&count=2&code=252&name=TOO_MANY_PARTS",
    ] {
        field.warehouse_fault(fault);
        field.go_on();
        field.pause(3000);
    }
    field.warehouse_fault("clear");
}

/// An owner of tasks is frozen until others have taken them over, and then goes on.
fn frozen(field: &mut Field) {
    let index = field.any();
    field.processes[index].signal("STOP");
    field.go_on();
    std::thread::sleep(Duration::from_secs(12));
    field.go_on();
    // Nothing comes after this that could mend what an owner of the past writes.
    field.processes[index].signal("CONT");
}

/// The serving database forgets what it has acknowledged last, and nothing comes after that.
fn forgetful(field: &mut Field) {
    field.go_on();
    for _ in 0..3 {
        field.pause(1500);
        field.services("kill", "postgres");
        field.services("start", "postgres");
    }
    field.warehouse_fault("refuse?secs=5");
}

/// Members join and leave the groups without a rest.
fn storm(field: &mut Field) {
    for _ in 0..if is_soak() { 20 } else { 5 } {
        let index = field.any();
        field.processes[index].kill();
        field.go_on();
        field.pause(400);
        field.processes[index].start();
        field.pause(400);
    }
}

/// Records that can't be taken, records that come twice and in any order, and one that is larger than a record of the log
/// may be.
fn hostile(field: &mut Field) {
    let archive = field.reference.path("archive");
    let mut file = std::fs::OpenOptions::new().append(true).open(archive.join(archive::PLAIN)).unwrap();
    std::io::Write::write_all(&mut file, b"{\"id\": \"1\", \n\xff\xfe\n[[[[\nnull\n").unwrap();
    drop(file);
    let again: Vec<Value> = field.issues.iter().rev().step_by(3).cloned().collect();
    archive::append(&archive, &again).unwrap();
    let mut huge = field.issues[0].clone();
    // It does not compress: three million signs of a generator.
    let noise: String = (0..3_000_000).map(|_| char::from(field.dice.random_range(b'a'..=b'z'))).collect();
    field.step += 1;
    archive::estimate(&mut huge, 21, field.step).unwrap();
    huge["fields"]["summary"] = noise.into();
    field.issues[0] = huge.clone();
    archive::append(&archive, &[huge]).unwrap();
}

/// A process whose disk is full names it and ends; others do its work, until there is room again.
fn full_disk(field: &mut Field) {
    let index = field.any();
    let process = &mut field.processes[index];
    process.kill();
    let Some(disk) = SmallDisk::mount(process.installation.path("data"), 1) else {
        println!("skipped: a full disk: mounting a small filesystem isn't permitted");
        process.start();
        return;
    };
    process.start();
    field.go_on();
    let process = &mut field.processes[index];
    let status = process.child.take().unwrap().wait().unwrap();
    let log = process.log();
    assert!(
        status.code() == Some(1) && log.contains("no space left") && log.contains("./data/"),
        "{status}: {log}"
    );
    field.go_on();
    drop(disk);
    field.processes[index].start();
}

/// Everybody is asked to stop while there is work, and does so in peace.
fn stopped(field: &mut Field) {
    field.go_on();
    for index in 0..field.processes.len() {
        field.processes[index].signal("TERM");
    }
    for process in &mut field.processes {
        let started = Instant::now();
        let mut child = process.child.take().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(70), "`{}` does not stop", process.roles);
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "`{}` stopped with {status}", process.roles);
        process.start();
    }
}

/// The broker answers nothing for longer than a commit may take.
fn commits_time_out(field: &mut Field) {
    field.go_on();
    field.pause(300);
    field.services("pause", "kafka");
    std::thread::sleep(Duration::from_secs(60));
    field.services("resume", "kafka");
    field.go_on();
}

#[test]
fn whatever_happens_every_view_is_what_it_is_without() {
    let Some(mut field) = Field::new(41) else { return };
    field.agrees("at the beginning");
    let faults: [Fault; 10] = [
        ("processes killed", killed),
        ("the broker away", broker_away),
        ("database and warehouse away", outlets_away),
        ("a database that forgets", forgetful),
        ("an owner frozen", frozen),
        ("a storm of members", storm),
        ("hostile records", hostile),
        ("a full disk", full_disk),
        ("asked to stop under load", stopped),
        ("commits that time out", commits_time_out),
    ];
    // The last one takes a minute and more.
    let some = if is_soak() { faults.len() } else { faults.len() - 1 };
    for (what, fault) in &faults[..some] {
        fault(&mut field);
        field.agrees(what);
    }
    // Nothing of all that is left in what a replay computes.
    let replayed = field.asking().run(&["replay"]).exits(3);
    assert!(replayed.out.contains("replayed in"), "{replayed}");
    field.agrees("a replay, with everybody at work");
}
