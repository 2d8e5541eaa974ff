//! `tidemark sync`: pull once, process everything to the end.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tidemark_connectors::Connector;
use tidemark_ingest::{Reconcile, Reconciled, pull};
use tidemark_model::time::SystemClock;
use tidemark_stream::Store;

use crate::app::{App, adopt, connector};
use crate::commands::rejected::print_rejected;
use crate::config::{Config, Source};
use crate::fleet::Fleet;
use crate::pace::Pace;
use crate::progress::Progress;
use crate::settle::settle;
use crate::{Done, Stop};

const MINUTE: Duration = Duration::from_secs(60);

/// How often a source that asks for patience gets it.
const WAITS: u32 = 20;

pub(crate) fn run(config: &Config, names: &[String], accept: bool) -> Result<Done, Stop> {
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
    let mut progress = Progress::start();
    let chosen: Vec<_> =
        config.sources.iter().filter(|(name, _)| names.is_empty() || names.contains(name)).collect();
    let mut failures = Vec::new();
    let rejected = match Fleet::of(config) {
        Some(fleet) => {
            let log = fleet.open()?;
            fleet.adopt(&log, &config.policy)?;
            for (name, source) in chosen {
                let store = fleet.source(&log, name)?;
                failures.extend(pulled((name, source), &store, accept, &mut progress)?);
            }
            settle(&fleet, &log, &mut progress)?
        }
        None => {
            let app = App::open(config)?;
            adopt(app.store, &config.policy)?;
            for (name, source) in chosen {
                failures.extend(pulled((name, source), app.store, accept, &mut progress)?);
            }
            app.process(&mut progress)?;
            print_rejected(&[app.store])?
        }
    };
    println!("done in {:.1} s", progress.elapsed().as_secs_f64());
    if !failures.is_empty() {
        return Err(Stop::Failed(anyhow!(failures.join("\n"))));
    }
    Ok(if rejected == 0 { Done::Clean } else { Done::WithRejected })
}

/// Pulls a source to its end; says why where the source fails, which does not stop the others.
fn pulled(
    (name, source): (&str, &Source),
    store: &dyn Store,
    accept: bool,
    progress: &mut Progress,
) -> Result<Option<String>, Stop> {
    let connector = connector(name, source)?;
    let (mut waits, mut pace) = (0, Pace::default());
    let pulled = loop {
        let pulled = pull(name, connector.as_ref(), store, &SystemClock, &mut |pulled| {
            let share = pulled.read.map_or(String::new(), |read| format!(" {:.0} %", read * 100.0));
            let left =
                pulled.read.and_then(|read| pace.left(read, Instant::now())).map_or(String::new(), |left| {
                    format!(
                        ", about {} left",
                        if left < MINUTE { "a minute".to_owned() } else { minutes(left) }
                    )
                });
            progress.say(|| format!("reading {name}:{share} ({} records){left}", pulled.records));
            ControlFlow::Continue(())
        });
        match pulled {
            // It asks for patience: what was read is kept, and the rest comes later.
            Err(tidemark_ingest::Error::Source(error)) if error.is_transient() && waits < WAITS => {
                waits += 1;
                println!("{name}: {error}");
                std::thread::sleep(error.wait().unwrap_or_default());
            }
            other => break other,
        }
    };
    let reconciled = match &pulled {
        Ok(_) => reconciled((name, source), connector.as_ref(), store, accept),
        Err(_) => Ok(None),
    };
    match pulled.and_then(|pulled| Ok((pulled, reconciled?))) {
        Ok((pulled, reconciled)) => {
            println!("{name}: {} records read, {} new or changed", pulled.records, pulled.written);
            if let Some(account) = connector.account() {
                let calls = account.spent.calls;
                println!("{name}: {calls} calls{}", per_thousand(calls, pulled.issues));
            }
            if let Some(Reconciled { missing, back, unknown, deleted_sprints, .. }) = reconciled {
                println!("{name}: {missing} issues are gone, {back} are back, {unknown} were not known");
                if deleted_sprints > 0 {
                    println!("{name}: {deleted_sprints} sprints are deleted");
                }
            }
            Ok(None)
        }
        Err(tidemark_ingest::Error::Store(error @ tidemark_stream::Error::Fenced { .. })) => {
            Ok(Some(format!("{name}: {error}: a `tidemark run` that works on this log polls it already")))
        }
        // The disk, or the log, is for all: nothing more can be done.
        Err(tidemark_ingest::Error::Store(error)) => Err(error.into()),
        Err(error) => Ok(Some(format!("{name}: {error}"))),
    }
}

fn minutes(left: Duration) -> String {
    match left.as_secs().div_ceil(60) {
        minutes if minutes < 120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    }
}

/// Compares what is known with what can be seen, where that is due.
fn reconciled(
    (source, configured): (&str, &Source),
    connector: &dyn Connector,
    store: &dyn Store,
    accept: bool,
) -> Result<Option<Reconciled>, tidemark_ingest::Error> {
    let reconcile = Reconcile { source, connector, store, clock: &SystemClock, accept, stop: &|| false };
    let every_ms = i64::try_from(configured.reconcile_interval.as_millis()).unwrap_or(i64::MAX);
    if !accept && !reconcile.is_due(every_ms)? {
        return Ok(None);
    }
    for _ in 0..WAITS {
        match reconcile.run() {
            Err(tidemark_ingest::Error::Source(error)) if error.is_transient() => {
                println!("{source}: {error}");
                std::thread::sleep(error.wait().unwrap_or_default());
            }
            other => return other,
        }
    }
    reconcile.run()
}

fn per_thousand(calls: u64, issues: u64) -> String {
    match issues {
        0 => String::new(),
        issues => {
            format!(" for {issues} issues ({:.0} per 1,000 issues)", calls as f64 * 1000.0 / issues as f64)
        }
    }
}
