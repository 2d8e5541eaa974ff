//! `tidemark run`: everything, until it is asked to stop.

use crate::config::Config;
use crate::service;
use crate::{Done, Stop};

pub(crate) fn run(config: Config) -> Result<Done, Stop> {
    if config.sources.is_empty() {
        eprintln!(
            "no source is configured: pages will be empty (`tidemark init` writes one, `tidemark demo` has one)"
        );
    }
    service::run(config, |address| println!("Tidemark is at http://{address}"))?;
    Ok(Done::Clean)
}
