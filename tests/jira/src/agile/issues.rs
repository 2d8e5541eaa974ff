//! `GET /rest/agile/1.0/board/{id}/issue`

use serde_json::{Value, json};

use super::board;
use crate::answer::Answer;
use crate::auth::Who;
use crate::index::Doc;
use crate::issue::{Shape, Wanted, agile_sprint, payload};
use crate::request::Request;
use crate::search::{Asked, find};
use crate::state::State;

/// The issues of a board: those of its project or its sprints whose status is in one of its columns, without epics.
pub(crate) fn issues(
    state: &mut State,
    request: &Request,
    who: Who,
    board: &Value,
) -> Result<Answer, Answer> {
    const MOST: usize = 5000;
    const ALL: &str = "created is not EMPTY ORDER BY Rank";
    let jql = request.param("jql").filter(|jql| !jql.trim().is_empty()).unwrap_or(ALL).to_owned();
    let most = if state.cloud() { MOST } else { 1000 };
    let (start, size) = (request.number("startAt", 0)?, request.number("maxResults", 50)?.min(most));
    let mut found = find(state, Asked { jql: &jql, who, reconciled: &[] })?;
    let shown = Shown::new(state, board);
    found.retain(|one| state.index.fresh(one.id).is_some_and(|doc| shown.has(doc)));
    let wanted = Wanted::read(&request.list("fields"), &["*navigable"]);
    let api = state.flavour().api();
    let shape = Shape::of(state, api, wanted, &request.list("expand"));
    let page = found.iter().skip(start).take(size);
    let issues: Vec<Value> = page.filter_map(|one| told(state, one.id, &shape)).collect();
    let body = json!({
        "expand": "schema,names", "startAt": start, "maxResults": size, "total": found.len(), "issues": issues,
    });
    Ok(Answer::about(issues.len(), &body))
}

/// An issue with its sprints as the agile API tells them: the open one, and those that are closed.
fn told(state: &State, issue: u32, shape: &Shape) -> Option<Value> {
    let mut told = payload(state, issue, shape)?;
    told["self"] = state.link(&format!("/rest/agile/1.0/issue/{issue}")).into();
    let sprints = state.index.fresh(issue)?.sprints.iter().filter_map(|sprint| state.world.sprint(*sprint));
    let (closed, open): (Vec<Value>, Vec<Value>) = sprints.partition(|sprint| sprint["state"] == "closed");
    if let Some(fields) = told["fields"].as_object_mut().filter(|_| !shape.wanted.identity()) {
        let open = open.first().map_or(Value::Null, |sprint| agile_sprint(state, sprint));
        fields.insert("sprint".to_owned(), open);
        if !closed.is_empty() {
            let closed = closed.iter().map(|sprint| agile_sprint(state, sprint)).collect();
            fields.insert("closedSprints".to_owned(), closed);
        }
    }
    Some(told)
}

/// What a board shows.
struct Shown {
    project: String,
    sprints: Vec<u32>,
    statuses: Vec<String>,
}

impl Shown {
    fn new(state: &State, board: &Value) -> Self {
        let configuration = board::configuration(state, board);
        let columns = configuration["columnConfig"]["columns"].as_array().into_iter().flatten();
        let statuses = columns.flat_map(|column| column["statuses"].as_array().into_iter().flatten());
        let statuses = statuses.filter_map(|status| status["id"].as_str().map(str::to_owned));
        let sprints = board["sprints"].as_array().into_iter().flatten();
        let sprints = sprints.filter_map(|sprint| u32::try_from(sprint["id"].as_u64()?).ok());
        Self {
            project: board["location"]["projectKey"].as_str().unwrap_or_default().to_owned(),
            sprints: sprints.collect(),
            statuses: statuses.collect(),
        }
    }

    fn has(&self, doc: &Doc) -> bool {
        let here =
            doc.project_key == self.project || doc.sprints.iter().any(|one| self.sprints.contains(one));
        here && doc.kind.name != "Epic" && self.statuses.contains(&doc.status.id)
    }
}
