//! Sprints, as the agile API returns them.

use serde::Deserialize;
use tidemark_model::raw::Raw;
use tidemark_model::sprint::{Sprint, SprintState, SprintStatement};
use tidemark_model::{Rows, Timestamp};

use super::{Id, read, statements};
use crate::Reject;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    name: Option<String>,
    state: String,
    goal: Option<String>,
    activated_date: Option<Timestamp>,
    start_date: Option<Timestamp>,
    end_date: Option<Timestamp>,
    complete_date: Option<Timestamp>,
    /// In answers of the agile API.
    origin_board_id: Option<Id>,
    /// In the sprint field of an issue.
    board_id: Option<Id>,
}

/// One row with the newest statement and the earlier ones.
pub(crate) fn translate(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let mut stated: Vec<SprintStatement> = Vec::new();
    for raw in statements(raw) {
        let now = statement(raw)?;
        // That a sprint is deleted may be all that is said of it.
        let last = stated.last().filter(|_| now.state == SprintState::Deleted);
        stated.push(match last {
            Some(last) => {
                SprintStatement { effective_at: now.effective_at, state: now.state, ..last.clone() }
            }
            None => now,
        });
    }
    let (Some(now), Some(first)) = (stated.pop(), raw.first()) else { return Ok(()) };
    // A statement that a payload of an issue embeds may lack the board: another one may have it.
    let origin = stated.iter().rev().find_map(|earlier| earlier.origin_board_id.clone());
    let now = SprintStatement { origin_board_id: now.origin_board_id.clone().or(origin), ..now };
    out.push(&Sprint { source: first.source.clone(), id: first.id.clone(), now, earlier: stated });
    Ok(())
}

fn statement(raw: &Raw) -> Result<SprintStatement, Reject> {
    let payload: Payload = read(raw)?;
    let state = match payload.state.to_ascii_lowercase().as_str() {
        "active" => SprintState::Active,
        "closed" => SprintState::Closed,
        "deleted" => SprintState::Deleted,
        _ => SprintState::Future,
    };
    Ok(SprintStatement {
        effective_at: raw.at,
        name: payload.name.unwrap_or_else(|| format!("Sprint {}", raw.id)),
        state,
        goal: payload.goal.filter(|goal| !goal.is_empty()),
        activated_at: payload.activated_date,
        start_at: payload.start_date,
        end_at: payload.end_date,
        complete_at: payload.complete_date,
        origin_board_id: payload.origin_board_id.or(payload.board_id).map(Id::into_text),
    })
}
