//! Carrying out calls to outside systems: with their budgets, patiently, and never more of them than is permitted.
//!
//! ```text
//! call ─► breaker ─► pauses ─► hourly quota ─► calls a second ─► HTTP ─► answer
//!           ▲           ▲             refused (429), out of order (5xx), cut ─┐
//!           └───────────┴──────────── tried again: a little later, a few times ◄─┘  else `Busy`, or `Refused`
//!                                                                              where it was never reached:
//!                                                                              the poll waits
//! ```

mod breaker;
mod budget;
mod hosts;
mod http;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ConstantBuilder, ExponentialBuilder};
use tidemark_connectors::Error;
use tidemark_connectors::http::{Answer, Answering, Call, Calls, Drawn, Manners, Spent};
use tidemark_model::time::{Clock, SystemClock};

use breaker::Breaker;
use hosts::Host;
use http::{Failure, Http};

pub use http::{Credentials, Destination};

/// Waits that are no longer than this are waited for; longer ones are the poll's affair, which can be stopped meanwhile.
const SHORT: Duration = Duration::from_secs(5);
/// No server is believed that asks for a longer pause.
const LONGEST: Duration = Duration::from_secs(3600);
/// How often a call is tried in all.
const TRIES: usize = 4;
/// The pause after a refusal that says nothing.
const AFTER_REFUSAL: Duration = Duration::from_secs(20);

/// Carries out calls to one system.
pub struct Caller {
    /// The source's name in the configuration.
    source: String,
    http: Http,
    host: Host,
    breaker: Mutex<Breaker>,
    /// Whether it was ever reached: until then its address may be wrong.
    reached: AtomicBool,
    calls: AtomicU64,
    refused: AtomicU64,
}

impl Caller {
    /// Calls `destination` for a source, using no more than `share` of what it permits, together with all sources there.
    pub fn new(source: &str, destination: Destination, share: f64) -> Result<Self, Error> {
        Ok(Self {
            source: source.to_owned(),
            host: Host::of(&destination, share),
            http: Http::new(source, destination)?,
            breaker: Mutex::default(),
            reached: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    async fn patiently(&self, call: Call) -> Result<Answer, Error> {
        let input = format!("{} of {}", call.path, self.source);
        let busy = |reason: String, wait: Duration| Error::Busy { input: input.clone(), reason, wait };
        let failing = |reason: String, wait: Duration| {
            if self.reached.load(Ordering::Relaxed) {
                busy(reason, wait)
            } else {
                self.http.unreachable(reason, wait)
            }
        };
        // Between a second and five, times up to two: callers that were refused together do not come back together.
        let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_millis(500));
        let mut pauses = backoff.with_max_delay(SHORT).with_max_times(TRIES - 1).with_jitter().build();
        loop {
            if let Some((wait, last)) = self.breaker().closed_for(Instant::now()) {
                return Err(failing(format!("it has failed again and again: {last}"), wait));
            }
            let budget = self.host.budget();
            if let Some(wait) = budget.wait(&call, SystemClock.now(), Instant::now()) {
                if wait > SHORT {
                    return Err(busy("its budget of calls is used up".to_owned(), wait));
                }
                tokio::time::sleep(wait).await;
                continue;
            }
            budget.turn(call.endpoint).await;
            self.calls.fetch_add(1, Ordering::Relaxed);
            let answered = self.http.send(&call).await;
            if !matches!(answered, Err(Failure::Unreached(_))) {
                self.reached.store(true, Ordering::Relaxed);
            }
            if let Ok(answer) = &answered {
                budget.heard(answer);
            }
            let (reason, wait) = match answered {
                Ok(answer) => match budget.patience(&answer, SystemClock.now()) {
                    Some(patience) => {
                        self.refused.fetch_add(1, Ordering::Relaxed);
                        let wait = patience.wait.unwrap_or(AFTER_REFUSAL);
                        budget.pause(&call, patience.scope, Instant::now() + somewhat_later(wait));
                        (format!("it asks for patience (429: {})", patience.reason), Some(wait))
                    }
                    None if answer.status >= 500 => {
                        let reason = format!("it is out of order ({})", answer.status);
                        self.breaker().failed(&reason, Instant::now());
                        let wait = answer.retry_after(SystemClock.now()).map(|wait| wait.min(LONGEST));
                        (reason, wait.map(|wait| if wait > SHORT { somewhat_later(wait) } else { wait }))
                    }
                    None => {
                        self.breaker().succeeded();
                        budget.spent(&answer, SystemClock.now());
                        return Ok(answer);
                    }
                },
                Err(Failure::Unreached(reason) | Failure::Broken(reason)) => {
                    self.breaker().failed(&reason, Instant::now());
                    (reason, None)
                }
                Err(Failure::Certificate(reason)) => return Err(self.http.distrusted(reason)),
            };
            let Some(pause) = pauses.next() else {
                return Err(failing(reason, wait.unwrap_or(AFTER_REFUSAL)));
            };
            match wait {
                // A pause of the budget is waited for at the start of the next round.
                Some(wait) if wait > SHORT => return Err(busy(reason, wait)),
                Some(wait) => tokio::time::sleep(somewhat_later(wait.max(Duration::from_millis(1)))).await,
                None => tokio::time::sleep(pause).await,
            }
        }
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pause that was asked for, and up to a quarter of it more: who was refused together is not to come back together.
fn somewhat_later(wait: Duration) -> Duration {
    let most = (wait / 4).min(SHORT);
    // Between once and twice what it is told.
    let jitter = ConstantBuilder::default().with_delay(most).with_jitter().build().next();
    wait + jitter.unwrap_or(most).saturating_sub(most)
}

impl Calls for Caller {
    fn call(&self, call: Call) -> Answering<'_> {
        Box::pin(self.patiently(call))
    }

    fn mind(&self, manners: Manners) {
        self.host.mind(manners);
    }

    fn drawn(&self) -> Option<Drawn> {
        self.host.budget().drawn(SystemClock.now())
    }

    fn recall(&self, drawn: Drawn) {
        self.host.budget().recall(drawn, SystemClock.now());
    }

    fn spent(&self) -> Spent {
        Spent {
            calls: self.calls.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            left_per_mille: self.host.budget().left_per_mille(SystemClock.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{SHORT, somewhat_later};

    #[test]
    fn a_pause_is_never_shorter_than_was_asked_for_and_rarely_the_same() {
        for (asked, most) in [(1, Duration::from_millis(250)), (20, SHORT), (3600, SHORT)] {
            let asked = Duration::from_secs(asked);
            let pauses: Vec<Duration> = (0..50).map(|_| somewhat_later(asked)).collect();
            assert!(pauses.iter().all(|pause| (asked..=asked + most).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "they all come back at once");
        }
    }
}
