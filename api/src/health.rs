//! What operators ask: is it alive, should it get requests, what has it done.

use std::any::Any;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::error::Error;
use crate::readiness::Stage;
use crate::state::Shared;

pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/health", get(alive)).route("/ready", get(ready)).route("/metrics", get(metrics))
}

/// That the process answers at all.
async fn alive() -> impl IntoResponse {
    axum::Json(json!({ "status": "alive" }))
}

/// That numbers are there and the database answers.
async fn ready(State(shared): State<Shared>) -> Response {
    let state = match shared.readiness.stage() {
        Stage::Starting => "starting",
        Stage::Stopping => "stopping",
        Stage::Ready if shared.database.read().await.is_err() => "without its database",
        Stage::Ready => return axum::Json(json!({ "status": "ready" })).into_response(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({ "status": state }))).into_response()
}

async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    let text = shared.metrics.text();
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}

/// A panic is our fault; its message is logged where it happens.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Error::internal().into_response()
}
