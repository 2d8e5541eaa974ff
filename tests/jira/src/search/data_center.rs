//! `/rest/api/2/search` of Data Center: pages by number, with a total, and whole changelogs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::found::{Asked, find};
use crate::answer::Answer;
use crate::auth::Who;
use crate::issue::{Shape, Wanted, payload};
use crate::request::Request;
use crate::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    #[serde(default)]
    jql: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    expand: Vec<String>,
    #[serde(default)]
    start_at: usize,
    max_results: Option<usize>,
}

pub(crate) fn search(state: &mut State, request: &Request, who: Who) -> Result<Answer, Answer> {
    let asked = match request.method.as_str() {
        "POST" => request.json()?,
        _ => Search {
            jql: request.param("jql").unwrap_or_default().to_owned(),
            fields: request.list("fields"),
            expand: request.list("expand"),
            start_at: request.number("startAt", 0)?,
            max_results: Some(request.number("maxResults", 50)?),
        },
    };
    let size = asked.max_results.unwrap_or(50).min(state.options.rules.most_issues);
    let found = find(state, Asked { jql: &asked.jql, who, reconciled: &[] })?;
    let shape = Shape::of(state, 2, Wanted::read(&asked.fields, &["*navigable"]), &asked.expand);
    let page = found.iter().skip(asked.start_at).take(size);
    let issues: Vec<Value> = page.filter_map(|one| payload(state, one.id, &shape)).collect();
    let body = json!({
        "expand": "schema,names", "startAt": asked.start_at, "maxResults": size, "total": found.len(),
        "issues": issues,
    });
    Ok(Answer::about(issues.len(), &body))
}
