//! A circuit breaker: a system that fails again and again is left alone for a while, then asked once.

use std::time::{Duration, Instant};

/// Failures in a row that open it: more than one call's tries.
const FAILURES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The state of a source's breaker.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    opened: u32,
    closed_until: Option<Instant>,
    /// What went wrong last.
    last: String,
}

impl Breaker {
    /// How long nothing is asked, if it is open, and what went wrong last.
    pub(super) fn closed_for(&self, now: Instant) -> Option<(Duration, &str)> {
        let wait = self.closed_until.and_then(|until| until.checked_duration_since(now));
        wait.filter(|wait| !wait.is_zero()).map(|wait| (wait, self.last.as_str()))
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    pub(super) fn failed(&mut self, why: &str, now: Instant) {
        self.failures += 1;
        why.clone_into(&mut self.last);
        if self.failures >= FAILURES {
            let pause = FIRST_PAUSE.saturating_mul(1 << self.opened.min(8)).min(LONGEST_PAUSE);
            self.closed_until = Some(now + pause);
            self.opened += 1;
            // One failure more opens it again.
            self.failures = FAILURES - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Breaker, FAILURES};

    #[test]
    fn it_opens_after_failures_in_a_row_and_for_longer_each_time() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for _ in 1..FAILURES {
            breaker.failed("503", now);
            assert_eq!(breaker.closed_for(now), None);
        }
        breaker.failed("503", now);
        assert_eq!(breaker.closed_for(now), Some((Duration::from_secs(15), "503")));
        let later = now + Duration::from_secs(15);
        assert_eq!(breaker.closed_for(later), None, "it is asked once");
        breaker.failed("502", later);
        assert_eq!(breaker.closed_for(later), Some((Duration::from_secs(30), "502")));
        breaker.succeeded();
        breaker.failed("502", later);
        assert_eq!(breaker.closed_for(later), None);
    }
}
