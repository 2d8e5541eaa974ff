//! What a Jira tells about itself: fields, statuses, issue types, projects.

use serde_json::{Value, json};
use tidemark_simulation::World;

use crate::answer::Answer;
use crate::auth::Who;
use crate::request::Request;
use crate::state::State;

/// A named thing with a link to it.
pub(crate) fn linked(state: &State, api: u8, kind: &str, value: &Value) -> Value {
    let Some(id) = value["id"].as_str() else { return Value::Null };
    json!({"self": state.rest(api, &format!("{kind}/{id}")), "id": id, "name": value["name"]})
}

pub(crate) fn status(state: &State, api: u8, status: &Value) -> Value {
    let category = &status["statusCategory"];
    let mut told = linked(state, api, "status", status);
    told["description"] = "".into();
    told["iconUrl"] = state.link("/images/icons/statuses/generic.png").into();
    told["statusCategory"] = json!({
        "self": state.rest(api, &format!("statuscategory/{}", category["id"])),
        "id": category["id"],
        "key": category["key"],
        "colorName": match category["key"].as_str() {
            Some("done") => "green",
            Some("indeterminate") => "yellow",
            _ => "blue-gray",
        },
        "name": category["name"],
    });
    told
}

pub(crate) fn issue_type(state: &State, api: u8, kind: &Value) -> Value {
    let mut told = linked(state, api, "issuetype", kind);
    told["description"] = "".into();
    told["iconUrl"] = state.link("/images/icons/issuetypes/generic.svg").into();
    told["subtask"] = kind["subtask"].clone();
    if state.cloud() {
        let level = match (kind["subtask"] == true, kind["name"] == "Epic") {
            (true, _) => -1,
            (_, true) => 1,
            _ => 0,
        };
        told["hierarchyLevel"] = level.into();
    }
    told
}

pub(crate) fn project_in_issue(state: &State, api: u8, project: &Value) -> Value {
    let mut told = linked(state, api, "project", project);
    told["key"] = project["key"].clone();
    told["projectTypeKey"] = "software".into();
    if state.cloud() {
        told["simplified"] = false.into();
    }
    told
}

/// `/field`: all fields, with the names by which queries know them.
pub(crate) fn fields(state: &State) -> Vec<Value> {
    let told = World::fields().into_iter().map(|mut field| {
        let id = field["id"].as_str().unwrap_or_default().to_owned();
        let clauses = match id.strip_prefix("customfield_") {
            Some(number) => json!([format!("cf[{number}]"), field["name"]]),
            None => json!([id]),
        };
        field["clauseNames"] = clauses;
        field["navigable"] = true.into();
        field["orderable"] = true.into();
        field["searchable"] = true.into();
        if let (false, Some(members)) = (state.cloud(), field.as_object_mut()) {
            members.remove("key");
        }
        field
    });
    told.collect()
}

pub(crate) fn statuses(state: &State, api: u8) -> Vec<Value> {
    World::statuses().iter().map(|one| status(state, api, one)).collect()
}

pub(crate) fn issue_types(state: &State, api: u8) -> Vec<Value> {
    World::issue_types().iter().map(|one| issue_type(state, api, one)).collect()
}

/// The projects that may be seen, by their keys.
pub(crate) fn projects(state: &State, api: u8, who: Who) -> Vec<Value> {
    let mut all = state.world.projects();
    all.retain(|project| state.sees_project(project["key"].as_str().unwrap_or_default(), who));
    all.sort_by_key(|project| project["key"].as_str().unwrap_or_default().to_owned());
    let tell = |project: &Value| {
        let mut told = project_in_issue(state, api, project);
        told["expand"] = "description,lead,issueTypes,url,projectKeys,permissions,insight".into();
        if state.cloud() {
            told["style"] = "classic".into();
            told["isPrivate"] = false.into();
        }
        told
    };
    all.iter().map(tell).collect()
}

/// `GET /rest/api/3/project/search`: fifty a page at most (Cloud).
pub(crate) fn search_projects(state: &State, request: &Request, api: u8, who: Who) -> Result<Answer, Answer> {
    const MOST: usize = 50;
    let (start, size) = (request.number("startAt", 0)?, request.number("maxResults", MOST)?.min(MOST));
    let keys = request.list("keys");
    let mut all = projects(state, api, who);
    all.retain(|project| keys.is_empty() || keys.iter().any(|key| project["key"] == key.as_str()));
    let values: Vec<Value> = all.iter().skip(start).take(size).cloned().collect();
    let last = start + values.len() >= all.len();
    let page = |start: usize| state.rest(api, &format!("project/search?startAt={start}&maxResults={size}"));
    let mut body = json!({
        "self": page(start), "maxResults": size, "startAt": start, "total": all.len(), "isLast": last,
        "values": values,
    });
    if !last {
        body["nextPage"] = page(start + size).into();
    }
    Ok(Answer::about(values.len(), &body))
}

pub(crate) fn project(state: &State, api: u8, who: Who, key_or_id: &str) -> Result<Answer, Answer> {
    let found = projects(state, api, who).into_iter();
    let mut found = found.filter(|project| project["key"] == key_or_id || project["id"] == key_or_id);
    let none = || Answer::refused(404, &format!("No project could be found with key '{key_or_id}'."));
    found.next().map(|project| Answer::json(&project)).ok_or_else(none)
}
