//! Whether all that is committed in the log can be read, looked at all the time: who follows a partition that is held up does
//! not notice it (see [`tidemark_stream::kafka::Ends`]).

use std::collections::BTreeSet;
use std::time::Duration;

use tidemark_stream::kafka::{Ends, HeldUp};

use super::Parts;
use crate::persist::sleep;

/// How often it is looked, and for how long a partition has to be held up: longer than a transaction may take.
const EVERY: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_secs(60);

/// Tells operators of partitions that are held up, each once, and when they go on.
pub(super) fn watch(parts: &Parts) -> anyhow::Result<()> {
    parts.on_log("ends", &|log, stop| {
        let mut ends = Ends::new(log)?;
        let mut told = BTreeSet::new();
        let mut asked = true;
        while !stop() {
            match ends.held_up() {
                Ok(standing) => {
                    asked = true;
                    tell(&mut told, &standing);
                    parts.metrics.log_holds_up(told.len());
                }
                // That the log is away is told elsewhere.
                Err(error) if !parts.fleet.settings().away().is_away() && std::mem::take(&mut asked) => {
                    tracing::warn!(%error, "whether partitions of the log are held up can't be found out");
                }
                Err(error) => tracing::debug!(%error, "where the log's partitions end can't be asked"),
            }
            sleep(EVERY, stop);
        }
        Ok(())
    })
}

fn tell(told: &mut BTreeSet<HeldUp>, standing: &[(HeldUp, Duration)]) {
    let still: BTreeSet<&HeldUp> = standing.iter().map(|(held, _)| held).collect();
    told.retain(|held| {
        let stays = still.contains(held);
        if !stays {
            tracing::info!(
                kafka.topic = held.topic,
                kafka.partition = held.partition,
                "a partition goes on that was held up"
            );
        }
        stays
    });
    for (held, _) in standing.iter().filter(|(_, time)| *time >= LONG) {
        if told.insert(held.clone()) {
            let HeldUp { topic, partition, from } = held;
            tracing::warn!(
                kafka.topic = topic,
                kafka.partition = partition,
                kafka.offset = from,
                "a partition is held up: nothing that was committed there can be read, since a transaction has not ended for {} s. \
                 It ends when its writer writes there again; brokers of Kafka 4.3 and 4.4 forget ends (KAFKA-20734), and \
                 deploy/README.md says what else helps",
                LONG.as_secs()
            );
        }
    }
}
