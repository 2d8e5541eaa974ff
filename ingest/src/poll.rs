//! Polling a source again and again: as often as is asked for, and more rarely while it fails.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tidemark_connectors::Connector;
use tidemark_model::time::Clock;
use tidemark_stream::Store;

use crate::{Error, Pulled, Reconcile, Reconciled, pull};

/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The shortest pause after a failure.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// A source to be polled.
pub struct Poll<'a> {
    pub source: &'a str,
    pub connector: &'a dyn Connector,
    pub store: &'a dyn Store,
    pub clock: &'a dyn Clock,
    /// The pause between the end of a poll and the next one.
    pub every: Duration,
    /// The least time between two sweeps of a source that does not tell what is gone.
    pub reconcile_every: Duration,
}

/// What happened.
#[derive(Debug)]
pub enum Polled<'a> {
    /// A page of a long poll is on disk.
    Page(&'a Pulled),
    /// A poll reached the source's end.
    Ended(&'a Pulled),
    /// What is known was compared with what can be seen.
    Reconciled(&'a Reconciled),
    /// It could not be, or it must be asked whether what was found is right.
    Unreconciled(&'a Error),
    /// A poll failed; the next one goes on where it was, after the pause.
    Failed { error: &'a Error, pause: Duration },
    /// The store could not be read or written, which ends the polling.
    Unwritten(&'a Error),
}

impl Poll<'_> {
    /// Polls until `pause` says that it is time to stop. It is asked with no time at all between pages. A store that
    /// cannot be written ends it with an error, which is told before; a source that fails does not.
    pub fn run(
        &self,
        pause: &dyn Fn(Duration) -> ControlFlow<()>,
        watch: &mut dyn FnMut(Polled<'_>),
    ) -> Result<(), Error> {
        self.rounds(pause, watch).inspect_err(|error| watch(Polled::Unwritten(error)))
    }

    fn rounds(
        &self,
        pause: &dyn Fn(Duration) -> ControlFlow<()>,
        watch: &mut dyn FnMut(Polled<'_>),
    ) -> Result<(), Error> {
        let (mut failures, mut sweep_at) = (0, Instant::now());
        loop {
            let polled = pull(self.source, self.connector, self.store, self.clock, &mut |pulled| {
                watch(Polled::Page(pulled));
                pause(Duration::ZERO)
            });
            let wait = match polled {
                Ok(pulled) => {
                    failures = 0;
                    watch(Polled::Ended(&pulled));
                    if sweep_at <= Instant::now() && pause(Duration::ZERO).is_continue() {
                        match self.reconciled(watch) {
                            Ok(()) => {}
                            Err(error @ Error::Store(_)) => return Err(error),
                            // Polls go on in their rhythm: what is gone is another question than what is new.
                            Err(error) => {
                                watch(Polled::Unreconciled(&error));
                                sweep_at = Instant::now() + error.wait().unwrap_or(LONGEST_PAUSE);
                            }
                        }
                    }
                    self.every
                }
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => {
                    failures += 1;
                    let pause = pause_after(failures).max(self.every).max(error.wait().unwrap_or_default());
                    watch(Polled::Failed { error: &error, pause });
                    pause
                }
            };
            if pause(wait).is_break() {
                return Ok(());
            }
        }
    }
}

impl Poll<'_> {
    /// Compares what is known with what can be seen, where that is due.
    fn reconciled(&self, watch: &mut dyn FnMut(Polled<'_>)) -> Result<(), Error> {
        let Self { source, connector, store, clock, .. } = *self;
        let reconcile = Reconcile { source, connector, store, clock, accept: false };
        let every_ms = i64::try_from(self.reconcile_every.as_millis()).unwrap_or(i64::MAX);
        if !reconcile.is_due(every_ms)? {
            return Ok(());
        }
        if let Some(found) = reconcile.run()? {
            watch(Polled::Reconciled(&found));
        }
        Ok(())
    }
}

/// Twice as long after each failure in a row.
fn pause_after(failures: u32) -> Duration {
    let doubled = SHORTEST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PAUSE, SHORTEST_PAUSE, pause_after};

    #[test]
    fn pauses_grow_to_a_minute() {
        assert_eq!(pause_after(1), SHORTEST_PAUSE);
        assert_eq!(pause_after(3), SHORTEST_PAUSE * 4);
        assert_eq!(pause_after(1000), LONGEST_PAUSE);
    }
}
