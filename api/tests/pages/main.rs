//! The pages end to end: over the serving database of a simulated organisation, through the router.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../support/mod.rs"]
mod support;

mod assets;
mod carried;
mod disciplines;
mod explain;
mod forms;
mod hostile;
mod html;
mod links;
mod marks;
mod numbers;
mod states;

use axum::http::{Request, StatusCode, header};
use tidemark_model::facts::BoardSprint;

use html::Document;
use support::{Answer, Organisation};

/// Asks as a browser does.
fn visit(organisation: &Organisation, path: &str) -> Answer {
    let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    organisation.ask(Request::get(path).header(header::HOST, "localhost").header(header::ACCEPT, accept))
}

/// A page that has to be there.
fn page(organisation: &Organisation, path: &str) -> Document {
    let answer = visit(organisation, path);
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    assert_eq!(answer.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
    Document::of(path, &answer.text())
}

/// The page of a sprint on a board, with more parameters.
fn sprint_path(sprint: &BoardSprint, more: &str) -> String {
    format!("/sprints/{}?board={}{more}", sprint.sprint_id, sprint.board_id.replace('/', "%2F"))
}

/// One page of each kind, and some that show little.
fn some_pages(organisation: &Organisation) -> Vec<String> {
    let mut pages: Vec<String> =
        ["/", "/?q=nothing+is+called+so", "/sources", "/rejected", "/rejected?source=other"]
            .map(str::to_owned)
            .to_vec();
    let sprints = organisation.rows::<BoardSprint>();
    for state in ["future", "active", "closed"] {
        let sprint = sprints.iter().find(|sprint| sprint.state == state).unwrap();
        for more in [
            "",
            "&unit=issues",
            "&discipline=qa",
            "&show=added",
            "&kind=REOPEN",
            "&items_page=9&ledger_page=9",
        ] {
            pages.push(sprint_path(sprint, more));
        }
        let explain =
            format!("/sprints/{}/explain?board={}", sprint.sprint_id, sprint.board_id.replace('/', "%2F"));
        pages.extend(
            ["", "&number=scope_change", "&number=completed&unit=issues"].map(|more| explain.clone() + more),
        );
        pages.push(format!("/boards/{}?state={state}", sprint.board_id));
    }
    pages
}
