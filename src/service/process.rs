//! The processing thread: what is new goes through all processors, into the serving database, and to open pages.

use std::time::{Duration, Instant};

use tidemark_api::{Change, Stage};
use tidemark_model::time::{Clock, SystemClock};
use tidemark_sinks::{Error, Followed, Serving};
use tidemark_stream::kafka::Standing;
use tidemark_stream::{Runner, Store};
use tokio::runtime::Handle;

use super::Shared;
use super::wake::{Wake, Woken};
use super::watch::{WAREHOUSE, Watch};
use crate::app::WHOLE;
use crate::persist::persist;

/// What is known of the sources is written at least this often: when they were last asked is shown.
const STATES: Duration = Duration::from_secs(10);

/// The longest rest after a batch. It rests for as long as it worked: under a steady stream of changes fewer and larger
/// batches cost less, and whoever tells or asks something meanwhile is answered sooner.
const LONGEST_REST: Duration = Duration::from_millis(100);

/// The processing thread's own things.
pub(super) struct Process {
    pub(super) shared: Shared,
    pub(super) serving: Serving,
    pub(super) handle: Handle,
    pub(super) wake_flush: Wake,
    pub(super) watch: Watch,
    /// Called once, when numbers are there.
    pub(super) announce: Option<Box<dyn FnOnce() + Send>>,
}

impl Process {
    /// Processes whenever it is woken, until the program stops.
    pub(super) fn run(mut self, woken: &Woken) -> anyhow::Result<()> {
        while woken.wait(STATES, &self.shared.stop) {
            // Asked before the work: a source that is asked meanwhile may have brought what is not processed yet.
            let all_asked = self.shared.states.all_asked();
            let started = Instant::now();
            self.watch.standing(WHOLE, Standing::Busy);
            let Some(followed) = self.batch()? else { break };
            self.watch.wrote(self.shared.app.store.snapshot().as_ref(), WHOLE)?;
            self.tell(followed, started)?;
            self.watch.standing(WHOLE, Standing::Idle);
            if all_asked && let Some(announce) = self.announce.take() {
                self.shared.readiness.set(Stage::Ready);
                announce();
            }
            std::thread::sleep(started.elapsed().min(LONGEST_REST));
        }
        self.handle.block_on(self.serving.close());
        Ok(())
    }

    /// Computes what is new and copies it to the serving database; nothing where the program stops on the way, since
    /// tables that do not agree are shown to nobody.
    fn batch(&mut self) -> anyhow::Result<Option<Followed>> {
        let _span = tracing::info_span!("batch").entered();
        let app = &self.shared.app;
        let stopping = || self.shared.stop.is_cancelled();
        Runner::new(app.store, &app.processors).until(&stopping).run(&mut |_, _| {})?;
        if stopping() {
            return Ok(None);
        }
        let generation = app.generation()?;
        // A server that is away comes back; what is computed meanwhile waits in the log.
        let copy = || {
            let snapshot = app.store.snapshot();
            self.handle.block_on(self.serving.follow(snapshot.as_ref(), generation, WHOLE))
        };
        let what = "writing to the serving database";
        let followed = persist(what, &stopping, Error::is_transient, || false, copy);
        Ok(followed?)
    }

    /// Says what has changed to whoever waits for it.
    fn tell(&self, followed: Followed, started: Instant) -> anyhow::Result<()> {
        let (states, news) = self.shared.states.take();
        let names: Vec<String> = states.iter().map(|state| state.name.clone()).collect();
        let told = self.handle.block_on(self.serving.states(&states, &names));
        if let Err(error) = told {
            if !error.is_transient() {
                return Err(error.into());
            }
            tracing::warn!(%error, "what is known of the sources can't be written");
        }
        if followed.is_empty() {
            if news {
                self.publish(Followed::default());
            }
            return Ok(());
        }
        tracing::debug!(
            batch.rows = followed.rows,
            duration_s = started.elapsed().as_secs_f64(),
            "a batch of {} rows can be read",
            followed.rows
        );
        self.publish(followed);
        self.shared.metrics.processed(started.elapsed());
        self.shared.metrics.busy(WAREHOUSE, WHOLE);
        self.wake_flush.wake();
        Ok(())
    }

    fn publish(&self, followed: Followed) {
        let Followed { boards, sprints, everything, .. } = followed;
        self.shared.live.publish(Change { boards, sprints, everything, at: SystemClock.now() });
    }
}
