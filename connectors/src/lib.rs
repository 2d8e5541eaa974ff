//! Connectors: one outside system each. How to pull it, and the pure translation of its payloads into canonical rows.
//!
//! A connector does not sleep, retry, schedule or spawn: it answers one call with one page, and the caller loops, waits
//! and keeps the cursor. Translation is a pure function of the raw parts of one entity; it knows no configuration, so
//! that a changed board or field is a recomputation of what is stored, without a call to anybody.
//!
//! A new connector is one file (or folder) and one line in [`TYPES`]; a new kind of payload is one line in
//! [`translate`].

pub mod archive;
pub mod bearer;
pub mod hook;
pub mod http;
pub mod jira;
pub mod sweep;
pub mod upkeep;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tidemark_model::raw::{Raw, RawKind};
use tidemark_model::rejected::{Reason, Rejected};
use tidemark_model::{Rows, Timestamp};

pub use hook::Receiver;
pub use http::Spent;
pub use sweep::{Ids, Listing, Looking, Sweep, Unseen};
pub use upkeep::{KeepingUp, KeptUp, Upkeep};

/// The types that `[sources.NAME] type` can have.
pub const TYPES: &[&str] = &["jira", "jira-archive"];

/// Where a pull goes on; what it says is the connector's own affair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One page of what a source says.
#[derive(Debug, Default)]
pub struct Page {
    pub records: Vec<Raw>,
    pub rejected: Vec<Rejected>,
    /// Whether everything is read again from here: what was rejected in an earlier reading is said again if it still
    /// holds, and is withdrawn if it does not.
    pub begins: bool,
    /// What this page reads again: files (`sprints.json`) or places in them (`issues.ndjson:17`). As with `begins`, what
    /// was rejected of them is withdrawn unless this page says it again.
    pub again: Vec<String>,
    /// Where the next page begins; nothing after the last one.
    pub next: Option<Cursor>,
    /// On the last page: where the next pull begins, once this one has ended; nothing means from the start. A source that
    /// has nothing new answers with one page that is empty and repeats the cursor it was asked with.
    pub resume: Option<Cursor>,
    /// How much of all has been read, from 0 to 1, where that is known.
    pub read: Option<f64>,
}

/// The answer to a pull, once it is there.
pub type Pull<'a> = Pin<Box<dyn Future<Output = Result<Page, Error>> + Send + 'a>>;

/// The answer to a check, once it is there.
pub type Check<'a> = Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'a>>;

/// An outside system that can be read.
pub trait Connector: Send + Sync {
    /// Fetches the page at `cursor`, or the first one. What has no time of its own is stated as seen at `now`.
    fn pull(&self, cursor: Option<Cursor>, now: Timestamp) -> Pull<'_>;

    /// The cheapest calls that show whether the source answers and may be read; says what it found.
    fn check(&self) -> Check<'_>;

    /// How to find out what is gone, where the source does not tell by itself.
    fn sweep(&self) -> Option<&dyn Sweep> {
        None
    }

    /// How the source tells what happens, if it does.
    fn receiver(&self) -> Option<&dyn Receiver> {
        None
    }

    /// How the source is looked after, where it has to be.
    fn upkeep(&self) -> Option<&dyn Upkeep> {
        None
    }

    /// How far the source has been read, and at what cost, where it is called.
    fn account(&self) -> Option<Account> {
        None
    }
}

/// How far a source has been read, and at what cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub spent: Spent,
    /// Issues that were read since the start.
    pub issues_read: u64,
    /// All that the source changed before this instant, by its own clock, has been read; nothing during the first load.
    pub read_until: Option<Timestamp>,
    /// The issues that are still to be read by the first load, about.
    pub backlog: Option<u64>,
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{input}: {reason}; {remedy}")]
    Input { input: String, reason: String, remedy: String },
    /// It has to be changed by hand, as far as can be told, and it is not to be asked soon: refused credentials lock accounts.
    #[error("{input}: {reason}; {remedy}")]
    Refused { input: String, reason: String, remedy: String, wait: Duration },
    /// It answers later, by itself.
    #[error("{input}: {reason}; it is asked again in {} s", wait.as_secs().max(1))]
    Busy { input: String, reason: String, wait: Duration },
}

impl Error {
    /// Whether trying again later, with nothing changed by hand, may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// The least time to wait before the source is asked again.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Input { .. } => None,
            Self::Busy { wait, .. } | Self::Refused { wait, .. } => Some(*wait),
        }
    }
}

/// Why an entity's payloads cannot be translated.
#[derive(Debug)]
pub struct Reject {
    pub reason: Reason,
    pub detail: String,
}

/// Translates all raw parts of one entity into canonical rows. Nothing is emitted where it is rejected.
pub fn translate(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let Some(first) = raw.first() else { return Ok(()) };
    match first.kind {
        RawKind::Board => jira::board::translate(raw, out),
        RawKind::Field => jira::metadata::translate_field(raw, out),
        RawKind::Issue => jira::issue::translate(raw, out),
        RawKind::IssueType => jira::metadata::translate_issue_type(raw, out),
        RawKind::Sprint => jira::sprint::translate(raw, out),
        RawKind::Status => jira::metadata::translate_status(raw, out),
    }
}
