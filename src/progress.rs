//! Progress on standard error, for anything that takes over two seconds.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Nothing is said before this.
const QUIET: Duration = Duration::from_secs(2);
/// How often a line is said, on a terminal and elsewhere.
const EVERY: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(5)];

/// Says how far a long work is.
pub(crate) struct Progress {
    started: Instant,
    said: Instant,
    terminal: bool,
    open: bool,
    silent: bool,
}

impl Progress {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            said: now,
            terminal: std::io::stderr().is_terminal(),
            open: false,
            silent: false,
        }
    }

    /// For work that goes on in the background.
    pub(crate) fn silent() -> Self {
        Self { silent: true, ..Self::start() }
    }

    /// Says a line, if it is time to.
    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        let every = if self.terminal { EVERY[0] } else { EVERY[1] };
        if self.silent || self.started.elapsed() < QUIET || self.open && self.said.elapsed() < every {
            return;
        }
        self.said = Instant::now();
        self.open = true;
        let mut out = std::io::stderr().lock();
        let written =
            if self.terminal { write!(out, "\r\x1b[2K{}", line()) } else { writeln!(out, "{}", line()) };
        // A closed standard error is no reason to stop the work.
        written.and_then(|()| out.flush()).ok();
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.open && self.terminal {
            eprint!("\r\x1b[2K");
        }
    }
}
