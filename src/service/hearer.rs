//! What becomes of what a poll tells: the log, the metrics, and what is known of the source.

use std::time::{Duration, Instant};

use tidemark_api::Metrics;
use tidemark_connectors::{Account, Connector};
use tidemark_ingest::{Error, Polled, Pulled};
use tidemark_model::Timestamp;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_stream::Error as Log;

use super::states::{States, numbers};
use crate::pace::Pace;

/// What a long first poll has brought so far is told of this often.
const MEANWHILE: Duration = Duration::from_secs(10);

/// Hears of the polls of one source.
pub(super) struct Hearer<'a> {
    pub(super) name: &'a str,
    pub(super) connector: &'a dyn Connector,
    /// The pause between two polls.
    pub(super) every: Duration,
    pub(super) states: &'a States,
    pub(super) metrics: &'a Metrics,
    /// Told that there is something to process or to show; where that is others' work, it does nothing.
    pub(super) wake: &'a dyn Fn(),
    /// When that was told last.
    pub(super) woken: Instant,
    /// How fast the first load goes.
    pub(super) pace: Pace,
}

impl Hearer<'_> {
    pub(super) fn hear(&mut self, polled: Polled<'_>) {
        let name = self.name;
        match polled {
            Polled::Page(pulled) => {
                let left = pulled.read.and_then(|read| self.pace.left(read, Instant::now()));
                self.states.reads(name, pulled.read, left);
                let account = self.account();
                self.states.spent(name, account);
                if pulled.changed && self.woken.elapsed() >= MEANWHILE {
                    self.wake();
                }
            }
            Polled::Ended(pulled) => self.ended(pulled),
            Polled::Unreconciled(error) => {
                tracing::warn!(source.name = %name, %error, "source {name} can't be reconciled");
                self.states.unreconciled(name, error.to_string());
                self.stands();
            }
            Polled::Reconciled(found) => {
                tracing::info!(source.name = %name, ?found, "source {name} is reconciled");
                self.states.reconciled(name, SystemClock.now());
                self.asked(self.every);
                if found.changed {
                    self.wake();
                }
            }
            Polled::KeptUp(kept) => {
                self.states.kept_up(name, kept);
                self.stands();
            }
            Polled::Failed { error, pause } => {
                let error = error.to_string();
                let pause_secs = pause.as_secs();
                tracing::warn!(source.name = name, %error, pause_secs, "source {name} can't be read");
                self.failed(error);
                self.asked(pause);
                self.wake();
            }
            // Others poll it now, or the log was made anew: it is polled again by whoever has it.
            Polled::Unwritten(Error::Store(Log::Fenced { .. } | Log::Renewed { .. })) => {}
            // Whoever runs the polls says so in the log, and begins again or ends.
            Polled::Unwritten(error) => self.failed(error.to_string()),
        }
    }

    fn ended(&mut self, pulled: &Pulled) {
        let name = self.name;
        let first = !self.states.all_asked();
        if pulled.records > 0 {
            self.metrics.polled(name, pulled.records);
        }
        self.states.succeeded(name, SystemClock.now(), pulled.records, pulled.changed);
        self.asked(self.every);
        if pulled.changed || first {
            tracing::debug!(source.name = name, records = pulled.records, "source {name} has something new");
            self.wake();
        }
    }

    fn failed(&self, error: String) {
        self.metrics.poll_failed(self.name);
        self.states.failed(self.name, SystemClock.now(), error);
        self.stands();
    }

    fn stands(&self) {
        self.metrics.stands(self.name, &self.states.polls(self.name));
    }

    /// What asking has cost so far, and when it goes on.
    fn asked(&self, pause: Duration) {
        let account = self.account();
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let next = Timestamp(SystemClock.now().0.saturating_add(pause_ms));
        self.states.spent(self.name, account);
        self.states.asked(self.name, next);
        self.stands();
    }

    /// How far the source has been read, and at what cost: metrics say it too.
    fn account(&self) -> Option<Account> {
        let account = self.connector.account()?;
        self.metrics.called(self.name, &numbers(&account));
        Some(account)
    }

    fn wake(&mut self) {
        self.woken = Instant::now();
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeMap;
    use std::net::SocketAddr;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use tidemark_api::Metrics;
    use tidemark_connectors::archive::Archive;
    use tidemark_ingest::{Error, Polled};
    use tidemark_model::policy::Policy;
    use tidemark_stream::Error as Log;

    use super::super::states::States;
    use super::Hearer;
    use crate::config::{Config, Origin, Source};
    use crate::pace::Pace;

    #[test]
    fn a_log_that_is_away_is_a_failed_poll_and_one_that_others_have_is_none() {
        let origin = Origin::JiraArchive { path: PathBuf::from(".") };
        let every = Duration::from_secs(1);
        let source = Source { origin, poll_interval: every, reconcile_interval: every };
        let sources = BTreeMap::from([("acme".to_owned(), source)]);
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config::embedded(listen, PathBuf::from("."), sources, Policy::default());
        let (states, metrics, woken) = (States::of(&config), Metrics::default(), Cell::new(0));
        let connector = Archive::new("acme", Path::new("."));
        let wake = || woken.set(woken.get() + 1);
        let mut hearer = Hearer {
            name: "acme",
            connector: &connector,
            every,
            states: &states,
            metrics: &metrics,
            wake: &wake,
            woken: Instant::now(),
            pace: Pace::default(),
        };
        let taken = Error::Store(Log::Fenced { writer: "acme".to_owned() });
        hearer.hear(Polled::Unwritten(&taken));
        assert!(!metrics.text().contains("poll_failures_total{"), "{}", metrics.text());
        assert_eq!(states.take().0[0].state, "reading");
        let away = Log::Kafka { action: "writing".into(), reason: "gone".into(), transient: true };
        hearer.hear(Polled::Unwritten(&Error::Store(away)));
        let failures = "tidemark_source_poll_failures_total{source=\"acme\"} 1";
        assert!(metrics.text().contains(failures), "{}", metrics.text());
        let (told, news) = states.take();
        assert!(news && told[0].state == "failing", "{told:?}");
        assert_eq!(told[0].error.as_deref(), Some("kafka: writing failed: gone"));
    }
}
