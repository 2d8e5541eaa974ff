//! `tidemark demo`: everything, on a simulated organisation that goes on living.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_simulation::Options;

use crate::cli::Demo;
use crate::config::{Config, Origin, Source};
use crate::service;
use crate::{Done, Stop};

/// What the source is called.
const NAME: &str = "acme";
/// Issues and sprints of a board: a few months of a team's work.
const ISSUES: u32 = 120;
const SPRINTS: u32 = 8;
const CHANGES: u32 = 8;
/// How often the organisation is asked what has happened.
const EVERY: Duration = Duration::from_millis(50);

pub(crate) fn run(arguments: &Demo) -> Result<Done, Stop> {
    // Deleted when the program ends.
    let folder =
        tempfile::Builder::new().prefix("tidemark-demo-").tempdir().context("no temporary folder")?;
    let data_dir = arguments.data_dir.clone().unwrap_or_else(|| folder.path().to_owned());
    let now = SystemClock.now();
    let until = now.to_string().parse().with_context(|| format!("the machine's clock says {now}"))?;
    let options = Options {
        boards: arguments.boards,
        sprints: SPRINTS,
        issues: arguments.boards * ISSUES,
        changes_per_issue: CHANGES,
        seed: arguments.seed,
        until,
    };
    let source = Source { origin: Origin::Simulation(options), poll_interval: EVERY };
    let sources = BTreeMap::from([(NAME.to_owned(), source)]);
    let config = Config::embedded(arguments.listen, data_dir, sources);
    println!("simulating an organisation with {} teams; Ctrl-C ends it", arguments.boards);
    service::run(config, |address| println!("Tidemark is at http://{address}"))?;
    Ok(Done::Clean)
}
