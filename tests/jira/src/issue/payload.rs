//! An issue as search, bulk fetch and single calls answer with it.

use serde_json::{Map, Value, json};

use super::fields::Wanted;
use super::{changelog, person, sprint};
use crate::catalogue;
use crate::state::State;

/// The histories that come with an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Histories {
    None,
    /// The newest first and no more than so many.
    Newest(usize),
    /// All, the oldest first.
    All,
}

/// How an issue is to be told.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) api: u8,
    pub(crate) wanted: Wanted,
    pub(crate) histories: Histories,
}

impl Shape {
    /// Everything with the whole changelog.
    pub(crate) fn whole(api: u8) -> Self {
        Self { api, wanted: Wanted::all(), histories: Histories::All }
    }

    /// What `expand` of a call asks for.
    pub(crate) fn of(state: &State, api: u8, wanted: Wanted, expand: &[String]) -> Self {
        let histories = match (expand.iter().any(|one| one == "changelog"), state.cloud()) {
            (false, _) => Histories::None,
            (true, true) => Histories::Newest(state.options.rules.inline_histories),
            (true, false) => Histories::All,
        };
        Self { api, wanted, histories }
    }
}

pub(crate) fn payload(state: &State, issue: u32, shape: &Shape) -> Option<Value> {
    let record = state.world.issue(issue)?;
    let id = record["id"].as_str()?;
    if shape.wanted.ids() && state.cloud() && shape.histories == Histories::None {
        return Some(json!({"id": id}));
    }
    let mut told = json!({
        "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
        "id": id,
        "self": state.rest(shape.api, &format!("issue/{id}")),
        "key": record["key"],
    });
    let fields = shape.wanted.select(fields(state, shape.api, &record["fields"]));
    if !fields.is_empty() {
        told["fields"] = Value::Object(fields);
    }
    if let Some(changelog) = histories(state, shape, issue) {
        told["changelog"] = changelog;
    }
    Some(told)
}

fn histories(state: &State, shape: &Shape, issue: u32) -> Option<Value> {
    if shape.histories == Histories::None {
        return None;
    }
    let all = state.world.histories(issue);
    let tell = |one: &Value| changelog::history(state, shape.api, one);
    let told: Vec<Value> = match shape.histories {
        Histories::None => Vec::new(),
        Histories::Newest(most) => all.iter().rev().take(most).map(tell).collect(),
        Histories::All => all.iter().map(tell).collect(),
    };
    let most = if let Histories::Newest(most) = shape.histories { most } else { told.len() };
    Some(json!({"startAt": 0, "maxResults": most, "total": all.len(), "histories": told}))
}

/// The fields in this Jira's form.
fn fields(state: &State, api: u8, plain: &Value) -> Map<String, Value> {
    let mut told = Map::new();
    for (name, value) in plain.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "created" | "updated" | "resolutiondate" => instant(state, value),
            "assignee" | "reporter" => person::person(state, api, value),
            "status" => catalogue::status(state, api, value),
            "issuetype" => catalogue::issue_type(state, api, value),
            "project" => catalogue::project_in_issue(state, api, value),
            "priority" | "resolution" => catalogue::linked(state, api, name, value),
            "components" => list(value, |one| catalogue::linked(state, api, "component", one)),
            "parent" => parent(state, api, value),
            "customfield_10020" => list(value, |one| sprint::in_field(state, one)),
            "customfield_10016" | "customfield_10028" => {
                value.as_f64().map_or(Value::Null, |points| json!(points))
            }
            "customfield_10050" => option(state, api, value),
            _ => value.clone(),
        };
        told.insert(name.clone(), value);
    }
    told.insert("creator".to_owned(), told.get("reporter").cloned().unwrap_or_default());
    told.insert("duedate".to_owned(), Value::Null);
    told.insert("security".to_owned(), Value::Null);
    if !told.contains_key("customfield_10028") {
        told.insert("customfield_10028".to_owned(), Value::Null);
    }
    told
}

fn instant(state: &State, value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| state.options.zone.rewrite(text).into())
}

fn list(value: &Value, tell: impl Fn(&Value) -> Value) -> Value {
    match value.as_array() {
        Some(values) => values.iter().map(tell).collect(),
        None => Value::Null,
    }
}

fn parent(state: &State, api: u8, parent: &Value) -> Value {
    let Some(id) = parent["id"].as_str() else { return Value::Null };
    let fields = &parent["fields"];
    json!({
        "id": id,
        "key": parent["key"],
        "self": state.rest(api, &format!("issue/{id}")),
        "fields": {
            "summary": fields["summary"],
            "status": catalogue::status(state, api, &fields["status"]),
            "issuetype": catalogue::issue_type(state, api, &fields["issuetype"]),
        },
    })
}

fn option(state: &State, api: u8, option: &Value) -> Value {
    let Some(id) = option["id"].as_str() else { return Value::Null };
    json!({"self": state.rest(api, &format!("customFieldOption/{id}")), "value": option["value"], "id": id})
}
