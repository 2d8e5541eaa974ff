//! `tidemark check`: does everything answer? All problems at once.

use anyhow::anyhow;
use tidemark_sql::Engine;

use crate::app::{App, connector};
use crate::config::Config;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config) -> Result<Done, Stop> {
    let mut problems = 0;
    let mut say = |what: String, result: Result<String, String>| match result {
        Ok(found) => println!("ok       {what}: {found}"),
        Err(problem) => {
            problems += 1;
            println!("problem  {what}: {problem}");
        }
    };
    if config.sources.is_empty() {
        say("sources".to_owned(), Err("none is configured: write a [sources.NAME] section".to_owned()));
    }
    for (name, source) in &config.sources {
        let found = connector(name, source).check().map_err(|error| error.to_string());
        say(format!("source {name}"), found);
    }
    let folder = config.storage.data_dir.display();
    let store = App::open(config).map(|_| "can be written".to_owned()).map_err(|error| format!("{error:#}"));
    say(format!("store in {folder}"), store);
    let lake =
        Engine::open(config.lake_dir()).map(|_| "can be read".to_owned()).map_err(|error| error.to_string());
    say(format!("lake in {}", config.lake_dir().display()), lake);
    match problems {
        0 => Ok(Done::Clean),
        1 => Err(Stop::Failed(anyhow!("1 problem"))),
        more => Err(Stop::Failed(anyhow!("{more} problems"))),
    }
}
