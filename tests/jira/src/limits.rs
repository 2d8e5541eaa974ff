//! How much may be asked: buckets a second for each endpoint and points an hour on Cloud, a bucket for each user on Data
//! Center.

use std::collections::HashMap;

use tidemark_model::Timestamp;

use crate::answer::Answer;
use crate::auth::Who;
use crate::options::{Bucket, Rules};
use crate::zone;

const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// By method and endpoint: the second, and what was asked in it.
    bursts: HashMap<String, (i64, u32)>,
    /// The hour, and the points spent in it.
    points: (i64, u64),
    /// The tokens of the node's bucket, and when it was last filled.
    node: Option<(f64, Timestamp)>,
}

/// A call to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    pub(crate) method: &'a str,
    /// The endpoint, whatever its parameters.
    pub(crate) endpoint: &'a str,
    pub(crate) who: Who,
    pub(crate) at: Timestamp,
}

/// The headers of an answer that was counted.
pub(crate) type Told = Vec<(&'static str, String)>;

impl Limits {
    /// Counts a call on Cloud; refuses it where there is too much of it.
    pub(crate) fn cloud(&mut self, call: Counted<'_>, rules: &Rules) -> Result<Told, Answer> {
        if let (Some(quota), Who::App) = (rules.points_an_hour, call.who) {
            self.quota(call.at, u64::from(quota))?;
        }
        let Some(base) = rules.burst else { return Ok(Vec::new()) };
        let limit = burst(base, call.method, call.endpoint);
        let second = call.at.0.div_euclid(SECOND_MS);
        let used = self.bursts.entry(format!("{} {}", call.method, call.endpoint)).or_default();
        if used.0 != second {
            *used = (second, 0);
        }
        used.1 += 1;
        let remaining = limit.saturating_sub(used.1);
        let mut told: Told =
            vec![("X-RateLimit-Limit", limit.to_string()), ("X-RateLimit-Remaining", remaining.to_string())];
        if used.1 > limit {
            let reset = Timestamp((second + 1) * SECOND_MS);
            return Err(refused("jira-burst-based", 1, reset, told));
        }
        if remaining * 5 < limit {
            told.push(("X-RateLimit-NearLimit", "true".to_owned()));
        }
        Ok(told)
    }

    fn quota(&mut self, at: Timestamp, quota: u64) -> Result<(), Answer> {
        let hour = at.0.div_euclid(HOUR_MS);
        if self.points.0 != hour {
            self.points = (hour, 0);
        }
        if self.points.1 < quota {
            return Ok(());
        }
        let reset = Timestamp((hour + 1) * HOUR_MS);
        let wait = (reset.0 - at.0 + 999) / SECOND_MS;
        let told = vec![("X-RateLimit-Limit", quota.to_string()), ("X-RateLimit-Remaining", "0".to_owned())];
        Err(refused("jira-quota-global-based", wait, reset, told))
    }

    /// A read costs a point, and one for each thing read; a write costs one.
    pub(crate) fn spend(&mut self, objects: usize) {
        self.points.1 += 1 + objects as u64;
    }

    /// What was spent in the hour of the last call.
    pub(crate) fn points(&self) -> u64 {
        self.points.1
    }

    pub(crate) fn node(&mut self, at: Timestamp, bucket: Bucket) -> Result<Told, Answer> {
        let interval = i64::from(bucket.interval_secs.max(1)) * SECOND_MS;
        let (mut tokens, mut filled) = self.node.unwrap_or((f64::from(bucket.limit), at));
        let fills = (at.0 - filled.0).div_euclid(interval).max(0);
        #[expect(clippy::cast_precision_loss, reason = "a few fills")]
        let new = fills as f64 * f64::from(bucket.fill);
        tokens = (tokens + new).min(f64::from(bucket.limit));
        filled = Timestamp(filled.0 + fills * interval);
        let allowed = tokens >= 1.0;
        if allowed {
            tokens -= 1.0;
        }
        self.node = Some((tokens, filled));
        let wait = if tokens >= 1.0 { 0 } else { (filled.0 + interval - at.0 + 999) / SECOND_MS };
        let told = vec![
            ("X-RateLimit-Limit", bucket.limit.to_string()),
            ("X-RateLimit-Remaining", format!("{tokens:.0}")),
            ("X-RateLimit-Interval-Seconds", bucket.interval_secs.to_string()),
            ("X-RateLimit-FillRate", bucket.fill.to_string()),
            ("Retry-After", wait.to_string()),
        ];
        if allowed {
            return Ok(told);
        }
        let mut answer = Answer::refused_below(429, "Rate limit exceeded.");
        answer.headers.extend(told);
        Err(answer)
    }
}

/// The size of an endpoint's bucket.
fn burst(base: u32, method: &str, endpoint: &str) -> u32 {
    let percent = match (method, endpoint) {
        ("PUT" | "DELETE", _) => 50,
        ("GET", "issue") => 150,
        ("GET", "changelog") => 200,
        _ => 100,
    };
    (base * percent / 100).max(1)
}

fn refused(reason: &str, wait: i64, reset: Timestamp, told: Told) -> Answer {
    let mut answer = Answer::refused(429, "Rate limit exceeded.");
    answer.reason = Some(reason.to_owned());
    answer.headers.extend(told);
    answer
        .header("Retry-After", wait)
        .header("X-RateLimit-Reset", zone::in_utc(reset))
        .header("RateLimit-Reason", reason)
}
