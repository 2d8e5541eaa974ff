//! How long the cluster is waited for: less once the program is asked to stop.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::Error;

/// What has begun may take so long once the program is asked to stop.
const GRACE: Duration = Duration::from_secs(15);

/// Tells whoever waits for a cluster that the program is asked to stop. Clones tell the same.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<OnceLock<Instant>>);

impl Halt {
    /// Asks to stop: nothing new is begun on the log, and what waits for the cluster gives up before long.
    pub fn ask(&self) {
        self.0.get_or_init(Instant::now);
    }
}

/// How long something may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    time: Duration,
    /// The same once the program is asked to stop.
    grace: Duration,
}

impl Patience {
    /// For what another process does as well: it is given up at once.
    pub(super) const fn to_begin(time: Duration) -> Self {
        Self { time, grace: Duration::ZERO }
    }

    /// For what has begun.
    pub(super) const fn to_end(time: Duration) -> Self {
        Self { time, grace: GRACE }
    }
}

/// Something that is waited for.
pub(super) struct Waiting<'a> {
    halt: &'a Halt,
    patience: Patience,
    since: Instant,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(halt: &'a Halt, patience: Patience) -> Self {
        Self { halt, patience, since: Instant::now() }
    }

    /// Begins to wait anew, since something has come; the program may be asked to stop nevertheless.
    pub(super) fn again(&mut self) {
        self.since = Instant::now();
    }

    /// Fails once it has taken too long.
    pub(super) fn go_on(&self, action: &dyn Fn() -> String) -> Result<(), Error> {
        let Patience { time, grace } = self.patience;
        let reason = if self.halt.0.get().is_some_and(|asked| asked.elapsed() >= grace) {
            "the program is asked to stop".to_owned()
        } else if self.since.elapsed() >= time {
            format!("it took longer than {} s", time.as_secs())
        } else {
            return Ok(());
        };
        Err(Error::Kafka { action: action(), reason, transient: true })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Halt, Patience, Waiting};

    fn said(halt: &Halt, patience: Patience) -> String {
        let waiting = Waiting::new(halt, patience);
        waiting.go_on(&|| "reading".to_owned()).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn what_is_not_begun_ends_at_once_and_what_is_has_time() {
        let halt = Halt::default();
        let long = Duration::from_secs(60);
        assert_eq!(said(&halt, Patience::to_begin(long)), "");
        assert!(said(&halt, Patience::to_begin(Duration::ZERO)).contains("it took longer than 0 s"));
        halt.clone().ask();
        assert!(said(&halt, Patience::to_begin(long)).contains("the program is asked to stop"));
        assert_eq!(said(&halt, Patience::to_end(long)), "");
        assert!(said(&halt, Patience::to_end(Duration::ZERO)).contains("it took longer than 0 s"));
    }
}
