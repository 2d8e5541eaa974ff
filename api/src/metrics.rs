//! Counters and durations, as OpenMetrics. Names end in their unit; labels are few and bounded.

mod sources;
mod work;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use sources::Sources;
use work::Work;

pub use sources::{PollNumbers, SourceNumbers};

/// Bounds that show whether answers come in milliseconds and changes within a quarter of a second.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rejection {
    stage: String,
    reason: String,
}

/// Everything that is counted. Clones share one state.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    answers: Family<Answer, Counter>,
    answer_durations: Family<Route, Histogram, fn() -> Histogram>,
    sources: Sources,
    hooks: Family<Outcome, Counter>,
    hook_durations: Histogram,
    batches: Counter,
    batch_durations: Histogram,
    flushes: Counter,
    listeners: Gauge,
    rejected: Family<Rejection, Gauge>,
    log_reachable: Gauge,
    log_held_up: Gauge,
    work: Work,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("tidemark");
        let answers = Family::default();
        registry.register("http_requests", "Requests answered, by route and status", answers.clone());
        let durations = Family::new_with_constructor(seconds as fn() -> Histogram);
        let help = "Time from a request to its answer";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        let sources = Sources::default();
        sources.register(&mut registry);
        let hooks = Family::default();
        registry.register("hooks", "Webhooks answered, by what became of them", hooks.clone());
        let hook_durations = seconds();
        let help = "Time from a webhook to its answer";
        registry.register_with_unit("hook_duration", help, Unit::Seconds, hook_durations.clone());
        let batches = Counter::default();
        registry.register("batches", "Batches of changes that became readable", batches.clone());
        let batch_durations = seconds();
        let help = "Time that a batch took to become readable: on one machine with computing it, else with copying it";
        registry.register_with_unit("batch_duration", help, Unit::Seconds, batch_durations.clone());
        let flushes = Counter::default();
        let help = "Flushes of the warehouse (lake or ClickHouse) that wrote something";
        registry.register("warehouse_flushes", help, flushes.clone());
        let listeners = Gauge::default();
        registry.register("event_listeners", "Open event streams", listeners.clone());
        let rejected = Family::default();
        let help = "Records that can't be taken at present, by the stage that rejects them and the reason";
        registry.register("rejected_records", help, rejected.clone());
        let log_reachable = Gauge::default();
        // One in a folder is there for as long as its process.
        log_reachable.set(1);
        let help = "Whether the log can be reached (1) or Kafka does not answer this process (0)";
        registry.register("log_reachable", help, log_reachable.clone());
        let log_held_up = Gauge::default();
        let help =
            "Partitions of the log where nothing more can be read, since a transaction there does not end";
        registry.register("log_held_up_partitions", help, log_held_up.clone());
        let work = Work::default();
        work.register(&mut registry);
        Self {
            registry: Arc::new(Mutex::new(registry)),
            answers,
            answer_durations: durations,
            sources,
            hooks,
            hook_durations,
            batches,
            batch_durations,
            flushes,
            listeners,
            rejected,
            log_reachable,
            log_held_up,
            work,
        }
    }
}

impl Metrics {
    pub fn answered(&self, route: &str, status: u16, duration: Duration) {
        let route = route.to_owned();
        self.answers.get_or_create(&Answer { route: route.clone(), status }).inc();
        self.answer_durations.get_or_create(&Route { route }).observe(duration.as_secs_f64());
    }

    pub fn polled(&self, source: &str, records: u64) {
        self.sources.polled(source, records);
    }

    pub fn poll_failed(&self, source: &str) {
        self.sources.poll_failed(source);
    }

    /// How far a source that is called has been read, and at what cost.
    pub fn called(&self, source: &str, numbers: &SourceNumbers) {
        self.sources.called(source, numbers);
    }

    /// How the polls of a source go.
    pub fn stands(&self, source: &str, numbers: &PollNumbers) {
        self.sources.stands(source, numbers);
    }

    /// Others poll a source from now on: only they say how it stands.
    pub fn leaves(&self, source: &str) {
        self.sources.leaves(source);
    }

    pub(crate) fn hooked(&self, outcome: &'static str, duration: Duration) {
        self.hooks.get_or_create(&Outcome { outcome }).inc();
        self.hook_durations.observe(duration.as_secs_f64());
    }

    pub fn processed(&self, duration: Duration) {
        self.batches.inc();
        self.batch_durations.observe(duration.as_secs_f64());
    }

    pub fn flushed(&self) {
        self.flushes.inc();
    }

    /// A task of this kind of work has something to do; until it is idle it lags behind. `work` and tables are few.
    pub fn busy(&self, work: &'static str, partition: u32) {
        self.work.busy(work, partition);
    }

    /// A task has done all that it was told of.
    pub fn idle(&self, work: &'static str, partition: u32) {
        self.work.idle(work, partition);
    }

    /// A task is no longer this process's.
    pub fn left(&self, work: &'static str, partition: u32) {
        self.work.left(work, partition);
    }

    /// Rows of a table were written, and can be read there.
    pub fn wrote(&self, work: &'static str, table: &'static str) {
        self.work.wrote(work, table);
    }

    /// How many records are rejected at present, by stage and reason.
    pub(crate) fn rejected(&self, counts: impl IntoIterator<Item = (String, String, i64)>) {
        self.rejected.clear();
        for (stage, reason, count) in counts {
            self.rejected.get_or_create(&Rejection { stage, reason }).set(count);
        }
    }

    /// Whether the log answers that processes share.
    pub fn log_answers(&self, answers: bool) {
        self.log_reachable.set(i64::from(answers));
    }

    /// In how many partitions of the log nothing more can be read.
    pub fn log_holds_up(&self, partitions: usize) {
        self.log_held_up.set(i64::try_from(partitions).unwrap_or(i64::MAX));
    }

    pub(crate) fn listening(&self, change: i64) {
        self.listeners.inc_by(change);
    }

    /// All of it in the text format.
    pub fn text(&self) -> String {
        self.work.look();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        match encode(&mut text, &registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "metrics can't be written");
                String::new()
            }
        }
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}
