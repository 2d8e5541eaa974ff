//! Webhooks on their way: signed, again where they were not received, sometimes twice.

use std::time::Duration;

use super::{Delivery, Flow};
use crate::encode::{hex, hmac_sha256};
use crate::options::Rules;

/// How often Jira tries again.
const MOST_RETRIES: usize = 5;
/// Jira waits that long for a connection and an answer.
const TIME_OUT: Duration = Duration::from_secs(20);

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Cloud,
    /// It does not try again; before version 10 it does not sign either.
    DataCenter {
        signs: bool,
    },
}

/// Where to, and how signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct To<'a> {
    pub(crate) url: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) from: Sender,
    pub(crate) retry: usize,
    /// What tells an app that Jira sent it.
    pub(crate) bearer: Option<&'a str>,
}

/// What became of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub identifier: String,
    /// The status of each attempt, 0 where there was no answer.
    pub statuses: Vec<u16>,
}

impl Sent {
    pub fn received(&self) -> bool {
        self.statuses.iter().any(|status| (200..300).contains(status))
    }
}

/// Posts a webhook; answers with the status, 0 where there was none.
pub(crate) fn once(delivery: &Delivery, to: To<'_>) -> u16 {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(TIME_OUT))
        .build();
    let agent = ureq::Agent::new_with_config(agent);
    let mut request = agent
        .post(to.url)
        .header("Content-Type", "application/json; charset=UTF-8")
        .header("User-Agent", "Atlassian Webhook HTTP Client")
        .header("X-Atlassian-Webhook-Identifier", &delivery.identifier);
    if to.from == Sender::Cloud {
        let flow = match delivery.flow {
            Flow::Primary => "Primary",
            Flow::Secondary => "Secondary",
        };
        request = request.header("X-Atlassian-Webhook-Flow", flow);
        if to.retry > 0 {
            request = request.header("X-Atlassian-Webhook-Retry", to.retry.to_string());
        }
        if let Some(bearer) = to.bearer {
            request = request.header("Authorization", format!("Bearer {bearer}"));
        }
    }
    if to.from != (Sender::DataCenter { signs: false }) && !to.secret.is_empty() {
        request = request.header("X-Hub-Signature", signature(&delivery.body, to.secret));
    }
    request.send(&delivery.body[..]).map_or(0, |answer| answer.status().as_u16())
}

/// The header `X-Hub-Signature` of a signed body.
pub fn signature(body: &[u8], secret: &str) -> String {
    format!("sha256={}", hex(&hmac_sha256(secret.as_bytes(), body)))
}

/// Posts webhooks one after the other.
pub(crate) fn all(deliveries: &[Delivery], to: To<'_>, rules: &Rules) -> Vec<Sent> {
    let cloud = to.from == Sender::Cloud;
    let every = if cloud { rules.webhook_twice } else { 0 };
    let mut sent = Vec::new();
    for (nth, delivery) in deliveries.iter().enumerate() {
        let mut statuses = vec![once(delivery, to)];
        while cloud && statuses.len() <= MOST_RETRIES && statuses.last().copied().is_none_or(again) {
            std::thread::sleep(Duration::from_millis(rules.webhook_retry_ms));
            statuses.push(once(delivery, To { retry: statuses.len(), ..to }));
        }
        // The answer was lost on the way.
        if every > 0 && nth % every == every - 1 {
            statuses.push(once(delivery, To { retry: statuses.len(), ..to }));
        }
        sent.push(Sent { identifier: delivery.identifier.clone(), statuses });
    }
    sent
}

/// Whether Jira tries again after this status.
pub(crate) fn again(status: u16) -> bool {
    matches!(status, 0 | 408 | 409 | 425 | 429 | 500..=599)
}
