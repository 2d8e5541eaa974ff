//! What is known of the sources while they are polled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidemark_connectors::Spent;
use tidemark_model::Timestamp;
use tidemark_sinks::serving::SourceState;

use crate::config::Config;

/// The state of each source. Clones share one state.
#[derive(Clone, Default)]
pub(super) struct States(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    sources: BTreeMap<String, SourceState>,
    /// Whether something has changed that people want to see at once.
    told: bool,
    /// Why what is known of a source could not be compared with what can be seen.
    doubts: BTreeMap<String, String>,
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
        let doubt = self.inner(|inner| inner.doubts.get(source).cloned());
        self.change(source, |state| {
            let news = changed || state.state != "current";
            state.records += records;
            (state.state, state.error, state.read_per_mille) = ("current", doubt.clone(), None);
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
    pub(super) fn reads(&self, source: &str, read: Option<f64>) {
        let share = |read: f64| (read.clamp(0.0, 1.0) * 1000.0) as u32;
        self.change(source, |state| {
            let read = read.map(share).filter(|_| state.succeeded_at.is_none());
            // Pages come fast: whole percents are news.
            let news = read.map(|read| read / 10) != state.read_per_mille.map(|read| read / 10);
            (state.read_per_mille, state.next_poll_at) = (read, None);
            news
        });
    }

    /// What asking has cost, and when the source is asked next.
    pub(super) fn asked(&self, source: &str, spent: Option<Spent>, next_poll_at: Timestamp) {
        self.change(source, |state| {
            state.next_poll_at = Some(next_poll_at);
            if let Some(Spent { calls, refused, left_per_mille }) = spent {
                (state.calls, state.refused_calls) = (calls, refused);
                state.quota_left_per_mille = left_per_mille;
            }
            false
        });
    }

    /// What is known could not be compared with what can be seen, or somebody has to say whether that is right.
    pub(super) fn unreconciled(&self, source: &str, error: String) {
        self.inner(|inner| inner.doubts.insert(source.to_owned(), error.clone()));
        self.change(source, |state| {
            let news = state.error.as_ref() != Some(&error);
            state.error = Some(error);
            news
        });
    }

    /// What is known was compared with what can be seen.
    pub(super) fn reconciled(&self, source: &str, now: Timestamp) {
        self.inner(|inner| inner.doubts.remove(source));
        self.change(source, |state| {
            (state.reconciled_at, state.error) = (Some(now), None);
            true
        });
    }

    /// Whether every source has been asked at least once.
    pub(super) fn all_asked(&self) -> bool {
        self.inner(|inner| inner.sources.values().all(|state| state.polled_at.is_some()))
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
