//! Webhooks to those who registered for them.

use serde_json::{Value, json};
use tidemark_model::Timestamp;

use super::hooks::{Failed, Hook};
use super::{Delivery, Sent, send};
use crate::encode::{base64_url, hmac_sha256};
use crate::index::Doc;
use crate::jql::{self, Context};
use crate::options::Rules;
use crate::state::State;

/// A webhook on its way to somebody who registered for it.
#[derive(Debug)]
pub(crate) struct Post {
    hook: Hook,
    delivery: Delivery,
    /// What tells an app that Jira sent it.
    bearer: Option<String>,
}

/// Which webhooks go to whom.
pub(crate) fn posts(state: &State, deliveries: &[Delivery]) -> Vec<Post> {
    let hooks = state.hooks.all(state.now());
    let (of_app, others): (Vec<&Hook>, Vec<&Hook>) =
        hooks.iter().filter(|hook| hook.active).partition(|hook| hook.expires.is_some());
    let mut posts = Vec::new();
    for delivery in deliveries {
        // An app hears of an event once, whichever of its webhooks match.
        let matched: Vec<&Hook> =
            of_app.iter().copied().filter(|hook| wants(state, hook, delivery)).collect();
        posts.extend(matched.first().map(|first| for_app(state, first, &matched, delivery)));
        let others = others.iter().filter(|hook| wants(state, hook, delivery));
        posts.extend(others.map(|hook| Post {
            hook: (*hook).clone(),
            delivery: delivery.clone(),
            bearer: None,
        }));
    }
    posts
}

fn wants(state: &State, hook: &Hook, delivery: &Delivery) -> bool {
    if !hook.events.contains(&delivery.webhook_event) {
        return false;
    }
    let body: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
    let Some(issue) = body["issue"]["id"].as_str().and_then(|id| id.parse().ok()) else { return true };
    let told = state.world.issue(issue).unwrap_or_default();
    let Some(doc) = Doc::read(&told, state.world.former_keys(issue)) else { return false };
    let context = Context { now: state.now(), zone: &state.options.zone };
    jql::parse(&hook.jql).is_ok_and(|query| jql::holds(&query, &doc, &state.index, context))
}

/// An app hears in the body which of its webhooks matched.
fn for_app(state: &State, hook: &Hook, matched: &[&Hook], delivery: &Delivery) -> Post {
    let mut delivery = delivery.clone();
    let mut body: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
    body["matchedWebhookIds"] = matched.iter().map(|hook| hook.id).collect();
    delivery.body = body.to_string().into_bytes();
    // Who receives it looks at the clock on the wall.
    let bearer = Some(token(state.pace(), &state.credentials.client_secret));
    Post { hook: hook.clone(), delivery, bearer }
}

/// A JSON Web Token that is signed with the secret of the app.
fn token(now: Timestamp, secret: &str) -> String {
    const LIFE_SECS: i64 = 180;
    let seconds = now.0 / 1000;
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let claims = json!({"iss": "simulated-app", "iat": seconds, "exp": seconds + LIFE_SECS});
    let part = |value: Value| base64_url(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = base64_url(&hmac_sha256(secret.as_bytes(), signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Sends them; what an app did not receive is kept for it to ask.
pub(crate) fn send(posts: &[Post], from: send::Sender, rules: &Rules) -> Vec<(u64, Sent)> {
    let sent = posts.iter().map(|post| {
        let secret = post.hook.secret.as_deref().unwrap_or_default();
        let to = send::To { url: &post.hook.url, secret, from, retry: 0, bearer: post.bearer.as_deref() };
        let sent = send::all(std::slice::from_ref(&post.delivery), to, rules).into_iter();
        (
            post.hook.id,
            sent.last().unwrap_or_else(|| Sent { identifier: String::new(), statuses: Vec::new() }),
        )
    });
    sent.collect()
}

/// Those that an app did not receive.
pub(crate) fn failed(posts: &[Post], sent: &[(u64, Sent)], at: Timestamp) -> Vec<Failed> {
    let lost =
        posts.iter().zip(sent).filter(|(post, (_, sent))| post.hook.expires.is_some() && !sent.received());
    lost.map(|(post, (_, sent))| Failed {
        id: sent.identifier.clone(),
        body: String::from_utf8_lossy(&post.delivery.body).into_owned(),
        url: post.hook.url.clone(),
        at,
    })
    .collect()
}
