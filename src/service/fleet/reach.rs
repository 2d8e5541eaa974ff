//! Whether the log answers, and all that is committed in it can be read, looked at all the time: while nothing is computed,
//! nobody else would notice that it is away, and nobody at all that a partition is held up.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tidemark_stream::kafka::{Ends, HeldUp, Probe};

use super::Parts;
use crate::persist::sleep;

/// How often the log is asked, and how soon it has to answer. It is asked twice before an outage is told.
const EVERY: Duration = Duration::from_secs(2);
const WITHIN: Duration = Duration::from_secs(3);

/// How often partitions are looked for that are held up, and for how long one has to be: longer than a transaction may take.
const LOOK: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_secs(60);

/// Tells operators whether the log answers. `needs_log` says whether this process is of no use without it.
pub(super) fn watch(parts: &Parts, needs_log: bool) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let mut probe = Probe::new(parts.fleet.settings())?;
    let mut away: Option<Instant> = None;
    let mut readers =
        Readers { ends: Ends::new(parts.fleet.settings())?, looked: Instant::now(), held: BTreeSet::new() };
    while !stop() {
        let asked = Instant::now();
        let mut answered = probe.answers(WITHIN);
        if answered.is_err() {
            // A connection that was lost is no outage, and may not find a broker again that others find.
            probe = Probe::new(parts.fleet.settings())?;
            answered = probe.answers(WITHIN);
        }
        match answered {
            Ok(()) => {
                if let Some(since) = away.take() {
                    let outage_s = since.elapsed().as_secs();
                    tracing::info!(outage_s, "the log answers again, after {outage_s} s");
                }
            }
            Err(error) => {
                if away.is_none() {
                    tracing::warn!(%error, "the log does not answer; work goes on once it does");
                    away = Some(asked);
                }
            }
        }
        parts.fleet.settings().away().set(away.is_some());
        parts.metrics.log_answers(away.is_none());
        parts.readiness.set_without_log(needs_log && away.is_some());
        if away.is_none() {
            readers.look(parts);
        }
        sleep(EVERY.saturating_sub(asked.elapsed()), &stop);
    }
    Ok(())
}

/// What readers of the log come to.
struct Readers {
    ends: Ends,
    looked: Instant,
    /// The partitions that are told of.
    held: BTreeSet<HeldUp>,
}

impl Readers {
    /// Tells operators of partitions that are held up, each once, and when they go on.
    fn look(&mut self, parts: &Parts) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        let held: BTreeSet<HeldUp> = match self.ends.held_up(LONG) {
            Ok(held) => held.into_iter().collect(),
            Err(error) => return tracing::debug!(%error, "where the log's partitions end can't be asked"),
        };
        for HeldUp { topic, partition, from } in held.difference(&self.held) {
            tracing::warn!(
                kafka.topic = topic,
                kafka.partition = partition,
                kafka.offset = from,
                "a partition is held up: nothing that was committed there can be read, since a transaction has not ended for {} s; \
                 Kafka 4.3 and 4.4 forget ends (KAFKA-20734): `kafka-transactions.sh find-hanging` and `abort` end it, and \
                 `tidemark replay` computes everything anew",
                LONG.as_secs()
            );
        }
        for HeldUp { topic, partition, .. } in self.held.difference(&held) {
            tracing::info!(
                kafka.topic = topic,
                kafka.partition = partition,
                "a partition that was held up goes on"
            );
        }
        parts.metrics.log_holds_up(held.len());
        self.held = held;
    }
}
