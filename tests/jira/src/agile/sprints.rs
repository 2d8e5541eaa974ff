//! Sprints of boards, and single ones.

use serde_json::Value;

use super::board;
use super::pages::page;
use crate::answer::Answer;
use crate::auth::Who;
use crate::issue::agile_sprint;
use crate::request::Request;
use crate::state::State;

/// `GET /rest/agile/1.0/board/{id}/sprint`: closed ones first, then active, then future ones.
pub(crate) fn board_sprints(state: &State, request: &Request, board: &Value) -> Result<Answer, Answer> {
    if board["type"] != "scrum" {
        return Err(Answer::refused(400, "The board does not support sprints"));
    }
    let states = request.list("state");
    if let Some(wrong) = states.iter().find(|state| !["future", "active", "closed"].contains(&state.as_str()))
    {
        let message = format!("The value '{wrong}' is not a valid sprint state.");
        return Err(Answer::refused(400, &message));
    }
    let mut sprints = of_board(state, board);
    sprints
        .retain(|sprint| states.is_empty() || states.iter().any(|wanted| sprint["state"] == wanted.as_str()));
    page(request, &sprints, false)
}

/// The sprints that a board shows.
pub(crate) fn of_board(state: &State, board: &Value) -> Vec<Value> {
    let shown: Vec<u64> = board["sprints"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|sprint| sprint["id"].as_u64())
        .collect();
    let mut sprints = state.world.sprints();
    sprints.retain(|sprint| sprint["id"].as_u64().is_some_and(|id| shown.contains(&id)));
    let stage = |sprint: &Value| match sprint["state"].as_str() {
        Some("closed") => 0,
        Some("active") => 1,
        _ => 2,
    };
    sprints.sort_by_key(|sprint| (stage(sprint), sprint["id"].as_u64()));
    sprints.iter().map(|sprint| agile_sprint(state, sprint)).collect()
}

/// `GET /rest/agile/1.0/sprint/{id}`: to be seen with its board, or with one of its issues.
pub(crate) fn sprint(state: &State, who: Who, id: &str) -> Result<Answer, Answer> {
    let mut sprints = state.world.sprints().into_iter();
    let wanted: Option<u64> = id.parse().ok();
    let found = sprints.find(|sprint| wanted.is_some() && sprint["id"].as_u64() == wanted);
    let seen = found.filter(|sprint| sees(state, who, sprint));
    let none = || Answer::refused(404, "Sprint does not exist");
    seen.map(|sprint| Answer::json(&agile_sprint(state, &sprint))).ok_or_else(none)
}

fn sees(state: &State, who: Who, sprint: &Value) -> bool {
    let origin = sprint["originBoardId"].to_string();
    let id = sprint["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
    let holds = |doc: &&crate::index::Doc| doc.sprints.contains(&id) && state.sees(doc.id, who);
    board::find(state, who, &origin).is_ok() || state.index.all_fresh().any(|doc| holds(&doc))
}
