//! Boards, and how they are configured.

use serde_json::{Value, json};

use super::pages::page;
use crate::answer::Answer;
use crate::auth::Who;
use crate::request::Request;
use crate::state::State;

/// All boards as the organisation has them, and one Kanban board, which has neither sprints nor estimates.
pub(crate) fn all(state: &State) -> Vec<Value> {
    let mut boards = state.world.boards();
    if let Some(first) = boards.first() {
        let columns = first["configuration"]["columnConfig"].clone();
        let (id, name) = (boards.len() + 1, "Support");
        let kanban = json!({
            "id": id, "name": name, "type": "kanban", "location": first["location"], "sprints": [],
            "configuration": {"id": id, "name": name, "type": "kanban", "columnConfig": columns},
        });
        boards.push(kanban);
    }
    boards
}

fn key(board: &Value) -> &str {
    board["location"]["projectKey"].as_str().unwrap_or_default()
}

/// A board that may be seen.
pub(crate) fn find(state: &State, who: Who, id: &str) -> Result<Value, Answer> {
    let wanted: Option<u64> = id.parse().ok();
    let mut found = all(state).into_iter().filter(|board| wanted.is_some() && board["id"].as_u64() == wanted);
    let seen = found.next().filter(|board| state.sees_project(key(board), who));
    seen.ok_or_else(|| {
        Answer::refused(404, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
    })
}

/// A board as `/rest/agile/1.0/board/{id}` tells it.
pub(crate) fn told(state: &State, board: &Value) -> Value {
    let projects = state.world.projects();
    let project = projects.iter().find(|project| project["key"] == key(board)).cloned().unwrap_or_default();
    let id = project["id"].as_str().and_then(|id| id.parse::<u64>().ok());
    let display = format!("{} ({})", project["name"].as_str().unwrap_or_default(), key(board));
    let mut told = json!({
        "id": board["id"],
        "self": state.link(&format!("/rest/agile/1.0/board/{}", board["id"])),
        "name": board["name"],
        "type": board["type"],
    });
    if state.cloud() {
        told["location"] = json!({
            "projectId": id, "displayName": display, "projectName": project["name"], "projectKey": key(board),
            "projectTypeKey": "software", "name": display,
        });
        told["isPrivate"] = false.into();
    }
    told
}

/// `GET /rest/agile/1.0/board`
pub(crate) fn boards(state: &State, request: &Request, who: Who) -> Result<Answer, Answer> {
    let (types, name) = (request.list("type"), request.param("name").unwrap_or_default().to_lowercase());
    let project = request.param("projectKeyOrId").unwrap_or_default();
    let projects = state.world.projects();
    let known = projects.iter().find(|one| one["key"] == project || one["id"] == project);
    let known = known.and_then(|one| one["key"].as_str()).filter(|key| state.sees_project(key, who));
    if !project.is_empty() && known.is_none() {
        let message = format!("No project could be found with key or id '{project}'.");
        return Err(Answer::refused(400, &message));
    }
    let wanted = |board: &Value| {
        state.sees_project(key(board), who)
            && (types.is_empty() || types.iter().any(|kind| board["type"] == kind.as_str()))
            && (known.is_none() || known == Some(key(board)))
            && board["name"].as_str().unwrap_or_default().to_lowercase().contains(&name)
    };
    let boards: Vec<Value> =
        all(state).iter().filter(|board| wanted(board)).map(|board| told(state, board)).collect();
    page(request, &boards, true)
}

/// `GET /rest/agile/1.0/board/{id}/configuration`
pub(crate) fn configuration(state: &State, board: &Value) -> Value {
    let id = board["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
    let api = state.flavour().api();
    let own = &board["configuration"];
    let status = |id: &Value| {
        let id = id.as_str().unwrap_or_default();
        json!({"id": id, "self": state.rest(api, &format!("status/{id}"))})
    };
    let columns: Vec<Value> = match state.columns.get(&id) {
        Some(columns) => {
            let statuses =
                |ids: &[String]| ids.iter().map(|id| status(&Value::from(id.as_str()))).collect::<Vec<_>>();
            columns.iter().map(|(name, ids)| json!({"name": name, "statuses": statuses(ids)})).collect()
        }
        None => {
            let columns = own["columnConfig"]["columns"].as_array().into_iter().flatten();
            let statuses = |column: &Value| {
                let statuses = column["statuses"].as_array().into_iter().flatten();
                statuses.map(|one| status(&one["id"])).collect::<Vec<_>>()
            };
            columns.map(|column| json!({"name": column["name"], "statuses": statuses(column)})).collect()
        }
    };
    let filter = 10_000 + u64::from(id);
    let mut told = json!({
        "id": id,
        "name": board["name"],
        "type": board["type"],
        "self": state.link(&format!("/rest/agile/1.0/board/{id}/configuration")),
        "filter": {"id": filter.to_string(), "self": state.rest(api, &format!("filter/{filter}"))},
        "columnConfig": {"columns": columns, "constraintType": "none"},
        "ranking": {"rankCustomFieldId": 10_019},
    });
    if state.cloud() {
        let projects = state.world.projects();
        let project =
            projects.iter().find(|project| project["key"] == key(board)).cloned().unwrap_or_default();
        let link = state.rest(api, &format!("project/{}", project["id"].as_str().unwrap_or_default()));
        told["location"] = json!({
            "type": "project", "key": project["key"], "id": project["id"], "self": link, "name": project["name"],
        });
    }
    if board["type"] == "scrum" {
        if let Some(estimation) = estimation(state, id, &own["estimation"]) {
            told["estimation"] = estimation;
        }
    } else {
        told["subQuery"] = json!({"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"});
    }
    told
}

fn estimation(state: &State, board: u32, own: &Value) -> Option<Value> {
    let Some(field) = state.estimation.get(&board) else { return Some(own.clone()) };
    let field = field.as_ref()?;
    let fields = tidemark_simulation::World::fields();
    let known = fields.iter().find(|one| one["id"] == field.as_str());
    let name = known.map_or_else(|| field.clone().into(), |one| one["name"].clone());
    Some(json!({"type": "field", "field": {"fieldId": field, "displayName": name}}))
}
