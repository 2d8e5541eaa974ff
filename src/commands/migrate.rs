//! `tidemark migrate`: topics, tables and views on the servers that the configuration names.

use crate::config::Config;
use crate::fleet::Fleet;
use crate::outlets::Outlets;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config) -> Result<Done, Stop> {
    let runtime = crate::outlets::runtime()?;
    let outlets = Outlets::of(config);
    for (name, state) in runtime.block_on(outlets.migrate())? {
        println!("{name}: {state}");
    }
    if let Some(fleet) = Fleet::of(config) {
        let log = fleet.migrate(outlets.newest_generation(runtime.handle())?)?;
        println!("log {}: generation {}, {} partitions", log.prefix(), log.generation(), log.partitions());
    }
    Ok(Done::Clean)
}
