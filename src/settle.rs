//! Working on a log that processes share until nothing is left to do, and copying what came of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidemark_stream::kafka::{KafkaStore, Log};
use tidemark_stream::runner::Stop;
use tidemark_stream::{Error, Runner, Store};

use crate::fleet::{Failed, Fleet};
use crate::persist::persist;
use crate::progress::Progress;

/// How long to wait between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Computes what there is to compute, beside whoever else does, until nothing is left; then brings serving database and
/// warehouse up to it.
pub(crate) fn settle(fleet: &Fleet, log: &Log, progress: &mut Progress) -> Result<(), Failed> {
    let ended = AtomicBool::new(false);
    let stop = || ended.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let caches = fleet.caches("processors");
        let computing = scope.spawn(move || {
            let work = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
                Runner::new(store, &fleet.processors).until(stop).run(&mut |_, _| {})?;
                Ok(())
            };
            fleet.computing(log, &caches).run(&stop, &work)
        });
        let watched = watch(fleet, log, &|| computing.is_finished(), progress);
        ended.store(true, Ordering::SeqCst);
        let computed = computing
            .join()
            .unwrap_or_else(|_| Err(Failed::Other(anyhow::anyhow!("the computing thread panicked"))));
        computed.and(watched)
    })
}

/// Waits until all tasks have computed all that they have been told, and copies it.
///
/// In two rounds in a row every task is found done, and none hears of anything between its two turns: so at the moment
/// between the rounds nobody had anything to do, and nothing was on its way.
fn watch(fleet: &Fleet, log: &Log, failed: &dyn Fn() -> bool, progress: &mut Progress) -> Result<(), Failed> {
    let followers = (0..log.partitions())
        .map(|partition| fleet.follower(log, partition))
        .collect::<Result<Vec<_>, _>>()?;
    let mut quiet = 0;
    while quiet < 2 && !failed() {
        let mut done = 0;
        let mut news = false;
        for follower in &followers {
            follower.catch_up()?;
            news |= follower.follow(Duration::ZERO)?;
            done += u32::from(Runner::new(follower, &fleet.processors).is_done()?);
        }
        progress.say(|| format!("computing: {done} of {} tasks are done", log.partitions()));
        quiet = if news || done < log.partitions() { 0 } else { quiet + 1 };
        if quiet == 0 {
            std::thread::sleep(LOOK);
        }
    }
    if failed() {
        // Its error says why.
        return Ok(());
    }
    progress.say(|| "writing to the serving database and the warehouse".to_owned());
    Ok(copy(fleet, log, &followers)?)
}

/// Copies what the tasks say; whoever else does so meanwhile copies the same.
fn copy(fleet: &Fleet, log: &Log, followers: &[KafkaStore]) -> anyhow::Result<()> {
    let runtime = crate::outlets::runtime()?;
    let serving = runtime.block_on(fleet.outlets.serving())?;
    let warehouse = fleet.outlets.writer(runtime.handle())?;
    let never = || false;
    for (follower, partition) in followers.iter().zip(0..) {
        let generation = log.generation();
        persist("writing to the serving database", &never, may_pass, || {
            let mut task = serving.for_task();
            runtime.block_on(task.follow(follower.snapshot().as_ref(), generation, partition))
        })?;
        persist("writing to the warehouse", &never, tidemark_sinks::Error::is_transient, || {
            let snapshot = follower.snapshot();
            warehouse.flush(snapshot.as_ref(), generation, partition, &mut Progress::silent())
        })?;
    }
    runtime.block_on(serving.close());
    Ok(())
}

/// Another process that was given the same task has written: whoever reads the positions again finds its place.
fn may_pass(error: &tidemark_sinks::Error) -> bool {
    error.is_transient() || matches!(error, tidemark_sinks::Error::OtherWriter { .. })
}

impl Fleet {
    /// Says what was rejected; the number of records.
    pub(crate) fn print_rejected(&self, log: &Log) -> Result<usize, Error> {
        let followers = (0..log.partitions())
            .map(|partition| self.follower(log, partition))
            .collect::<Result<Vec<_>, _>>()?;
        let stores: Vec<&dyn Store> = followers.iter().map(|follower| follower as &dyn Store).collect();
        crate::commands::print_rejected(&stores)
    }
}
