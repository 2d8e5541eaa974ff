//! How far sources have been read, and at what cost.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Label {
    source: String,
}

/// What is said of a source whose system is called.
#[derive(Debug, Clone, Copy, Default)]
pub struct SourceNumbers {
    /// Calls to its system since the start, and those that it refused for lack of patience (429).
    pub calls: u64,
    pub refused_calls: u64,
    /// Issues that were read since the start.
    pub issues_read: u64,
    /// The share of the hourly quota that is left, from 0 to 1, where there is one.
    pub quota_left: Option<f64>,
    /// The issues that the first load has still to read.
    pub backlog: Option<u64>,
    /// What was changed before this instant has been read, in ms since 1970.
    pub read_until_ms: Option<i64>,
}

/// How the polls of a source go.
#[derive(Debug, Clone, Copy, Default)]
pub struct PollNumbers {
    /// Whether the last one succeeded, and nothing that was found missing is in doubt; nothing before the first.
    pub is_current: Option<bool>,
    /// When one last succeeded, and when the next is due, in ms since 1970.
    pub succeeded_at_ms: Option<i64>,
    pub next_at_ms: Option<i64>,
    /// When the first of the account's tokens expires, in ms since 1970, as far as its system tells.
    pub token_expires_at_ms: Option<i64>,
}

#[derive(Clone, Default)]
pub(super) struct Sources {
    records: Family<Label, Counter>,
    failed_polls: Family<Label, Counter>,
    calls: Family<Label, Gauge>,
    refused_calls: Family<Label, Gauge>,
    issues_read: Family<Label, Gauge>,
    quota_left: Family<Label, Gauge<f64, AtomicU64>>,
    backlog: Family<Label, Gauge>,
    read_until: Family<Label, Gauge<f64, AtomicU64>>,
    current: Family<Label, Gauge>,
    succeeded_at: Family<Label, Gauge<f64, AtomicU64>>,
    next_poll_at: Family<Label, Gauge<f64, AtomicU64>>,
    token_expires_at: Family<Label, Gauge<f64, AtomicU64>>,
}

impl Sources {
    pub(super) fn register(&self, registry: &mut Registry) {
        let Self {
            records,
            failed_polls,
            calls,
            refused_calls,
            issues_read,
            quota_left,
            backlog,
            read_until,
            current,
            succeeded_at,
            next_poll_at,
            token_expires_at,
        } = self.clone();
        registry.register("source_records", "Raw records read, by source", records);
        registry.register("source_poll_failures", "Polls that failed, by source", failed_polls);
        registry.register("source_calls", "Calls to a source's system since the start", calls);
        let help = "Calls that a source's system refused for lack of patience (429) since the start";
        registry.register("source_calls_refused", help, refused_calls);
        registry.register(
            "source_issues_read",
            "Issues read from a source's system since the start",
            issues_read,
        );
        let help = "The share of a source's hourly quota that is left, from 0 to 1";
        registry.register("source_quota_left_ratio", help, quota_left);
        let help = "Issues that the first load of a source has still to read";
        registry.register("source_backlog_issues", help, backlog);
        let help = "What a source changed before this instant has been read, in seconds since 1970";
        registry.register("source_read_until_timestamp_seconds", help, read_until);
        let help = "1 where the last poll of a source succeeded and nothing that was found missing is in doubt, else 0";
        registry.register("source_current", help, current);
        let help = "When a poll of a source last succeeded, in seconds since 1970";
        registry.register("source_last_success_timestamp_seconds", help, succeeded_at);
        let help = "When a source is polled next, in seconds since 1970";
        registry.register("source_next_poll_timestamp_seconds", help, next_poll_at);
        let help = "When the first of the account's tokens expires, as far as a source's system tells, in seconds since 1970";
        registry.register("source_token_expires_timestamp_seconds", help, token_expires_at);
    }

    pub(super) fn polled(&self, source: &str, records: u64) {
        self.records.get_or_create(&label(source)).inc_by(records);
    }

    pub(super) fn poll_failed(&self, source: &str) {
        self.failed_polls.get_or_create(&label(source)).inc();
    }

    pub(super) fn stands(&self, source: &str, numbers: &PollNumbers) {
        let (label, seconds) = (label(source), |ms: i64| ms as f64 / 1000.0);
        if let Some(current) = numbers.is_current {
            self.current.get_or_create(&label).set(current.into());
        }
        if let Some(at) = numbers.succeeded_at_ms {
            self.succeeded_at.get_or_create(&label).set(seconds(at));
        }
        if let Some(at) = numbers.next_at_ms {
            self.next_poll_at.get_or_create(&label).set(seconds(at));
        }
        match numbers.token_expires_at_ms {
            Some(at) => {
                self.token_expires_at.get_or_create(&label).set(seconds(at));
            }
            // Another one is in its place, which does not.
            None => {
                self.token_expires_at.remove(&label);
            }
        }
    }

    /// Forgets how a source stands that others poll from now on; what was counted stays.
    pub(super) fn leaves(&self, source: &str) {
        let label = label(source);
        self.backlog.remove(&label);
        self.current.remove(&label);
        let Self { quota_left, read_until, succeeded_at, next_poll_at, token_expires_at, .. } = self;
        for gauge in [quota_left, read_until, succeeded_at, next_poll_at, token_expires_at] {
            gauge.remove(&label);
        }
    }

    pub(super) fn called(&self, source: &str, numbers: &SourceNumbers) {
        let (label, whole) = (label(source), |number: u64| i64::try_from(number).unwrap_or(i64::MAX));
        self.calls.get_or_create(&label).set(whole(numbers.calls));
        self.refused_calls.get_or_create(&label).set(whole(numbers.refused_calls));
        self.issues_read.get_or_create(&label).set(whole(numbers.issues_read));
        if let Some(left) = numbers.quota_left {
            self.quota_left.get_or_create(&label).set(left);
        }
        if let Some(backlog) = numbers.backlog {
            self.backlog.get_or_create(&label).set(whole(backlog));
        }
        if let Some(until) = numbers.read_until_ms {
            self.read_until.get_or_create(&label).set(until as f64 / 1000.0);
        }
    }
}

fn label(source: &str) -> Label {
    Label { source: source.to_owned() }
}
