//! `tidemark demo`: everything, on a simulated organisation that goes on living.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tidemark_model::policy::DisciplineRule;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_simulation::{Options, Simulation};

use crate::cli::Demo;
use crate::config::{self, Config, Origin, Source};
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
    let simulation = Simulation::new(NAME, options).map_err(|error| match error {
        tidemark_simulation::Error::Options { .. } => Stop::Usage(error.into()),
        other => Stop::Failed(other.into()),
    })?;
    let simulation = Arc::new(simulation);
    let policy = simulation.policy().map_err(anyhow::Error::from)?;
    let mut policy = config::policy_of(&policy).context("the simulated organisation's teams")?;
    // Its field spells disciplines otherwise than its teams do: two rows of one, which would puzzle at first sight.
    policy.disciplines.retain(|rule| !matches!(rule, DisciplineRule::Field(_)));
    let origin = Origin::Simulation(simulation);
    let source = Source { origin, poll_interval: EVERY, reconcile_interval: Duration::MAX };
    let sources = BTreeMap::from([(NAME.to_owned(), source)]);
    let config = Config::embedded(arguments.listen, data_dir, sources, policy);
    println!("simulating an organisation with {} teams; Ctrl-C ends it", arguments.boards);
    service::run(config, &BTreeSet::new(), |address| println!("Tidemark is at http://{address}"))?;
    Ok(Done::Clean)
}
