//! Which Jira this is, who asks, and what may be done.

use serde_json::json;

use crate::answer::Answer;
use crate::auth::{self, Who};
use crate::request::Request;
use crate::state::State;

/// `/serverInfo`, for everybody.
pub(crate) fn server_info(state: &State) -> Answer {
    let now = state.options.zone.write(state.now());
    Answer::json(&match state.cloud() {
        true => json!({
            "baseUrl": state.url, "displayUrl": state.url, "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud", "buildNumber": 100_290,
            "buildDate": "2026-05-04T03:21:10.000+0000", "serverTime": now, "scmInfo": "0000000",
            "serverTitle": "Jira", "defaultLocale": {"locale": "en_US"},
            "serverTimeZone": {"timeZoneId": state.options.zone.name},
        }),
        false => json!({
            "baseUrl": state.url, "version": format!("{}.3.6", state.options.rules.major),
            "versionNumbers": [state.options.rules.major, 3, 6],
            "deploymentType": "Server", "buildNumber": 10_030_006, "buildDate": "2026-03-02T00:00:00.000+0000",
            "databaseBuildNumber": 10_030_006, "serverTime": now, "scmInfo": "0000000",
            "serverTitle": "Jira",
        }),
    })
}

pub(crate) fn myself(state: &State, api: u8, who: Who) -> Result<Answer, Answer> {
    if who == Who::Anonymous {
        return Err(auth::needed());
    }
    let zone = &state.options.zone.name;
    Ok(Answer::json(&match state.cloud() {
        true => json!({
            "self": state.rest(api, "user?accountId=712020%3Ac0ffee00-5e1f-4c0d-9a3b-00000000ffff"),
            "accountId": "712020:c0ffee00-5e1f-4c0d-9a3b-00000000ffff", "accountType": "atlassian",
            "emailAddress": state.credentials.email, "displayName": "Mia Krystof", "active": true,
            "timeZone": zone, "locale": "en_US",
        }),
        false => json!({
            "self": state.rest(2, "user?username=mia"), "key": "JIRAUSER10000", "name": "mia",
            "emailAddress": "mia@acme.example", "displayName": "Mia Krystof", "active": true, "deleted": false,
            "timeZone": zone, "locale": "en_US",
        }),
    }))
}

/// `/mypermissions`: Cloud wants to hear which ones are meant.
pub(crate) fn permissions(state: &State, request: &Request, who: Who) -> Result<Answer, Answer> {
    const KNOWN: [(&str, &str, &str); 4] = [
        ("BROWSE_PROJECTS", "Browse Projects", "PROJECT"),
        ("EDIT_ISSUES", "Edit Issues", "PROJECT"),
        ("ADMINISTER", "Administer Jira", "GLOBAL"),
        ("ADMINISTER_PROJECTS", "Administer Projects", "PROJECT"),
    ];
    let mut wanted = request.list("permissions");
    if wanted.is_empty() {
        if state.cloud() {
            return Err(Answer::refused(400, "The 'permissions' query parameter is required."));
        }
        wanted = KNOWN.iter().map(|(key, ..)| (*key).to_owned()).collect();
    }
    let project = request.param("projectKey");
    let project = project.is_none_or(|key| state.sees_project(key, who) && exists(state, key));
    if !project {
        let key = request.param("projectKey").unwrap_or_default();
        return Err(Answer::refused(404, &format!("No project could be found with key '{key}'.")));
    }
    let mut permissions = json!({});
    for (number, key) in wanted.iter().enumerate() {
        let Some((key, name, kind)) = KNOWN.iter().find(|(known, ..)| known == key) else {
            return Err(Answer::refused(400, &format!("Unrecognized permission: {key}")));
        };
        permissions[key] = json!({
            "id": (number + 10).to_string(), "key": key, "name": name, "type": kind, "description": "",
            "havePermission": who != Who::Anonymous && match *key {
                "BROWSE_PROJECTS" => true,
                "ADMINISTER" => state.options.administrator,
                _ => false,
            },
        });
    }
    Ok(Answer::json(&json!({"permissions": permissions})))
}

fn exists(state: &State, key: &str) -> bool {
    state.world.projects().iter().any(|project| project["key"] == key)
}

/// The login page that a proxy answers with.
pub(crate) fn login_page() -> Answer {
    Answer::html(
        "<!DOCTYPE html><html><head><title>Log in</title></head><body><form action=\"/login.jsp\" method=\"post\">\
         <input name=\"os_username\"><input name=\"os_password\" type=\"password\"></form></body></html>",
    )
}

/// Headers that every answer has.
pub(crate) fn headers(state: &State, answer: Answer) -> Answer {
    let number = state.calls.len() + 1;
    let answer = answer.header("X-AREQUESTID", format!("{number:032x}"));
    let answer = match answer.headers.iter().any(|(name, _)| *name == "Cache-Control") {
        true => answer,
        false => answer.header("Cache-Control", "no-cache, no-store, no-transform"),
    };
    match state.cloud() {
        true => answer.header("Server", "AtlassianEdge").header("Atl-Traceid", format!("{number:032x}")),
        false => answer.header("X-ANODEID", "node1"),
    }
}
