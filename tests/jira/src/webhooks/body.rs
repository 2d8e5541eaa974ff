//! What webhooks say.

use serde_json::{Value, json};
use tidemark_simulation::{Happening, SprintChange};

use super::{Delivery, Flow};
use crate::agile;
use crate::encode::hex;
use crate::encode::hmac_sha256;
use crate::issue::{self, Histories, Shape, Wanted};
use crate::state::State;

/// Something that webhooks tell of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Happened {
        happening: Happening,
        /// It follows from another thing that happened.
        cascaded: bool,
    },
    /// A board was configured anew.
    Configured { board: u32 },
}

impl Event {
    pub(crate) fn delivery(self, state: &mut State) -> Option<Delivery> {
        let at = state.now();
        let (name, told) = match self {
            Self::Happened { happening, .. } => happened(state, happening)?,
            Self::Configured { board } => ("board_configuration_changed", configured(state, board)?),
        };
        let cascaded =
            matches!(self, Self::Happened { happening: Happening::IssueDeleted { .. }, cascaded: true });
        let mut body = json!({"timestamp": at.0, "webhookEvent": name});
        if let (Some(body), Value::Object(told)) = (body.as_object_mut(), told) {
            body.extend(told);
        }
        state.deliveries += 1;
        Some(Delivery {
            body: body.to_string().into_bytes(),
            webhook_event: name.to_owned(),
            identifier: identifier(state),
            at,
            flow: if cascaded { Flow::Secondary } else { Flow::Primary },
        })
    }
}

/// 32 hexadecimal digits, other ones for each Jira.
fn identifier(state: &State) -> String {
    let digits = hmac_sha256(state.url.as_bytes(), &state.deliveries.to_be_bytes());
    hex(digits.get(..16).unwrap_or_default())
}

fn happened(state: &State, happening: Happening) -> Option<(&'static str, Value)> {
    Some(match happening {
        Happening::IssueCreated { issue } => ("jira:issue_created", created(state, issue)?),
        Happening::IssueChanged { issue, history } => ("jira:issue_updated", changed(state, issue, history)?),
        Happening::IssueDeleted { issue } => ("jira:issue_deleted", deleted(state, issue)?),
        Happening::Sprint { sprint, change } => {
            let name = match change {
                SprintChange::Created => "sprint_created",
                SprintChange::Started => "sprint_started",
                SprintChange::Updated => "sprint_updated",
                SprintChange::Closed => "sprint_closed",
                SprintChange::Deleted => "sprint_deleted",
            };
            let sprint = state.world.sprint(sprint)?;
            (name, json!({"sprint": issue::agile_sprint(state, &sprint)}))
        }
    })
}

/// The issue as webhooks have it: by the second version of the API, without its changelog.
fn snapshot(state: &State, issue: u32) -> Option<Value> {
    let shape = Shape { api: 2, wanted: Wanted::all(), histories: Histories::None };
    let mut told = issue::payload(state, issue, &shape)?;
    if let Some(members) = told.as_object_mut() {
        members.remove("expand");
    }
    Some(told)
}

fn created(state: &State, issue: u32) -> Option<Value> {
    /// What a creation sets has an id as histories have, but is in no changelog.
    const CREATIONS: u64 = 500_000_000;
    let issue_told = snapshot(state, issue)?;
    let fields = &issue_told["fields"];
    let set = |field: &str, to: &Value, text: &Value| {
        let item = json!({
            "field": field, "fieldtype": "jira", "fieldId": field, "from": null, "fromString": null, "to": to,
            "toString": text,
        });
        issue::item(state, &item)
    };
    let items = [
        set("summary", &Value::Null, &fields["summary"]),
        set("status", &fields["status"]["id"], &fields["status"]["name"]),
    ];
    Some(json!({
        "issue_event_type_name": "issue_created",
        "user": fields["reporter"],
        "changelog": {"id": (CREATIONS + u64::from(issue)).to_string(), "items": items},
        "issue": issue_told,
    }))
}

fn changed(state: &State, issue: u32, history: u32) -> Option<Value> {
    let told = issue::history(state, 2, &state.world.history(issue, history)?);
    let status =
        told["items"].as_array().is_some_and(|items| items.iter().any(|item| item["field"] == "status"));
    Some(json!({
        "issue_event_type_name": if status { "issue_generic" } else { "issue_updated" },
        "user": told["author"],
        "issue": snapshot(state, issue)?,
        "changelog": {"id": told["id"], "items": told["items"]},
    }))
}

fn deleted(state: &State, issue: u32) -> Option<Value> {
    let issue = snapshot(state, issue)?;
    Some(json!({"user": issue["fields"]["reporter"], "issue": issue}))
}

fn configured(state: &State, board: u32) -> Option<Value> {
    let all = agile::all_boards(state);
    let board = all.iter().find(|one| one["id"] == board)?;
    Some(json!({"configuration": agile::configuration(state, board)}))
}
