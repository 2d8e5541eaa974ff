//! The personal access tokens of the account that asks (Data Center).

use serde::Deserialize;
use tidemark_model::Timestamp;

use super::Api;
use crate::Error;
use crate::http::Call;

/// A token of the account. Which of them is asked with, Jira does not say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    #[serde(default)]
    pub(crate) name: String,
    /// Nothing where it does not expire.
    pub(crate) expiring_at: Option<Timestamp>,
}

impl Token {
    /// When it expires, unless it has expired by `now`.
    pub(crate) fn expires_after(&self, now: Timestamp) -> Option<Timestamp> {
        self.expiring_at.filter(|at| *at > now)
    }
}

impl Api {
    /// The account's own tokens; nothing where this Jira has none, or does not tell.
    pub(crate) async fn own_tokens(&self) -> Result<Vec<Token>, Error> {
        match self.permitted(Call::get("tokens", "/rest/pat/latest/tokens")).await? {
            Ok(answer) => self.read("the account's tokens", &answer),
            Err(_) => Ok(Vec::new()),
        }
    }
}
