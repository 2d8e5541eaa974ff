//! What librdkafka reports, as this crate's errors.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::Error;

/// An error of librdkafka: what was tried and for what, and why it failed. Values of settings are left out, since some
/// are secrets.
pub(super) fn kafka(action: impl Into<String>) -> impl FnOnce(KafkaError) -> Error {
    move |error| match &error {
        KafkaError::ClientConfig(_, _, setting, _) => Error::KafkaSetting {
            setting: setting.clone(),
            reason: "librdkafka does not know it, or refuses its value".to_owned(),
        },
        KafkaError::ClientCreation(reason) => {
            Error::Kafka { action: action.into(), reason: reason.clone(), transient: false }
        }
        KafkaError::AdminOp(code) => refusal(action.into(), code.to_string(), Some(*code)),
        _ => refusal(action.into(), error.to_string(), error.rdkafka_error_code()),
    }
}

/// As [`kafka`], of what a broker answered in the end.
pub(super) fn refusal(action: String, reason: String, code: Option<RDKafkaErrorCode>) -> Error {
    let (transient, remedy) = code.map_or((true, ""), judged);
    Error::Kafka { action, reason: format!("{reason}{remedy}"), transient }
}

/// That something took longer than it may.
pub(super) fn timed_out(action: String, seconds: u64) -> Error {
    Error::Kafka { action, reason: format!("it took longer than {seconds} s"), transient: true }
}

/// Whether trying again may help, and what helps where not.
fn judged(code: RDKafkaErrorCode) -> (bool, &'static str) {
    use RDKafkaErrorCode as Code;
    match code {
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => {
            (false, ": run `tidemark migrate`, which creates what is missing")
        }
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed => {
            (false, ": grant it to the user that [storage] log names")
        }
        Code::Authentication | Code::SaslAuthenticationFailed | Code::SSL => {
            (false, ": check the security settings of [storage] log")
        }
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => {
            (false, ": raise max.message.bytes, see `tidemark check`")
        }
        Code::PolicyViolation | Code::InvalidConfig | Code::InvalidReplicationFactor => (false, ""),
        _ => (true, ""),
    }
}

/// Whether a newer owner of the same transactional id has taken over.
pub(super) fn is_fenced(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}
