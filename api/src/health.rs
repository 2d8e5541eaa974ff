//! What operators ask: is it alive, should it get requests, what has it done.

use std::any::Any;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use tidemark_sql::serving::Database;

use crate::error::Error;
use crate::metrics::Metrics;
use crate::read::rejections;
use crate::readiness::{Readiness, Stage};

/// What operators are told of.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Metrics,
    /// Where requests need one.
    pub(crate) database: Option<Database>,
}

impl Health {
    pub(crate) fn router<S>(self) -> Router<S> {
        let router = Router::new().route("/health", get(alive)).route("/ready", get(ready));
        router.route("/metrics", get(metrics)).with_state(self)
    }

    async fn has_database(&self) -> bool {
        match &self.database {
            Some(database) => database.read().await.is_ok(),
            None => true,
        }
    }

    async fn count_rejected(&self) -> Result<(), Error> {
        if let Some(database) = &self.database {
            let counts = rejections(&mut database.read().await?).await?;
            self.metrics.rejected(counts);
        }
        Ok(())
    }
}

/// That the process answers at all.
async fn alive() -> impl IntoResponse {
    axum::Json(json!({ "status": "alive" }))
}

/// That numbers are there, or work is under way, and log and database answer where they are needed.
async fn ready(State(health): State<Health>) -> Response {
    // Nobody is asked for a token here: addresses are in the log.
    let (state, reason) = match health.readiness.stage() {
        Stage::Stopping => ("stopping", "it was asked to stop"),
        _ if health.readiness.is_without_log() => ("without its log", "Kafka does not answer"),
        Stage::Starting => ("starting", "what its work needs is being opened"),
        Stage::Ready if !health.has_database().await => {
            ("without its database", "the serving database does not answer")
        }
        Stage::Ready => return axum::Json(json!({ "status": "ready" })).into_response(),
    };
    let body = axum::Json(json!({ "status": state, "reason": reason }));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    if let Err(error) = health.count_rejected().await {
        // What is counted here is told all the same.
        tracing::warn!(error = error.message, "rejected records can't be counted");
    }
    let text = health.metrics.text();
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}

/// A panic is our fault; its message is logged where it happens.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Error::internal().into_response()
}
