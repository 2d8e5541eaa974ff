//! What handlers share.

use std::future::Future;
use std::sync::Arc;

use axum::response::Response;
use tidemark_model::time::Clock;
use tidemark_sql::serving::{Database, Reading};
use tokio_util::sync::CancellationToken;

use crate::content::{Content, Kept};
use crate::error::Error;
use crate::live::{Live, Scope};
use crate::metrics::Metrics;
use crate::request::Head;
use crate::stale::Watch;

/// What handlers share. Every layer of a request has a clone, which costs nothing.
pub(crate) type Shared = Arc<Parts>;

pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) live: Live,
    pub(crate) kept: Kept,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) watch: Watch,
    pub(crate) stop: CancellationToken,
}

impl Parts {
    /// Waits until the program stops.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Answers from one state of the serving database; the body is kept until something in `scope` changes.
    pub(crate) async fn answer<F, M>(&self, head: &Head, scope: Scope, make: M) -> Result<Response, Error>
    where
        M: FnOnce(Reading) -> F,
        F: Future<Output = Result<Content, Error>>,
    {
        // The version is read before the data: what is kept under it is never older than it says.
        let version = self.live.version(&scope);
        let made = async { make(self.database.read().await?).await };
        let ready = self.kept.get(head.question.clone(), version, made).await?;
        Ok(ready.response(head))
    }
}
