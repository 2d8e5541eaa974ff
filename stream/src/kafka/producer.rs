//! Transactions: all records of a batch, or none.

use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::context::{Context, Delivered, UNKNOWN};
use super::error::{is_fenced, kafka, timed_out};
use super::reader::Place;
use super::record::Record;
use super::settings::Settings;
use super::topics::Names;
use crate::Error;

/// What a record may take to be delivered; shorter than a transaction, or a late record might find its transaction gone.
const DELIVERY_MS: u32 = 30_000;
/// What a transaction may take before the cluster aborts it, so that a dead writer holds up readers no longer.
const TRANSACTION_MS: u32 = 40_000;
/// What ending a transaction may take.
const PATIENCE: Duration = Duration::from_secs(45);
/// What taking over from an earlier owner may take: its open transaction is aborted first.
const TAKE_OVER: Duration = Duration::from_secs(75);
/// How long to wait for room in the queue before looking again.
const ROOM: Duration = Duration::from_millis(50);
/// How often to look whether all records are delivered.
const STEP: Duration = Duration::from_millis(1);

/// The one writer of a transactional id. After any error it is to be dropped: what the transaction came to is known once
/// the next one has taken over.
pub(super) struct Producer {
    producer: BaseProducer<Context>,
    writer: String,
}

impl Producer {
    /// Takes over a transactional id: an earlier owner can write no more, and what it left open is aborted.
    pub(super) fn take_over(settings: &Settings, names: &Names, writer: &str) -> Result<Self, Error> {
        let mut config = settings.client();
        config
            .set("transactional.id", names.transactional_id(writer))
            .set("transaction.timeout.ms", TRANSACTION_MS.to_string())
            .set("message.timeout.ms", DELIVERY_MS.to_string())
            // Rows are JSON of a few hundred bytes that resemble each other.
            .set("compression.type", "lz4")
            .set("linger.ms", "5");
        let producer = BaseProducer::from_config_and_context(&config, Context::default());
        let producer = producer.map_err(kafka(format!("connecting {writer}")))?;
        let this = Self { producer, writer: writer.to_owned() };
        this.producer.init_transactions(TAKE_OVER).map_err(|error| this.failed("taking over", error))?;
        Ok(this)
    }

    /// Writes records as one transaction. Says where they went; after an error, the outcome is not known.
    pub(super) fn transact(&self, records: &[Record]) -> Result<Delivered, Error> {
        self.producer.begin_transaction().map_err(|error| self.failed("beginning a transaction", error))?;
        let written = self.deliver(records).and_then(|()| {
            self.producer.commit_transaction(PATIENCE).map_err(|error| self.failed("committing", error))
        });
        if let Err(error) = written {
            // Readers wait for the end of a transaction; where aborting fails as well, the next owner's start ends it.
            if !matches!(error, Error::Fenced { .. })
                && let Err(second) = self.producer.abort_transaction(PATIENCE)
            {
                tracing::debug!(writer = self.writer, error = %second, "a transaction can't be aborted");
            }
            return Err(error);
        }
        let delivered = self.producer.context().take_delivered();
        if delivered.values().any(|last| *last == UNKNOWN) {
            // What is committed is found by reading to the end, which whoever opens the store again does.
            let action = format!("committing of {}", self.writer);
            let reason = "a broker did not say where its records went".to_owned();
            return Err(Error::Kafka { action, reason, transient: true });
        }
        Ok(delivered)
    }

    /// The ends of what is committed in partitions, in their order. They are asked here since a reader's questions wait
    /// behind its reading.
    pub(super) fn ends(&self, places: &[&Place]) -> Result<Vec<i64>, Error> {
        let end = |Place { topic, partition, .. }: &Place| {
            let found = self.producer.client().fetch_watermarks(topic, *partition, PATIENCE);
            found.map(|(_, end)| end).map_err(kafka(format!("asking for the end of {topic} {partition}")))
        };
        places.iter().map(|place| end(place)).collect()
    }

    /// Sends records and hears of all of them. Committing would do the latter as well, in steps of 100 ms.
    fn deliver(&self, records: &[Record]) -> Result<(), Error> {
        records.iter().try_for_each(|record| self.send(record))?;
        let started = Instant::now();
        loop {
            self.producer.poll(Duration::ZERO);
            if self.producer.in_flight_count() == 0 || started.elapsed() >= PATIENCE {
                return Ok(());
            }
            // Polling for so short a time would not wait but spin, and keep the processor from those who deliver.
            std::thread::sleep(STEP);
        }
    }

    fn send(&self, record: &Record) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            let mut base =
                BaseRecord::<[u8], [u8]>::to(&record.topic).partition(record.partition).key(&record.key);
            base.payload = record.value.as_deref();
            base.headers = record.headers.clone();
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    if started.elapsed() > PATIENCE {
                        return Err(timed_out(format!("writing {}", self.writer), PATIENCE.as_secs()));
                    }
                    self.producer.poll(ROOM);
                }
                Err((error, _)) => return Err(self.failed(&format!("writing to {}", record.topic), error)),
            }
        }
    }

    /// An error, which may say that a newer owner has taken over.
    fn failed(&self, action: &str, error: KafkaError) -> Error {
        let fatal = self.producer.client().fatal_error().map(|(code, _)| code);
        if error.rdkafka_error_code().into_iter().chain(fatal).any(is_fenced) {
            return Error::Fenced { writer: self.writer.clone() };
        }
        kafka(format!("{action} of {}", self.writer))(error)
    }
}
