//! What people see where there is no page.

use axum::http::StatusCode;
use axum::response::Html;
use maud::html;

use super::shell::bare;
use crate::error::Error;

/// The page for an error, with the id under which the log says more.
pub(crate) fn error_page(error: &Error, request_id: &str) -> Html<String> {
    let title = match error.status {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::BAD_REQUEST => "That cannot be asked",
        StatusCode::UNAUTHORIZED => "Please sign in",
        StatusCode::SERVICE_UNAVAILABLE => "Not just now",
        status if status.is_server_error() => "Something went wrong",
        _ => "That did not work",
    };
    let body = html! {
        section.failed data-error=(error.code) {
            p.failed-status { (error.status.as_u16()) }
            h1 { (title) }
            p.failed-message dir="auto" { (error.message) }
            p { a.button href="/" { "All boards" } }
            p.quiet { "Request " code data-request-id { (request_id) } }
        }
    };
    Html(bare(title, true, &body).into_string())
}
