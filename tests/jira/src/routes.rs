//! Which resource answers.

use serde_json::Value;

use crate::answer::Answer;
use crate::auth::Who;
use crate::options::Flavour;
use crate::request::Request;
use crate::state::State;
use crate::{agile, catalogue, issue, pat, search, site, webhooks};

/// The endpoint of a request, whatever its parameters: what rate limits count by.
pub(crate) fn endpoint(segments: &[String]) -> &'static str {
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["rest", "api", _, "search", ..] => "search",
        ["rest", "api", _, "issue", "bulkfetch"] => "issue/bulkfetch",
        ["rest", "api", _, "issue", _, "changelog"] => "changelog",
        ["rest", "api", _, "issue", ..] => "issue",
        ["rest", "api", _, "changelog", ..] => "changelog/bulkfetch",
        ["rest", "api", _, "field"] => "field",
        ["rest", "api", _, "status"] => "status",
        ["rest", "api", _, "issuetype"] => "issuetype",
        ["rest", "api", _, "project", ..] => "project",
        ["rest", "api", _, "webhook", ..] => "webhook",
        ["rest", "agile", _, "board"] => "board",
        ["rest", "agile", _, "board", _] => "board/id",
        ["rest", "agile", _, "board", _, "configuration"] => "board/id/configuration",
        ["rest", "agile", _, "board", _, "sprint"] => "board/id/sprint",
        ["rest", "agile", _, "board", _, "issue"] => "board/id/issue",
        ["rest", "agile", _, "sprint", ..] => "sprint",
        _ => "other",
    }
}

/// Answers a request of somebody who may ask.
pub(crate) fn answer(state: &mut State, request: &Request, who: Who) -> Answer {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answer = match parts.as_slice() {
        ["rest", "api", version, rest @ ..] => match api(state.flavour(), version) {
            Some(api) => platform(state, request, who, Path { api, rest }),
            None => Err(nothing()),
        },
        ["rest", "agile", "1.0" | "latest", rest @ ..] => software(state, request, who, rest),
        ["rest", "webhooks", "1.0", "webhook", rest @ ..] => {
            webhooks::admin(state, request, who, (webhooks::Resource::Old, rest))
        }
        ["rest", "jira-webhook", "1.0", "webhooks", rest @ ..] => {
            webhooks::admin(state, request, who, (webhooks::Resource::New, rest))
        }
        ["rest", "pat", "latest" | "1.0", "tokens"] if !state.cloud() && request.method == "GET" => {
            pat::tokens(state, who)
        }
        _ => Err(nothing()),
    };
    answer.unwrap_or_else(|refusal| refusal)
}

fn api(flavour: Flavour, version: &str) -> Option<u8> {
    match (flavour, version) {
        (_, "2") => Some(2),
        (Flavour::Cloud, "3" | "latest") => Some(3),
        (Flavour::DataCenter, "latest") => Some(2),
        _ => None,
    }
}

/// What has no resource: a page that is no JSON.
fn nothing() -> Answer {
    Answer::refused_below(404, "null for uri")
}

struct Path<'a> {
    api: u8,
    rest: &'a [&'a str],
}

fn platform(state: &mut State, request: &Request, who: Who, path: Path<'_>) -> Result<Answer, Answer> {
    let Path { api, rest } = path;
    let cloud = state.cloud();
    let list = |values: Vec<Value>| Ok(Answer::about(values.len(), &Value::Array(values)));
    match (request.method.as_str(), rest) {
        ("GET" | "POST", ["search"]) if cloud => Err(search::gone(api)),
        ("GET" | "POST", ["search"]) => search::search(state, request, who),
        ("GET" | "POST", ["search", "jql"]) if cloud => search::jql(state, request, api, who),
        ("POST", ["search", "approximate-count"]) if cloud => search::count(state, request, who),
        ("POST", ["changelog", "bulkfetch"]) if cloud => issue::changelogs(state, request, who),
        ("POST", ["issue", "bulkfetch"]) if cloud => issue::issues(state, request, who),
        ("GET", ["issue", id]) => issue::get(state, request, api, issue::find(state, who, id)?),
        ("GET", ["issue", id, "changelog"]) if cloud => {
            issue::changelog_page(state, request, api, issue::find(state, who, id)?)
        }
        ("GET", ["field"]) => list(catalogue::fields(state)),
        ("GET", ["status"]) => list(catalogue::statuses(state, api)),
        ("GET", ["issuetype"]) => list(catalogue::issue_types(state, api)),
        ("GET", ["project", "search"]) if cloud => catalogue::search_projects(state, request, api, who),
        ("GET", ["project"]) => list(catalogue::projects(state, api, who)),
        ("GET", ["project", key]) => catalogue::project(state, api, who, key),
        ("GET", ["serverInfo"]) => Ok(site::server_info(state)),
        ("GET", ["myself"]) => site::myself(state, api, who),
        ("GET", ["mypermissions"]) => site::permissions(state, request, who),
        (_, ["webhook", rest @ ..]) if cloud => webhooks::dynamic(state, request, who, rest),
        _ => Err(nothing()),
    }
}

fn software(state: &mut State, request: &Request, who: Who, rest: &[&str]) -> Result<Answer, Answer> {
    if request.method != "GET" {
        return Err(Answer::refused_below(405, "Method Not Allowed"));
    }
    match rest {
        ["board"] => agile::boards(state, request, who),
        ["board", id] => {
            agile::board(state, who, id).map(|board| Answer::json(&agile::told_board(state, &board)))
        }
        ["board", id, "configuration"] => {
            let board = agile::board(state, who, id)?;
            Ok(Answer::json(&agile::configuration(state, &board)))
        }
        ["board", id, "sprint"] => {
            let board = agile::board(state, who, id)?;
            agile::board_sprints(state, request, &board)
        }
        ["board", id, "issue"] => {
            let board = agile::board(state, who, id)?;
            agile::issues(state, request, who, &board)
        }
        ["sprint", id] => agile::sprint(state, who, id),
        _ => Err(nothing()),
    }
}
