//! `tidemark sync`: pull once, process everything to the end.

use std::ops::ControlFlow;

use anyhow::anyhow;
use tidemark_ingest::pull;
use tidemark_model::time::SystemClock;

use crate::app::{App, connector};
use crate::commands::rejected::print_rejected;
use crate::config::Config;
use crate::progress::Progress;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config, names: &[String]) -> Result<Done, Stop> {
    if let Some(unknown) = names.iter().find(|name| !config.sources.contains_key(*name)) {
        let known: Vec<&str> = config.sources.keys().map(String::as_str).collect();
        return Err(Stop::Usage(anyhow!(
            "there is no source `{unknown}` in the configuration: there are {}",
            known.join(", ")
        )));
    }
    if config.sources.is_empty() {
        let help = "no source is configured: write a [sources.NAME] section, or run `tidemark init`";
        return Err(Stop::Usage(anyhow!(help)));
    }
    let app = App::open(config)?;
    app.adopt(&config.policy)?;
    let mut progress = Progress::start();
    let mut failures = Vec::new();
    let chosen = config.sources.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    for (name, source) in chosen {
        let connector = connector(name, source);
        let pulled = pull(name, connector.as_ref(), app.store, &SystemClock, &mut |pulled| {
            let share = pulled.read.map_or(String::new(), |read| format!(" {:.0} %", read * 100.0));
            progress.say(|| format!("reading {name}:{share} ({} records)", pulled.records));
            ControlFlow::Continue(())
        });
        match pulled {
            Ok(pulled) => {
                println!("{name}: {} records read, {} new or changed", pulled.records, pulled.written)
            }
            // The disk is the store's: nothing more can be done. A source that fails does not stop the others.
            Err(tidemark_ingest::Error::Store(error)) => return Err(error.into()),
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    app.process(&mut progress)?;
    let rejected = print_rejected(app.store)?;
    println!("done in {:.1} s", progress.elapsed().as_secs_f64());
    if !failures.is_empty() {
        return Err(Stop::Failed(anyhow!(failures.join("\n"))));
    }
    Ok(if rejected == 0 { Done::Clean } else { Done::WithRejected })
}
