//! A simulated organisation: Scrum teams whose Jira archive comes with the sprint reports it must lead to.
//!
//! [`generate`] runs a forward simulation in time. Every event changes the state of an issue, appends to its changelog
//! and moves the tallies of the sprints that run, at that moment; when a sprint is closed its tallies are frozen to its
//! report. `expected.json` holds those reports and nothing else: no number is read back from a changelog, so that the
//! archive and the expectation are two books kept of the same events. Where a board is configured anew, another board
//! shows a sprint, or a start is edited, a sprint has a book for each way to look at it, from its start on.
//!
//! ```text
//! agenda → organisation ─┬→ changelogs, snapshots → issues.ndjson.gz, observations.ndjson
//!                        └→ books with tallies    → expected.json
//! ```
//!
//! `cases.json` says how often each case of METRICS section 17 was produced, `policy.toml` whose work an issue is.
//!
//! [`Simulation`] is an organisation that goes on living after that, as a source to be polled; [`World`] is one that tells
//! what happens in it, for a simulated server.

mod agenda;
mod archive;
mod behaviour;
mod book;
mod carry;
mod cases;
mod changelog;
mod dice;
mod discipline;
mod edge;
mod issue;
mod lens;
mod living;
mod moment;
mod organisation;
mod people;
mod points;
mod sprint;
mod tally;
mod team;
mod timetable;
mod twist;
mod words;
mod workflow;
mod world;
mod zone;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::issue::Issue;
use crate::organisation::Organisation;

pub use crate::living::{Pace, Simulation};
pub use crate::world::{Happening, SprintChange, World};

/// What to simulate. The same options always give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Scrum boards, one a team.
    pub boards: u32,
    /// Sprints of each board that are closed or active at the end; future ones come on top.
    pub sprints: u32,
    /// Issues of all boards together, deleted ones included.
    pub issues: u32,
    /// The mean number of histories of an issue to aim at; teams make about four by themselves.
    pub changes_per_issue: u32,
    pub seed: u64,
    /// The present of the simulation: nothing happens after it, unless the organisation goes on living.
    pub until: Timestamp,
}

/// 2026-06-30T18:00:00Z, fixed so that the default output never changes.
const UNTIL_SECOND: i64 = 1_782_842_400;

impl Default for Options {
    fn default() -> Self {
        Self {
            boards: 3,
            sprints: 6,
            issues: 300,
            changes_per_issue: 12,
            seed: 1,
            until: Timestamp::from_second(UNTIL_SECOND).unwrap_or_default(),
        }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Issues in the archive.
    pub issues: u64,
    /// Issues deleted on the way; they are among the observations only.
    pub deleted: u64,
    /// Issues that were hidden on the way; they are among the observations only.
    pub hidden: u64,
    /// Sprints in the archive, future ones included.
    pub sprints: u64,
    /// Sprints with an expected report.
    pub reports: u64,
    pub histories: u64,
    /// How often the teams showed each of the behaviours that reports stumble over.
    pub behaviours: BTreeMap<&'static str, u64>,
    /// How often each case of METRICS section 17 was produced, by number and name; 0 where it was not.
    pub cases: BTreeMap<&'static str, u64>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot simulate {boards} boards with {sprints} sprints: {reason}")]
    Options { boards: u32, sprints: u32, reason: &'static str },
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot encode a record of {}", path.display())]
    Encode {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
}

/// Simulates an organisation and writes its archive into `dir`, which is created if need be.
///
/// `progress` hears of steps done and of their total; an issue is one step to simulate and one to write.
pub fn generate(options: &Options, dir: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Summary, Error> {
    check(options)?;
    let total = 2 * u64::from(options.issues);
    let mut organisation = Organisation::found(options, None);
    organisation.advance(organisation.until, &mut |created| progress(created, total));
    archive::count_lines(&mut organisation);
    let simulated = organisation.issues.len() as u64;
    archive::write(&organisation, dir, &mut |written| progress(simulated + written, total))?;
    progress(total, total);
    Ok(summarise(&organisation))
}

fn check(options: &Options) -> Result<(), Error> {
    const MOST_BOARDS: u32 = 2_000;
    const MOST_SPRINTS: u32 = 300;
    const MOST_ISSUES: u32 = 20_000_000;
    const YEARS: std::ops::RangeInclusive<i16> = 2000..=2200;
    let year = jiff::tz::Offset::UTC.to_datetime(options.until).year();
    let reason = if !(1..=MOST_BOARDS).contains(&options.boards) {
        "between 1 and 2000 boards are possible"
    } else if !(1..=MOST_SPRINTS).contains(&options.sprints) {
        "between 1 and 300 sprints are possible"
    } else if options.issues > MOST_ISSUES {
        "no more than 20000000 issues are possible"
    } else if !YEARS.contains(&year) {
        "the end must lie between the years 2000 and 2200"
    } else {
        return Ok(());
    };
    Err(Error::Options { boards: options.boards, sprints: options.sprints, reason })
}

fn summarise(organisation: &Organisation) -> Summary {
    let count = |which: fn(&Issue) -> bool| organisation.issues.iter().filter(|issue| which(issue)).count();
    Summary {
        issues: count(Issue::listed) as u64,
        deleted: count(|issue| issue.deleted.is_some()) as u64,
        hidden: count(|issue| issue.hidden.is_some()) as u64,
        sprints: organisation.listed_sprints().count() as u64,
        reports: organisation.sprints.iter().filter(|sprint| sprint.started()).count() as u64,
        histories: organisation.histories,
        behaviours: organisation.behaviours.by_name(),
        cases: cases::produced(&organisation.behaviours),
    }
}
