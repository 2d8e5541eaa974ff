//! The HTTP interface: the REST resources under `/api/v1`, the pages, and what operators ask.
//!
//! Everything is read from the serving database, one consistent state per answer. Bodies are kept in memory until
//! something that they depend on changes ([`live`] says what), so that many readers cost little more than one. No number
//! is computed here that a processor owns.
//!
//! A new resource is one file in `rest/` and one line in [`rest::RESOURCES`], which also writes it into the OpenAPI
//! document and enrols it in the tests of all resources; a new page is one file in `pages/` and one line in its router.

mod access;
mod content;
mod error;
mod events;
mod health;
mod hooks;
pub mod live;
mod metrics;
mod pages;
mod quality;
mod read;
mod readiness;
mod request;
mod rest;
mod stale;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use tidemark_model::time::Clock;
use tidemark_sql::serving::Database;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use access::Access;
pub use error::Error;
pub use hooks::{Hook, Hooks, Taken, Taking};
pub use live::{Change, Live};
pub use metrics::{Metrics, PollNumbers, SourceNumbers};
pub use read::{Definitions, SourceState, sources};
pub use readiness::{Readiness, Stage};
pub use rest::{explain, report};

use content::Kept;
use health::Health;
use stale::Watch;
use state::Parts;

/// What the interface is made of.
pub struct Api {
    /// The serving database, opened for reading.
    pub database: Database,
    pub live: Live,
    pub readiness: Readiness,
    pub metrics: Metrics,
    pub clock: Arc<dyn Clock>,
    /// How often each source is polled: one that is silent for much longer is behind, and its reports say so.
    pub poll_intervals: BTreeMap<String, Duration>,
    pub access: Access,
    /// Takes webhooks, where this process does.
    pub hooks: Option<Arc<dyn Hooks>>,
    /// Ends open event streams.
    pub stop: CancellationToken,
}

impl Api {
    /// All routes.
    pub fn router(self) -> Router {
        let health = Health {
            readiness: self.readiness,
            metrics: self.metrics.clone(),
            database: Some(self.database.clone()),
        };
        let shared = Arc::new(Parts {
            database: self.database,
            live: self.live,
            kept: Kept::default(),
            metrics: self.metrics,
            clock: self.clock,
            watch: Watch::new(self.poll_intervals),
            stop: self.stop,
        });
        let guarded = Router::new().merge(rest::router()).merge(pages::router()).merge(events::router());
        let guarded = guarded.layer(middleware::from_fn_with_state(self.access.clone(), access::check));
        let hooks = self.hooks.map(|hooks| hooks::router(hooks, shared.metrics.clone())).unwrap_or_default();
        Router::new()
            .merge(guarded)
            .merge(hooks)
            .merge(access::router(self.access))
            .merge(health.router())
            .merge(pages::assets())
            .fallback(async || Error::not_found("there is nothing at this path"))
            .method_not_allowed_fallback(async || Error::method_not_allowed())
            .layer(tower_http::catch_panic::CatchPanicLayer::custom(health::panicked))
            .layer(middleware::from_fn_with_state(shared.clone(), request::identify))
            // Outermost: bodies of errors are protected too.
            .layer(middleware::from_fn(pages::protect))
            .with_state(shared)
    }
}

/// What operators ask of a process that serves no pages: `/health`, `/ready` and `/metrics`; and webhooks, where it takes them.
pub fn operations(readiness: Readiness, metrics: Metrics, hooks: Option<Arc<dyn Hooks>>) -> Router {
    let hooks = hooks.map(|hooks| hooks::router(hooks, metrics.clone())).unwrap_or_default();
    Health { readiness, metrics, database: None }.router().merge(hooks)
}

/// Serves until `stop`; answers that are under way are finished, open event streams end.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await
}
