//! Histories: field ids and account ids on Cloud, names and user keys on Data Center.

use serde_json::{Value, json};

use super::person;
use crate::answer::Answer;
use crate::request::Request;
use crate::state::State;

/// A history as the platform's API tells it.
pub(crate) fn history(state: &State, api: u8, history: &Value) -> Value {
    let created = history["created"].as_str().unwrap_or_default();
    json!({
        "id": history["id"],
        "author": person::person(state, api, &history["author"]),
        "created": state.options.zone.rewrite(created),
        "items": items(history).iter().map(|one| item(state, one)).collect::<Vec<_>>(),
    })
}

pub(super) fn items(history: &Value) -> &[Value] {
    history["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn item(state: &State, item: &Value) -> Value {
    let mut told = item.clone();
    let Some(members) = told.as_object_mut() else { return told };
    let user = item["fieldId"] == "assignee";
    if state.cloud() {
        if user {
            members.insert("tmpFromAccountId".to_owned(), item["from"].clone());
            members.insert("tmpToAccountId".to_owned(), item["to"].clone());
        }
        return told;
    }
    members.remove("fieldId");
    if user {
        for side in ["from", "to"] {
            let key = item[side].as_str().and_then(person::key);
            members.insert(side.to_owned(), key.map_or(Value::Null, Value::String));
        }
    }
    if item["field"] == "IssueParentAssociation" {
        members.insert("field".to_owned(), "Parent".into());
    }
    told
}

/// `GET /rest/api/3/issue/{idOrKey}/changelog`: the oldest first, at most a hundred a page.
pub(crate) fn page(state: &State, request: &Request, api: u8, issue: u32) -> Result<Answer, Answer> {
    const MOST: usize = 100;
    let all = state.world.histories(issue);
    let start = request.number("startAt", 0)?;
    let size = request.number("maxResults", MOST)?.min(MOST);
    let values: Vec<Value> = all.iter().skip(start).take(size).map(|one| history(state, api, one)).collect();
    let path = format!("issue/{issue}/changelog");
    let page = |start: usize| state.rest(api, &format!("{path}?startAt={start}&maxResults={size}"));
    let last = start + values.len() >= all.len();
    let mut body = json!({
        "self": page(start), "maxResults": size, "startAt": start, "total": all.len(), "isLast": last,
        "values": values,
    });
    if !last {
        body["nextPage"] = page(start + size).into();
    }
    Ok(Answer::about(body["values"].as_array().map_or(1, Vec::len), &body))
}
