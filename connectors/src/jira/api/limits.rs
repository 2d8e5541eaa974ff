//! What Jira permits, and how it asks for patience.
//!
//! Cloud: buckets of calls a second per tenant, endpoint and method, shared by everybody who asks; for OAuth apps points
//! per hour besides (a read costs one point and one for each object). `RateLimit-Reason` says which limit was met.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tidemark_model::Timestamp;

use crate::http::{Answer, HourlyQuota, Manners, Patience, Scope, until};

/// No answer is believed that asks for less, which would be refused again, or for more, which is a mistake.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);
/// No hour has fewer points.
const SMALLEST_QUOTA: u64 = 10_000;

/// Cloud, asked with an API token: these do not draw on the hourly quota.
pub const CLOUD: Manners = Manners {
    rates: &[("changelogs", 50)],
    per_second: 100,
    points_per_hour: None,
    cost,
    rate: |_| None,
    quota: |_| None,
    patience,
};

/// Cloud, asked by an OAuth app of the first tier.
pub const CLOUD_OAUTH: Manners = Manners { points_per_hour: Some(65_000), quota, ..CLOUD };

/// Data Center permits what its administrator says, and tells it beside each answer; this is a guest's restraint.
pub const DATA_CENTER: Manners = Manners { rates: &[], per_second: 20, rate: refill, ..CLOUD };

/// Whether an answer asks for patience: what has to wait, and how long.
fn patience(answer: &Answer, now: Timestamp) -> Option<Patience> {
    if answer.status != 429 {
        return None;
    }
    let reason = answer.header("ratelimit-reason").unwrap_or("no reason was given").to_owned();
    // An unknown reason may stand for the whole tenant.
    let scope = match reason.as_str() {
        "jira-burst-based" | "jira-per-issue-on-write" => Scope::Endpoint,
        _ => Scope::System,
    };
    let wait = answer.retry_after(now).or_else(|| reset(answer, now));
    let wait = wait.map(|wait| wait.clamp(SHORTEST, LONGEST));
    Some(Patience { scope, wait, reason })
}

/// `X-RateLimit-Reset`, an ISO 8601 instant that sometimes lacks its seconds.
fn reset(answer: &Answer, now: Timestamp) -> Option<Duration> {
    let text = answer.header("x-ratelimit-reset")?.trim();
    let instant = Timestamp::parse(text).ok().or_else(|| {
        let minutes = text.strip_suffix('Z')?;
        Timestamp::parse(&format!("{minutes}:00Z")).ok()
    })?;
    Some(until(instant.0, now))
}

/// A read costs a point, and one for each object that it brings; that a history is one is the stricter reading.
fn cost(answer: &Answer) -> u64 {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Changes {
        #[serde(default)]
        change_histories: Vec<IgnoredAny>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Objects {
        #[serde(default)]
        issues: Vec<IgnoredAny>,
        #[serde(default)]
        values: Vec<IgnoredAny>,
        #[serde(default)]
        issue_change_logs: Vec<Changes>,
    }
    let counted: Result<Vec<IgnoredAny>, _> = serde_json::from_slice(&answer.body);
    let objects = counted.map(|list| list.len()).or_else(|_| {
        let Objects { issues, values, issue_change_logs } = serde_json::from_slice(&answer.body)?;
        let histories: usize = issue_change_logs.iter().map(|changes| changes.change_histories.len()).sum();
        Ok::<_, serde_json::Error>(issues.len() + values.len() + histories)
    });
    1 + objects.map_or(1, |objects| objects.max(1) as u64)
}

/// The hour's points, which apps are told beside each answer. A bucket of calls a second has the same headers, and a limit
/// that is far below.
fn quota(answer: &Answer) -> Option<HourlyQuota> {
    let number = |name: &str| answer.header(name)?.trim().parse().ok();
    let (limit, remaining) = (number("x-ratelimit-limit")?, number("x-ratelimit-remaining")?);
    (limit >= SMALLEST_QUOTA).then_some(HourlyQuota { limit, remaining })
}

/// What comes back into the bucket that a user of Data Center draws from, a second.
fn refill(answer: &Answer) -> Option<f64> {
    let number = |name: &str| answer.header(name)?.trim().parse::<u32>().ok().filter(|number| *number > 0);
    let (calls, seconds) = (number("x-ratelimit-fillrate")?, number("x-ratelimit-interval-seconds")?);
    Some(f64::from(calls) / f64::from(seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tidemark_model::Timestamp;

    use super::{cost, patience, refill};
    use crate::http::{Answer, Scope};

    fn refused(headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Answer { status: 429, headers: headers.collect(), body: Vec::new() }
    }

    #[test]
    fn a_read_costs_what_it_brings() {
        let brought =
            |body: &str| cost(&Answer { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() });
        assert_eq!(brought(r#"{"issues":[{},{},{}]}"#), 4);
        assert_eq!(brought("[{},{}]"), 3);
        assert_eq!(brought(r#"{"id":1}"#), 2);
        let histories = r#"{"issueChangeLogs":[{"changeHistories":[{},{}]},{"changeHistories":[{}]}]}"#;
        assert_eq!(brought(histories), 4);
    }

    #[test]
    fn what_comes_back_into_a_bucket_is_told_beside_each_answer() {
        let told = |calls, seconds| {
            refused(&[("x-ratelimit-fillrate", calls), ("x-ratelimit-interval-seconds", seconds)])
        };
        assert_eq!(refill(&told("10", "1")), Some(10.0));
        assert_eq!(refill(&told("30", "60")), Some(0.5));
        assert_eq!(refill(&told("10", "0")), None);
        assert_eq!(refill(&refused(&[("x-ratelimit-fillrate", "10")])), None);
    }

    #[test]
    fn what_has_to_wait_and_how_long_is_read_from_the_headers() {
        let now = Timestamp::parse("2026-10-20T11:59:30Z").unwrap();
        let burst = refused(&[("retry-after", "7"), ("ratelimit-reason", "jira-burst-based")]);
        let patience_of_burst = patience(&burst, now).unwrap();
        assert_eq!(patience_of_burst.scope, Scope::Endpoint);
        assert_eq!(patience_of_burst.wait, Some(Duration::from_secs(7)));
        let quota = refused(&[
            ("ratelimit-reason", "jira-quota-tenant-based"),
            // Without seconds, as it has been seen.
            ("x-ratelimit-reset", "2026-10-20T12:00Z"),
        ]);
        let patience_of_quota = patience(&quota, now).unwrap();
        assert_eq!(patience_of_quota.scope, Scope::System);
        assert_eq!(patience_of_quota.wait, Some(Duration::from_secs(30)));
        // A gateway says nothing at all: everything slows down.
        let gateway = patience(&refused(&[]), now).unwrap();
        assert_eq!((gateway.scope, gateway.wait), (Scope::System, None));
        let dated = refused(&[("retry-after", "Tue, 20 Oct 2026 12:00:30 GMT")]);
        assert_eq!(patience(&dated, now).unwrap().wait, Some(Duration::from_secs(60)));
        assert_eq!(patience(&Answer { status: 503, ..refused(&[]) }, now), None);
    }
}
