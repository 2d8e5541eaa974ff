//! People: account ids on Cloud, names and keys on Data Center.

use serde_json::{Value, json};
use tidemark_simulation::World;

use crate::state::State;

/// The key of a user of Data Center.
pub(crate) fn key(account: &str) -> Option<String> {
    World::person(account).map(|number| format!("JIRAUSER{}", 10_100 + number))
}

fn name(account: &str) -> Option<String> {
    World::person(account).map(|number| format!("person.{number}"))
}

/// A person as this Jira tells them, from what the organisation says.
pub(crate) fn person(state: &State, api: u8, person: &Value) -> Value {
    let Some(account) = person["accountId"].as_str() else { return Value::Null };
    let avatars = avatars(state, account);
    let zone = &state.options.zone.name;
    let mut told = match state.cloud() {
        true => json!({
            "self": state.rest(api, &format!("user?accountId={}", account.replace(':', "%3A"))),
            "accountId": account,
            "avatarUrls": avatars,
            "displayName": person["displayName"],
            "active": person["active"],
            "timeZone": zone,
            "accountType": "atlassian",
        }),
        false => json!({
            "self": state.rest(2, &format!("user?username={}", name(account).unwrap_or_default())),
            "name": name(account),
            "key": key(account),
            "avatarUrls": avatars,
            "displayName": person["displayName"],
            "active": person["active"],
            "timeZone": zone,
        }),
    };
    if let Some(email) = World::email(account) {
        told["emailAddress"] = email.into();
    }
    told
}

fn avatars(state: &State, account: &str) -> Value {
    let number = World::person(account).unwrap_or_default();
    let link =
        |size: &str| state.link(&format!("/secure/useravatar?size={size}&avatarId={}", 10_300 + number % 40));
    json!({"48x48": link("large"), "24x24": link("small"), "16x16": link("xsmall"), "32x32": link("medium")})
}
