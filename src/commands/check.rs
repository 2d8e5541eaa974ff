//! `tidemark check`: does everything answer? All problems at once.

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
            let opened = App::open(config).map(|_| "can be written").map_err(|error| format!("{error:#}"));
            say(&format!("store in {}", config.storage.data_dir.display()), text(opened));
        }
    }
    let outlets = Outlets::of(config);
    let database = runtime.block_on(tidemark_sql::serving::check(&outlets.serving));
    say(&format!("database {}", outlets.serving), text(database));
    say(&outlets.warehouse_name(), text(outlets.check_warehouse(&runtime)));
    match problems {
        0 => Ok(Done::Clean),
        1 => Err(Stop::Failed(anyhow!("1 problem"))),
        more => Err(Stop::Failed(anyhow!("{more} problems"))),
    }
}

fn text<T: Display, E: Display>(result: Result<T, E>) -> Result<String, String> {
    result.map(|found| found.to_string()).map_err(|error| error.to_string())
}
