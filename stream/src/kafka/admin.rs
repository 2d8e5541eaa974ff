//! Questions to a cluster and changes of its topics, answered on the calling thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::context::Context;
use super::error::{kafka, refusal};
use super::probe::Probe;
use super::reader::Place;
use super::settings::Settings;
use crate::Error;

/// What a cluster has to answer a question in.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it has to be reached in.
const REACHED: Duration = Duration::from_secs(10);

/// A connection for questions about topics.
pub(super) struct Admin {
    client: AdminClient<Context>,
    /// Says why a cluster cannot be reached, which the client for questions does not.
    probe: Probe,
}

impl Admin {
    pub(super) fn connect(settings: &Settings) -> Result<Self, Error> {
        let brokers = settings.brokers();
        let config = settings.client();
        let client = AdminClient::from_config_and_context(&config, Context::default());
        let client = client.map_err(kafka(format!("connecting to {brokers}")))?;
        Ok(Self { client, probe: Probe::with(&config, settings)? })
    }

    /// The number of partitions by topic, of all topics whose names start with `prefix`.
    pub(super) fn topics(&self, prefix: &str) -> Result<Vec<(String, usize)>, Error> {
        let metadata = self.probe.metadata(None, REACHED)?;
        let ours = metadata.topics().iter().filter(|topic| topic.name().starts_with(prefix));
        Ok(ours.map(|topic| (topic.name().to_owned(), topic.partitions().len())).collect())
    }

    /// Creates topics; those that exist stay as they are.
    pub(super) fn create(&self, topics: &[NewTopic<'_>]) -> Result<(), Error> {
        let done = wait(self.client.create_topics(topics, &options())).map_err(kafka("creating topics"))?;
        for result in done {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => {
                    return Err(refusal(format!("creating {topic}"), code.to_string(), Some(code)));
                }
            }
        }
        Ok(())
    }

    /// The ends of what is committed in partitions, in their order; all are asked for at once.
    pub(super) fn ends(&self, places: &[&Place]) -> Result<Vec<i64>, Error> {
        let failed = || kafka("asking for the ends of partitions");
        let mut list = TopicPartitionList::new();
        for Place { topic, partition, .. } in places {
            list.add_partition_offset(topic, *partition, Offset::End).map_err(failed())?;
        }
        let found = self.probe.offsets(list, PATIENCE).map_err(failed())?;
        places.iter().map(|place| end(&found, place)).collect()
    }

    /// The settings of topics, in their order.
    pub(super) fn describe(&self, topics: &[String]) -> Result<Vec<ConfigResource>, Error> {
        let specifiers: Vec<_> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        let done = wait(self.client.describe_configs(&specifiers, &options()));
        let done = done.map_err(kafka("reading the settings of topics"))?.into_iter().zip(topics);
        done.map(|(found, topic)| {
            found.map_err(|code| {
                refusal(format!("reading the settings of {topic}"), code.to_string(), Some(code))
            })
        })
        .collect()
    }
}

/// What was answered for one of them.
fn end(found: &TopicPartitionList, Place { topic, partition, .. }: &Place) -> Result<i64, Error> {
    let action = || format!("asking for the end of {topic} {partition}");
    let element = found.find_partition(topic, *partition);
    let element = element.ok_or_else(|| refusal(action(), "it was not answered".to_owned(), None))?;
    element.error().map_err(kafka(action()))?;
    match element.offset() {
        Offset::Offset(end) => Ok(end),
        other => Err(refusal(action(), format!("{other:?} is no place"), None)),
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE))
}

/// Waits for an answer that a thread of librdkafka's client brings.
fn wait<T>(answer: impl Future<Output = KafkaResult<T>>) -> KafkaResult<T> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut answer = pin!(answer);
    loop {
        if let Poll::Ready(answer) = answer.as_mut().poll(&mut Polling::from_waker(&waker)) {
            return answer;
        }
        std::thread::park();
    }
}
