//! `tidemark verify`: does every stored row say what its inputs lead to?

use anyhow::anyhow;
use tidemark_stream::Runner;

use crate::app::App;
use crate::config::{Config, Log};
use crate::printable::printable;
use crate::progress::Progress;
use crate::{Done, Stop};

/// Differences that are printed one by one.
const SHOWN: usize = 20;

pub(crate) fn run(config: &Config, repair: bool) -> Result<Done, Stop> {
    if matches!(config.storage.log, Log::Kafka(_)) {
        return Err(Stop::Usage(anyhow!(
            "`verify` works on an embedded log only, so far: `tidemark replay` computes everything anew, and `tidemark \
             backup` and `restore` make an embedded copy that can be verified"
        )));
    }
    let app = App::open(config)?;
    let mut progress = Progress::start();
    let runner = Runner::new(app.store, &app.processors);
    let mut groups = 0_u64;
    let differences = runner.verify(repair, &mut |name, step| {
        groups += step.groups as u64;
        progress.say(|| format!("verifying {name}: {groups} groups"));
    })?;
    for difference in differences.iter().take(SHOWN) {
        let key = printable(&difference.key.to_string());
        println!("{}: {} {key} is {}", difference.processor, difference.table, difference.what);
    }
    if repair && !differences.is_empty() {
        app.process(&mut progress)?;
        println!("{} rows differed and were mended", differences.len());
        return Ok(Done::Clean);
    }
    if differences.is_empty() {
        println!("{groups} groups verified, nothing differs");
        return Ok(Done::Clean);
    }
    Err(Stop::Failed(anyhow!(
        "{} rows differ from what their inputs lead to: `tidemark verify --repair` mends them",
        differences.len()
    )))
}
