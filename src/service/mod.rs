//! `tidemark run`: sources are polled, everything is processed, pages and API are served, in one supervised process.
//!
//! ```text
//! poll (a thread per source) ─wake→ process (one thread) ─wake→ flush (one thread)
//!                                     └─ serving database, then `Live` → open pages
//! ```

mod flush;
mod poll;
mod process;
mod states;
mod tasks;
mod wake;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tidemark_api::{Access, Api, Live, Metrics, Readiness, Stage};
use tidemark_model::time::SystemClock;
use tidemark_sql::serving::{Access as Opened, Database};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Config;

use states::States;
use tasks::Tasks;

/// What the tasks share.
#[derive(Clone)]
struct Shared {
    app: Arc<App>,
    states: States,
    live: Live,
    readiness: Readiness,
    metrics: Metrics,
    stop: CancellationToken,
}

/// Runs until it is asked to stop. `announce` hears of the address once numbers are there.
pub(crate) fn run(config: Config, announce: impl FnOnce(SocketAddr) + Send + 'static) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(supervised(config, announce));
    // Threads that did not end in time would hold up the exit; what they do is safe to interrupt.
    runtime.shutdown_background();
    done
}

async fn supervised(
    config: Config,
    announce: impl FnOnce(SocketAddr) + Send + 'static,
) -> anyhow::Result<()> {
    // Bound first: a port that is taken is found out before anything is opened.
    let listen = config.api.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("can't listen on {listen}: set `api.listen` to another address"))?;
    let address = listener.local_addr()?;
    let app = Arc::new(App::open(&config)?);
    app.adopt(&config.policy)?;
    let serving = app.serving().await?;
    let stop = CancellationToken::new();
    let shared = Shared {
        app,
        states: States::of(&config),
        live: Live::default(),
        readiness: Readiness::default(),
        metrics: Metrics::default(),
        stop: stop.clone(),
    };
    let api = Api {
        database: Database::sqlite(&config.serving_file(), Opened::Read).await?,
        live: shared.live.clone(),
        readiness: shared.readiness.clone(),
        metrics: shared.metrics.clone(),
        clock: Arc::new(SystemClock),
        poll_intervals: config
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.poll_interval))
            .collect(),
        access: Access::new(config.api.token.as_ref().map(|token| token.expose())),
        stop: stop.clone(),
    };
    let mut tasks = Tasks::new(stop.clone());
    let router = api.router();
    let serving_stop = stop.clone();
    tasks.spawn("api", async move { Ok(tidemark_api::serve(listener, router, serving_stop).await?) });
    let (wake_flush, flush_woken) = wake::pair();
    let (wake_process, process_woken) = wake::pair();
    for (name, source) in config.sources {
        let (shared, wake) = (shared.clone(), wake_process.clone());
        tasks.spawn_thread("poll", move || poll::run(&name, &source, &shared, &wake));
    }
    // Once at the start: what is stored may not be processed yet.
    wake_process.wake();
    let handle = tokio::runtime::Handle::current();
    let process = process::Process {
        shared: shared.clone(),
        serving,
        wake_flush,
        announce: Some(Box::new(move || announce(address))),
    };
    tasks.spawn_thread("process", move || handle.block_on(process.run(&process_woken)));
    let flushing = shared.clone();
    tasks.spawn_thread("flush", move || flush::run(&flushing, &flush_woken));
    tasks.spawn("signals", signals(shared));
    tasks.supervise().await
}

/// Stops the program when it is asked to.
async fn signals(shared: Shared) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = shared.stop.cancelled() => {}
    }
    shared.readiness.set(Stage::Stopping);
    shared.stop.cancel();
    Ok(())
}
