//! Webhooks: what they say, how they are sent, and who registers them.

mod admin;
mod body;
mod data_center;
mod dynamic;
mod hooks;
pub(crate) mod registered;
pub(crate) mod send;

pub(crate) use self::admin::{Resource, answer as admin};
pub(crate) use self::body::Event;
pub(crate) use self::dynamic::answer as dynamic;
pub use self::hooks::Hook;
pub(crate) use self::hooks::Hooks;
pub use self::send::{Sent, signature};

use tidemark_model::Timestamp;

/// A webhook that Jira sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The bytes that are sent, and signed.
    pub body: Vec<u8>,
    /// `jira:issue_updated`, `sprint_closed`, …
    pub webhook_event: String,
    /// The same for each attempt, and for no other webhook.
    pub identifier: String,
    /// When it happened.
    pub at: Timestamp,
    pub flow: Flow,
}

/// How urgent Jira takes a webhook to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Sent within half a minute.
    Primary,
    /// What follows from something else, sent within a quarter of an hour.
    Secondary,
}
