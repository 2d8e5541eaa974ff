//! The processing thread: what is new goes through all processors, into the serving database, and to open pages.

use std::time::{Duration, Instant};

use tidemark_api::{Change, Stage};
use tidemark_model::time::{Clock, SystemClock};
use tidemark_sinks::{Followed, Serving};
use tidemark_stream::{Runner, Store};

use super::Shared;
use super::wake::{Wake, Woken};

/// What is known of the sources is written at least this often: when they were last asked is shown.
const STATES: Duration = Duration::from_secs(10);

/// The processing thread's own things.
pub(super) struct Process {
    pub(super) shared: Shared,
    pub(super) serving: Serving,
    pub(super) wake_flush: Wake,
    /// Called once, when numbers are there.
    pub(super) announce: Option<Box<dyn FnOnce() + Send>>,
}

impl Process {
    /// Processes whenever it is woken, until the program stops.
    pub(super) async fn run(mut self, woken: &Woken) -> anyhow::Result<()> {
        while woken.wait(STATES, &self.shared.stop) {
            // Asked before the work: a source that is asked meanwhile may have brought what is not processed yet.
            let all_asked = self.shared.states.all_asked();
            let started = Instant::now();
            let Some(followed) = self.batch().await? else { break };
            self.tell(followed, started).await?;
            if all_asked && let Some(announce) = self.announce.take() {
                self.shared.readiness.set(Stage::Ready);
                announce();
            }
        }
        self.serving.close().await;
        Ok(())
    }

    /// Computes what is new and copies it to the serving database; nothing where the program stops on the way, since
    /// tables that do not agree are shown to nobody.
    async fn batch(&mut self) -> anyhow::Result<Option<Followed>> {
        let app = &self.shared.app;
        let stopping = || self.shared.stop.is_cancelled();
        Runner::new(app.store, &app.processors).until(&stopping).run(&mut |_, _| {})?;
        if stopping() {
            return Ok(None);
        }
        let generation = app.generation()?;
        Ok(Some(self.serving.follow(app.store.snapshot().as_ref(), generation).await?))
    }

    /// Says what has changed to whoever waits for it.
    async fn tell(&self, followed: Followed, started: Instant) -> anyhow::Result<()> {
        let (states, news) = self.shared.states.take();
        self.serving.states(&states).await?;
        if followed.is_empty() {
            if news {
                self.publish(Followed::default());
            }
            return Ok(());
        }
        tracing::debug!(
            batch.rows = followed.rows,
            duration_ms = started.elapsed().as_millis(),
            "a batch of {} rows can be read",
            followed.rows
        );
        self.publish(followed);
        self.shared.metrics.processed(started.elapsed());
        self.wake_flush.wake();
        Ok(())
    }

    fn publish(&self, followed: Followed) {
        let Followed { boards, sprints, everything, .. } = followed;
        self.shared.live.publish(Change { boards, sprints, everything, at: SystemClock.now() });
    }
}
