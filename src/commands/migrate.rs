//! `tidemark migrate`: topics, tables and views on the servers that the configuration names.

use crate::config::Config;
use crate::fleet::Fleet;
use crate::outlets::Outlets;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config) -> Result<Done, Stop> {
    // First: whatever is written elsewhere comes from the log.
    if let Some(fleet) = Fleet::of(config) {
        let log = fleet.migrate()?;
        println!("log {}: generation {}, {} partitions", log.prefix(), log.generation(), log.partitions());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for (name, state) in runtime.block_on(Outlets::of(config).migrate())? {
        println!("{name}: {state}");
    }
    Ok(Done::Clean)
}
