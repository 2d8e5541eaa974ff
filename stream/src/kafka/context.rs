//! What librdkafka's clients report besides their answers, and how far a producer's records went.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;

/// Where records went: the offset of the last one by topic and partition.
pub(super) type Delivered = BTreeMap<(String, i32), i64>;

/// The place of a record that is delivered somewhere: behind all that can be read.
pub(super) const UNKNOWN: i64 = i64::MAX;

/// Hands librdkafka's own words to the log.
#[derive(Debug, Default)]
pub(super) struct Context {
    delivered: Mutex<Delivered>,
    /// What went wrong with the connection last.
    trouble: Mutex<Option<(RDKafkaErrorCode, String)>>,
    /// Why the transaction that is under way can't be committed.
    refusal: Mutex<Option<String>>,
}

impl Context {
    /// Where records went since the last call.
    pub(super) fn take_delivered(&self) -> Delivered {
        std::mem::take(&mut *self.delivered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What went wrong with the connection since the last call.
    pub(super) fn take_trouble(&self) -> Option<(RDKafkaErrorCode, String)> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Why a transaction can't be committed, where that was said since the last call.
    pub(super) fn take_refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // What matters comes back as an error of the call, or by `error`; the rest is librdkafka's talk of connections.
        tracing::debug!(kafka.facility = facility, kafka.level = ?level, "librdkafka: {message}");
        if facility == "TXNERR" {
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.to_owned());
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is told as an error, too.
        if !matches!(error, KafkaError::PartitionEOF(_)) && !reason.contains("eached end of partition") {
            tracing::debug!(%error, "librdkafka: {reason}");
            // That no broker is left says less than why one of them was not reached.
            if let Some(code) = error.rdkafka_error_code()
                && code != RDKafkaErrorCode::AllBrokersDown
            {
                let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                *trouble = Some((code, reason.to_owned()));
            }
        }
    }
}

impl ConsumerContext for Context {}

impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        // A record that was not delivered fails its transaction.
        if let Ok(message) = result {
            let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
            let place = (message.topic().to_owned(), message.partition());
            // One that was sent again after its acknowledgement was lost has no offset.
            let (offset, last) = (message.offset(), delivered.get(&place).copied());
            let known = if offset < 0 { UNKNOWN } else { offset.max(last.unwrap_or_default()) };
            delivered.insert(place, known);
        }
    }
}
