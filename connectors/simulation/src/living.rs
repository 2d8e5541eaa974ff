//! A simulated organisation that goes on living, as a source to be polled.
//!
//! Simulated time is the caller's: each pull lets it pass up to `now`. Everything happens at moments that the seed alone
//! decides, so that the state at an instant does not depend on how often it was asked for, and the reports that it
//! tallies remain a second book of what it says.

mod pages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidemark_connectors::{Check, Connector, Cursor, Error as SourceError, Page, Pull};
use tidemark_model::Timestamp;

use crate::archive;
use crate::moment::Moment;
use crate::organisation::Organisation;
use crate::{Error, Options, check};

/// How an organisation goes on after its founding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The mean time between two small steps, over the whole organisation. What its plans hold comes on top.
    pub step_ms: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { step_ms: 3000 }
    }
}

/// An organisation that goes on living.
pub struct Simulation {
    source: String,
    /// What founded it: a cursor of another organisation is of no use.
    founded: String,
    organisation: Mutex<Organisation>,
}

/// What a cursor says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    founded: String,
    /// Everything up to this instant has been said.
    at: i64,
    /// Or will have been, by the pages of all issues; this is the first issue of the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<usize>,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("founded", &self.founded).finish_non_exhaustive()
    }
}

impl Simulation {
    /// Founds an organisation whose history ends at `options.until`, which is to be the present, and which goes on from
    /// there.
    pub fn new(source: &str, options: Options) -> Result<Self, Error> {
        Self::at_pace(source, options, Pace::default())
    }

    /// As [`Simulation::new`], faster or slower.
    pub fn at_pace(source: &str, options: Options, pace: Pace) -> Result<Self, Error> {
        check(&options)?;
        let mut organisation = Organisation::found(&options, Some(pace));
        organisation.advance(organisation.until, &mut |_| {});
        Ok(Self {
            source: source.to_owned(),
            founded: format!("{options:?} {pace:?}"),
            organisation: Mutex::new(organisation),
        })
    }

    /// The reports of all sprints that have started, by sprint id and in the form of `expected.json`, as they are after
    /// the last pull. They were tallied while things happened, not computed from what is pulled.
    pub fn reports(&self) -> Result<BTreeMap<String, Value>, SourceError> {
        let reports = self.living()?.reports();
        let values = reports.into_iter().map(|report| {
            let value = serde_json::to_value(&report).map_err(|error| self.fails(&error.to_string()))?;
            Ok((report.sprint.to_string(), value))
        });
        values.collect()
    }

    /// The tables `[disciplines]` and `[teams.*]` of a configuration in which the disciplines of the reports hold.
    pub fn policy(&self) -> Result<String, SourceError> {
        Ok(archive::policy(&*self.living()?, &self.source))
    }

    fn page(&self, cursor: Option<&Cursor>, now: Timestamp) -> Result<Page, SourceError> {
        let place = cursor.and_then(|cursor| serde_json::from_str::<Place>(&cursor.0).ok());
        let place = place.filter(|place| place.founded == self.founded);
        let mut organisation = self.living()?;
        let said = place.as_ref().map_or(now.0, |place| place.at);
        organisation.advance(Moment(now.0.max(said)), &mut |_| {});
        let pages = pages::Pages { source: &self.source, organisation: &organisation };
        let said = match place {
            None => pages.beginning(),
            Some(Place { at, from: Some(first), .. }) => pages.issues(Moment(at), first),
            Some(Place { at, from: None, .. }) => pages.changes(Moment(at)),
        };
        let said = said.map_err(|reason| self.fails(&reason))?;
        let cursor = Place { founded: self.founded.clone(), at: said.upto.0, from: said.from };
        let cursor = serde_json::to_string(&cursor).map_err(|error| self.fails(&error.to_string()))?;
        let (next, resume) = if said.more { (Some(cursor), None) } else { (None, Some(cursor)) };
        Ok(Page { next: next.map(Cursor), resume: resume.map(Cursor), ..said.page })
    }

    fn living(&self) -> Result<MutexGuard<'_, Organisation>, SourceError> {
        self.organisation.lock().map_err(|_| self.fails("an earlier step of it failed"))
    }

    fn fails(&self, reason: &str) -> SourceError {
        SourceError::Input {
            input: format!("the simulated organisation {}", self.source),
            reason: reason.to_owned(),
            remedy: "start again".to_owned(),
        }
    }
}

impl Connector for Simulation {
    fn pull(&self, cursor: Option<Cursor>, now: Timestamp) -> Pull<'_> {
        Box::pin(async move { self.page(cursor.as_ref(), now) })
    }

    fn check(&self) -> Check<'_> {
        Box::pin(async move {
            let organisation = self.living()?;
            Ok(format!("a simulated organisation of {} boards", organisation.teams.len()))
        })
    }
}
