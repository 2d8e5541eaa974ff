//! Whether a cluster answers, and why it does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::{ClientConfig, TopicPartitionList};

use super::context::Context;
use super::error::{kafka, refusal};
use super::settings::Settings;
use super::topics::Names;
use crate::Error;

/// How long words of trouble are waited for.
const LOOK: Duration = Duration::from_millis(100);

/// Whether a cluster is known to be away, so that who fails for that reason need not say so. Clones say the same.
#[derive(Debug, Clone, Default)]
pub struct Away(Arc<AtomicBool>);

impl Away {
    pub fn set(&self, away: bool) {
        self.0.store(away, Ordering::Release);
    }

    pub fn is_away(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Librdkafka waits for ten seconds before it tries a broker again that was away for a while.
fn quick(settings: &Settings) -> ClientConfig {
    let mut config = settings.client();
    config.set("reconnect.backoff.ms", "100").set("reconnect.backoff.max.ms", "1000");
    config
}

/// A connection for questions that any broker answers, and the reason where none does.
pub struct Probe {
    consumer: BaseConsumer<Context>,
    brokers: String,
    identity: String,
}

impl Probe {
    /// A connection of its own, which finds a cluster soon after it has come back.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        Self::with(&quick(settings), settings)
    }

    /// The same for questions about what readers of such an isolation come to.
    pub(super) fn isolated(settings: &Settings, isolation: &str) -> Result<Self, Error> {
        Self::with(&quick(settings).set("isolation.level", isolation).to_owned(), settings)
    }

    pub(super) fn with(config: &ClientConfig, settings: &Settings) -> Result<Self, Error> {
        let brokers = settings.brokers().to_owned();
        let consumer = BaseConsumer::from_config_and_context(config, Context::default());
        let consumer = consumer.map_err(kafka(format!("connecting to {brokers}")))?;
        Ok(Self { consumer, brokers, identity: Names::new(settings).identity() })
    }

    /// Asks for what is cheapest: where the log's smallest topic lies. Fails where no broker answers in time.
    pub fn answers(&self, within: Duration) -> Result<(), Error> {
        self.metadata(Some(&self.identity), within)?;
        self.hush();
        Ok(())
    }

    /// Takes words of trouble that is over.
    fn hush(&self) {
        while self.consumer.poll(Duration::ZERO).is_some() {}
        self.consumer.context().take_trouble();
    }

    /// Where a topic lies, or every topic.
    pub(super) fn metadata(&self, topic: Option<&str>, within: Duration) -> Result<Metadata, Error> {
        self.consumer.fetch_metadata(topic, within).map_err(|error| self.unreached(error))
    }

    pub(super) fn offsets(
        &self,
        places: TopicPartitionList,
        within: Duration,
    ) -> Result<TopicPartitionList, KafkaError> {
        let found = self.consumer.offsets_for_times(places, within);
        self.hush();
        found
    }

    fn unreached(&self, error: KafkaError) -> Error {
        // Words of trouble wait until they are asked for.
        while self.consumer.poll(LOOK).is_some() {}
        let action = format!("reaching {}", self.brokers);
        match self.consumer.client().context().take_trouble() {
            Some((RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve, reason)) => {
                let help = "is the broker running, and is its address in [storage] log right?";
                refusal(action, format!("{reason}; {help}"), None)
            }
            Some((code, reason)) => refusal(action, reason, Some(code)),
            None => kafka(action)(error),
        }
    }
}
