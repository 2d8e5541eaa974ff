//! Files that pages load: they are part of the program, and kept by browsers for as long as their version lasts.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use xxhash_rust::xxh3::Xxh3;

use crate::content::{Content, Ready};
use crate::error::Error;
use crate::request::Head;
use crate::state::Shared;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The sheets of the one style, in the order in which they count.
const STYLE: &str = concat!(
    include_str!("assets/styles/colours.css"),
    include_str!("assets/styles/base.css"),
    include_str!("assets/styles/shell.css"),
    include_str!("assets/styles/parts.css"),
    include_str!("assets/styles/controls.css"),
    include_str!("assets/styles/tables.css"),
    include_str!("assets/styles/boards.css"),
    include_str!("assets/styles/sprint.css"),
    include_str!("assets/styles/shares.css"),
    include_str!("assets/styles/charts.css"),
);

/// Name, type and text of each file.
const FILES: &[(&str, &str, &str)] = &[
    ("logo.svg", SVG, include_str!("assets/logo.svg")),
    ("style.css", CSS, STYLE),
    ("burndown.js", JAVASCRIPT, include_str!("assets/scripts/burndown.js")),
    ("chart.js", JAVASCRIPT, include_str!("assets/scripts/chart.js")),
    ("charts.js", JAVASCRIPT, include_str!("assets/scripts/charts.js")),
    ("live.js", JAVASCRIPT, include_str!("assets/scripts/live.js")),
    ("main.js", JAVASCRIPT, include_str!("assets/scripts/main.js")),
    ("morph.js", JAVASCRIPT, include_str!("assets/scripts/morph.js")),
    ("theme.js", JAVASCRIPT, include_str!("assets/scripts/theme.js")),
    ("times.js", JAVASCRIPT, include_str!("assets/scripts/times.js")),
    ("tooltip.js", JAVASCRIPT, include_str!("assets/scripts/tooltip.js")),
    ("velocity.js", JAVASCRIPT, include_str!("assets/scripts/velocity.js")),
    ("uplot.css", CSS, include_str!("assets/uplot/uPlot.min.css")),
    ("uplot.js", JAVASCRIPT, include_str!("assets/uplot/uPlot.iife.min.js")),
    ("uplot-license.txt", TEXT, include_str!("assets/uplot/LICENSE")),
];

/// All files under one version: a file changes its address whenever any of them changes.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Xxh3::new();
    for (name, _, text) in FILES {
        hash.update(name.as_bytes());
        hash.update(text.as_bytes());
    }
    format!("{:016x}", hash.digest())
});

static BODIES: LazyLock<Vec<(&'static str, Ready)>> = LazyLock::new(|| {
    let body = |(name, media_type, text): &(&'static str, &'static str, &str)| {
        let bytes =
            if *media_type == JAVASCRIPT { versioned(text).into_bytes() } else { text.as_bytes().to_vec() };
        (*name, Ready::of(Content { media_type, bytes }))
    };
    FILES.iter().map(body).collect()
});

/// A module names its neighbours as `'./name.js'`: they are loaded in the same version.
fn versioned(script: &str) -> String {
    FILES.iter().fold(script.to_owned(), |script, (name, ..)| {
        script.replace(&format!("'./{name}'"), &format!("'{}'", address(name)))
    })
}

/// Where a file is, in this version.
pub(super) fn address(name: &str) -> String {
    debug_assert!(FILES.iter().any(|(known, ..)| *known == name), "there is no file {name}");
    format!("/assets/{name}?v={}", *VERSION)
}

pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/assets/{name}", get(file))
}

#[derive(Deserialize)]
struct Version {
    v: Option<String>,
}

async fn file(
    State(_): State<Shared>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    head: Head,
) -> Result<Response, Error> {
    let found = BODIES.iter().find(|(known, _)| *known == name);
    let (_, body) = found.ok_or_else(|| Error::not_found(format!("there is no file {name}")))?;
    let mut response = body.response(&head);
    if version.v.as_deref() == Some(&VERSION) {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::{FILES, JAVASCRIPT, versioned};

    #[test]
    fn scripts_import_only_files_that_are_served_and_in_their_version() {
        for (name, media_type, text) in FILES {
            if *media_type == JAVASCRIPT && *name != "uplot.js" {
                assert!(!versioned(text).contains("'./"), "{name} imports a file that is not served");
                assert!(!text.contains("\"./"), "{name}: addresses stand in single quotes");
            }
        }
    }
}
