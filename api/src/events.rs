//! Server-sent events: which boards and sprints have changed, as soon as the change can be read.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{Stream, StreamExt};
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use crate::error::Error;
use crate::live::Change;
use crate::metrics::Metrics;
use crate::rest::parameter::{self, Given, Parameter, Takes};
use crate::state::Shared;

/// Proxies close connections that say nothing for half a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/api/v1/events", get(events))
}

/// What the stream takes; the OpenAPI document says it too.
pub(crate) const PARAMETERS: &[Parameter] = &[BOARD, SPRINT];

const BOARD: Parameter = Parameter {
    name: "board",
    doc: "Only changes of this board, as source/native-id; with `sprint`, of either.",
    takes: Takes::Id,
};

const SPRINT: Parameter = Parameter {
    name: "sprint",
    doc: "Only changes of this sprint, as source/native-id; with `board`, of either.",
    takes: Takes::Id,
};

/// Which changes are wanted; all where nothing is named.
#[derive(Debug, Default)]
struct Wanted {
    board: Option<String>,
    sprint: Option<String>,
}

impl Wanted {
    fn of(uri: &Uri) -> Result<Self, Error> {
        let mut values = parameter::read(uri, PARAMETERS)?;
        let mut text = |parameter: Parameter| match values.remove(parameter.name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        };
        Ok(Self { board: text(BOARD), sprint: text(SPRINT) })
    }

    fn takes(&self, change: &Change) -> bool {
        let none = self.board.is_none() && self.sprint.is_none();
        let named = |wanted: &Option<String>, changed: &std::collections::BTreeSet<String>| {
            wanted.as_ref().is_some_and(|wanted| changed.contains(wanted))
        };
        none || change.everything
            || named(&self.board, &change.boards)
            || named(&self.sprint, &change.sprints)
    }
}

async fn events(State(shared): State<Shared>, uri: Uri) -> Result<Response, Error> {
    let wanted = Wanted::of(&uri)?;
    let changes = BroadcastStream::new(shared.live.subscribe());
    let listener = Listener::new(shared.metrics.clone());
    let events =
        changes.filter_map(move |change| std::future::ready(event(&wanted, change))).map(move |event| {
            let _open = &listener;
            Ok::<_, Infallible>(event)
        });
    // A first line at once: the asker knows that nothing is missed from here on.
    let hello = futures_util::stream::iter([Ok(Event::default().event("ready").data("{}"))]);
    let stream = Sse::new(until_stopped(hello.chain(events), shared));
    Ok(stream.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// The stream, ended when the program stops: a connection that stays open would hold it up.
fn until_stopped<S: Stream>(stream: S, shared: Shared) -> impl Stream<Item = S::Item> {
    stream.take_until(async move { shared.stopped().await })
}

fn event(wanted: &Wanted, change: Result<std::sync::Arc<Change>, BroadcastStreamRecvError>) -> Option<Event> {
    let body = match change {
        Ok(change) if wanted.takes(&change) => json!({
            "boards": change.boards, "sprints": change.sprints, "everything": change.everything,
            "at": change.at.to_string(),
        }),
        Ok(_) => return None,
        // Too far behind to know what was missed.
        Err(BroadcastStreamRecvError::Lagged(_)) => {
            json!({ "boards": [], "sprints": [], "everything": true, "at": null })
        }
    };
    Some(Event::default().event("change").data(body.to_string()))
}

/// Counts an open stream for as long as it lives.
struct Listener(Metrics);

impl Listener {
    fn new(metrics: Metrics) -> Self {
        metrics.listening(1);
        Self(metrics)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listening(-1);
    }
}
