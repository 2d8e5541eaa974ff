//! A log as others see it: librdkafka's own clients, without a store.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use crate::broker::brokers;

const PATIENCE: Duration = Duration::from_secs(30);

fn config() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers().unwrap());
    config
}

/// A producer in the middle of a transaction: its records are with the brokers and nothing is committed.
pub(crate) fn interrupted(transactional_id: &str, topic: &str, key: &[u8]) -> BaseProducer {
    let producer: BaseProducer = config().set("transactional.id", transactional_id).create().unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    producer
        .send(BaseRecord::to(topic).partition(0).key(key).payload("\"half\""))
        .map_err(|(error, _)| error)
        .unwrap();
    producer.flush(PATIENCE).unwrap();
    producer
}

/// The newest committed value of each key of a partition, as its bytes, of keys that have one.
pub(crate) fn committed(topic: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut config = config();
    config.set("group.id", "tests").set("enable.auto.commit", "false").set("enable.partition.eof", "true");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut places = TopicPartitionList::new();
    places.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&places).unwrap();
    let mut found = BTreeMap::new();
    loop {
        match consumer.poll(PATIENCE).unwrap() {
            Ok(message) => {
                let key = message.key().unwrap().to_vec();
                match message.payload() {
                    Some(value) => found.insert(key, value.to_vec()),
                    None => found.remove(&key),
                };
            }
            Err(KafkaError::PartitionEOF(_)) => return found,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Writes a record, committed.
pub(crate) fn write(topic: &str, key: &[u8], value: &str) {
    let producer: BaseProducer = config().create().unwrap();
    let record = BaseRecord::to(topic).partition(0).key(key).payload(value);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
}

/// Makes a topic as a cluster makes it by itself.
pub(crate) fn create(topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = config().create().unwrap();
    let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    wait(admin.create_topics([&topic], &AdminOptions::new())).unwrap()[0].as_ref().unwrap();
}

/// Gives a topic these settings, and its defaults for all others.
pub(crate) fn alter(topic: &str, settings: &[(&str, &str)]) {
    let admin: AdminClient<DefaultClientContext> = config().create().unwrap();
    let alter = AlterConfig::new(ResourceSpecifier::Topic(topic));
    let alter = settings.iter().fold(alter, |alter, (name, value)| alter.set(name, value));
    wait(admin.alter_configs([&alter], &AdminOptions::new())).unwrap()[0].as_ref().unwrap();
}

fn wait<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    loop {
        if let Poll::Ready(done) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
        std::thread::yield_now();
    }
}
