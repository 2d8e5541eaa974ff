//! The supervisor: every task has a name, and one that ends early stops the program.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What tasks have to finish their batches in, once they are asked to stop: less than the minute after which whoever asks
/// kills the program.
const PATIENCE: Duration = Duration::from_secs(50);

type Ended = (&'static str, anyhow::Result<()>);

/// The tasks of the program.
pub(super) struct Tasks {
    running: JoinSet<Ended>,
    stop: CancellationToken,
}

impl Tasks {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self { running: JoinSet::new(), stop }
    }

    /// Starts a task that waits more than it works.
    pub(super) fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.running.spawn(async move { (name, task.await) });
    }

    /// Starts a task that works, on a thread of its own.
    pub(super) fn spawn_thread(
        &mut self,
        name: &'static str,
        task: impl FnOnce() -> anyhow::Result<()> + Send + 'static,
    ) {
        self.running.spawn_blocking(move || (name, task()));
    }

    /// Waits until the program is asked to stop and all tasks have ended, or until one ends early: that is an error,
    /// and stops the others.
    pub(super) async fn supervise(mut self) -> anyhow::Result<()> {
        let first = tokio::select! {
            ended = self.running.join_next() => ended,
            () = self.stop.cancelled() => None,
        };
        let result = match first {
            // A task may be quicker to end than this is to notice why.
            Some(ended) if self.stop.is_cancelled() => late(ended),
            Some(ended) => early(ended),
            None => Ok(()),
        };
        self.stop.cancel();
        let rest = async {
            let mut result = Ok(());
            while let Some(ended) = self.running.join_next().await {
                result = result.and(late(ended));
            }
            result
        };
        let rest = tokio::time::timeout(PATIENCE, rest).await;
        result.and(rest.map_err(|_| anyhow!("tasks did not end within {} s", PATIENCE.as_secs()))?)
    }
}

fn late(ended: Result<Ended, tokio::task::JoinError>) -> anyhow::Result<()> {
    match ended {
        Ok((name, ended)) => ended.with_context(|| format!("the task `{name}` failed while stopping")),
        Err(error) => Err(anyhow!("a task panicked while stopping: {error}")),
    }
}

fn early(ended: Result<Ended, tokio::task::JoinError>) -> anyhow::Result<()> {
    match ended {
        Ok((name, Ok(()))) => Err(anyhow!("the task `{name}` ended early")),
        Ok((name, Err(error))) => Err(error.context(format!("the task `{name}` failed"))),
        Err(error) => Err(anyhow!("a task panicked: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::Tasks;

    fn supervised(prepare: impl FnOnce(&mut Tasks, &CancellationToken)) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        let mut tasks = Tasks::new(stop.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            prepare(&mut tasks, &stop);
            tasks.supervise().await
        })
    }

    #[test]
    fn a_task_that_ends_early_is_named_and_stops_the_others() {
        for failing in [false, true] {
            let result = supervised(|tasks, stop| {
                let stop = stop.clone();
                tasks.spawn("patient", async move {
                    stop.cancelled().await;
                    Ok(())
                });
                tasks.spawn_thread(
                    "hasty",
                    move || if failing { Err(anyhow::anyhow!("no disk")) } else { Ok(()) },
                );
            });
            let message = format!("{:#}", result.unwrap_err());
            let expected =
                if failing { "the task `hasty` failed: no disk" } else { "the task `hasty` ended early" };
            assert_eq!(message, expected);
        }
    }

    #[test]
    fn asked_to_stop_all_end_in_peace() {
        let result = supervised(|tasks, stop| {
            let waiting = stop.clone();
            tasks.spawn("patient", async move {
                waiting.cancelled().await;
                Ok(())
            });
            stop.cancel();
        });
        result.unwrap();
    }
}
