//! What is known of the sources while they are polled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

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
}

impl States {
    pub(super) fn of(config: &Config) -> Self {
        let sources = config.sources.iter().map(|(name, source)| {
            let state = SourceState {
                name: name.clone(),
                kind: source.kind(),
                state: "reading",
                error: None,
                records: 0,
                polled_at: None,
                succeeded_at: None,
                changed_at: None,
            };
            (name.clone(), state)
        });
        Self(Arc::new(Mutex::new(Inner { sources: sources.collect(), told: false })))
    }

    /// A poll ended well at `now`.
    pub(super) fn succeeded(&self, source: &str, now: Timestamp, records: u64, changed: bool) {
        self.change(source, |state| {
            let news = changed || state.state != "current";
            state.records += records;
            (state.state, state.error) = ("current", None);
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
