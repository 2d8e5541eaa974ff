//! Server-sent events: a greeting, then what changes.

use axum::http::header;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tidemark_api::Change;

use crate::support::{NOW, Organisation};

fn change(board: &str, sprint: &str) -> Change {
    Change {
        boards: [board.to_owned()].into(),
        sprints: [sprint.to_owned()].into(),
        at: NOW,
        ..Change::default()
    }
}

#[test]
fn a_stream_greets_and_tells_what_was_asked_for_until_the_program_stops() {
    let organisation = Organisation::simulated(7);
    let response = organisation.open("/api/v1/events?board=acme/1");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    organisation.live.publish(change("acme/2", "acme/20"));
    organisation.live.publish(change("acme/1", "acme/10"));
    let mut body = response.into_body().into_data_stream();
    let mut next = || {
        let chunk = organisation.block_on(body.next())?;
        Some(String::from_utf8(chunk.unwrap().to_vec()).unwrap())
    };
    assert_eq!(next().unwrap(), "event: ready\ndata: {}\n\n");
    let told = next().unwrap();
    let data = told.strip_prefix("event: change\ndata: ").unwrap();
    assert_eq!(
        data.parse::<Value>().unwrap(),
        json!({
            "boards": ["acme/1"], "sprints": ["acme/10"], "everything": false, "at": NOW.to_string(),
        })
    );
    organisation.stop.cancel();
    assert_eq!(next(), None);
}
