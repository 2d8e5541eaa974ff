//! Which Jira, and how strict it is.

use std::sync::Arc;

use tidemark_model::time::Clock;
use tidemark_simulation::Pace;

use crate::zone::Zone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    Cloud,
    DataCenter,
}

impl Flavour {
    /// The newest version of the platform's API.
    pub(crate) fn api(self) -> u8 {
        match self {
            Self::Cloud => 3,
            Self::DataCenter => 2,
        }
    }
}

/// What a Jira takes for the present.
#[derive(Clone, Default)]
pub enum Now {
    /// The end of what the organisation has lived: only `advance` moves it. Rate limits go by the machine's clock.
    #[default]
    Standing,
    /// This clock, also for rate limits.
    Clock(Arc<dyn Clock>),
}

impl std::fmt::Debug for Now {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Standing => "Standing",
            Self::Clock(_) => "Clock",
        })
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    pub flavour: Flavour,
    /// Its history ends at `organisation.until`, from where `advance` goes on.
    pub organisation: tidemark_simulation::Options,
    /// How much happens from there on.
    pub pace: Pace,
    /// Issues of a page of Cloud's search that asks for more than ids and keys.
    pub page_issues: usize,
    pub now: Now,
    /// Where the user whose credentials are handed out lives: instants are written and dates in JQL are read there.
    pub zone: Zone,
    /// Whether the user whose credentials are handed out may administer Jira.
    pub administrator: bool,
    pub rules: Rules,
    /// Where to listen; 0 takes any free port.
    pub port: u16,
}

impl Options {
    pub fn new(flavour: Flavour) -> Self {
        Self {
            flavour,
            organisation: tidemark_simulation::Options::default(),
            pace: Pace::default(),
            page_issues: 100,
            now: Now::default(),
            zone: Zone::los_angeles(),
            administrator: false,
            rules: Rules::new(flavour),
            port: 0,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Flavour::Cloud)
    }
}

/// How strict it is. The defaults are the vendor's, as far as they are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long it takes until the search knows of a change (Cloud).
    pub index_lag_ms: i64,
    /// How long the tokens of pages last (Cloud).
    pub page_token_ms: i64,
    /// Requests a second to one endpoint by one method (Cloud); endpoints that have a bucket of another size keep the
    /// proportion. Nothing lets everything through.
    pub burst: Option<u32>,
    /// Points an hour for an OAuth app (Cloud).
    pub points_an_hour: Option<u32>,
    /// Issues of a page of the search, as administrators may set it (Data Center).
    pub most_issues: usize,
    /// What a user may ask of a node (Data Center): a bucket of so many requests, so many of which come back each
    /// interval.
    pub node: Option<Bucket>,
    /// Histories that come with an issue where `expand=changelog` asks for them (Cloud).
    pub inline_histories: usize,
    /// Bulk fetch writes the instants of histories like everything else; else as milliseconds, as its documentation shows.
    pub bulk_instants_as_text: bool,
    /// Histories of a page of bulk fetch, however many are asked for.
    pub bulk_histories: usize,
    /// Pages of which `isLast` is a lie, one in this many; 0 for none (Cloud).
    pub untrue_is_last: usize,
    /// How long Jira waits before it sends a webhook again (Cloud).
    pub webhook_retry_ms: u64,
    /// One webhook in this many is sent twice although it was received; 0 for none (Cloud).
    pub webhook_twice: usize,
    /// Whether OAuth apps hear which webhooks failed; the documentation keeps it to Connect apps (Cloud).
    pub failed_for_oauth: bool,
    /// The version (Data Center): from 10 on webhooks are signed, and registered elsewhere.
    pub major: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub limit: u32,
    pub fill: u32,
    pub interval_secs: u32,
}

impl Rules {
    pub fn new(flavour: Flavour) -> Self {
        const WEEK_MS: i64 = 7 * 24 * 3_600_000;
        let cloud = flavour == Flavour::Cloud;
        Self {
            index_lag_ms: if cloud { 2000 } else { 0 },
            page_token_ms: WEEK_MS,
            burst: cloud.then_some(100),
            points_an_hour: cloud.then_some(65_000),
            most_issues: 1000,
            node: (!cloud).then_some(Bucket { limit: 100, fill: 10, interval_secs: 1 }),
            inline_histories: 40,
            bulk_instants_as_text: false,
            bulk_histories: 10_000,
            untrue_is_last: if cloud { 3 } else { 0 },
            webhook_retry_ms: 100,
            webhook_twice: 7,
            failed_for_oauth: false,
            major: 10,
        }
    }

    /// Whether Data Center signs webhooks.
    pub(crate) fn signs(&self) -> bool {
        self.major >= 10
    }

    /// Without limits on how much may be asked.
    pub fn without_limits(self) -> Self {
        Self { burst: None, points_an_hour: None, node: None, ..self }
    }
}
