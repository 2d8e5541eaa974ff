//! What can go wrong with a request, in one form for all of them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tidemark_sql::serving;

/// Why a request is not answered with what it asked for. It becomes a body where the request's id is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub status: StatusCode,
    /// For programs; it never changes.
    pub code: &'static str,
    /// For people; never what went wrong inside.
    pub message: String,
    pub details: Vec<Detail>,
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    pub field: String,
    pub message: String,
}

impl Error {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new() }
    }

    /// There is nothing of that name.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The path is there, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take that method")
    }

    /// A parameter is not what it should be.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_parameters(vec![Detail { field: field.into(), message: message.into() }])
    }

    /// Parameters are not what they should be.
    pub fn invalid_parameters(details: Vec<Detail>) -> Self {
        let wrong = details.iter().map(|detail| format!("{}: {}", detail.field, detail.message));
        let message = wrong.collect::<Vec<_>>().join("; ");
        Self { details, ..Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", message) }
    }

    /// It is there, and its numbers are not yet.
    pub fn not_computed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_computed", message)
    }

    /// Who asks has not shown that they may.
    pub fn unauthorized() -> Self {
        let message =
            "send the token of the configuration as `Authorization: Bearer …`, or sign in at /login";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// The request was sent to a name that is not this server's.
    pub fn wrong_host() -> Self {
        let message = "without a token only requests to this machine's own name are answered";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", message)
    }

    /// Something that may be there later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    /// Our fault: the log says more, under the request's id.
    pub fn internal() -> Self {
        let message = "something failed inside; the log says more under this request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }
}

impl From<serving::Error> for Error {
    fn from(error: serving::Error) -> Self {
        tracing::error!(%error, "serving database can't be read");
        Self::internal()
    }
}

impl IntoResponse for Error {
    /// The body is written by whoever knows the request's id (see [`crate::request`]).
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
