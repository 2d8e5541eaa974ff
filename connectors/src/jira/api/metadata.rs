//! What an installation is made of: fields, statuses, issue types; and who asks.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Api;
use crate::Error;
use crate::http::Call;

/// The account that asks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Myself {
    pub(crate) display_name: Option<String>,
    pub(crate) name: Option<String>,
}

impl Api {
    pub(crate) async fn fields(&self) -> Result<Vec<Box<RawValue>>, Error> {
        self.list("field").await
    }

    pub(crate) async fn statuses(&self) -> Result<Vec<Box<RawValue>>, Error> {
        self.list("status").await
    }

    pub(crate) async fn issue_types(&self) -> Result<Vec<Box<RawValue>>, Error> {
        self.list("issuetype").await
    }

    /// The account that asks: who may not ask at all learns it here.
    pub(crate) async fn myself(&self) -> Result<Myself, Error> {
        let version = self.flavour().await?.version();
        let answer = self.ask(Call::get("myself", format!("/rest/api/{version}/myself"))).await?;
        self.read("the account", &answer)
    }

    async fn list(&self, what: &'static str) -> Result<Vec<Box<RawValue>>, Error> {
        let version = self.flavour().await?.version();
        let answer = self.ask(Call::get(what, format!("/rest/api/{version}/{what}"))).await?;
        self.read(what, &answer)
    }
}
