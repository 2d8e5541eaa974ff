//! Many issues or many changelogs at once (Cloud).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tidemark_model::Timestamp;

use super::{Shape, Wanted, changelog, payload};
use crate::answer::Answer;
use crate::auth::Who;
use crate::request::Request;
use crate::search;
use crate::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Issues {
    issue_ids_or_keys: Vec<String>,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    expand: Vec<String>,
    #[serde(default, rename = "fieldsByKeys")]
    _by_keys: bool,
    #[serde(default, rename = "properties")]
    _properties: Vec<String>,
}

/// `POST /rest/api/3/issue/bulkfetch`: at most a hundred, in the order of their ids. Those that are not there, or not to
/// be seen, are left out without a word.
pub(crate) fn issues(state: &State, request: &Request, who: Who) -> Result<Answer, Answer> {
    const MOST: usize = 100;
    let asked: Issues = request.json()?;
    if asked.issue_ids_or_keys.is_empty() {
        return Err(Answer::refused(400, "At least one issue ID or key is required."));
    }
    if asked.issue_ids_or_keys.len() > MOST {
        return Err(Answer::refused(400, "The maximum number of issues that can be fetched is 100."));
    }
    let shape = Shape::of(state, 3, Wanted::read(&asked.fields, &["*navigable"]), &asked.expand);
    let told: Vec<Value> = found(state, who, &asked.issue_ids_or_keys)
        .into_iter()
        .filter_map(|issue| payload(state, issue, &shape))
        .collect();
    let body = json!({"expand": "schema,names", "issueErrors": [], "issues": told});
    Ok(Answer::about(body["issues"].as_array().map_or(0, Vec::len), &body))
}

fn found(state: &State, who: Who, named: &[String]) -> Vec<u32> {
    let mut ids: Vec<u32> = named.iter().filter_map(|one| state.index.id_of(one)).collect();
    ids.retain(|issue| state.sees(*issue, who));
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Changelogs {
    issue_ids_or_keys: Vec<String>,
    #[serde(default)]
    field_ids: Vec<String>,
    max_results: Option<usize>,
    next_page_token: Option<String>,
}

/// `POST /rest/api/3/changelog/bulkfetch`: the histories of up to a thousand issues, the oldest of all first, so that
/// those of one issue may come on several pages.
pub(crate) fn changelogs(state: &mut State, request: &Request, who: Who) -> Result<Answer, Answer> {
    const MOST_FIELDS: usize = 10;
    let asked: Changelogs = request.json()?;
    let size = asked.max_results.unwrap_or(1000);
    let refusal = match (asked.issue_ids_or_keys.len(), asked.field_ids.len(), size) {
        (0, ..) => Some("At least one issue ID or key is required."),
        (1001.., ..) => Some("The maximum number of issues whose changelogs can be fetched is 1000."),
        (_, fields, _) if fields > MOST_FIELDS => Some("The maximum number of field IDs is 10."),
        (_, _, 0 | 10_001..) => Some("maxResults must be between 1 and 10000."),
        _ => None,
    };
    if let Some(refusal) = refusal {
        return Err(Answer::refused(400, refusal));
    }
    let bound = format!("{:?} {:?}", asked.issue_ids_or_keys, asked.field_ids);
    let size = size.min(state.options.rules.bulk_histories);
    let start = match &asked.next_page_token {
        Some(_) if state.faults.token_expires(&request.path) => return Err(search::expired()),
        Some(token) => state.tokens.offset(token, &bound, state.now())?,
        None => 0,
    };
    let all = histories(state, who, &asked);
    let page = all.iter().skip(start).take(size);
    let mut by_issue: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
    for (_, issue, _, history) in page {
        by_issue.entry(*issue).or_default().push(history.clone());
    }
    let told: Vec<Value> = by_issue
        .into_iter()
        .map(|(issue, histories)| json!({"issueId": issue.to_string(), "changeHistories": histories}))
        .collect();
    let mut body = json!({"issueChangeLogs": told});
    if start + size < all.len() {
        body["nextPageToken"] = state.tokens.at_offset(start + size, bound, state.now()).into();
    }
    Ok(Answer::about(all.len().saturating_sub(start).min(size), &body))
}

type Dated = (Timestamp, u32, u64, Value);

fn histories(state: &State, who: Who, asked: &Changelogs) -> Vec<Dated> {
    let mut all: Vec<Dated> = Vec::new();
    for issue in found(state, who, &asked.issue_ids_or_keys) {
        for mut plain in state.world.histories(issue) {
            if let (false, Some(items)) = (asked.field_ids.is_empty(), plain["items"].as_array_mut()) {
                let wanted = |item: &Value| item["fieldId"].as_str().map(str::to_owned);
                items.retain(|item| wanted(item).is_some_and(|id| asked.field_ids.contains(&id)));
            }
            if changelog::items(&plain).is_empty() {
                continue;
            }
            let at = plain["created"].as_str().and_then(|text| Timestamp::parse(text).ok());
            let at = at.unwrap_or_default();
            let id = plain["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
            let mut told = changelog::history(state, 3, &plain);
            if !state.options.rules.bulk_instants_as_text {
                told["created"] = at.0.into();
            }
            all.push((at, issue, id, told));
        }
    }
    all.sort_by_key(|(at, issue, id, _)| (*at, *issue, *id));
    all
}
