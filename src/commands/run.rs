//! `tidemark run`: everything, until it is asked to stop.

use std::collections::BTreeSet;

use anyhow::anyhow;
use clap::ValueEnum;

use crate::cli::{Role, Run};
use crate::config::{Config, Log};
use crate::service;
use crate::{Done, Stop};

pub(crate) fn run(config: Config, Run { only }: Run) -> Result<Done, Stop> {
    let all = Role::value_variants().iter().copied();
    let roles: BTreeSet<Role> =
        if only.is_empty() { all.clone().collect() } else { only.into_iter().collect() };
    if matches!(config.storage.log, Log::Embedded) && !all.clone().all(|role| roles.contains(&role)) {
        return Err(Stop::Usage(anyhow!(
            "--only: an embedded log is one process's, which does everything; roles share a log on Kafka: set \
             `storage.log` to kafka://host:9092"
        )));
    }
    if config.sources.is_empty() {
        eprintln!(
            "no source is configured: pages will be empty (`tidemark init` writes one, `tidemark demo` has one)"
        );
    }
    service::run(config, &roles, |address| println!("Tidemark is at http://{address}"))?;
    Ok(Done::Clean)
}
