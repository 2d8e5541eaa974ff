//! Pages of the agile API: fifty at most, whatever is asked for.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::request::Request;

const MOST: usize = 50;

/// A page of values; only some resources say how many there are.
pub(super) fn page(request: &Request, all: &[Value], total: bool) -> Result<Answer, Answer> {
    let start = request.number("startAt", 0)?;
    let size = request.number("maxResults", MOST)?.min(MOST);
    let values: Vec<Value> = all.iter().skip(start).take(size).cloned().collect();
    let last = start + values.len() >= all.len();
    let mut body = json!({"maxResults": size, "startAt": start, "isLast": last, "values": values});
    if total {
        body["total"] = all.len().into();
    }
    Ok(Answer::about(values.len(), &body))
}
