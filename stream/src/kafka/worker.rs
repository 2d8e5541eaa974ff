//! The tasks of one process: those that a group gives to it, each on a thread of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use tidemark_model::time::Clock;

use super::log::Log;
use super::store::{Actor, Held, KafkaStore, Opening};
use super::tasks::Tasks;
use crate::Error;
use crate::runner::Stop;
use crate::store::Table;

/// How often the group is asked, and how soon a thread notices that it has to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How often work is done that nobody has asked for.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The pauses after errors that may pass: twice as long after each in a row.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A task that ran for so long before it failed has not failed in a row; longer than any answer is waited for.
const SOUND: Duration = Duration::from_secs(120);
/// Who was fenced by mistake goes on after this: by then the group has said whose the task is.
const AFTER_FENCE: Duration = Duration::from_secs(5);

/// Why a task's work ended: something of the log, which a new start may mend, or something else.
pub trait Failure: From<Error> + Send {
    /// The error of the log, where it is one.
    fn of_log(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn of_log(&self) -> Option<&Error> {
        Some(self)
    }
}

/// A member of a group that shares out the tasks: one group for each kind of work.
#[derive(Clone, Copy)]
pub struct Group<'a> {
    pub log: &'a Log,
    pub name: &'static str,
    /// See [`Tasks::join`].
    pub member: Option<&'a str>,
}

/// What is done for a task, until the second says that it is time to stop.
type Serve<'a, E> = dyn Fn(u32, &Stop<'_>) -> Result<(), E> + Sync + 'a;

impl Group<'_> {
    /// Works until `stop` says so: all tasks are asked to stop then, and waited for. `serve` is called for each task that
    /// is given to this member, on a thread of its own, until it is taken away again.
    ///
    /// A task that another process has taken over is dropped, and one whose log fails in passing is begun again; any other
    /// failure ends all tasks, and is returned.
    pub fn run<E: Failure>(&self, stop: &Stop<'_>, serve: &Serve<'_, E>) -> Result<(), E> {
        let group = Tasks::join(self.log, self.name, self.member)?;
        std::thread::scope(|scope| {
            let mut running: BTreeMap<u32, Running<'_, E>> = BTreeMap::new();
            let mut result = Ok(());
            while result.is_ok() && !stop() {
                let owned = match group.owned(LOOK) {
                    Ok(owned) => owned,
                    Err(error) if error.is_transient() => {
                        if !self.log.settings.away().is_away() {
                            tracing::warn!(%error, "the group of tasks can't be asked");
                        }
                        std::thread::sleep(SHORTEST_PAUSE);
                        continue;
                    }
                    Err(error) => {
                        result = Err(error.into());
                        break;
                    }
                };
                result = reap(&mut running);
                leave(&running, &owned);
                for partition in owned {
                    running.entry(partition).or_insert_with(|| {
                        let stopping = Arc::new(AtomicBool::new(false));
                        let asked = Arc::clone(&stopping);
                        let thread = scope.spawn(move || self.task(partition, &asked, serve));
                        Running { stopping, thread }
                    });
                }
            }
            leave(&running, &BTreeSet::new());
            running.into_iter().fold(result, |result, (_, task)| result.and(task.end()))
        })
    }

    /// Works on a task until it is asked to stop, beginning again where that may help.
    fn task<E: Failure>(&self, partition: u32, stopping: &AtomicBool, serve: &Serve<'_, E>) -> Result<(), E> {
        let stopped = || stopping.load(Ordering::SeqCst);
        let name = self.name;
        let mut pause = SHORTEST_PAUSE;
        while !stopped() {
            let started = Instant::now();
            let Err(failure) = serve(partition, &stopped) else { return Ok(()) };
            if started.elapsed() > SOUND {
                pause = SHORTEST_PAUSE;
            }
            match failure.of_log() {
                Some(Error::Fenced { .. }) => {
                    tracing::info!(task.partition = partition, "task {partition} of {name} was taken over");
                    wait(AFTER_FENCE, stopping);
                }
                Some(error) if error.is_transient() => {
                    if self.log.settings.away().is_away() {
                        tracing::debug!(task.partition = partition, %error, "task {partition} of {name} is begun again");
                    } else {
                        tracing::warn!(task.partition = partition, %error, "task {partition} of {name} is begun again");
                    }
                    wait(pause, stopping);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                _ => return Err(failure),
            }
        }
        Ok(())
    }
}

/// A member that keeps a store for each of its tasks.
#[derive(Clone, Copy)]
pub struct Worker<'a> {
    pub group: Group<'a>,
    /// As whom a task is opened.
    pub actor: fn(u32) -> Actor,
    /// What every task holds.
    pub held: &'a [(Table, Held)],
    pub processors: &'a [&'static str],
    /// Where caches lie; no two processes share a folder, and no two groups.
    pub caches: &'a Path,
    pub clock: &'a Arc<dyn Clock>,
    /// Hears how it stands with each task.
    pub standing: &'a (dyn Fn(u32, Standing) + Sync),
}

/// How it stands with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has something to do, or is being opened.
    Busy,
    /// It has done all that it was told of.
    Idle,
    /// It is no longer this member's.
    Left,
}

/// What is done with a task whenever there is something new, and now and then without: what it writes to may have lost
/// something. It ends early once the second says so.
type Work<'a, E> = dyn Fn(&KafkaStore, &Stop<'_>) -> Result<(), E> + Sync + 'a;

impl Worker<'_> {
    /// Works until `stop` says so, as [`Group::run`] does. `work` is called with a task's store when it was opened, and
    /// whenever it has heard of something.
    pub fn run<E: Failure>(&self, stop: &Stop<'_>, work: &Work<'_, E>) -> Result<(), E> {
        self.group.run(stop, &|partition, stopped| {
            (self.standing)(partition, Standing::Busy);
            let served = self.serve(partition, stopped, work);
            // A failed one that is begun again still has to do what it had.
            if served.is_ok() {
                (self.standing)(partition, Standing::Left);
            }
            served
        })
    }

    fn serve<E: Failure>(&self, partition: u32, stopped: &Stop<'_>, work: &Work<'_, E>) -> Result<(), E> {
        let Self { group, held, processors, caches, clock, .. } = *self;
        let actor = (self.actor)(partition);
        let store = KafkaStore::open(group.log, Opening { actor: &actor, held, processors, caches, clock })?;
        tracing::info!(task.partition = partition, "task {partition} of {} is open", group.name);
        work(&store, stopped)?;
        let mut worked = Instant::now();
        while !stopped() {
            if store.follow(LOOK)? {
                (self.standing)(partition, Standing::Busy);
                work(&store, stopped)?;
                worked = Instant::now();
            } else if worked.elapsed() >= LOOK_AGAIN {
                work(&store, stopped)?;
                worked = Instant::now();
            } else {
                (self.standing)(partition, Standing::Idle);
            }
        }
        Ok(())
    }
}

struct Running<'scope, E> {
    stopping: Arc<AtomicBool>,
    thread: ScopedJoinHandle<'scope, Result<(), E>>,
}

impl<E: Failure> Running<'_, E> {
    fn end(self) -> Result<(), E> {
        self.thread.join().unwrap_or_else(|_| {
            let action = "working on a task".to_owned();
            Err(Error::Kafka { action, reason: "its thread panicked".to_owned(), transient: false }.into())
        })
    }
}

/// Asks the tasks to stop that are not owned any more.
fn leave<E>(running: &BTreeMap<u32, Running<'_, E>>, owned: &BTreeSet<u32>) {
    let others = running.iter().filter(|(partition, _)| !owned.contains(partition));
    others.for_each(|(_, task)| task.stopping.store(true, Ordering::SeqCst));
}

/// Takes the tasks that have ended; fails with the first that failed.
fn reap<E: Failure>(running: &mut BTreeMap<u32, Running<'_, E>>) -> Result<(), E> {
    let ended = running.extract_if(.., |_, task| task.thread.is_finished());
    ended.collect::<Vec<_>>().into_iter().try_for_each(|(_, task)| task.end())
}

fn wait(time: Duration, stopping: &AtomicBool) {
    let started = Instant::now();
    while started.elapsed() < time && !stopping.load(Ordering::SeqCst) {
        std::thread::sleep(LOOK);
    }
}
