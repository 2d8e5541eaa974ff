//! What is under way: how far work lags behind the log, and how old what it last wrote is.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// Seconds, with fractions.
type Seconds = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Task {
    work: &'static str,
    partition: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Written {
    work: &'static str,
    table: &'static str,
}

/// Moments; what lies between them and now is told when it is asked for. Clones share one state.
#[derive(Clone, Default)]
pub(super) struct Work {
    moments: Arc<Mutex<Moments>>,
    lag: Family<Task, Seconds>,
    freshness: Family<Written, Seconds>,
}

#[derive(Default)]
struct Moments {
    /// Since when a task has had something to do; nothing where it has not.
    busy: BTreeMap<(&'static str, u32), Option<Instant>>,
    written: BTreeMap<(&'static str, &'static str), Instant>,
}

impl Work {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help =
            "Time since a task had last done all that it had been told of, by kind of work and partition";
        registry.register_with_unit("lag", help, Unit::Seconds, self.lag.clone());
        let help = "Time since this process last wrote rows of a table, by kind of work";
        registry.register_with_unit("freshness", help, Unit::Seconds, self.freshness.clone());
    }

    pub(super) fn busy(&self, work: &'static str, partition: u32) {
        self.moments().busy.entry((work, partition)).or_default().get_or_insert_with(Instant::now);
    }

    pub(super) fn idle(&self, work: &'static str, partition: u32) {
        self.moments().busy.insert((work, partition), None);
    }

    pub(super) fn left(&self, work: &'static str, partition: u32) {
        self.moments().busy.remove(&(work, partition));
    }

    pub(super) fn wrote(&self, work: &'static str, table: &'static str) {
        self.moments().written.insert((work, table), Instant::now());
    }

    /// Brings what is told up to now.
    pub(super) fn look(&self) {
        let moments = self.moments();
        self.lag.clear();
        for ((work, partition), since) in &moments.busy {
            let lag = since.map_or(0.0, |since| since.elapsed().as_secs_f64());
            self.lag.get_or_create(&Task { work, partition: *partition }).set(lag);
        }
        for ((work, table), at) in &moments.written {
            self.freshness.get_or_create(&Written { work, table }).set(at.elapsed().as_secs_f64());
        }
    }

    fn moments(&self) -> MutexGuard<'_, Moments> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
