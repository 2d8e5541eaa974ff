//! Polling a source again and again: as often as is asked for, and more rarely while it fails.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tidemark_connectors::{Connector, KeptUp};
use tidemark_model::time::Clock;
use tidemark_stream::Store;

use crate::pull::Pulling;
use crate::stop::stopped;
use crate::{Error, Pulled, Reconcile, Reconciled};

/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The shortest pause after a failure.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// How often a source is looked after, and how soon again where that failed.
const UPKEEP_EVERY: Duration = Duration::from_secs(86_400);
const UPKEEP_AGAIN: Duration = Duration::from_secs(3600);

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
    /// The source was looked after, or could not be.
    KeptUp(&'a Result<KeptUp, tidemark_connectors::Error>),
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
        let (mut failures, mut sweep_at, mut upkeep_at) = (0, Instant::now(), Instant::now());
        loop {
            let stop = || pause(Duration::ZERO).is_break();
            let Self { source, connector, store, clock, .. } = *self;
            let polled = Pulling { source, connector, store, clock }.until(&stop, &mut |pulled| {
                watch(Polled::Page(pulled));
                let go_on = pause(Duration::ZERO);
                // It answers: so this is the time, also in the midst of a long first load.
                if go_on.is_continue() {
                    self.keep_up(&mut upkeep_at, &stop, watch);
                }
                go_on
            });
            let wait = match polled {
                // It is time to stop: it was neither read to its end, nor did it fail.
                Ok(pulled) if !pulled.ended => return Ok(()),
                Ok(pulled) => {
                    failures = 0;
                    watch(Polled::Ended(&pulled));
                    if sweep_at <= Instant::now() && pause(Duration::ZERO).is_continue() {
                        match self.reconciled(&stop, watch) {
                            Ok(()) => {}
                            Err(error @ Error::Store(_)) => return Err(error),
                            Err(Error::Stopped(_)) => return Ok(()),
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
    /// Looks after the source, where that is due.
    fn keep_up(&self, at: &mut Instant, stop: &dyn Fn() -> bool, watch: &mut dyn FnMut(Polled<'_>)) {
        let Some(upkeep) = self.connector.upkeep().filter(|_| *at <= Instant::now()) else { return };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let kept = runtime.block_on(async {
            tokio::select! {
                kept = upkeep.keep_up(self.clock.now()) => Some(kept),
                () = stopped(stop) => None,
            }
        });
        let Some(kept) = kept else { return };
        let pause = match &kept {
            Ok(_) => UPKEEP_EVERY,
            Err(error) => error.wait().unwrap_or_default().max(UPKEEP_AGAIN),
        };
        *at = Instant::now() + pause;
        watch(Polled::KeptUp(&kept));
    }

    /// Compares what is known with what can be seen, where that is due.
    fn reconciled(&self, stop: &dyn Fn() -> bool, watch: &mut dyn FnMut(Polled<'_>)) -> Result<(), Error> {
        let Self { source, connector, store, clock, .. } = *self;
        let reconcile = Reconcile { source, connector, store, clock, accept: false, stop };
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
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tidemark_connectors::{Check, Connector, Cursor, KeepingUp, KeptUp, Page, Pull, Upkeep};
    use tidemark_model::Timestamp;
    use tidemark_model::time::ManualClock;
    use tidemark_stream::memory::MemoryStore;

    use super::{LONGEST_PAUSE, Poll, Polled, SHORTEST_PAUSE, pause_after};

    /// A source that has nothing, and counts how often it is looked after.
    #[derive(Default)]
    struct Kept(AtomicU32);

    impl Connector for Kept {
        fn pull(&self, _: Option<Cursor>, _: Timestamp) -> Pull<'_> {
            Box::pin(async { Ok(Page::default()) })
        }

        fn check(&self) -> Check<'_> {
            Box::pin(async { Ok(String::new()) })
        }

        fn upkeep(&self) -> Option<&dyn Upkeep> {
            Some(self)
        }
    }

    impl Upkeep for Kept {
        fn keep_up(&self, _: Timestamp) -> KeepingUp<'_> {
            let times = self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(KeptUp { done: vec![times.to_string()], ..KeptUp::default() }) })
        }
    }

    #[test]
    fn a_source_is_looked_after_once_it_answers_and_not_with_each_poll() {
        let (source, store, clock) = (Kept::default(), MemoryStore::new(), ManualClock::at(Timestamp(1)));
        let poll = Poll {
            source: "acme",
            connector: &source,
            store: &store,
            clock: &clock,
            every: Duration::from_secs(120),
            reconcile_every: Duration::MAX,
        };
        let (polls, mut heard) = (AtomicU32::new(0), Vec::new());
        let pause = |time: Duration| {
            let polls = if time.is_zero() { 0 } else { polls.fetch_add(1, Ordering::SeqCst) + 1 };
            if polls < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        poll.run(&pause, &mut |polled| match polled {
            Polled::Page(_) => heard.push("page".to_owned()),
            Polled::KeptUp(kept) => heard.extend(kept.as_ref().unwrap().done.clone()),
            Polled::Ended(_) => heard.push("end".to_owned()),
            _ => {}
        })
        .unwrap();
        assert_eq!(heard, ["page", "0", "end", "page", "end", "page", "end"]);
    }

    /// A source that never answers.
    struct Mute;

    impl Connector for Mute {
        fn pull(&self, _: Option<Cursor>, _: Timestamp) -> Pull<'_> {
            Box::pin(std::future::pending())
        }

        fn check(&self) -> Check<'_> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn a_page_that_does_not_come_holds_nobody_up_who_is_asked_to_stop() {
        let (store, clock) = (MemoryStore::new(), ManualClock::at(Timestamp(1)));
        let every = Duration::from_secs(120);
        let poll = Poll {
            source: "acme",
            connector: &Mute,
            store: &store,
            clock: &clock,
            every,
            reconcile_every: Duration::MAX,
        };
        let mut heard = 0;
        poll.run(&|_| ControlFlow::Break(()), &mut |_| heard += 1).unwrap();
        assert_eq!(heard, 0, "it has neither failed nor ended");
    }

    #[test]
    fn pauses_grow_to_a_minute() {
        assert_eq!(pause_after(1), SHORTEST_PAUSE);
        assert_eq!(pause_after(3), SHORTEST_PAUSE * 4);
        assert_eq!(pause_after(1000), LONGEST_PAUSE);
    }
}
