//! Partitions that are held up: what was committed behind a transaction can't be read before the transaction has ended.
//!
//! A transaction ends within seconds; that of a dead writer ends when the cluster gives it up. Brokers of Kafka 4.3 and 4.4 may
//! forget to write the end of one to a partition that has no leader just then, as those of the only broker while it stops or
//! starts (KAFKA-20734). Such a partition is held up until the same writer has written there once more. Whoever follows it does
//! not notice, since everything that can be read has been read: so it is looked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::{Offset, TopicPartitionList};

use super::error::kafka;
use super::probe::Probe;
use super::settings::Settings;
use crate::Error;

/// What a question may take.
const WITHIN: Duration = Duration::from_secs(10);

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
    prefix: String,
    /// Since when each of them has been seen to be held up.
    since: BTreeMap<HeldUp, Instant>,
}

impl Ends {
    /// Does not ask the cluster yet.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let asking = |isolation: &str| {
            let mut config = settings.client();
            config.set("isolation.level", isolation);
            Probe::with(&config, settings)
        };
        let (committed, all) = (asking("read_committed")?, asking("read_uncommitted")?);
        Ok(Self { committed, all, prefix: settings.prefix().to_owned(), since: BTreeMap::new() })
    }

    /// The partitions that have been held up at one place for so long, as far as the looks before this one tell.
    pub fn held_up(&mut self, long: Duration) -> Result<Vec<HeldUp>, Error> {
        let places = self.places()?;
        // In this order: what is committed meanwhile is at an end as well.
        let [committed, all] =
            [&self.committed, &self.all].map(|probe| probe.offsets(places.clone(), WITHIN));
        let failed = || kafka("asking for the ends of partitions");
        let (committed, all) = (committed.map_err(failed())?, all.map_err(failed())?);
        let mut since = BTreeMap::new();
        for found in committed.elements() {
            let end = all.find_partition(found.topic(), found.partition());
            // A partition without a leader has no answer.
            let (Offset::Offset(from), Some(Offset::Offset(end))) =
                (found.offset(), end.map(|end| end.offset()))
            else {
                continue;
            };
            let held = HeldUp { topic: found.topic().to_owned(), partition: found.partition(), from };
            if from < end {
                let first = self.since.get(&held).copied().unwrap_or_else(Instant::now);
                since.insert(held, first);
            }
        }
        self.since = since;
        let held = self.since.iter().filter(|(_, since)| since.elapsed() >= long);
        Ok(held.map(|(held, _)| held.clone()).collect())
    }

    /// All partitions of the log.
    fn places(&self) -> Result<TopicPartitionList, Error> {
        let metadata = self.committed.metadata(None, WITHIN)?;
        let mut places = TopicPartitionList::new();
        for topic in metadata.topics().iter().filter(|topic| topic.name().starts_with(&self.prefix)) {
            for partition in topic.partitions() {
                let added = places.add_partition_offset(topic.name(), partition.id(), Offset::End);
                added.map_err(kafka(format!("asking for the ends of {}", topic.name())))?;
            }
        }
        Ok(places)
    }
}
