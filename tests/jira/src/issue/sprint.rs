//! Sprints: the agile object, and what an issue's field holds of one.

use serde_json::{Value, json};

use crate::state::State;

/// A sprint as `/rest/agile/1.0/sprint/{id}` tells it. Only Data Center tells when it was activated.
pub(crate) fn agile(state: &State, sprint: &Value) -> Value {
    let mut told = sprint.clone();
    told["self"] = state.link(&format!("/rest/agile/1.0/sprint/{}", sprint["id"])).into();
    if let (true, Some(members)) = (state.cloud(), told.as_object_mut()) {
        members.remove("activatedDate");
    }
    told
}

/// An element of an issue's Sprint field: an object on Cloud, a Java object's text on Data Center.
pub(super) fn in_field(state: &State, brief: &Value) -> Value {
    if state.cloud() {
        return brief.clone();
    }
    let id = brief["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
    let activated = state.world.sprint(id).map(|sprint| sprint["activatedDate"].clone()).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("<null>").to_owned();
    let hash = id.wrapping_mul(2_654_435_761);
    json!(format!(
        "com.atlassian.greenhopper.service.sprint.Sprint@{hash:x}[id={id},rapidViewId={},state={},name={},startDate={},\
         endDate={},completeDate={},activatedDate={},sequence={id},goal={}]",
        brief["boardId"],
        text(&brief["state"]).to_uppercase(),
        text(&brief["name"]),
        text(&brief["startDate"]),
        text(&brief["endDate"]),
        text(&brief["completeDate"]),
        text(&activated),
        brief["goal"].as_str().unwrap_or_default(),
    ))
}
