//! Working on a log that processes share until nothing is left to do, and copying what came of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidemark_stream::kafka::{KafkaStore, Log};
use tidemark_stream::runner::Stop;
use tidemark_stream::{Runner, Store};

use crate::app::Phase;
use crate::commands::print_rejected;
use crate::copy::{self, Copier};
use crate::fleet::{Failed, Fleet};
use crate::progress::Progress;

/// How long to wait between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Computes what there is to compute, beside whoever else does, until nothing is left; then brings serving database and
/// warehouse up to it, and says what was rejected: the number of records.
pub(crate) fn settle(fleet: &Fleet, log: &Log, progress: &mut Progress) -> Result<usize, Failed> {
    let ended = AtomicBool::new(false);
    let stop = || ended.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let caches = fleet.caches("processors");
        let computing = scope.spawn(move || {
            let work = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
                Runner::new(store, &fleet.processors).until(stop).run(&mut |_, _| {})?;
                Ok(())
            };
            fleet.computing(log, &caches, &|_, _| ()).run(&stop, &work)
        });
        let watched = watch(fleet, log, &|| computing.is_finished(), progress);
        ended.store(true, Ordering::SeqCst);
        let computed = computing.join().unwrap_or_else(|_| Err(panicked()));
        computed.and(watched)
    })
}

/// Waits until all tasks have computed all that they have been told, and copies it.
///
/// In two rounds in a row every task is found done, and none hears of anything between its two turns: so at the moment
/// between the rounds nobody had anything to do, and nothing was on its way.
fn watch(
    fleet: &Fleet,
    log: &Log,
    failed: &dyn Fn() -> bool,
    progress: &mut Progress,
) -> Result<usize, Failed> {
    let followers = followers(fleet, log)?;
    let phase = Phase::start("tasks");
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
    drop(phase);
    if failed() {
        // Its error says why.
        return Ok(0);
    }
    progress.say(|| "writing to the serving database and the warehouse".to_owned());
    copy(fleet, log, &followers)?;
    let stores: Vec<&dyn Store> = followers.iter().map(|follower| follower as &dyn Store).collect();
    let rejected = print_rejected(&stores)?;
    // Each waits for its connections to end.
    std::thread::scope(|scope| {
        followers.into_iter().for_each(|follower| drop(scope.spawn(|| drop(follower))))
    });
    Ok(rejected)
}

/// A follower of each task. All are opened at once: most of the time is waiting for brokers.
fn followers(fleet: &Fleet, log: &Log) -> Result<Vec<KafkaStore>, Failed> {
    std::thread::scope(|scope| {
        let open = |partition| scope.spawn(move || fleet.follower(log, partition));
        let opening: Vec<_> = (0..log.partitions()).map(open).collect();
        opening.into_iter().map(|thread| Ok(thread.join().map_err(|_| panicked())??)).collect()
    })
}

/// Copies what the tasks say, to both outlets at once; whoever else does so meanwhile copies the same, or what came
/// later.
fn copy(fleet: &Fleet, log: &Log, followers: &[KafkaStore]) -> Result<(), Failed> {
    let runtime = crate::outlets::runtime().map_err(anyhow::Error::from)?;
    let never = || false;
    let serve = || -> Result<(), Failed> {
        let _phase = Phase::start("serving");
        let serving = runtime.block_on(fleet.outlets.serving())?;
        let copier = Copier::new(&serving, runtime.handle());
        for (follower, partition) in followers.iter().zip(0..) {
            copier.follow(follower, (log.generation(), partition), &never)?;
        }
        runtime.block_on(serving.close());
        Ok(())
    };
    let store = || -> Result<(), Failed> {
        let _phase = Phase::start("warehouse");
        let warehouse = fleet.outlets.writer(runtime.handle())?;
        for (follower, partition) in followers.iter().zip(0..) {
            copy::flush(&warehouse, follower, (log.generation(), partition), &never)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let serving = scope.spawn(serve);
        let stored = store();
        serving.join().map_err(|_| panicked())?.and(stored)
    })
}

fn panicked() -> Failed {
    Failed::Other(anyhow::anyhow!("a thread panicked"))
}
