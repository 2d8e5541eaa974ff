//! The configuration: defaults, then the file, then `TIDEMARK__SECTION__KEY`, then flags.

mod load;
mod value;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

pub(crate) use load::load;

/// The configuration in effect. The reference is [`DEFAULT`].
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) storage: Storage,
    pub(crate) sources: BTreeMap<String, Source>,
}

/// Every key with its default, as a file.
pub(crate) const DEFAULT: &str = include_str!("config/default.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    pub(crate) data_dir: PathBuf,
    #[serde(rename = "log")]
    _log: Embedded,
    #[serde(rename = "warehouse")]
    _warehouse: Embedded,
    #[serde(rename = "database")]
    _database: Embedded,
}

/// The one kind of store that there is so far: reading the key checks that it names no other.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Embedded;

impl TryFrom<String> for Embedded {
    type Error = String;

    fn try_from(url: String) -> Result<Self, String> {
        if url == "embedded:" {
            return Ok(Self);
        }
        // The address may hold a password: only its scheme is shown.
        let scheme = url.split_once("://").map_or("this", |(scheme, _)| scheme);
        Err(format!("{scheme} stores are not supported yet: use `embedded:`"))
    }
}

/// Where records come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A folder of what Jira's APIs returned.
    JiraArchive { path: PathBuf },
}

impl Config {
    pub(crate) fn lake_dir(&self) -> PathBuf {
        self.storage.data_dir.join("lake")
    }
}
