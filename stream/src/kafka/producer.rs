//! Transactions: all records of a batch, or none.

use std::time::Duration;

use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::context::{Context, Delivered, UNKNOWN};
use super::error::{is_fenced, kafka};
use super::halt::{Halt, Patience, Waiting};
use super::reader::Place;
use super::record::Record;
use super::settings::Settings;
use super::topics::Names;
use crate::Error;

/// What a record may take to be delivered; shorter than a transaction, or a late record might find its transaction gone.
const DELIVERY_MS: u32 = 30_000;
/// What a transaction may take before the cluster aborts it, so that a dead writer holds up readers no longer.
const TRANSACTION_MS: u32 = 40_000;
/// What a transaction may take here, with its end.
const PATIENCE: Patience = Patience::to_end(Duration::from_secs(45));
/// What taking over from an earlier owner may take: its open transaction is aborted first.
const TAKE_OVER: Patience = Patience::to_begin(Duration::from_secs(75));
/// What undoing a transaction may take that the cluster has refused.
const UNDOING: Duration = Duration::from_secs(10);
/// What trying to write may take.
const TRYING: Patience = Patience::to_begin(Duration::from_secs(10));
/// What a question may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How long the client waits before it is looked whether waiting is still worth while; it goes on from there.
const TURN: Duration = Duration::from_secs(3);
/// How long to wait for room in the queue before looking again.
const ROOM: Duration = Duration::from_millis(50);
/// How often to look whether all records are delivered.
const STEP: Duration = Duration::from_millis(1);

/// The one writer of a transactional id. After any error it is to be dropped: what the transaction came to is known once
/// the next one has taken over.
pub(super) struct Producer {
    producer: BaseProducer<Context>,
    halt: Halt,
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
            .set("linger.ms", "5")
            // Why a transaction was refused is said nowhere else.
            .set_log_level(RDKafkaLogLevel::Error);
        let producer = BaseProducer::from_config_and_context(&config, Context::default());
        let producer = producer.map_err(kafka(format!("connecting {writer}")))?;
        let this = Self { producer, halt: settings.halt().clone(), writer: writer.to_owned() };
        let waiting = Waiting::new(&this.halt, TAKE_OVER);
        this.turns("taking over", &waiting, || this.producer.init_transactions(TURN))?;
        Ok(this)
    }

    /// Finds out whether a record may be written, by a transaction that is given up: nobody ever reads it.
    pub(super) fn try_out(&self, record: &Record) -> Result<(), Error> {
        self.producer.begin_transaction().map_err(|error| self.failed("beginning a transaction", error))?;
        let waiting = Waiting::new(&self.halt, TRYING);
        let tried = self.send(record, &waiting).and_then(|()| self.hear_of(&record.topic, &waiting));
        let aborted = self.producer.abort_transaction(UNDOING);
        tried?;
        aborted.map_err(|error| self.failed("giving a transaction up", error))
    }

    /// Waits until a record is delivered. One that the cluster refuses stays, and the reason is only in the client's own words.
    fn hear_of(&self, topic: &str, waiting: &Waiting<'_>) -> Result<(), Error> {
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::ZERO);
            if let Some(refusal) = self.producer.context().take_refusal() {
                let reason = format!("{refusal}: grant it to the user that [storage] log names");
                return Err(Error::Kafka { action: format!("writing to {topic}"), reason, transient: false });
            }
            waiting.go_on(&|| format!("writing to {topic}"))?;
            std::thread::sleep(STEP);
        }
        Ok(())
    }

    /// Writes records as one transaction. Says where they went; after an error, the outcome is not known.
    pub(super) fn transact(&self, records: &[Record]) -> Result<Delivered, Error> {
        self.producer.begin_transaction().map_err(|error| self.failed("beginning a transaction", error))?;
        let waiting = Waiting::new(&self.halt, PATIENCE);
        let written = self
            .deliver(records, &waiting)
            .and_then(|()| self.turns("committing", &waiting, || self.producer.commit_transaction(TURN)));
        if let Err(error) = written {
            // Readers wait for the end of a transaction. What the cluster has refused is ended here; where it did not answer, or
            // in time, it would not do so now: the next owner's start ends it.
            if !matches!(error, Error::Fenced { .. })
                && !error.is_transient()
                && let Err(second) = self.producer.abort_transaction(UNDOING)
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
            let found = self.producer.client().fetch_watermarks(topic, *partition, ANSWER);
            found.map(|(_, end)| end).map_err(kafka(format!("asking for the end of {topic} {partition}")))
        };
        places.iter().map(|place| end(place)).collect()
    }

    /// Does what the client takes up again where it was, until it is done or waited for too long.
    fn turns(
        &self,
        action: &str,
        waiting: &Waiting<'_>,
        turn: impl Fn() -> KafkaResult<()>,
    ) -> Result<(), Error> {
        loop {
            match turn() {
                Ok(()) => return Ok(()),
                Err(error) if is_to_be_taken_up(&error) => {
                    waiting.go_on(&|| format!("{action} of {} ({error})", self.writer))?;
                    std::thread::sleep(ROOM);
                }
                Err(error) => return Err(self.failed(action, error)),
            }
        }
    }

    /// Sends records and hears of all of them. Committing would do the latter as well, in steps of 100 ms.
    fn deliver(&self, records: &[Record], waiting: &Waiting<'_>) -> Result<(), Error> {
        records.iter().try_for_each(|record| self.send(record, waiting))?;
        loop {
            self.producer.poll(Duration::ZERO);
            if self.producer.in_flight_count() == 0 {
                return Ok(());
            }
            waiting.go_on(&|| format!("writing of {}", self.writer))?;
            // Polling for so short a time would not wait but spin, and keep the processor from those who deliver.
            std::thread::sleep(STEP);
        }
    }

    fn send(&self, record: &Record, waiting: &Waiting<'_>) -> Result<(), Error> {
        loop {
            let mut base =
                BaseRecord::<[u8], [u8]>::to(&record.topic).partition(record.partition).key(&record.key);
            base.payload = record.value.as_deref();
            base.headers = record.headers.clone();
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    waiting.go_on(&|| format!("writing of {}", self.writer))?;
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

/// Whether calling again goes on with what is under way: the turn is over, or a broker says that it is not ready yet.
fn is_to_be_taken_up(error: &KafkaError) -> bool {
    let retriable = matches!(error, KafkaError::Transaction(error) if error.is_retriable());
    retriable || error.rdkafka_error_code() == Some(RDKafkaErrorCode::OperationTimedOut)
}
