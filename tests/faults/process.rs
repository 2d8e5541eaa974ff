//! A process of the installation, and what becomes of it.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tidemark_tests::command::Installation;

/// What the line starts with that says where a process can be asked.
const ANNOUNCEMENT: &str = "Tidemark is at ";

/// A process and its folder, which survives it.
pub(crate) struct Process {
    pub(crate) installation: Installation,
    pub(crate) roles: &'static str,
    pub(crate) child: Option<Child>,
    /// The most memory that it ever held, in KiB.
    pub(crate) peak_kib: u64,
}

impl Process {
    pub(crate) fn new(installation: Installation, roles: &'static str) -> Self {
        Self { installation, roles, child: None, peak_kib: 0 }
    }

    pub(crate) fn start(&mut self) {
        let mut command = self.installation.command(&["run", "--only", self.roles]);
        let file = |name: &str| std::fs::File::create(self.installation.path(name)).unwrap();
        // Each failure of a task is counted, also those that an outage explains.
        command.env("RUST_LOG", "tidemark=info,tidemark_stream::kafka::worker=debug,warn");
        command.stdout(file("out")).stderr(file("log"));
        self.child = Some(command.spawn().unwrap());
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    pub(crate) fn kill(&mut self) {
        self.is_alive();
        self.weigh();
        self.end();
    }

    pub(crate) fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Waits for its end, which has to be in peace, and to come within so long after `since`.
    pub(crate) fn stops(&mut self, since: Instant, limit: Duration) {
        let mut child = self.child.take().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if since.elapsed() >= limit {
                child.kill().unwrap();
                panic!("`{}` does not stop: {}", self.roles, self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "`{}` stopped with {status}: {}", self.roles, self.log());
        println!("`{}` stopped after {:.1} s", self.roles, since.elapsed().as_secs_f64());
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.installation.path("log")).unwrap_or_default()
    }

    /// The last lines of its log.
    pub(crate) fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// A process that has ended by itself has met something that it must survive.
    pub(crate) fn is_alive(&mut self) {
        if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
            panic!("`run --only {}` ended by itself ({status}): {}", self.roles, self.log());
        }
    }

    /// Looks how much memory it has held at most.
    pub(crate) fn weigh(&mut self) {
        let Some(child) = &self.child else { return };
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok());
        self.peak_kib = self.peak_kib.max(peak.unwrap_or_default());
    }

    /// What it answers at a path.
    pub(crate) fn ask(&self, path: &str) -> String {
        let said = std::fs::read_to_string(self.installation.path("out")).unwrap();
        let address = said.lines().find_map(|line| line.strip_prefix(ANNOUNCEMENT));
        let address = address.unwrap_or_else(|| panic!("`{}` has not said where it is: {said}", self.roles));
        let mut answer = ureq::get(format!("{address}{path}")).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
