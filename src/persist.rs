//! Trying again what failed in passing: a server that is away comes back.

use std::fmt::Display;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tidemark_stream::runner::Stop;

const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// What went well for so long before it failed has not failed in a row; longer than any answer of a server is waited for.
const SOUND: Duration = Duration::from_secs(120);
/// How soon a pause notices that it has to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Does `attempt` until it succeeds, fails for good, or `stop` says so: then there is nothing. `what` names it in the log, unless
/// `is_told` says that operators know why it fails.
pub(crate) fn persist<T, E: Display>(
    what: &str,
    stop: &Stop<'_>,
    is_transient: impl Fn(&E) -> bool,
    is_told: impl Fn() -> bool,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<Option<T>, E> {
    let mut pauses = pauses();
    while !stop() {
        let started = Instant::now();
        match attempt() {
            Err(error) if is_transient(&error) => {
                let pause = pause_after(started.elapsed(), &mut pauses);
                let pause_s = pause.as_secs_f64();
                if is_told() {
                    tracing::debug!(%error, pause_s, "{what} failed and is tried again");
                } else {
                    tracing::warn!(%error, pause_s, "{what} failed and is tried again");
                }
                sleep(pause, stop);
            }
            done => return done.map(Some),
        }
    }
    Ok(None)
}

/// Pauses that grow with each failure in a row.
fn pauses() -> ExponentialBackoff {
    let pauses = ExponentialBuilder::new().with_min_delay(SHORTEST_PAUSE).with_max_delay(LONGEST_PAUSE);
    pauses.with_jitter().without_max_times().build()
}

/// The pause after an attempt that failed after so long.
fn pause_after(lasted: Duration, row: &mut ExponentialBackoff) -> Duration {
    if lasted >= SOUND {
        *row = pauses();
    }
    row.next().unwrap_or(LONGEST_PAUSE)
}

/// Sleeps, but no longer than until `stop` says so.
pub(crate) fn sleep(time: Duration, stop: &Stop<'_>) {
    let mut left = time;
    while !left.is_zero() && !stop() {
        let step = LOOK.min(left);
        std::thread::sleep(step);
        left -= step;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::{LONGEST_PAUSE, SHORTEST_PAUSE, SOUND, pause_after, pauses, persist};

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let attempts = Cell::new(0);
        let attempt = |fails: u32, error: &'static str| {
            attempts.set(0);
            persist(
                "a test",
                &|| false,
                |error: &&str| *error == "away",
                || false,
                || {
                    attempts.set(attempts.get() + 1);
                    if attempts.get() <= fails { Err(error) } else { Ok(attempts.get()) }
                },
            )
        };
        assert_eq!(attempt(1, "away"), Ok(Some(2)));
        assert_eq!((attempt(1, "broken"), attempts.get()), (Err("broken"), 1));
        let stopped = persist("a test", &|| true, |_: &&str| true, || false, || Err::<(), _>("away"));
        assert_eq!(stopped, Ok(None));
    }

    #[test]
    fn what_has_gone_well_for_long_is_tried_again_soon() {
        let mut row = pauses();
        let failures: Vec<Duration> =
            (0..10).map(|_| pause_after(Duration::from_secs(1), &mut row)).collect();
        assert!(failures[9] >= LONGEST_PAUSE, "{failures:?}");
        // Jitter is no longer than the pause itself.
        let pause = pause_after(SOUND, &mut row);
        assert!(pause <= SHORTEST_PAUSE * 2, "{pause:?}");
    }
}
