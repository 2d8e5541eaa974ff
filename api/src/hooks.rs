//! `POST /hooks/{source}`: webhooks. Who sends them is known by their signature; they are answered once they are on disk.
//!
//! Whoever sends is a stranger until the body has been read: what can be refused before is, and the memory and the time that
//! bodies take are bounded. A legitimate sender is told when to come again, and does.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::Metrics;

/// The largest body that is taken: more than Jira or GitHub send.
const MOST_BYTES: usize = 25 << 20;

/// What bodies may take until they are answered.
const LIMITS: Limits = Limits { room: 64 << 10, within: Duration::from_secs(10) };

/// Who sends gives up after ten seconds or more: it is told earlier to come again.
const PATIENCE: Duration = Duration::from_secs(8);

/// A webhook as it was sent.
#[derive(Clone, Default)]
pub struct Hook {
    pub source: String,
    /// Names in lower case; what is no text is left out.
    pub headers: Vec<(String, String)>,
    /// The parameter `secret` of the address.
    pub secret: Option<String>,
    pub body: Vec<u8>,
}

impl fmt::Debug for Hook {
    /// Headers and the address may hold what proves who sends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("source", &self.source).finish_non_exhaustive()
    }
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
    /// It is larger than any that is taken.
    TooLarge,
    /// It did not come in time.
    Slow,
    /// Not now: who sends comes again.
    Later,
}

/// What becomes of a webhook, once it is known.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Taken> + Send + 'a>>;

/// Takes webhooks.
pub trait Hooks: Send + Sync {
    /// Whether a webhook may be taken whose body has not been received yet; else how it is answered.
    fn admits(&self, head: &Hook) -> Result<(), Taken>;

    fn take(&self, hook: Hook) -> Taking<'_>;
}

/// What bodies may take.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Of memory, all together, in [`UNIT_BYTES`].
    room: usize,
    /// Of time, each. Most are some kilobytes, and Jira gives up after twenty seconds itself.
    within: Duration,
}

const UNIT_BYTES: usize = 1 << 10;

struct Shared {
    hooks: Arc<dyn Hooks>,
    metrics: Metrics,
    room: Arc<Semaphore>,
    within: Duration,
}

#[derive(Default, Deserialize)]
struct Address {
    secret: Option<String>,
}

/// The route; no token is asked for.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(hooks: Arc<dyn Hooks>, metrics: Metrics) -> Router<S> {
    limited(hooks, metrics, LIMITS)
}

fn limited<S: Clone + Send + Sync + 'static>(
    hooks: Arc<dyn Hooks>,
    metrics: Metrics,
    limits: Limits,
) -> Router<S> {
    let Limits { room, within } = limits;
    let shared = Arc::new(Shared { hooks, metrics, room: Arc::new(Semaphore::new(room)), within });
    Router::new().route("/hooks/{source}", post(answer)).with_state(shared)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Path(source): Path<String>,
    address: Result<Query<Address>, QueryRejection>,
    request: Request,
) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let text = parts.headers.iter();
    let text =
        text.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let secret = address.ok().and_then(|Query(address)| address.secret);
    let head = Hook { source, headers: text.collect(), secret, body: Vec::new() };
    let taken = take(&shared, head, &parts.headers, body).await.unwrap_or_else(|refused| refused);
    shared.metrics.hooked(taken.word(), started.elapsed());
    let status = taken.status();
    let body = match status {
        StatusCode::OK => json!({"data": {"outcome": taken.word()}}),
        _ => json!({"error": {"code": taken.word(), "message": taken.message()}}),
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    match taken {
        Taken::Later => headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1")),
        // What is left of the body is not waited for.
        Taken::Slow | Taken::TooLarge => {
            headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"))
        }
        _ => None,
    };
    response
}

async fn take(shared: &Shared, head: Hook, headers: &HeaderMap, body: Body) -> Result<Taken, Taken> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > MOST_BYTES) {
        return Err(Taken::TooLarge);
    }
    shared.hooks.admits(&head)?;
    let received = receive(body, &shared.room);
    // The room is kept until the webhook has been answered.
    let (body, _room) = tokio::time::timeout(shared.within, received).await.map_err(|_| Taken::Slow)??;
    let hook = Hook { body, ..head };
    tokio::time::timeout(PATIENCE, shared.hooks.take(hook)).await.map_err(|_| Taken::Later)
}

/// Receives a body piece by piece, each with the room that it takes: what a sender only announces takes none.
async fn receive(
    body: Body,
    room: &Arc<Semaphore>,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Taken> {
    let mut pieces = body.into_data_stream();
    let (mut whole, mut taken) = (Vec::new(), None::<OwnedSemaphorePermit>);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Taken::Unreadable)?;
        if whole.len() + piece.len() > MOST_BYTES {
            return Err(Taken::TooLarge);
        }
        whole.extend_from_slice(&piece);
        let held = taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = whole.len().div_ceil(UNIT_BYTES).saturating_sub(held);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if more > 0 {
            let more = Arc::clone(room).try_acquire_many_owned(more).map_err(|_| Taken::Later)?;
            match &mut taken {
                Some(taken) => taken.merge(more),
                None => taken = Some(more),
            }
        }
    }
    Ok((whole, taken))
}

impl Taken {
    fn status(self) -> StatusCode {
        match self {
            Self::Yes | Self::Before => StatusCode::OK,
            Self::Nowhere => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
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
            Self::TooLarge => "too_large",
            Self::Slow => "slow",
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
            Self::TooLarge => "the body is larger than 25 MiB",
            Self::Slow => "the body did not come within 10 s",
            Self::Later => "it can't be written now: send it again",
        }
    }
}

#[cfg(test)]
mod tests;
