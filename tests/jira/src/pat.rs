//! `/rest/pat/latest/tokens`: the personal access tokens of whoever asks (Data Center). They are told without themselves.

use serde_json::json;

use crate::answer::Answer;
use crate::auth::{self, Who};
use crate::state::State;

pub(crate) fn tokens(state: &State, who: Who) -> Result<Answer, Answer> {
    if who == Who::Anonymous {
        return Err(auth::needed());
    }
    let write = |at| state.options.zone.write(at);
    let mut token = json!({
        "id": 1, "name": "numbers", "createdAt": write(state.now()), "lastAccessedAt": write(state.now()),
    });
    if let Some(at) = state.token_expires {
        token["expiringAt"] = write(at).into();
    }
    Ok(Answer::json(&json!([token])))
}
