//! Whether the log answers, looked at all the time: while nothing is computed, nobody else would notice that it is away.

use std::time::{Duration, Instant};

use tidemark_stream::kafka::Probe;

use super::Parts;
use crate::persist::sleep;

/// How often the log is asked, and how soon it has to answer. It is asked twice before an outage is told.
const EVERY: Duration = Duration::from_secs(2);
const WITHIN: Duration = Duration::from_secs(3);

/// Tells operators whether the log answers. `needs_log` says whether this process is of no use without it.
pub(super) fn watch(parts: &Parts, needs_log: bool) -> anyhow::Result<()> {
    let stop = || parts.stop.is_cancelled();
    let mut probe = Probe::new(parts.fleet.settings())?;
    let mut away: Option<Instant> = None;
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
        sleep(EVERY.saturating_sub(asked.elapsed()), &stop);
    }
    Ok(())
}
