//! `/rest/api/3/webhook`: what OAuth apps register for themselves (Cloud).

use serde::Deserialize;
use serde_json::{Value, json};
use tidemark_model::Timestamp;

use super::hooks::Hook;
use crate::answer::Answer;
use crate::auth::Who;
use crate::jql;
use crate::request::Request;
use crate::state::State;

/// Webhooks of one app, user and site.
const MOST: usize = 5;
const LIFE_MS: i64 = 30 * 24 * 3_600_000;
const EVENTS: [&str; 13] = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
    "sprint_created",
    "sprint_updated",
    "sprint_started",
    "sprint_closed",
    "sprint_deleted",
];

pub(crate) fn answer(
    state: &mut State,
    request: &Request,
    who: Who,
    rest: &[&str],
) -> Result<Answer, Answer> {
    if who != Who::App {
        return Err(Answer::refused(403, "Only Connect and OAuth 2.0 apps can use this operation."));
    }
    match (request.method.as_str(), rest) {
        ("POST", []) => register(state, request),
        ("GET", []) => list(state, request),
        ("DELETE", []) => delete(state, request),
        ("PUT", ["refresh"]) => refresh(state, request),
        ("GET", ["failed"]) if !state.options.rules.failed_for_oauth => {
            Err(Answer::refused(403, "Only Connect apps can use this operation."))
        }
        ("GET", ["failed"]) => failed(state, request),
        _ => Err(Answer::refused_below(405, "Method Not Allowed")),
    }
}

#[derive(Deserialize)]
struct Registration {
    url: String,
    webhooks: Vec<Wanted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    events: Vec<String>,
    #[serde(default)]
    jql_filter: String,
}

fn own(state: &State) -> Vec<Hook> {
    state.hooks.all(state.now()).into_iter().filter(|hook| hook.expires.is_some()).collect()
}

fn register(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let asked: Registration = request.json()?;
    if let Some(other) = own(state).iter().find(|hook| hook.url != asked.url) {
        let said = "Only a single URL per app is allowed to be registered. Registered URL: ";
        return Err(Answer::refused(400, &format!("{said}{}", other.url)));
    }
    let expires = Some(Timestamp(state.now().0 + LIFE_MS));
    let mut results = Vec::new();
    for wanted in asked.webhooks {
        let error = refusal(state, &wanted);
        results.push(match error {
            Some(error) => json!({"errors": [error]}),
            None => {
                let hook = Hook {
                    id: 0,
                    name: String::new(),
                    url: asked.url.clone(),
                    events: wanted.events,
                    jql: wanted.jql_filter,
                    secret: None,
                    expires,
                    active: true,
                };
                json!({"createdWebhookId": state.hooks.add(hook)})
            }
        });
    }
    Ok(Answer::json(&json!({"webhookRegistrationResult": results})))
}

fn refusal(state: &State, wanted: &Wanted) -> Option<String> {
    if own(state).len() >= MOST {
        return Some("The maximum number of webhooks (5) has been reached.".to_owned());
    }
    if let Some(event) = wanted.events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        return Some(format!("The event {event} is not supported."));
    }
    if wanted.events.is_empty() {
        return Some("At least one event must be given.".to_owned());
    }
    jql::narrow(&wanted.jql_filter).err()
}

fn date(state: &State, at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| state.options.zone.write(at).into())
}

fn list(state: &State, request: &Request) -> Result<Answer, Answer> {
    let all = own(state);
    let (start, size) = (request.number("startAt", 0)?, request.number("maxResults", 100)?.min(100));
    let tell = |hook: &Hook| {
        json!({
            "id": hook.id, "jqlFilter": hook.jql, "events": hook.events, "url": hook.url,
            "expirationDate": date(state, hook.expires),
        })
    };
    let values: Vec<Value> = all.iter().skip(start).take(size).map(tell).collect();
    let last = start + values.len() >= all.len();
    let body = json!({
        "maxResults": size, "startAt": start, "total": all.len(), "isLast": last, "values": values,
    });
    Ok(Answer::json(&body))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ids {
    webhook_ids: Vec<u64>,
}

fn delete(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let ids: Ids = request.json()?;
    for id in ids.webhook_ids {
        state.hooks.remove(id, true);
    }
    Ok(Answer::empty(202))
}

fn refresh(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    let ids: Ids = request.json()?;
    let expires = Some(Timestamp(state.now().0 + LIFE_MS));
    let now = state.now();
    for id in ids.webhook_ids {
        let lives = |hook: &&mut Hook| hook.expires.is_some_and(|expires| expires > now);
        if let Some(hook) = state.hooks.get_mut(id).filter(lives) {
            hook.expires = expires;
        }
    }
    Ok(Answer::json(&json!({"expirationDate": date(state, expires)})))
}

/// What was not received after all retries, for 72 hours, the oldest first.
fn failed(state: &State, request: &Request) -> Result<Answer, Answer> {
    const KEPT_MS: i64 = 72 * 3_600_000;
    let size = request.number("maxResults", 100)?.min(100);
    let after = request.param("after").and_then(|after| after.parse().ok()).unwrap_or(i64::MIN);
    let now = state.now();
    let kept = |at: Timestamp| at.0 > after && at.0 > now.0 - KEPT_MS;
    let found = state.hooks.failed.iter().filter(|failed| kept(failed.at));
    let values: Vec<Value> = found
        .take(size)
        .map(|one| json!({"id": one.id, "body": one.body, "url": one.url, "failureTime": one.at.0}))
        .collect();
    let mut body = json!({"maxResults": size, "values": values});
    if let Some(last) = values.last().filter(|_| values.len() == size) {
        let next = format!("webhook/failed?after={}&maxResults={size}", last["failureTime"]);
        body["next"] = state.rest(3, &next).into();
    }
    Ok(Answer::json(&body))
}
