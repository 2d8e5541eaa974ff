//! Partitions that are held up: what was committed behind a transaction can't be read before the transaction has ended.
//!
//! A transaction ends within seconds; that of a dead writer ends when the cluster gives it up. Brokers of Kafka 4.3 and 4.4 may
//! forget to write the end of one to a partition that has no leader just then, as those of the only broker while it stops or
//! starts (KAFKA-20734). Such a partition is held up until the same writer has written there once more. Whoever follows it does
//! not notice, since everything that can be read has been read: so it is looked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::{Offset, TopicPartitionList};

use super::encode::number;
use super::error::kafka;
use super::log::Log;
use super::probe::Probe;
use crate::Error;

/// What a question may take.
const WITHIN: Duration = Duration::from_secs(3);

/// A partition that is held up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldUp {
    pub topic: String,
    pub partition: i32,
    /// Nothing can be read from this offset on.
    pub from: i64,
}

/// Compares where the log's partitions end with where what is committed ends.
pub struct Ends {
    committed: Probe,
    all: Probe,
    places: TopicPartitionList,
    /// Since when each of them has been seen to be held up, by every look.
    since: BTreeMap<HeldUp, Instant>,
}

impl Ends {
    /// Does not ask the cluster yet.
    pub fn new(log: &Log) -> Result<Self, Error> {
        let asking = |isolation| Probe::isolated(&log.settings, isolation);
        let tables = log.tables.iter().map(|table| log.names.table(table.name));
        let mut places = TopicPartitionList::new();
        for topic in tables.chain([log.names.emitted(), log.names.values()]) {
            for partition in 0..log.partitions() {
                let added = places.add_partition_offset(&topic, number(partition), Offset::End);
                added.map_err(kafka(format!("asking for the ends of {topic}")))?;
            }
        }
        let (committed, all) = (asking("read_committed")?, asking("read_uncommitted")?);
        Ok(Self { committed, all, places, since: BTreeMap::new() })
    }

    /// The partitions that are held up, and for how long, as far as this look and those right before it tell.
    ///
    /// Fails where a broker does not answer; what was seen before is forgotten then.
    pub fn held_up(&mut self) -> Result<Vec<(HeldUp, Duration)>, Error> {
        let before = std::mem::take(&mut self.since);
        let failed = || kafka("asking for the ends of partitions");
        // In this order: what is committed meanwhile makes nothing look held up.
        let all = self.all.offsets(self.places.clone(), WITHIN).map_err(failed())?;
        let committed = self.committed.offsets(self.places.clone(), WITHIN).map_err(failed())?;
        for found in committed.elements() {
            let (topic, partition) = (found.topic(), found.partition());
            let end = all.find_partition(topic, partition).map(|end| end.offset());
            let (Offset::Offset(from), Some(Offset::Offset(end))) = (found.offset(), end) else {
                // A partition without a leader has no answer: it stands as it stood.
                let same =
                    before.iter().filter(|(held, _)| held.topic == topic && held.partition == partition);
                self.since.extend(same.map(|(held, since)| (held.clone(), *since)));
                continue;
            };
            if from < end {
                let held = HeldUp { topic: topic.to_owned(), partition, from };
                let since = before.get(&held).copied().unwrap_or_else(Instant::now);
                self.since.insert(held, since);
            }
        }
        Ok(self.since.iter().map(|(held, since)| (held.clone(), since.elapsed())).collect())
    }
}
