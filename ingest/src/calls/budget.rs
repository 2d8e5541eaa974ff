//! What a source may ask of its system: calls a second by endpoint, points an hour, and the pauses that answers asked for.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tidemark_connectors::http::{Answer, Call, Drawn, Manners, Patience, Scope};
use tidemark_model::Timestamp;

const HOUR_MS: i64 = 3_600_000;

/// The budget of one source.
pub(super) struct Budget {
    manners: Manners,
    /// The share of what is permitted that is used at most.
    share: f64,
    limits: HashMap<&'static str, DefaultDirectRateLimiter>,
    others: Mutex<Others>,
    state: Mutex<State>,
}

/// The calls that have no limit of their own.
struct Others {
    /// Calls a second that the system permits.
    per_second: f64,
    limiter: Arc<DefaultDirectRateLimiter>,
}

impl Others {
    fn new(per_second: f64, share: f64) -> Self {
        Self { per_second, limiter: Arc::new(limiter(per_second, share)) }
    }
}

#[derive(Clone, Default)]
struct State {
    /// Nothing is asked until then; for one endpoint, or for all of them.
    paused: HashMap<Option<&'static str>, Instant>,
    /// The hour that points are counted in, how many were used in it, and how many there are, as far as it was said.
    hour: i64,
    points: u64,
    limit: Option<u64>,
}

impl Budget {
    pub(super) fn new(manners: Manners, share: f64) -> Self {
        let limits =
            manners.rates.iter().map(|(endpoint, rate)| (*endpoint, limiter(f64::from(*rate), share)));
        let limits = limits.collect();
        let others = Mutex::new(Others::new(f64::from(manners.per_second), share));
        Self { manners, share, limits, others, state: Mutex::default() }
    }

    /// One by other manners or another share, with all that was spent and all pauses.
    pub(super) fn with(&self, manners: Manners, share: f64) -> Self {
        Self { state: Mutex::new(self.state().clone()), ..Self::new(manners, share) }
    }

    pub(super) fn manners(&self) -> Manners {
        self.manners
    }

    pub(super) fn share(&self) -> f64 {
        self.share
    }

    /// Whether it keeps to these manners already.
    pub(super) fn is_of(&self, manners: &Manners) -> bool {
        self.manners.rates == manners.rates
            && self.manners.per_second == manners.per_second
            && self.manners.points_per_hour == manners.points_per_hour
    }

    /// Whether an answer asks for patience.
    pub(super) fn patience(&self, answer: &Answer, now: Timestamp) -> Option<Patience> {
        (self.manners.patience)(answer, now)
    }

    /// How long a call has to wait for a pause or for the next hour.
    pub(super) fn wait(&self, call: &Call, now: Timestamp, instant: Instant) -> Option<Duration> {
        let mut state = self.state();
        state.paused.retain(|_, until| *until > instant);
        let pauses = [None, Some(call.endpoint)].into_iter().filter_map(|scope| state.paused.get(&scope));
        if let Some(until) = pauses.max() {
            return Some(until.saturating_duration_since(instant));
        }
        state.begin(now);
        let quota = self.hourly(&state)?;
        // A call that alone costs more than half of an hour's points has its turn in the first half of them.
        let cost = (1 + u64::from(call.objects)).min(quota / 2);
        (state.points > 0 && state.points + cost > quota).then(|| {
            let left = HOUR_MS - now.0.rem_euclid(HOUR_MS);
            Duration::from_millis(u64::try_from(left).unwrap_or(0))
        })
    }

    /// Waits for the turn of a call among those of this second.
    pub(super) async fn turn(&self, endpoint: &str) {
        match self.limits.get(endpoint) {
            Some(limiter) => limiter.until_ready().await,
            None => {
                let limiter = Arc::clone(&self.others().limiter);
                limiter.until_ready().await;
            }
        }
    }

    /// Something was answered, whatever it was: it may say how much is permitted.
    pub(super) fn heard(&self, answer: &Answer) {
        let Some(told) = (self.manners.rate)(answer) else { return };
        let per_second = told.min(f64::from(self.manners.per_second));
        let mut others = self.others();
        if others.per_second.to_bits() != per_second.to_bits() {
            *others = Others::new(per_second, self.share);
        }
    }

    /// Nothing is asked of an endpoint, or of the system, until then.
    pub(super) fn pause(&self, call: &Call, scope: Scope, until: Instant) {
        let scope = match scope {
            Scope::Endpoint => Some(call.endpoint),
            Scope::System => None,
        };
        let mut state = self.state();
        let paused = state.paused.entry(scope).or_insert(until);
        *paused = until.max(*paused);
    }

    /// A call was answered: it is on the account.
    pub(super) fn spent(&self, answer: &Answer, now: Timestamp) {
        if self.manners.points_per_hour.is_none() {
            return;
        }
        let mut state = self.state();
        state.begin(now);
        state.points += (self.manners.cost)(answer);
        // The system knows what others, and this program before its last start, have used. Answers may come out of order.
        if let Some(quota) = (self.manners.quota)(answer) {
            state.limit = Some(quota.limit);
            state.points = state.points.max(quota.limit.saturating_sub(quota.remaining));
        }
    }

    /// What was drawn on the hour's quota, where there is one.
    pub(super) fn drawn(&self, now: Timestamp) -> Option<Drawn> {
        self.manners.points_per_hour?;
        let mut state = self.state();
        state.begin(now);
        Some(Drawn { hour: state.hour, points: state.points })
    }

    /// What was drawn before this program began, if it was in this hour.
    pub(super) fn recall(&self, drawn: Drawn, now: Timestamp) {
        let mut state = self.state();
        state.begin(now);
        if drawn.hour == state.hour {
            state.points = state.points.max(drawn.points);
        }
    }

    /// What is left of the hour's quota, in per mille of the whole.
    pub(super) fn left_per_mille(&self, now: Timestamp) -> Option<u32> {
        let mut state = self.state();
        state.begin(now);
        let quota = self.hourly(&state)?;
        u32::try_from(quota.saturating_sub(state.points) * 1000 / quota.max(1)).ok()
    }

    /// The points of an hour that may be used.
    fn hourly(&self, state: &State) -> Option<u64> {
        let assumed = u64::from(self.manners.points_per_hour?);
        Some((state.limit.unwrap_or(assumed) as f64 * self.share) as u64)
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Quotas begin anew with each UTC hour.
    fn begin(&mut self, now: Timestamp) {
        let hour = now.0.div_euclid(HOUR_MS);
        if hour != self.hour {
            (self.hour, self.points) = (hour, 0);
        }
    }
}

fn limiter(per_second: f64, share: f64) -> DefaultDirectRateLimiter {
    RateLimiter::direct(quota(per_second, share))
}

/// A share of so many calls a second, evenly: a burst of one tenth of it at most.
fn quota(per_second: f64, share: f64) -> Quota {
    // No pause is longer than a minute.
    let rate = (per_second * share).max(1.0 / 60.0);
    let burst = NonZeroU32::new((rate / 10.0) as u32).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(Duration::from_secs_f64(1.0 / rate));
    quota.unwrap_or(Quota::per_minute(burst)).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tidemark_connectors::http::{Answer, Call, Scope};
    use tidemark_connectors::jira::api::{CLOUD_OAUTH, DATA_CENTER};
    use tidemark_model::Timestamp;

    use super::{Budget, quota};

    /// An answer with so many issues, and what Jira says of the hour.
    fn found(issues: usize, told: Option<(u64, u64)>) -> Answer {
        let body = serde_json::json!({"issues": vec![0; issues]}).to_string().into_bytes();
        let headers = told.into_iter().flat_map(|(limit, remaining)| {
            [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", remaining)]
        });
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        Answer { status: 200, headers, body }
    }

    #[test]
    fn an_hour_has_no_more_than_its_share() {
        // 65,000 points, of which 0.1 are ours: 6,500. A search of 4,999 issues costs 5,000.
        let budget = Budget::new(CLOUD_OAUTH, 0.1);
        let now = Timestamp::parse("2026-10-20T11:45:00Z").unwrap();
        let (search, instant) = (Call::get("search", "/").objects(4999), Instant::now());
        assert_eq!(budget.wait(&search, now, instant), None);
        budget.spent(&found(4999, None), now);
        assert_eq!(budget.left_per_mille(now), Some(230), "1,500 of 6,500");
        assert_eq!(budget.wait(&search, now, instant), Some(Duration::from_secs(900)), "until 12:00");
        let huge = Call::get("histories", "/").objects(50_000);
        assert_eq!(budget.wait(&huge, now, instant), Some(Duration::from_secs(900)));
        assert_eq!(budget.wait(&Call::get("sprint", "/"), now, instant), None, "two points are left");
        let next = Timestamp::parse("2026-10-20T12:00:00Z").unwrap();
        assert_eq!(budget.wait(&search, next, instant), None);
        budget.spent(&found(200, None), next);
        assert_eq!(budget.wait(&huge, next, instant), None, "else it never had its turn");
    }

    #[test]
    fn what_jira_says_of_the_hour_holds() {
        let budget = Budget::new(CLOUD_OAUTH, 0.1);
        let now = Timestamp::parse("2026-10-20T11:45:00Z").unwrap();
        // A page that was nearly empty costs what it brought.
        budget.spent(&found(1, None), now);
        assert_eq!(budget.left_per_mille(now), Some(999), "6,498 of 6,500");
        // Others have used 4,000 of 100,000: 6,000 of our 10,000 are left.
        budget.spent(&found(1, Some((100_000, 96_000))), now);
        assert_eq!(budget.left_per_mille(now), Some(600));
        // A bucket of calls a second is another account.
        budget.spent(&found(1, Some((100, 3))), now);
        assert_eq!(budget.left_per_mille(now), Some(599));
    }

    #[test]
    fn what_a_server_says_of_its_bucket_holds() {
        let budget = Budget::new(DATA_CENTER, 0.5);
        let told = |fill: &str| Answer {
            headers: [("x-ratelimit-fillrate", fill), ("x-ratelimit-interval-seconds", "2")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Answer::default()
        };
        let permitted = |answer: Answer| {
            budget.heard(&answer);
            budget.others().per_second
        };
        assert_eq!(permitted(found(1, None)), 20.0);
        assert_eq!(permitted(told("4")), 2.0);
        assert_eq!(permitted(found(1, None)), 2.0, "where nothing is said, what was said holds");
        assert_eq!(permitted(told("1000")), 20.0, "no more than a guest's restraint");
    }

    #[test]
    fn calls_are_spread_evenly() {
        let spread = |per_second, share| {
            let quota = quota(per_second, share);
            (quota.replenish_interval(), quota.burst_size().get())
        };
        assert_eq!(spread(100.0, 0.5), (Duration::from_millis(20), 5));
        assert_eq!(spread(2.0, 0.5), (Duration::from_secs(1), 1));
        assert_eq!(spread(0.001, 0.5), (Duration::from_secs(60), 1));
    }

    #[test]
    fn a_pause_is_for_one_endpoint_or_for_all() {
        let budget = Budget::new(CLOUD_OAUTH, 0.7);
        let (now, instant) = (Timestamp(0), Instant::now());
        let (search, sprint) = (Call::get("search", "/"), Call::get("sprint", "/"));
        budget.pause(&search, Scope::Endpoint, instant + Duration::from_secs(9));
        assert_eq!(budget.wait(&search, now, instant), Some(Duration::from_secs(9)));
        assert_eq!(budget.wait(&sprint, now, instant), None);
        budget.pause(&search, Scope::System, instant + Duration::from_secs(3));
        assert_eq!(budget.wait(&sprint, now, instant), Some(Duration::from_secs(3)));
        assert_eq!(budget.wait(&search, now, instant + Duration::from_secs(9)), None);
    }
}
