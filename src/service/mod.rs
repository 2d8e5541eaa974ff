//! `tidemark run`: sources are polled, everything is processed, pages and API are served, in one supervised process.
//!
//! ```text
//! poll (a thread per source) ─wake→ process (one thread) ─wake→ flush (one thread)
//!                                     └─ serving database, then `Live` → open pages
//! ```

mod background;
mod fleet;
mod flush;
mod hearer;
mod hooks;
mod poll;
mod process;
mod states;
mod tasks;
mod wake;
mod watch;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tidemark_api::{Access, Api, Live, Metrics, Readiness, Stage};
use tidemark_ingest::inbox;
use tidemark_model::time::SystemClock;
use tidemark_sql::serving::{Access as Opened, Database};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::{App, adopt, connectors};
use crate::cli::Role;
use crate::config::Config;
use crate::fleet::Fleet;

use hooks::Door;
use poll::Polling;
use states::States;
use tasks::Tasks;
use watch::Watch;

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

/// Runs these roles until it is asked to stop. `announce` hears of the address once numbers are there.
pub(crate) fn run(
    config: Config,
    roles: &BTreeSet<Role>,
    announce: impl FnOnce(SocketAddr) + Send + 'static,
) -> anyhow::Result<()> {
    background::compute_there();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = match Fleet::of(&config) {
        Some(parts) => runtime.block_on(fleet::supervised(parts, config, roles, announce)),
        None => runtime.block_on(supervised(config, announce)),
    };
    // Threads that did not end in time would hold up the exit; what they do is safe to interrupt.
    runtime.shutdown_background();
    done
}

async fn supervised(
    config: Config,
    announce: impl FnOnce(SocketAddr) + Send + 'static,
) -> anyhow::Result<()> {
    let (listener, address) = bind(&config).await?;
    // It blocks, and may ask a server for the newest generation.
    let open = move || App::open(&config).map(|app| (Arc::new(app), config));
    let (app, config) = tokio::task::spawn_blocking(open).await??;
    adopt(app.store, &config.policy)?;
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
    let connectors = connectors(&config)?;
    let (inbox, writer) = inbox(connectors.clone());
    let api = api(&config, &shared.live, &shared.readiness, &shared.metrics, &stop).await?;
    let api = Api { hooks: Some(Arc::new(Door(inbox))), ..api };
    let mut tasks = Tasks::new(stop.clone());
    let router = api.router();
    let serving_stop = stop.clone();
    tasks.spawn("api", async move { Ok(tidemark_api::serve(listener, router, serving_stop).await?) });
    let (wake_flush, flush_woken) = wake::pair();
    let (wake_process, process_woken) = wake::pair();
    for ((name, source), connector) in config.sources.into_iter().zip(connectors.into_values()) {
        let (shared, wake) = (shared.clone(), wake_process.clone());
        let polling = Polling { name, source, connector };
        tasks.spawn_thread("poll", move || poll::run(&polling, &shared, &wake));
    }
    let (store, stopped, wake) = (shared.app.store, stop.clone(), wake_process.clone());
    tasks.spawn_thread("hooks", move || {
        let mut writer = writer;
        Ok(writer.run(store, &SystemClock, &|| stopped.is_cancelled(), &|| wake.wake())?)
    });
    // Once at the start: what is stored may not be processed yet.
    wake_process.wake();
    let process = process::Process {
        shared: shared.clone(),
        serving,
        handle: Handle::current(),
        wake_flush,
        watch: Watch::new("processors", &shared.metrics),
        announce: Some(Box::new(move || announce(address))),
    };
    tasks.spawn_thread("process", move || process.run(&process_woken));
    let (flushing, handle) = (shared.clone(), Handle::current());
    tasks.spawn_thread("flush", move || flush::run(&flushing, &handle, &flush_woken));
    tasks.spawn("signals", signals(shared.readiness, shared.stop));
    tasks.supervise().await
}

/// Binds first: a port that is taken is found out before anything is opened.
async fn bind(config: &Config) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listen = config.api.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("can't listen on {listen}: set `api.listen` to another address"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The HTTP interface over the serving database.
async fn api(
    config: &Config,
    live: &Live,
    readiness: &Readiness,
    metrics: &Metrics,
    stop: &CancellationToken,
) -> anyhow::Result<Api> {
    let sources = config.sources.iter();
    Ok(Api {
        database: Database::open(&config.storage.serving(), Opened::Read).await?,
        live: live.clone(),
        readiness: readiness.clone(),
        metrics: metrics.clone(),
        clock: Arc::new(SystemClock),
        poll_intervals: sources.map(|(name, source)| (name.clone(), source.poll_interval)).collect(),
        access: Access::new(config.api.token.as_ref().map(|token| token.expose())),
        hooks: None,
        stop: stop.clone(),
    })
}

/// Stops the program when it is asked to.
async fn signals(readiness: Readiness, stop: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stop.cancelled() => {}
    }
    readiness.set(Stage::Stopping);
    stop.cancel();
    Ok(())
}
