//! What is known of the sources while they are polled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tidemark_api::{PollNumbers, SourceNumbers};
use tidemark_connectors::{Account, KeptUp};
use tidemark_model::Timestamp;
use tidemark_sinks::serving::SourceState;

use crate::config::Config;

/// A first load that takes longer is not waited for.
const LONG: Duration = Duration::from_secs(10);

/// The state of each source. Clones share one state.
#[derive(Clone, Default)]
pub(super) struct States(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    sources: BTreeMap<String, SourceState>,
    /// Since when sources are read for the first time.
    loading: BTreeMap<String, Instant>,
    /// Whether something has changed that people want to see at once.
    told: bool,
    /// Why what is known of a source could not be compared with what can be seen.
    doubts: BTreeMap<String, String>,
}

/// What metrics say of a source.
pub(super) fn numbers(account: &Account) -> SourceNumbers {
    let Account { spent, issues_read, read_until, backlog, .. } = account;
    SourceNumbers {
        calls: spent.calls,
        refused_calls: spent.refused,
        issues_read: *issues_read,
        quota_left: spent.left_per_mille.map(|left| f64::from(left) / 1000.0),
        backlog: *backlog,
        read_until_ms: read_until.map(|until| until.0),
    }
}

impl States {
    pub(super) fn of(config: &Config) -> Self {
        let sources = config.sources.iter().map(|(name, source)| {
            let (name, kind) = (name.clone(), source.kind());
            let state = SourceState { name: name.clone(), kind, state: "reading", ..SourceState::default() };
            (name, state)
        });
        Self(Arc::new(Mutex::new(Inner { sources: sources.collect(), ..Inner::default() })))
    }

    /// A poll ended well at `now`.
    pub(super) fn succeeded(&self, source: &str, now: Timestamp, records: u64, changed: bool) {
        let doubt = self.doubt(source);
        self.change(source, |state| {
            let news = changed || state.state != "current";
            state.records += records;
            (state.state, state.error) = ("current", doubt.clone());
            (state.read_per_mille, state.time_left) = (None, None);
            (state.polled_at, state.succeeded_at) = (Some(now), Some(now));
            if changed {
                state.changed_at = Some(now);
            }
            news
        });
    }

    /// A poll failed at `now`.
    pub(super) fn failed(&self, source: &str, now: Timestamp, error: String) {
        self.change(source, |state| {
            let news = state.error.as_ref() != Some(&error);
            (state.state, state.error, state.polled_at) = ("failing", Some(error), Some(now));
            news
        });
    }

    /// A page of a first load was read: so much of it is there.
    pub(super) fn reads(&self, source: &str, read: Option<f64>, left: Option<Duration>) {
        self.inner(|inner| *inner.loading.entry(source.to_owned()).or_insert_with(Instant::now));
        let share = |read: f64| (read.clamp(0.0, 1.0) * 1000.0) as u32;
        self.change(source, |state| {
            let read = read.map(share).filter(|_| state.succeeded_at.is_none());
            // Pages come fast: whole percents are news.
            let news = read.map(|read| read / 10) != state.read_per_mille.map(|read| read / 10);
            (state.read_per_mille, state.next_poll_at) = (read, None);
            state.time_left = left.filter(|_| read.is_some());
            news
        });
    }

    /// When the source is asked next.
    pub(super) fn asked(&self, source: &str, next_poll_at: Timestamp) {
        self.change(source, |state| {
            state.next_poll_at = Some(next_poll_at);
            false
        });
    }

    /// How far the source has been read, and at what cost.
    pub(super) fn spent(&self, source: &str, account: Option<Account>) {
        self.change(source, |state| {
            let Some(Account { spent, issues_read, read_until, backlog }) = account else { return false };
            (state.calls, state.refused_calls) = (spent.calls, spent.refused);
            (state.quota_left_per_mille, state.issues_read) = (spent.left_per_mille, issues_read);
            (state.read_until, state.backlog) = (read_until, backlog);
            false
        });
    }

    /// What is known could not be compared with what can be seen, or somebody has to say whether that is right.
    pub(super) fn unreconciled(&self, source: &str, error: String) {
        self.inner(|inner| inner.doubts.insert(source.to_owned(), error));
        let doubt = self.doubt(source);
        self.change(source, |state| {
            let news = state.error != doubt;
            state.error = doubt;
            news
        });
    }

    /// What is known was compared with what can be seen.
    pub(super) fn reconciled(&self, source: &str, now: Timestamp) {
        self.inner(|inner| inner.doubts.remove(source));
        let doubt = self.doubt(source);
        self.change(source, |state| {
            (state.reconciled_at, state.error) = (Some(now), doubt);
            true
        });
    }

    /// The source was looked after, or could not be. What people have to do is logged once, and shown while it holds.
    pub(super) fn kept_up(&self, source: &str, kept: &Result<KeptUp, tidemark_connectors::Error>) {
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(source.name = source, %error, "source {source} can't be looked after");
                return;
            }
        };
        for done in &kept.done {
            tracing::info!(source.name = source, done, "source {source} is looked after");
        }
        let notice = Some(kept.notices.join("; ")).filter(|notice| !notice.is_empty());
        self.change(source, |state| {
            let news = state.notice != notice;
            if news && let Some(notice) = &notice {
                tracing::warn!(source.name = source, notice, "source {source} needs somebody's hand");
            }
            state.notice = notice;
            state.token_expires_at = kept.token_expires_at;
            news
        });
    }

    /// Why what is known of a source could not be compared with what can be seen.
    fn doubt(&self, source: &str) -> Option<String> {
        self.inner(|inner| inner.doubts.get(source).cloned())
    }

    /// What metrics say of a source's polls.
    pub(super) fn polls(&self, source: &str) -> PollNumbers {
        let numbers = |state: &SourceState| PollNumbers {
            is_current: state.polled_at.map(|_| state.state == "current" && state.error.is_none()),
            succeeded_at_ms: state.succeeded_at.map(|at| at.0),
            next_at_ms: state.next_poll_at.map(|at| at.0),
            token_expires_at_ms: state.token_expires_at.map(|at| at.0),
        };
        self.inner(|inner| inner.sources.get(source).map(numbers)).unwrap_or_default()
    }

    /// Whether every source has been asked at least once. Of one whose first load is long there is something to see meanwhile.
    pub(super) fn all_asked(&self) -> bool {
        self.inner(|inner| {
            let is_long =
                |name: &String| inner.loading.get(name).is_some_and(|since| since.elapsed() >= LONG);
            inner.sources.iter().all(|(name, state)| state.polled_at.is_some() || is_long(name))
        })
    }

    /// All states, and whether anything has changed that people want to see at once.
    pub(super) fn take(&self) -> (Vec<SourceState>, bool) {
        self.inner(|inner| (inner.sources.values().cloned().collect(), std::mem::take(&mut inner.told)))
    }

    fn change(&self, source: &str, change: impl FnOnce(&mut SourceState) -> bool) {
        self.inner(|inner| {
            let news = inner.sources.get_mut(source).is_some_and(change);
            inner.told |= news;
        });
    }

    fn inner<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        // A state is written whole: a panic elsewhere leaves none half written.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
