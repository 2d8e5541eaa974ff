//! `/rest/webhooks/1.0/webhook`: what administrators register.

use serde::Deserialize;
use serde_json::{Value, json};

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

pub(crate) fn answer(
    state: &mut State,
    request: &Request,
    who: Who,
    rest: &[&str],
) -> Result<Answer, Answer> {
    if who == Who::Anonymous {
        return Err(auth::needed());
    }
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
        secret: asked.secret,
        expires: None,
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
        "enabled": true,
        "isSigned": hook.secret.is_some(),
        "self": state.link(&format!("/rest/webhooks/1.0/webhook/{}", hook.id)),
    })
}
