//! The issues that a query means, in its order.

use crate::answer::Answer;
use crate::auth::Who;
use crate::index::Named;
use crate::jql::{self, Context, Field, Known, Operand, Place, Query};
use crate::state::State;

/// A query, and who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) jql: &'a str,
    pub(crate) who: Who,
    /// Issues of which the newest state counts.
    pub(crate) reconciled: &'a [u32],
}

/// An issue that was found, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) id: u32,
    pub(crate) place: Place,
}

pub(crate) fn find(state: &mut State, asked: Asked<'_>) -> Result<Vec<Found>, Answer> {
    let now = state.now();
    state.index.catch_up(now);
    let query = read(state, asked)?;
    let context = Context { now, zone: &state.options.zone };
    let seen = state.index.docs(asked.reconciled).filter(|doc| state.sees(doc.id, asked.who));
    let meant = seen.filter(|doc| jql::holds(&query, doc, &state.index, context));
    let mut found: Vec<Found> =
        meant.map(|doc| Found { id: doc.id, place: jql::place(&query, doc) }).collect();
    found.sort_by(|one, other| one.place.compare(&other.place));
    Ok(found)
}

/// Reads a query and refuses what Jira refuses.
fn read(state: &State, asked: Asked<'_>) -> Result<Query, Answer> {
    const MOST_SORTS: usize = 7;
    let query = jql::parse(asked.jql).map_err(|error| Answer::refused(400, &error))?;
    if state.cloud() && query.clause.is_none() {
        return Err(Answer::refused(
            400,
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        ));
    }
    if state.cloud() && query.order.len() > MOST_SORTS {
        return Err(Answer::refused(400, "JQL can be ordered by at most 7 fields."));
    }
    let context = Context { now: state.now(), zone: &state.options.zone };
    let known = Seen { state, who: asked.who };
    jql::check(&query, &known, context).map_err(|errors| {
        let body = serde_json::json!({"errorMessages": errors, "errors": {}});
        Answer::json(&body).because(400, &errors.join(" "))
    })?;
    Ok(query)
}

/// What exists for whoever asks.
struct Seen<'a> {
    state: &'a State,
    who: Who,
}

impl Known for Seen<'_> {
    fn issue(&self, operand: &Operand) -> bool {
        let found = self.state.index.issue(operand);
        found.is_some_and(|doc| self.state.sees(doc.id, self.who))
    }

    fn project(&self, operand: &Operand) -> bool {
        let is = |project: &serde_json::Value| {
            let named = Named::read(project).unwrap_or_default();
            let key = project["key"].as_str().unwrap_or_default();
            let meant = matches!(operand, Operand::Text(text) if text.eq_ignore_ascii_case(key));
            (meant || named.is(operand)) && self.state.sees_project(key, self.who)
        };
        self.state.world.projects().iter().any(is)
    }

    fn sprint(&self, operand: &Operand) -> bool {
        self.who != Who::Anonymous && !self.state.index.sprints(operand).is_empty()
    }

    fn named(&self, field: Field, operand: &Operand) -> bool {
        let of = |list: Vec<serde_json::Value>| list.iter().filter_map(Named::read).collect();
        let categories = || tidemark_simulation::World::statuses().into_iter();
        let all: Vec<Named> = match field {
            Field::Status => of(tidemark_simulation::World::statuses()),
            Field::StatusCategory => {
                of(categories().map(|status| status["statusCategory"].clone()).collect())
            }
            Field::Type => of(tidemark_simulation::World::issue_types()),
            Field::Priority => self.state.index.priorities.clone(),
            _ => {
                let found = self.state.index.all_fresh().filter_map(|doc| doc.resolution.clone());
                found.chain([Named { id: "-1".to_owned(), name: "Unresolved".to_owned() }]).collect()
            }
        };
        all.iter().any(|one| one.is(operand))
    }

    fn lenient_about_issues(&self) -> bool {
        self.state.cloud()
    }
}
