//! `GET /rest/api/{2,3}/issue/{idOrKey}`, also by a key of before a move.

use super::{Shape, Wanted, payload};
use crate::answer::Answer;
use crate::auth::Who;
use crate::request::Request;
use crate::state::State;

pub(crate) fn get(state: &State, request: &Request, api: u8, issue: u32) -> Result<Answer, Answer> {
    let wanted = Wanted::read(&request.list("fields"), &["*all"]);
    let shape = Shape::of(state, api, wanted, &request.list("expand"));
    let told = payload(state, issue, &shape).ok_or_else(|| none(state))?;
    Ok(Answer::about(1, &told))
}

/// The issue that an id or a key names, if it may be seen. Data Center tells one that may not be seen from one that is
/// not there; Cloud doesn't.
pub(crate) fn find(state: &State, who: Who, id_or_key: &str) -> Result<u32, Answer> {
    let issue = state.index.id_of(id_or_key).ok_or_else(|| none(state))?;
    if state.sees(issue, who) {
        return Ok(issue);
    }
    Err(match (state.cloud(), who) {
        (true, _) => none(state),
        (false, Who::Anonymous) => {
            Answer::refused(401, "You do not have the permission to see the specified issue.")
        }
        (false, _) => Answer::refused(403, "You do not have the permission to see the specified issue."),
    })
}

fn none(state: &State) -> Answer {
    Answer::refused(
        404,
        match state.cloud() {
            true => "Issue does not exist or you do not have permission to see it.",
            false => "Issue Does Not Exist",
        },
    )
}
