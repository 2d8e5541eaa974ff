//! `tidemark check`: does everything answer? All problems at once, and how far each source is read.

mod states;

use std::fmt::Display;

use anyhow::anyhow;

use crate::app::{App, connector};
use crate::config::Config;
use crate::fleet::Fleet;
use crate::outlets::Outlets;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config) -> Result<Done, Stop> {
    let mut problems = 0;
    let mut say = |what: &str, result: Result<String, String>| match result {
        Ok(found) => println!("ok       {what}: {found}"),
        Err(problem) => {
            problems += 1;
            println!("problem  {what}: {problem}");
        }
    };
    if config.sources.is_empty() {
        say("sources", Err("none is configured: write a [sources.NAME] section".to_owned()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for (name, source) in &config.sources {
        let checked = connector(name, source)
            .and_then(|connector| Ok(runtime.block_on(connector.check())?))
            .map_err(|error| format!("{error:#}"));
        say(&format!("source {name}"), text(checked));
    }
    match Fleet::of(config) {
        Some(fleet) => {
            let opened = fleet.open().and_then(|log| {
                log.may_write()?;
                let (format, generation, partitions) = (log.format(), log.generation(), log.partitions());
                Ok(format!(
                    "can be written, format {format}, generation {generation}, {partitions} partitions"
                ))
            });
            say(&format!("log at {}", fleet.settings().brokers()), text(opened));
        }
        None => {
            let opened = App::open(config).map(|_| "can be written".to_owned());
            say(&format!("store in {}", config.storage.data_dir.display()), opened.or_else(in_use));
        }
    }
    let outlets = Outlets::of(config);
    let database = runtime.block_on(tidemark_sql::serving::check(&outlets.serving));
    let states = database.is_ok().then(|| runtime.block_on(states::told(&outlets.serving)));
    say(&format!("database {}", outlets.serving), text(database));
    say(&outlets.warehouse_name(), text(outlets.check_warehouse(&runtime)));
    // What went wrong with a poll is no problem of this moment: whether the source answers now was asked above.
    match states {
        Some(Ok(told)) => {
            for name in config.sources.keys() {
                let state = told.iter().find(|state| state.name == *name);
                let line = state
                    .map_or_else(|| "nothing is known yet: `tidemark run` keeps it".to_owned(), states::line);
                println!("state    source {name}: {line}");
            }
        }
        Some(Err(error)) => say("states of the sources", Err(format!("{error:#}"))),
        None => {}
    }
    match problems {
        0 => Ok(Done::Clean),
        1 => Err(Stop::Failed(anyhow!("1 problem"))),
        more => Err(Stop::Failed(anyhow!("{more} problems"))),
    }
}

/// A store that a running program has open can be used: by that one.
fn in_use(error: anyhow::Error) -> Result<String, String> {
    match error.downcast_ref() {
        Some(tidemark_stream::Error::Locked { holder, .. }) => {
            Ok(format!("in use by a running tidemark ({holder})"))
        }
        _ => Err(format!("{error:#}")),
    }
}

fn text<T: Display, E: Display>(result: Result<T, E>) -> Result<String, String> {
    result.map(|found| found.to_string()).map_err(|error| error.to_string())
}
