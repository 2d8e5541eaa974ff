//! `tidemark generate`: a simulated organisation, with the reports that are expected of it.

use anyhow::anyhow;
use tidemark_simulation::Options;

use crate::cli::Generate;
use crate::progress::Progress;
use crate::{Done, Stop};

pub(crate) fn run(arguments: &Generate) -> Result<Done, Stop> {
    let until = format!("{}T18:00:00Z", arguments.until).parse();
    let until = until
        .map_err(|_| Stop::Usage(anyhow!("--until {}: expected a date like 2026-06-30", arguments.until)))?;
    let options = Options {
        boards: arguments.boards,
        sprints: arguments.sprints,
        issues: arguments.issues,
        changes_per_issue: arguments.changes,
        seed: arguments.seed,
        until,
    };
    let mut progress = Progress::start();
    let summary = tidemark_simulation::generate(&options, &arguments.out, &mut |done, total| {
        progress.say(|| format!("generating: {:.0} %", done as f64 / total.max(1) as f64 * 100.0));
    });
    let summary = summary.map_err(|error| match error {
        tidemark_simulation::Error::Options { .. } => Stop::Usage(error.into()),
        other => Stop::Failed(other.into()),
    })?;
    println!(
        "{} issues with {} changes, {} sprints ({} with expected reports) in {}",
        summary.issues,
        summary.histories,
        summary.sprints,
        summary.reports,
        arguments.out.display()
    );
    println!("next: tidemark --config {} sync", arguments.out.join("tidemark.toml").display());
    Ok(Done::Clean)
}
