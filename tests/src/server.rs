//! A running server: `tidemark run` or `tidemark demo` as people start it, asked over HTTP, and stopped by a signal.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

/// What the last line before serving begins with.
const ANNOUNCEMENT: &str = "Tidemark is at ";

/// A command that serves. It is killed when it is dropped.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    err: Arc<Mutex<Vec<u8>>>,
    address: String,
    agent: Agent,
    /// How long it took until numbers were there.
    pub took: Duration,
}

impl Server {
    /// Starts a command and waits until it says where it serves.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let started = Instant::now();
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("the server can't be started: {error}"));
        let mut out =
            BufReader::new(child.stdout.take().unwrap_or_else(|| panic!("standard output is piped")));
        let mut said = String::new();
        let address = loop {
            let before = said.len();
            let read = out.read_line(&mut said).unwrap_or_default();
            if let Some(address) = said[before..].trim().strip_prefix(ANNOUNCEMENT) {
                break address.to_owned();
            }
            if read == 0 {
                let mut err = String::new();
                child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut err));
                panic!("the server ended before it served: {said}{err}");
            }
        };
        let err = Arc::default();
        if let Some(pipe) = child.stderr.take() {
            collect(pipe, Arc::clone(&err));
        }
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Self { child, out, err, address, agent: config.into(), took: started.elapsed() }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The answer to a request with these headers, whatever its status.
    #[track_caller]
    pub fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.call().unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The JSON at a path, which has to be there.
    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let mut answer = self.ask(path, &[]);
        let text = answer.body_mut().read_to_string().unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(answer.status(), 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// The lines of an event stream, as they come.
    #[track_caller]
    pub fn events(&self, path: &str) -> impl Iterator<Item = String> + use<> {
        let answer = self.ask(path, &[("accept", "text/event-stream")]);
        assert_eq!(answer.status(), 200, "{path}");
        BufReader::new(answer.into_body().into_reader()).lines().map_while(Result::ok)
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "the signal {name} can't be sent");
    }

    /// Waits for the end, which has to come soon.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not end");
    }

    /// Asks it to stop as an operator does, and returns how it ended.
    #[track_caller]
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Ends it, where it has not ended by itself, and returns what it has printed since it serves and all that it has logged.
    pub fn said(mut self) -> String {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal("TERM");
        }
        let mut said = String::new();
        self.out.read_to_string(&mut said).ok();
        self.ended();
        let logged = self.err.lock().map(|logged| String::from_utf8_lossy(&logged).into_owned());
        said + &logged.unwrap_or_default()
    }

    /// Resident memory in bytes.
    pub fn memory_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        kib.unwrap_or_default() * 1024
    }
}

/// Reads what a server logs, for a full pipe would stop it.
fn collect(mut pipe: ChildStderr, into: Arc<Mutex<Vec<u8>>>) {
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut piece) {
            if let Ok(mut logged) = into.lock() {
                logged.extend_from_slice(&piece[..read]);
            }
        }
    });
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Looks until `found` finds something, or panics with `what` after some seconds.
#[track_caller]
pub fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("this did not come: {what}");
}
