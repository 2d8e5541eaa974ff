//! A live Jira's REST and agile APIs: which calls there are, in the dialects of Cloud and of Data Center, and what
//! their answers mean. Nothing here knows in which order an organisation is read.

mod agile;
mod answers;
pub mod calls;
mod changelogs;
mod limits;
mod lookup;
mod metadata;
mod search;
mod tokens;
mod webhooks;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use tidemark_model::Timestamp;

use crate::Error;
use crate::http::{Answer, Call, Calls};

pub(crate) use agile::ListedBoard;
pub use limits::{CLOUD, CLOUD_OAUTH, DATA_CENTER};
pub(crate) use lookup::Looked;
pub(crate) use search::{Next, OVERLAP, Search, SearchError};
pub(crate) use tokens::Token;
pub(crate) use webhooks::{Denied, Form, Registered, To, Wanted};

/// The dialect that a Jira speaks: it is asked, not configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Cloud,
    DataCenter,
}

impl Flavour {
    /// The version of the platform's API that is spoken.
    pub(crate) fn version(self) -> u8 {
        match self {
            Self::Cloud => 3,
            Self::DataCenter => 2,
        }
    }
}

/// What a Jira says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) flavour: Flavour,
    pub(crate) version: String,
    /// Its clock.
    pub(crate) time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerInfo {
    deployment_type: Option<String>,
    version: Option<String>,
    server_time: Option<Timestamp>,
}

/// One Jira.
pub(crate) struct Api {
    /// The source's name in the configuration, for errors.
    source: String,
    calls: Arc<dyn Calls>,
    /// Whether it is asked by an app with a bearer token, whose calls draw on a quota.
    bearer: bool,
    flavour: Mutex<Option<Flavour>>,
    /// How often in a row the credentials were refused.
    refusals: AtomicU32,
}

impl Api {
    pub(crate) fn new(source: &str, calls: Arc<dyn Calls>, bearer: bool) -> Self {
        Self {
            source: source.to_owned(),
            calls,
            bearer,
            flavour: Mutex::new(None),
            refusals: AtomicU32::new(0),
        }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn calls(&self) -> &dyn Calls {
        self.calls.as_ref()
    }

    /// Asks what kind of Jira this is, and what time it has.
    pub(crate) async fn server(&self) -> Result<Server, Error> {
        let answer = self.ask(Call::get("server_info", calls::SERVER_INFO)).await?;
        let info: ServerInfo = self.read("serverInfo", &answer)?;
        let flavour = match info.deployment_type.as_deref() {
            Some("Cloud") => Flavour::Cloud,
            _ => Flavour::DataCenter,
        };
        self.know(Some(flavour));
        self.calls.mind(match flavour {
            Flavour::Cloud if self.bearer => CLOUD_OAUTH,
            Flavour::Cloud => CLOUD,
            Flavour::DataCenter => DATA_CENTER,
        });
        Ok(Server { flavour, version: info.version.unwrap_or_default(), time: info.server_time })
    }

    /// The dialect, asked once.
    pub(crate) async fn flavour(&self) -> Result<Flavour, Error> {
        let known = *self.flavour.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(flavour) => Ok(flavour),
            None => Ok(self.server().await?.flavour),
        }
    }

    fn know(&self, flavour: Option<Flavour>) {
        *self.flavour.lock().unwrap_or_else(PoisonError::into_inner) = flavour;
    }

    /// The answer to a call, if it is a success; else why not.
    async fn ask(&self, call: Call) -> Result<Answer, Error> {
        let path = call.path.clone();
        let answer = self.calls.call(call).await?;
        if !answer.is_success() {
            return Err(self.refused(&path, &answer));
        }
        // What it says of itself it says to everybody.
        if path != calls::SERVER_INFO {
            self.refusals.store(0, Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// As [`Api::ask`]; nothing where what is asked for does not exist or may not be seen.
    async fn ask_for(&self, call: Call) -> Result<Option<Answer>, Error> {
        let path = call.path.clone();
        let answer = self.calls.call(call).await?;
        match answer.status {
            404 => Ok(None),
            _ if answer.is_success() => Ok(Some(answer)),
            _ => Err(self.refused(&path, &answer)),
        }
    }
}
