//! Calls to outside systems, as a connector makes them: it says what it asks and reads what is answered. Who carries a
//! call out (`ingest`) knows addresses, credentials and budgets, waits and tries again.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidemark_model::Timestamp;

use crate::Error;

/// The verbs that connectors use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Delete,
    Get,
    Post,
    Put,
}

/// One question to an outside system.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The name of what is asked: budgets and counts are kept by it.
    pub endpoint: &'static str,
    pub method: Method,
    /// The path, without the address of the system.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    /// The objects that the answer may hold: some systems count these against a quota.
    pub objects: u32,
}

impl Call {
    pub fn get(endpoint: &'static str, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { endpoint, method: Method::Get, path, query: Vec::new(), body: None, objects: 1 }
    }

    pub fn post(endpoint: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Post, body: Some(body), ..Self::get(endpoint, path) }
    }

    pub fn put(endpoint: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Put, ..Self::post(endpoint, path, body) }
    }

    pub fn delete(endpoint: &'static str, path: impl Into<String>) -> Self {
        Self { method: Method::Delete, ..Self::get(endpoint, path) }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub fn objects(mut self, objects: usize) -> Self {
        self.objects = u32::try_from(objects).unwrap_or(u32::MAX);
        self
    }
}

/// What was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How long `Retry-After` asks to wait, in seconds or as a date.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(until(date.timestamp().as_millisecond(), now))
    }

    /// The body as a typed value.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let start: String = String::from_utf8_lossy(&self.body).chars().take(80).collect();
            format!("{error} in an answer that starts with `{}`", start.escape_debug())
        })
    }
}

/// The time from `now` to an instant.
pub(crate) fn until(instant_ms: i64, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(instant_ms.saturating_sub(now.0)).unwrap_or(0))
}

/// How an answer asks for patience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// What has to wait.
    pub scope: Scope,
    /// For how long, where the answer says it.
    pub wait: Option<Duration>,
    /// The reason that the answer gives.
    pub reason: String,
}

/// The points of an hour, as the system counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourlyQuota {
    pub limit: u64,
    pub remaining: u64,
}

/// What an answer asks to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Calls of the same endpoint.
    Endpoint,
    /// All calls to the system.
    System,
}

/// What whoever carries out calls has to know of a system.
#[derive(Clone, Copy)]
pub struct Manners {
    /// Calls a second that the system permits, by endpoint; for others [`Manners::per_second`].
    pub rates: &'static [(&'static str, u32)],
    pub per_second: u32,
    /// Points that reading may cost in an hour, where that is limited and the system says nothing else.
    pub points_per_hour: Option<u32>,
    /// The points that an answered call has cost.
    pub cost: fn(&Answer) -> u64,
    /// The calls a second that the answer says are permitted in all, where that is less than what is assumed.
    pub rate: fn(&Answer) -> Option<f64>,
    /// What the answer says of the hour's points.
    pub quota: fn(&Answer) -> Option<HourlyQuota>,
    /// Whether an answer asks for patience.
    pub patience: fn(&Answer, Timestamp) -> Option<Patience>,
}

/// An answer, once it is there.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// Carries out calls to one system. Answers of every status are passed on, except for those that ask for patience and
/// those of a system that is out of order: these are asked again, and are an [`Error::Busy`] in the end. So is a system that
/// does not answer; one that was never reached is an [`Error::Refused`], since its address may be wrong.
pub trait Calls: Send + Sync {
    fn call(&self, call: Call) -> Answering<'_>;

    /// Keeps to these manners from now on, once it is known what kind of system answers.
    fn mind(&self, manners: Manners);

    /// What was drawn on the hour's quota, where there is one.
    fn drawn(&self) -> Option<Drawn> {
        None
    }

    /// What was drawn on it before the start.
    fn recall(&self, _: Drawn) {}

    /// The calls made since the start.
    fn spent(&self) -> Spent;
}

/// What was drawn on the quota of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Hours since 1970.
    pub hour: i64,
    pub points: u64,
}

impl Drawn {
    /// The points since an earlier instant, as far as they are this hour's.
    #[must_use]
    pub fn since(&self, earlier: Option<Self>) -> u64 {
        let before = earlier.filter(|earlier| earlier.hour == self.hour).map_or(0, |earlier| earlier.points);
        self.points.saturating_sub(before)
    }
}

/// What calls have cost since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    pub calls: u64,
    /// Calls that the system refused for lack of patience (429).
    pub refused: u64,
    /// The share of the hourly quota that is left, in per mille, where there is one.
    pub left_per_mille: Option<u32>,
}
