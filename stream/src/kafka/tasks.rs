//! Who owns which task: the consumer group shares out the partitions of a topic that is never written.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::context::Context;
use super::error::kafka;
use super::log::Log;
use crate::Error;

/// A member of the group, until it is dropped.
pub struct Tasks {
    consumer: BaseConsumer<Context>,
}

impl Tasks {
    /// Joins the group of this name. A `member` that comes back under its name within 45 s gets what it had; without a name what it had
    /// goes to others as soon as it leaves.
    pub fn join(log: &Log, group: &str, member: Option<&str>) -> Result<Self, Error> {
        let mut config = log.settings.client();
        config
            .set("group.id", log.names.group(group))
            .set("enable.auto.commit", "false")
            // Tasks stay where they are when others come and go.
            .set("partition.assignment.strategy", "cooperative-sticky");
        if let Some(member) = member {
            config.set("group.instance.id", member);
        }
        let consumer: BaseConsumer<Context> =
            BaseConsumer::from_config_and_context(&config, Context::default())
                .map_err(kafka("joining the group"))?;
        consumer.subscribe(&[&log.names.tasks()]).map_err(kafka("joining the group"))?;
        Ok(Self { consumer })
    }

    /// Takes part in the group for so long, and says which tasks are this member's then. It has to be called at least
    /// every five minutes, else the group gives them to others.
    pub fn owned(&self, wait: Duration) -> Result<BTreeSet<u32>, Error> {
        match self.consumer.poll(wait) {
            None | Some(Ok(_)) => {}
            // The group goes on without a member for as long as it cannot reach the cluster.
            Some(Err(KafkaError::MessageConsumption(code))) if passes(code) => {}
            Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => {
                let action = "taking part in the group".to_owned();
                return Err(Error::Kafka { action, reason: error.to_string(), transient: false });
            }
            Some(Err(error)) => return Err(kafka("taking part in the group")(error)),
        }
        if self.consumer.assignment_lost() {
            return Ok(BTreeSet::new());
        }
        let assigned = self.consumer.assignment().map_err(kafka("asking for tasks"))?;
        Ok(assigned.elements().iter().filter_map(|element| u32::try_from(element.partition()).ok()).collect())
    }
}

fn passes(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            | Code::PollExceeded
            | Code::SSL
            | Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::AutoOffsetReset
            | Code::OffsetOutOfRange
    )
}
