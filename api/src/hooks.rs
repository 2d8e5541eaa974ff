//! `POST /hooks/{source}`: webhooks. Who sends them is known by their signature; they are answered once they are on disk.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use crate::metrics::Metrics;

/// The largest body that is taken: more than Jira or GitHub send.
const MOST_BYTES: usize = 25 << 20;

/// Who sends gives up after ten seconds or more: it is told earlier to come again.
const PATIENCE: Duration = Duration::from_secs(8);

/// A webhook as it was sent.
#[derive(Debug, Clone, Default)]
pub struct Hook {
    pub source: String,
    /// Names in lower case; what is no text is left out.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on disk, and read as far as it can be.
    Yes,
    /// It was taken before.
    Before,
    /// There is no source of that name that takes webhooks.
    Nowhere,
    /// It is not believed.
    Refused(&'static str),
    /// It can't be read at all.
    Unreadable,
    /// Not now: who sends comes again.
    Later,
}

/// What becomes of a webhook, once it is known.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Taken> + Send + 'a>>;

/// Takes webhooks.
pub trait Hooks: Send + Sync {
    fn take(&self, hook: Hook) -> Taking<'_>;
}

#[derive(Clone)]
struct Shared {
    hooks: Arc<dyn Hooks>,
    metrics: Metrics,
}

/// The route; no token is asked for.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(hooks: Arc<dyn Hooks>, metrics: Metrics) -> Router<S> {
    let routes = Router::new().route("/hooks/{source}", post(take));
    routes.layer(DefaultBodyLimit::max(MOST_BYTES)).with_state(Shared { hooks, metrics })
}

async fn take(
    State(shared): State<Shared>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let started = Instant::now();
    let text = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let hook = Hook { source, headers: text.collect(), body: body.to_vec() };
    let taken = tokio::time::timeout(PATIENCE, shared.hooks.take(hook)).await.unwrap_or(Taken::Later);
    shared.metrics.hooked(taken.word(), started.elapsed());
    let status = taken.status();
    let body = match status {
        StatusCode::OK => json!({"data": {"outcome": taken.word()}}),
        _ => json!({"error": {"code": taken.word(), "message": taken.message()}}),
    };
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}

impl Taken {
    fn status(self) -> StatusCode {
        match self {
            Self::Yes | Self::Before => StatusCode::OK,
            Self::Nowhere => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Later => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// For programs and metrics: a closed set.
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "taken",
            Self::Before => "repeated",
            Self::Nowhere => "no_source",
            Self::Refused(_) => "refused",
            Self::Unreadable => "unreadable",
            Self::Later => "later",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Yes => "it is taken",
            Self::Before => "it was taken before",
            Self::Nowhere => "no source of this name takes webhooks: see `webhook_secrets`",
            Self::Refused(why) => why,
            Self::Unreadable => "the body is no JSON object",
            Self::Later => "it can't be written now: send it again",
        }
    }
}
