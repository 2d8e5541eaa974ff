//! The pages: HTML made on the server, which scripts only keep fresh and draw charts into.
//!
//! Each page is one file with a `show`; [`shell`] is what all of them sit in, [`parts`] what they are made of. A
//! page works without scripts. What may change while it is open is marked `data-live`, and a script swaps it (see
//! `assets/scripts/live.js`); times are absolute in the HTML, since a page is kept until its data changes.

mod address;
mod asked;
mod assets;
mod board;
mod boards;
mod explain;
mod failed;
mod login;
mod parts;
mod protection;
mod rejected;
mod rejections;
mod shell;
mod sources;
mod sprint;
mod visit;
mod words;

use axum::routing::get;
use axum::{Extension, Router};

use crate::state::Shared;

pub(crate) use assets::router as assets;
pub(crate) use failed::error_page;
pub(crate) use login::login_page;
pub(crate) use protection::protect;

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/", get(boards::show))
        .route("/boards/{source}/{id}", get(board::show))
        .route("/rejected", get(rejected::show))
        .route("/sources", get(sources::show))
        .route("/sprints/{source}/{id}", get(sprint::show))
        .route("/sprints/{source}/{id}/explain", get(explain::show))
        .layer(Extension(rejections::Rejections::default()))
}
