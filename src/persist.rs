//! Trying again what failed in passing: a server that is away comes back.

use std::fmt::Display;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tidemark_stream::runner::Stop;

const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How soon a pause notices that it has to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Does `attempt` until it succeeds, fails for good, or `stop` says so: then there is nothing. `what` names it in the log.
pub(crate) fn persist<T, E: Display>(
    what: &str,
    stop: &Stop<'_>,
    is_transient: impl Fn(&E) -> bool,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<Option<T>, E> {
    let pauses = ExponentialBuilder::new()
        .with_min_delay(SHORTEST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times();
    let mut pauses = pauses.build();
    while !stop() {
        match attempt() {
            Err(error) if is_transient(&error) => {
                let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
                tracing::warn!(%error, pause_s = pause.as_secs_f64(), "{what} failed and is tried again");
                sleep(pause, stop);
            }
            done => return done.map(Some),
        }
    }
    Ok(None)
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

    use super::persist;

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let attempts = Cell::new(0);
        let attempt = |fails: u32, error: &'static str| {
            attempts.set(0);
            persist(
                "a test",
                &|| false,
                |error: &&str| *error == "away",
                || {
                    attempts.set(attempts.get() + 1);
                    if attempts.get() <= fails { Err(error) } else { Ok(attempts.get()) }
                },
            )
        };
        assert_eq!(attempt(1, "away"), Ok(Some(2)));
        assert_eq!((attempt(1, "broken"), attempts.get()), (Err("broken"), 1));
        let stopped = persist("a test", &|| true, |_: &&str| true, || Err::<(), _>("away"));
        assert_eq!(stopped, Ok(None));
    }
}
