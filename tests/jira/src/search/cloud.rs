//! `/rest/api/{2,3}/search/jql` and what is left of the search before it.

use serde::Deserialize;
use serde_json::{Value, json};
use tidemark_model::Timestamp;

use super::found::{Asked, Found, find};
use super::tokens;
use crate::answer::Answer;
use crate::auth::Who;
use crate::faults::Paging;
use crate::issue::{Histories, Shape, Wanted, payload};
use crate::request::Request;
use crate::state::State;

/// Issues of a page of ids and keys.
const MOST: usize = 5000;
const MOST_RECONCILED: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Search {
    #[serde(default)]
    jql: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    expand: String,
    max_results: Option<usize>,
    next_page_token: Option<String>,
    #[serde(default)]
    reconcile_issues: Vec<u32>,
    #[serde(default, rename = "fieldsByKeys")]
    _by_keys: bool,
    #[serde(default, rename = "properties")]
    _properties: Vec<String>,
    #[serde(default, rename = "failFast")]
    _fail_fast: bool,
}

fn read(request: &Request) -> Result<Search, Answer> {
    if request.method == "POST" {
        return request.json();
    }
    let ids = request.list("reconcileIssues");
    let ids =
        ids.iter().map(|id| id.parse().map_err(|_| Answer::refused(400, "reconcileIssues must be ids.")));
    Ok(Search {
        jql: request.param("jql").unwrap_or_default().to_owned(),
        fields: request.list("fields"),
        expand: request.param("expand").unwrap_or_default().to_owned(),
        max_results: request.param("maxResults").map(|_| request.number("maxResults", 0)).transpose()?,
        next_page_token: request.param("nextPageToken").map(str::to_owned),
        reconcile_issues: ids.collect::<Result<_, _>>()?,
        ..Search::default()
    })
}

/// A page of issues. It has no total; whether more follow is told by the token alone.
pub(crate) fn jql(state: &mut State, request: &Request, api: u8, who: Who) -> Result<Answer, Answer> {
    let asked = read(request)?;
    if asked.reconcile_issues.len() > MOST_RECONCILED {
        return Err(Answer::refused(400, "The number of issues to reconcile must not exceed 50."));
    }
    let size = asked.max_results.unwrap_or(50);
    if size == 0 || size > MOST {
        return Err(Answer::refused(400, "maxResults must be between 1 and 5000."));
    }
    let wanted = Wanted::read(&asked.fields, &["id"]);
    let expand: Vec<String> = asked.expand.split(',').map(|one| one.trim().to_owned()).collect();
    let shape = Shape::of(state, api, wanted, &expand);
    let light = shape.wanted.identity() && shape.histories == Histories::None;
    let size = if light { size } else { size.min(state.options.page_issues) };
    let now = state.now();
    let found = find(state, Asked { jql: &asked.jql, who, reconciled: &asked.reconcile_issues })?;
    let mut rest: Vec<Found> = found;
    if let Some(token) = &asked.next_page_token {
        if state.faults.token_expires(&request.path) {
            return Err(tokens::expired());
        }
        let after = state.tokens.place(token, &asked.jql, now)?;
        rest.retain(|one| one.place.compare(&after).is_gt());
    }
    let paging = state.faults.paging(asked.next_page_token.is_some(), rest.len() > size);
    let told = match paging {
        Paging::Empty => Vec::new(),
        _ => rest.iter().take(size).filter_map(|one| payload(state, one.id, &shape)).collect::<Vec<Value>>(),
    };
    let token = match (paging, &asked.next_page_token) {
        (Paging::Repeated, Some(token)) => Some(token.clone()),
        (Paging::Empty, Some(token)) => {
            Some(token.clone()).filter(|_| !rest.is_empty()).map(|token| renew(state, &token, &asked.jql))
        }
        _ => rest.get(size - 1).filter(|_| rest.len() > size).map(|last| {
            let expires = Timestamp(now.0 + state.options.rules.page_token_ms);
            state.tokens.after(last.place.clone(), &asked.jql, expires)
        }),
    };
    Ok(page(state, told, token))
}

/// Another token for the same place.
fn renew(state: &mut State, token: &str, jql: &str) -> String {
    let expires = Timestamp(state.now().0 + state.options.rules.page_token_ms);
    match state.tokens.place(token, jql, state.now()) {
        Ok(place) => state.tokens.after(place, jql, expires),
        Err(_) => token.to_owned(),
    }
}

fn page(state: &State, issues: Vec<Value>, token: Option<String>) -> Answer {
    let every = state.options.rules.untrue_is_last;
    let lies = every > 0 && state.calls.len() % every == every - 1;
    let objects = issues.len();
    let mut body = json!({"issues": issues, "isLast": token.is_none() || lies});
    if let Some(token) = token {
        body["nextPageToken"] = token.into();
    }
    Answer::about(objects, &body)
}

/// `POST /rest/api/3/search/approximate-count`.
pub(crate) fn count(state: &mut State, request: &Request, who: Who) -> Result<Answer, Answer> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Count {
        jql: String,
    }
    let asked: Count = request.json()?;
    let found = find(state, Asked { jql: &asked.jql, who, reconciled: &[] })?;
    Ok(Answer::json(&json!({"count": found.len()})))
}

/// The search that was removed in 2025.
pub(crate) fn gone(api: u8) -> Answer {
    Answer::refused(
        410,
        &format!(
            "The requested API has been removed. Please migrate to the /rest/api/{api}/search/jql API. A full migration \
             guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
        ),
    )
}
