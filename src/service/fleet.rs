//! `tidemark run` on a log that processes share: each role by itself, in any combination and number.
//!
//! ```text
//! ingest ──► log ──► processors ──► log ──► sinks (a follower per task and outlet) ──► serving database, warehouse
//!                                                        api ◄── news of the serving database ◄──┘
//! ```

mod held;
mod ingest;
mod news;
mod reach;
mod schemas;
mod sinks;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tidemark_api::{Api, Hooks, Live, Metrics, Readiness, Stage};
use tidemark_ingest::inbox;
use tidemark_stream::kafka::{Failure, KafkaStore, Log};
use tidemark_stream::runner::Stop;
use tidemark_stream::{Error, Runner, Store};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::hooks::Door;
use super::states::States;
use super::tasks::Tasks;
use super::watch::Watch;
use super::{api, bind, signals};
use crate::app::connectors;
use crate::cli::Role;
use crate::config::Config;
use crate::fleet::{Failed, Fleet};
use crate::outlets::Outlet;
use crate::persist::persist;

/// How often a database is asked that is away when the program starts.
const AWAY: Duration = Duration::from_secs(1);

/// What the roles of a process share.
struct Parts {
    fleet: Fleet,
    config: Config,
    states: States,
    live: Live,
    readiness: Readiness,
    metrics: Metrics,
    stop: CancellationToken,
}

pub(super) async fn supervised(
    fleet: Fleet,
    config: Config,
    roles: &BTreeSet<Role>,
    announce: impl FnOnce(SocketAddr) + Send + 'static,
) -> anyhow::Result<()> {
    let (listener, address) = bind(&config).await?;
    let stop = CancellationToken::new();
    let parts = Arc::new(Parts {
        fleet,
        states: States::of(&config),
        config,
        live: Live::default(),
        readiness: Readiness::default(),
        metrics: Metrics::default(),
        stop: stop.clone(),
    });
    let receives = roles.contains(&Role::Ingest);
    let connectors = if receives { connectors(&parts.config)? } else { BTreeMap::new() };
    let (inbox, writer) = inbox(connectors);
    let door: Option<Arc<dyn Hooks>> = receives.then(|| Arc::new(Door(inbox)) as _);
    let mut tasks = Tasks::new(stop.clone());
    tasks.spawn("signals", signals(parts.readiness.clone(), stop.clone()));
    let (halt, stopped) = (parts.fleet.halt.clone(), stop.clone());
    tasks.spawn("halt", async move {
        stopped.cancelled().await;
        halt.ask();
        Ok(())
    });
    let router = if roles.contains(&Role::Api) {
        let api = Api { hooks: door, ..reached(&parts).await? };
        tasks.spawn("news", news::tell(Arc::clone(&parts), api.database.clone()));
        api.router()
    } else {
        tidemark_api::operations(parts.readiness.clone(), parts.metrics.clone(), door)
    };
    let (watched, serves) = (Arc::clone(&parts), roles.contains(&Role::Api));
    // Pages are read from the serving database: whoever shows them goes on, also where the process has other roles besides,
    // since taken out of the service it would do what can't be done no sooner, and what can be done not at all.
    tasks.spawn_thread("log", move || reach::watch(&watched, !serves));
    let serving_stop = stop.clone();
    tasks.spawn("http", async move { Ok(tidemark_api::serve(listener, router, serving_stop).await?) });
    if roles.contains(&Role::Ingest) || roles.contains(&Role::Processors) {
        for (task, outlet) in [("database schema", Outlet::Database), ("warehouse schema", Outlet::Warehouse)]
        {
            // Whatever the answer is, it is of no use to a program that is asked to stop.
            let known = stop.run_until_cancelled(schemas::are_known(&parts, outlet)).await;
            if !known.unwrap_or(Ok(true))? {
                tasks.spawn(task, schemas::become_known(Arc::clone(&parts), outlet));
            }
        }
    }
    if roles.iter().any(|role| *role != Role::Api) {
        let looked_at = Arc::clone(&parts);
        tasks.spawn_thread("ends", move || held::watch(&looked_at));
    }
    let readiness = parts.readiness.clone();
    let mut writer = Some(writer);
    for role in roles {
        let parts = Arc::clone(&parts);
        match role {
            Role::Ingest => {
                if let Some(writer) = writer.take() {
                    let parts = Arc::clone(&parts);
                    tasks.spawn_thread("hooks", move || ingest::hooks(&parts, writer));
                }
                tasks.spawn("states", ingest::tell(Arc::clone(&parts)));
                tasks.spawn_thread("ingest", move || ingest::run(&parts));
            }
            Role::Processors => tasks.spawn_thread("processors", move || compute(&parts)),
            Role::Sinks => {
                let (warehouse, handle) = (Arc::clone(&parts), Handle::current());
                tasks.spawn_thread("warehouse", move || sinks::warehouse(&warehouse, &handle));
                let handle = Handle::current();
                tasks.spawn_thread("serving", move || sinks::serving(&parts, &handle));
            }
            Role::Api => {}
        }
    }
    if serves {
        // What there is can be shown; work goes on as the log is reached.
        readiness.set(Stage::Ready);
    }
    announce(address);
    tasks.supervise().await
}

/// The HTTP interface, once its database answers.
async fn reached(parts: &Parts) -> anyhow::Result<Api> {
    let Parts { config, live, readiness, metrics, stop, .. } = parts;
    loop {
        let passes = |error: &anyhow::Error| {
            error.downcast_ref().is_some_and(|error: &tidemark_sql::serving::Error| error.is_transient())
        };
        match api(config, live, readiness, metrics, stop).await {
            Err(error) if passes(&error) && !stop.is_cancelled() => {
                tracing::warn!(%error, "the serving database is waited for");
                stop.run_until_cancelled(tokio::time::sleep(AWAY)).await;
            }
            done => return done,
        }
    }
}

/// Computes the tasks that this process is given.
fn compute(parts: &Parts) -> anyhow::Result<()> {
    let caches = parts.fleet.caches("processors");
    let watch = Watch::new("processors", &parts.metrics);
    parts.on_log("processors", &|log, stop| {
        parts.fleet.adopt(log, &parts.config.policy)?;
        let work = |store: &KafkaStore, stop: &Stop<'_>| -> Result<(), Failed> {
            let _span = tracing::info_span!("batch", task.partition = store.partition()).entered();
            Runner::new(store, &parts.fleet.processors).until(stop).run(&mut |_, _| {})?;
            watch.wrote(store.snapshot().as_ref(), store.partition().unwrap_or_default())?;
            Ok(())
        };
        let told = |partition, standing| watch.standing(partition, standing);
        parts.fleet.computing(log, &caches, &told).run(stop, &work)
    })
}

impl Parts {
    /// Works on the log until the program stops; a log that is made anew is opened again, and one that is away waited for.
    fn on_log(
        &self,
        role: &'static str,
        work: &dyn Fn(&Log, &Stop<'_>) -> Result<(), Failed>,
    ) -> anyhow::Result<()> {
        let stop = || self.stop.is_cancelled();
        let passes = |failed: &Failed| {
            let of_log = failed.of_log();
            of_log.is_some_and(|error| {
                error.is_transient() || matches!(error, Error::Renewed { .. } | Error::Fenced { .. })
            })
        };
        let what = format!("work of {role} on the log");
        let is_told = || self.fleet.settings().away().is_away();
        let done = persist(&what, &stop, passes, is_told, || {
            let log = self.fleet.open()?;
            if self.readiness.stage() == Stage::Starting {
                self.readiness.set(Stage::Ready);
            }
            work(&log, &stop)
        });
        Ok(done.map(|_| ())?)
    }
}
