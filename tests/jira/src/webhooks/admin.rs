//! What administrators register: `/rest/webhooks/1.0/webhook`, and on Data Center what took its place with version 10.

use serde::Deserialize;
use serde_json::{Value, json};

use super::data_center;
use super::hooks::Hook;
use crate::answer::Answer;
use crate::auth::{self, Who};
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    name: String,
    url: String,
    events: Vec<String>,
    #[serde(default)]
    filters: Value,
    secret: Option<String>,
}

/// Answers where there is such a resource, and who asks may use it.
pub(crate) fn answer(
    state: &mut State,
    request: &Request,
    who: Who,
    (resource, rest): (Resource, &[&str]),
) -> Result<Answer, Answer> {
    let there = match resource {
        Resource::Old => state.cloud() || !state.options.rules.signs(),
        Resource::New => !state.cloud() && state.options.rules.signs(),
    };
    if !there {
        return Err(Answer::refused_below(404, "null for uri"));
    }
    match who {
        Who::Anonymous => return Err(auth::needed()),
        // No scope of an app covers it.
        Who::App => {
            let body = json!({"code": 401, "message": "Unauthorized; scope does not match"});
            return Err(Answer::json(&body).because(401, "no scope covers this"));
        }
        Who::User if !state.options.administrator => {
            return Err(Answer::refused(403, "You must be a Jira administrator to use webhooks."));
        }
        Who::User => {}
    }
    match resource {
        Resource::Old => old(state, request, rest),
        Resource::New => data_center::answer(state, request, rest),
    }
}

/// Where administrators register webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// On Cloud, and on Data Center before version 10.
    Old,
    /// On Data Center from then on.
    New,
}

fn old(state: &mut State, request: &Request, rest: &[&str]) -> Result<Answer, Answer> {
    match (request.method.as_str(), rest) {
        ("POST", []) => register(state, request),
        ("GET", []) => {
            let all: Vec<Value> = own(state).iter().map(|hook| told(state, hook)).collect();
            Ok(Answer::about(all.len(), &Value::Array(all)))
        }
        ("GET", [id]) => {
            let hook = own(state).into_iter().find(|hook| hook.id.to_string() == *id);
            hook.map(|hook| Answer::json(&told(state, &hook))).ok_or_else(|| none(id))
        }
        ("DELETE", [id]) => {
            let gone = id.parse().is_ok_and(|id| state.hooks.remove(id, false));
            if gone { Ok(Answer::empty(204)) } else { Err(none(id)) }
        }
        _ => Err(Answer::refused_below(405, "Method Not Allowed")),
    }
}

fn own(state: &State) -> Vec<Hook> {
    state.hooks.all(state.now()).into_iter().filter(|hook| hook.expires.is_none()).collect()
}

fn none(id: &str) -> Answer {
    Answer::refused(404, &format!("The webhook with id {id} does not exist."))
}

fn register(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let asked: Wanted = request.json()?;
    let jql = asked.filters["issue-related-events-section"].as_str().unwrap_or_default().to_owned();
    let hook = Hook {
        id: 0,
        name: asked.name,
        url: asked.url,
        events: asked.events,
        jql,
        // Only Cloud has them here.
        secret: asked.secret.filter(|_| state.cloud()),
        expires: None,
        active: true,
    };
    let id = state.hooks.add(hook);
    let hook = own(state).into_iter().find(|hook| hook.id == id);
    let told = hook.map(|hook| told(state, &hook)).unwrap_or_default();
    Ok(Answer { status: 201, ..Answer::json(&told) })
}

/// A webhook without its secret.
fn told(state: &State, hook: &Hook) -> Value {
    json!({
        "name": hook.name,
        "url": hook.url,
        "events": hook.events,
        "filters": {"issue-related-events-section": hook.jql},
        "excludeBody": false,
        "enabled": hook.active,
        "isSigned": hook.secret.is_some(),
        "self": state.link(&format!("/rest/webhooks/1.0/webhook/{}", hook.id)),
    })
}
