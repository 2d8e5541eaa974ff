//! What was asked.

use tidemark_model::Timestamp;

/// One request and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub method: String,
    pub path: String,
    /// As it was written, still encoded.
    pub query: String,
    pub body: String,
    pub status: u16,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The present of the Jira when it was asked.
    pub at: Timestamp,
}
