//! `/rest/jira-webhook/1.0/webhooks`: what administrators register on Data Center, from version 10 on.

use serde::Deserialize;
use serde_json::{Value, json};

use super::hooks::Hook;
use crate::answer::Answer;
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
struct Wanted {
    name: String,
    url: String,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    configuration: Configuration,
}

fn yes() -> bool {
    true
}

/// A secret beside the configuration is passed over without a word.
#[derive(Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Configuration {
    secret: Option<String>,
}

pub(super) fn answer(state: &mut State, request: &Request, rest: &[&str]) -> Result<Answer, Answer> {
    match (request.method.as_str(), rest) {
        ("POST", []) => register(state, request),
        ("GET", []) => {
            let all: Vec<Value> = state.hooks.all(state.now()).iter().map(told).collect();
            Ok(Answer::about(all.len(), &Value::Array(all)))
        }
        ("GET", [id]) => {
            let all = state.hooks.all(state.now());
            let hook = all.iter().find(|hook| hook.id.to_string() == *id);
            hook.map(|hook| Answer::json(&told(hook))).ok_or_else(|| none(id))
        }
        ("DELETE", [id]) => {
            let gone = id.parse().is_ok_and(|id| state.hooks.remove(id, false));
            if gone { Ok(Answer::empty(204)) } else { Err(none(id)) }
        }
        _ => Err(Answer::refused_below(405, "Method Not Allowed")),
    }
}

fn none(id: &str) -> Answer {
    Answer::refused(404, &format!("The webhook with id {id} does not exist."))
}

fn register(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let asked: Wanted = request.json()?;
    let hook = Hook {
        id: 0,
        name: asked.name,
        url: asked.url,
        events: asked.events,
        jql: String::new(),
        secret: asked.configuration.secret,
        expires: None,
        active: asked.active,
    };
    let id = state.hooks.add(hook);
    let all = state.hooks.all(state.now());
    let told = all.iter().find(|hook| hook.id == id).map(told).unwrap_or_default();
    Ok(Answer { status: 201, ..Answer::json(&told) })
}

/// A webhook without its secret.
fn told(hook: &Hook) -> Value {
    json!({
        "id": hook.id, "name": hook.name, "url": hook.url, "events": hook.events, "active": hook.active,
        "scopeType": "global", "sslVerificationRequired": true, "configuration": {"EXCLUDE_BODY": "false"},
    })
}
