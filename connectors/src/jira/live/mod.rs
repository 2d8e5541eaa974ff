//! `jira`: a live Jira, Cloud or Data Center, pulled again and again.
//!
//! ```text
//! catalogue ─► backfill: the boards' sprints, newest boards first, then all the rest
//!     │                        │ (from the instant at which it began)
//!     └── every hour           ▼
//!                      updates: open sprints, and the issues that changed, oldest first
//! ```
//!
//! Every walk over issues goes by an instant that never moves (`created`) or that only moves on (`updated`), so that it can
//! be taken up from any page; page tokens are a short cut that may die. Instants are Jira's own: this machine's clock decides
//! nothing but how often is asked.

mod assemble;
mod backfill;
mod catalogue;
mod memory;
mod place;
mod sweep;
mod updates;
mod upkeep;
mod walk;
mod webhooks;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidemark_model::Timestamp;

use super::api::Api;
use crate::http::{Calls, Drawn};
use crate::{Account, Check, Connector, Cursor, Error, Page, Pull, Receiver, Sweep, Upkeep};
use memory::Memory;
use place::Place;

/// The catalogue is read this often: boards, columns, fields, statuses and closed sprints change rarely.
const CATALOGUE_EVERY_MS: i64 = 3_600_000;

/// What the configuration says of a Jira.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The keys of the projects to read; all that can be seen where none is named.
    pub projects: Vec<String>,
    /// The field that boards estimate with which do not say it themselves.
    pub estimation_field: Option<String>,
    /// What webhooks are signed with, of an OAuth app its client secret; two while a secret is changed. The first one is
    /// the new one.
    pub webhook_secrets: Vec<String>,
    /// Whether webhooks without a signature are believed whose address holds one of the secrets.
    pub webhook_secret_in_url: bool,
    /// Where Jira reaches this source's webhooks; without it none are registered.
    pub webhook_url: Option<String>,
    /// Whether the token is an app's bearer token, whose calls draw on an hourly quota.
    pub bearer: bool,
    /// When the token expires, where Jira does not tell it.
    pub token_expires_at: Option<Timestamp>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            projects,
            estimation_field,
            webhook_secrets: _,
            webhook_secret_in_url,
            webhook_url,
            bearer,
            token_expires_at,
        } = self;
        f.debug_struct("Options")
            .field("projects", projects)
            .field("estimation_field", estimation_field)
            .field("webhook_secret_in_url", webhook_secret_in_url)
            .field("webhook_url", webhook_url)
            .field("bearer", bearer)
            .field("token_expires_at", token_expires_at)
            .finish_non_exhaustive()
    }
}

/// A live Jira.
pub struct Jira {
    api: Api,
    options: Options,
    /// What need not be known, but saves calls.
    memory: Mutex<Memory>,
}

impl Jira {
    pub fn new(source: &str, calls: Arc<dyn Calls>, options: Options) -> Self {
        let api = Api::new(source, calls, options.bearer);
        Self { api, options, memory: Mutex::default() }
    }

    /// The source's name in the configuration.
    pub(super) fn source(&self) -> &str {
        self.api.source()
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    async fn page(&self, cursor: Option<Cursor>, now: Timestamp) -> Result<Page, Error> {
        let scope = self.scope();
        let place = cursor.as_ref().and_then(Place::parse).filter(|place| place.scope == scope);
        let Some(place) = place else {
            let page = self.catalogue(Place::start(scope), now).await?;
            return Ok(Page { begins: true, ..page });
        };
        if place.updated_at == Timestamp(0) && place.backfill.is_none() {
            return self.catalogue(place, now).await;
        }
        let due = now.0 - place.catalogue_at.0 >= CATALOGUE_EVERY_MS || now < place.catalogue_at;
        // Between two pages of a walk nothing else is asked; and one that has just failed is passed over once, so that issues
        // are kept up with meanwhile.
        if place.walk.is_none() && (due || place.catalogue.is_some() || self.memory().stale_catalogue) {
            let failed = {
                let mut memory = self.memory();
                memory.stale_catalogue &= place.catalogue.is_some();
                std::mem::take(&mut memory.failed_catalogue)
            };
            if failed {
                self.memory().stale_catalogue = true;
            } else {
                let page = self.catalogue(place, now).await;
                let mut memory = self.memory();
                memory.failed_catalogue = page.is_err();
                memory.stale_catalogue |= page.is_err();
                return page;
            }
        }
        match place.backfill.clone() {
            Some(backfill) => self.backfill(place, backfill).await,
            None => self.updates(place, now).await,
        }
    }

    /// What every search is bounded to.
    fn scope(&self) -> String {
        let quoted = self.options.projects.iter().map(|key| format!("\"{}\"", key.replace('"', "")));
        // In whatever order they are configured, it is the same.
        let keys: BTreeSet<String> = quoted.collect();
        let keys: Vec<String> = keys.into_iter().collect();
        if keys.is_empty() { String::new() } else { format!("project in ({})", keys.join(", ")) }
    }

    pub(in crate::jira) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn checked(&self) -> Result<String, Error> {
        let server = self.api.server().await?;
        let myself = self.api.myself().await?;
        let boards = self.api.boards().await?.len();
        let name = myself.display_name.or(myself.name).unwrap_or_default();
        let kind = match server.flavour {
            super::api::Flavour::Cloud => "Jira Cloud".to_owned(),
            super::api::Flavour::DataCenter => format!("Jira Data Center {}", server.version),
        };
        let fields = self.api.fields().await?;
        let found = catalogue::Found::of(&fields);
        found.sprint_field(self.api.source())?;
        Ok(format!("{kind}, asked as {name}, {boards} boards can be seen"))
    }
}

impl Connector for Jira {
    fn pull(&self, cursor: Option<Cursor>, now: Timestamp) -> Pull<'_> {
        Box::pin(async move {
            let calls = self.api.calls();
            let started = !std::mem::replace(&mut self.memory().recalled, true);
            let mut before = None;
            if let Some(place) = cursor.as_ref().and_then(Place::parse)
                && let Some(drawn) = place.drawn
            {
                let lost = place.page_points.filter(|_| started).unwrap_or(0);
                let drawn = Drawn { points: drawn.points + lost, ..drawn };
                calls.recall(drawn);
                before = Some(drawn);
            }
            // Before the first answer it is not known whether there is a quota.
            let before = calls.drawn().or(before);
            let mut page = self.page(cursor, now).await?;
            let goes_on = page.next.is_some();
            let end = page.next.as_mut().or(page.resume.as_mut());
            if let Some((cursor, mut place)) =
                end.and_then(|cursor| Place::parse(cursor).map(|place| (cursor, place)))
            {
                place.drawn = calls.drawn();
                // After the last page nothing is under way that could be lost.
                place.page_points = place.drawn.filter(|_| goes_on).map(|drawn| drawn.since(before));
                *cursor = place.cursor();
                let mut memory = self.memory();
                memory.read_until = place.read_until();
                memory.backlog = place.backlog();
            }
            Ok(page)
        })
    }

    fn check(&self) -> Check<'_> {
        Box::pin(self.checked())
    }

    fn sweep(&self) -> Option<&dyn Sweep> {
        Some(self)
    }

    fn receiver(&self) -> Option<&dyn Receiver> {
        Some(self)
    }

    fn upkeep(&self) -> Option<&dyn Upkeep> {
        let Options { webhook_url, bearer, token_expires_at, .. } = &self.options;
        // Without any of them there is nothing to look after.
        (webhook_url.is_some() || *bearer || token_expires_at.is_some()).then_some(self)
    }

    fn account(&self) -> Option<Account> {
        let memory = self.memory();
        Some(Account {
            spent: self.api.calls().spent(),
            issues_read: memory.issues_read,
            read_until: memory.read_until,
            backlog: memory.backlog,
        })
    }
}
