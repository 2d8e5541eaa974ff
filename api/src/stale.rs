//! Sources that are behind: what happened there lately is missing here. This depends on the present instant, so it is
//! asked with each request, and bodies that say it are kept under what they say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tidemark_model::Timestamp;
use tidemark_sql::serving::Reading;
use tokio::sync::Mutex;

use crate::error::Error;
use crate::live::Scope;
use crate::read::{self, SourceState};
use crate::state::Shared;

/// However often it is polled: a source that was silent for less is not behind.
const LEAST: Duration = Duration::from_secs(300);

/// So many polls have to be missed.
const POLLS: u32 = 10;

/// How long what was found is good for.
const LOOKED_MS: i64 = 1_000;

/// The sources that are behind, each with what to know of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stale(Arc<BTreeMap<String, String>>);

impl Stale {
    /// What to know of a source that is behind.
    pub(crate) fn detail(&self, source: &str) -> Option<&str> {
        self.0.get(source).map(String::as_str)
    }

    /// Tells apart bodies that say something else; empty where no source is behind.
    pub(crate) fn key(&self) -> String {
        self.0.iter().fold(String::new(), |mut key, (source, detail)| {
            // Writing to a string cannot fail.
            write!(key, " stale {source} {detail}").unwrap_or_default();
            key
        })
    }
}

/// Looks at the sources, at most once a second. Clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// How often each source is polled, where that is known.
    intervals: Arc<BTreeMap<String, Duration>>,
    /// With the version of the database and the instant of the look.
    looked: Arc<Mutex<Option<(u64, Timestamp, Stale)>>>,
}

impl Watch {
    pub(crate) fn new(intervals: BTreeMap<String, Duration>) -> Self {
        Self { intervals: Arc::new(intervals), looked: Arc::default() }
    }

    /// The sources that are behind now.
    pub(crate) async fn look(&self, shared: &Shared) -> Result<Stale, Error> {
        let now = shared.clock.now();
        let version = shared.live.version(&Scope::Everything);
        let mut looked = self.looked.lock().await;
        if let Some((seen, at, stale)) = looked.as_ref()
            && *seen == version
            && (0..LOOKED_MS).contains(&(now.0 - at.0))
        {
            return Ok(stale.clone());
        }
        let stale = self.found(&mut shared.database.read().await?, now).await?;
        *looked = Some((version, now, stale.clone()));
        Ok(stale)
    }

    async fn found(&self, reading: &mut Reading, now: Timestamp) -> Result<Stale, Error> {
        let sources = read::sources(reading).await?;
        let behind = sources.into_iter().filter_map(|source| {
            let every = self.intervals.get(&source.name).copied().unwrap_or_default();
            behind(&source, every, now).map(|detail| (source.name, detail))
        });
        Ok(Stale(Arc::new(behind.collect())))
    }
}

/// Why a source that is polled this often is behind, if it is. It names instants and no spans: they hold until the next
/// poll. A source that is read for the first time is not behind.
fn behind(source: &SourceState, every: Duration, now: Timestamp) -> Option<String> {
    let name = &source.name;
    let longest = LEAST.max(every.saturating_mul(POLLS)).as_millis();
    let silent = source.succeeded_at.is_some_and(|at| i128::from(now.0) - i128::from(at.0) > longest as i128);
    let since = source.succeeded_at.map_or_else(
        || "it was never read to the end".to_owned(),
        |at| format!("what happened there since {at} is missing"),
    );
    match source.state.as_str() {
        "failing" => Some(format!("source {name} can't be read: {since}")),
        _ if silent => Some(format!("source {name} is not read any more: {since}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tidemark_model::Timestamp;

    use super::{SourceState, behind};

    fn source(state: &str, succeeded_at: Option<i64>) -> SourceState {
        SourceState {
            name: "acme".to_owned(),
            kind: "jira-archive".to_owned(),
            state: state.to_owned(),
            succeeded_at: succeeded_at.map(Timestamp),
            ..SourceState::default()
        }
    }

    #[test]
    fn a_source_is_behind_after_ten_polls_and_five_minutes_or_a_failure() {
        let is_behind = |source: &SourceState, every: u64, now: i64| {
            behind(source, Duration::from_secs(every), Timestamp(now)).is_some()
        };
        let current = source("current", Some(0));
        assert!(!is_behind(&current, 1, 300_000));
        assert!(is_behind(&current, 1, 300_001), "five minutes");
        assert!(!is_behind(&current, 120, 1_200_000));
        assert!(is_behind(&current, 120, 1_200_001), "ten polls");
        assert!(is_behind(&source("failing", Some(0)), 120, 1), "a failure at once");
        assert!(!is_behind(&source("reading", None), 120, 1), "the first time takes its time");
        let never = behind(&source("failing", None), Duration::ZERO, Timestamp(0)).unwrap();
        assert_eq!(never, "source acme can't be read: it was never read to the end");
    }
}
