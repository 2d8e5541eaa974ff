//! The configuration: defaults, then the file, then `TIDEMARK__SECTION__KEY`, then flags.

pub(crate) mod environment;
mod load;
mod mask;
mod policy;
mod source;
mod storage;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tidemark_connectors::jira::live::Options;
use tidemark_model::policy::Policy;
use tidemark_simulation::Simulation;
use url::Url;

pub(crate) use load::{load, policy_of};
pub(crate) use storage::{Log, Storage, Warehouse};

/// The configuration in effect. The reference is [`DEFAULT`].
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) api: Api,
    /// What decides the numbers.
    pub(crate) policy: Policy,
    pub(crate) storage: Storage,
    pub(crate) sources: BTreeMap<String, Source>,
}

/// Every key with its default, as a file.
pub(crate) const DEFAULT: &str = include_str!("config/default.toml");

/// The HTTP interface.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    pub(crate) listen: SocketAddr,
    /// What requests have to send; needed to be reachable from other machines.
    pub(crate) token: Option<Secret>,
}

/// A text that is shown nowhere.
#[derive(Clone, Deserialize)]
pub(crate) struct Secret(String);

impl Secret {
    /// The text, for whoever needs it to do its work.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where records come from, and how often it is asked.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) origin: Origin,
    /// The pause between two polls of `tidemark run`.
    pub(crate) poll_interval: Duration,
    /// The least time between two sweeps that find out what is gone.
    pub(crate) reconcile_interval: Duration,
}

/// Where records come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A folder of what Jira's APIs returned.
    JiraArchive { path: PathBuf },
    /// A live Jira, Cloud or Data Center.
    Jira(Box<Jira>),
    /// A simulated organisation that goes on living; only `tidemark demo` has one.
    Simulation(Arc<Simulation>),
}

/// A live Jira, and as whom it is asked.
#[derive(Debug)]
pub(crate) struct Jira {
    pub(crate) endpoint: Url,
    /// Of the account, on Cloud; without it the token is a bearer token.
    pub(crate) email: Option<String>,
    pub(crate) token: Secret,
    /// The share of what Jira permits that is used at most, from 0 to 1.
    pub(crate) quota_share: f64,
    pub(crate) options: Options,
}

impl Source {
    /// The field that its boards estimate with which do not say it themselves, where one is chosen.
    pub(crate) fn estimation_field(&self) -> Option<&str> {
        match &self.origin {
            Origin::Jira(jira) => jira.options.estimation_field.as_deref(),
            Origin::JiraArchive { .. } | Origin::Simulation(_) => None,
        }
    }

    /// The configuration's name of the type.
    pub(crate) fn kind(&self) -> &'static str {
        match self.origin {
            Origin::Jira(_) => "jira",
            Origin::JiraArchive { .. } => "jira-archive",
            Origin::Simulation(_) => "simulation",
        }
    }
}

impl Config {
    /// Everything embedded in one folder, for whoever sits at this machine.
    pub(crate) fn embedded(
        listen: SocketAddr,
        data_dir: PathBuf,
        sources: BTreeMap<String, Source>,
        policy: Policy,
    ) -> Self {
        Self { api: Api { listen, token: None }, policy, storage: Storage::embedded(data_dir), sources }
    }
}
