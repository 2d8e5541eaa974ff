//! What is asked, and the id that the answer and the log carry.

use std::convert::Infallible;
use std::time::Instant;

use axum::Json;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::Instrument;
use uuid::Uuid;

use crate::error::Error;
use crate::state::Shared;

/// The header that carries a request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// What the caches need of a request.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// Path and query.
    pub(crate) question: String,
    pub(crate) takes_gzip: bool,
    /// The versions that the asker has.
    tags: Vec<String>,
}

impl Head {
    /// Whether the asker has this version.
    pub(crate) fn has(&self, etag: &HeaderValue) -> bool {
        let etag = etag.as_bytes().strip_prefix(b"W/").unwrap_or(etag.as_bytes());
        self.tags.iter().any(|tag| tag == "*" || tag.as_bytes() == etag)
    }

    /// The same question, told apart by what its answer depends on besides.
    pub(crate) fn about(&self, more: &str) -> Self {
        Self { question: format!("{}{more}", self.question), ..self.clone() }
    }
}

impl<S: Sync> FromRequestParts<S> for Head {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let question = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let tags = listed(&parts.headers, &header::IF_NONE_MATCH);
        let tags = tags.iter().map(|tag| tag.trim_start_matches("W/").to_owned()).collect();
        Ok(Self { question, takes_gzip: takes_gzip(&parts.headers), tags })
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    listed(headers, &header::ACCEPT_ENCODING).iter().any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = matches!(parts.next(), Some("gzip" | "x-gzip" | "*"));
        named && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn listed(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|item| item.trim().to_owned()).collect()
}

/// Gives each request its id, writes bodies of errors, and counts and logs what was answered.
pub(crate) async fn identify(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId(Uuid::new_v4().simple().to_string());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = request.uri().path().to_owned();
    let wants_page = !path.starts_with("/api/") && accepts_html(request.headers());
    let span = tracing::info_span!("request", otel.kind = "server", http.request.method = %method, http.route = route);
    let mut response = next.run(request).instrument(span).await;
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        response = if wants_page {
            (error.status, crate::pages::error_page(&error, &id.0)).into_response()
        } else {
            (error.status, Json(body(&error, &id.0))).into_response()
        };
        if error.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
    let status = response.status();
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    shared.metrics.answered(&route, status.as_u16(), started.elapsed());
    let duration_s = started.elapsed().as_secs_f64();
    tracing::debug!(request.id = %id.0, http.method = %method, http.path = %path, http.status = status.as_u16(), duration_s, "request {} is answered", id.0);
    if status.is_server_error() {
        tracing::warn!(request.id = %id.0, http.path = %path, http.status = status.as_u16(), "request {} failed", id.0);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn accepts_html(headers: &HeaderMap) -> bool {
    listed(headers, &header::ACCEPT).iter().any(|media| media.starts_with("text/html"))
}

fn body(error: &Error, id: &str) -> serde_json::Value {
    json!({
        "error": {
            "code": error.code, "message": error.message, "details": error.details, "request_id": id,
        }
    })
}
