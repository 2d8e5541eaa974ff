//! `tidemark restore`: a backup into a log, whatever kind of log it came from.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, anyhow};
use tidemark_ingest::backup::{self, Contents, Restore};
use tidemark_model::raw::Raw;
use tidemark_model::{Key, Row};
use tidemark_stream::Store;

use super::backup::FILE;
use super::print_rejected;
use crate::app::{App, adopt};
use crate::config::Config;
use crate::fleet::Fleet;
use crate::outlets::Outlets;
use crate::progress::Progress;
use crate::settle::settle;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config, folder: &Path, merge: bool) -> Result<Done, Stop> {
    let path = folder.join(FILE);
    let open = || File::open(&path).with_context(|| format!("{} can't be read", path.display()));
    let mut progress = Progress::start();
    // Read through once before anything is changed: a backup that is damaged is not used in part.
    let contents = backup::read(open()?, &mut |_| Ok(())).map_err(anyhow::Error::from)?;
    // What was copied from the log that the backup is of, and from any other, is older than what comes now.
    let runtime = crate::outlets::runtime()?;
    let newest = Outlets::of(config).newest_generation(runtime.handle())?.max(contents.generation);
    let rejected = match Fleet::of(config) {
        Some(fleet) => {
            let mut log = fleet.open()?;
            let inputs = fleet.inputs(&log)?;
            refuse_to_mix(&inputs, merge)?;
            drop(inputs);
            log.raise_generation(newest + 1)?;
            let names = contents.sources.iter();
            let stores = names
                .map(|name| Ok((name.as_str(), fleet.source(&log, name)?)))
                .collect::<Result<BTreeMap<_, _>, tidemark_stream::Error>>()?;
            let stores = stores.iter().map(|(name, store)| (*name, store as &dyn Store)).collect();
            restore(open()?, &stores)?;
            fleet.adopt(&log, &config.policy).map_err(anyhow::Error::from)?;
            settle(&fleet, &log, &mut progress).map_err(anyhow::Error::from)?
        }
        None => {
            let app = App::open(config)?;
            refuse_to_mix(app.store, merge)?;
            app.raise_generation(newest + 1)?;
            let names = contents.sources.iter();
            let stores = names.map(|name| (name.as_str(), app.store as &dyn Store)).collect();
            restore(open()?, &stores)?;
            adopt(app.store, &config.policy)?;
            app.process(&mut progress)?;
            print_rejected(&[app.store])?
        }
    };
    let Contents { statements, sources, .. } = contents;
    println!(
        "restored {statements} statements of {} sources in {:.1} s",
        sources.len(),
        progress.elapsed().as_secs_f64()
    );
    Ok(if rejected == 0 { Done::Clean } else { Done::WithRejected })
}

/// Two installations that are mixed by mistake can't be told apart again.
fn refuse_to_mix(store: &dyn Store, merge: bool) -> Result<(), Stop> {
    let holds_something = store.snapshot().keys_after(Raw::TABLE, &Key::default())?.next().is_some();
    if holds_something && !merge {
        return Err(Stop::Usage(anyhow!(
            "the log holds records already: name an empty one, or, where a restore was interrupted, say --merge"
        )));
    }
    Ok(())
}

/// Writes every statement into its source's store.
fn restore(file: File, stores: &BTreeMap<&str, &dyn Store>) -> anyhow::Result<()> {
    let mut sources: BTreeMap<&str, Restore<'_>> =
        stores.iter().map(|(name, store)| (*name, Restore::new(*name, *store))).collect();
    backup::read(file, &mut |statement| sources.values_mut().try_for_each(|source| source.take(&statement)))?;
    Ok(sources.into_values().try_for_each(Restore::finish)?)
}
