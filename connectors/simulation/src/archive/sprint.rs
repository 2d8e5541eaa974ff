//! Sprints as Jira writes them: the agile object, and the shorter one in an issue's Sprint field.

use serde::Serialize;

use crate::moment::Moment;
use crate::organisation::Organisation;
use crate::sprint::{Sprint, SprintState};
use crate::words;

/// As `/rest/agile/1.0/sprint/{id}` answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Agile {
    id: u32,
    #[serde(rename = "self")]
    link: String,
    state: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_date: Option<String>,
    created_date: String,
    origin_board_id: u32,
    goal: &'static str,
}

/// An element of `customfield_10020`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Brief {
    id: u32,
    name: String,
    state: &'static str,
    board_id: u32,
    goal: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_date: Option<String>,
}

pub(super) fn name(organisation: &Organisation, sprint: &Sprint) -> String {
    format!("{} Sprint {}", organisation.team(sprint.team).name, sprint.number)
}

/// The sprint as seen at `at`: a future one has planned dates, if any.
pub(super) fn agile(organisation: &Organisation, sprint: &Sprint, at: Moment) -> Agile {
    let state = sprint.state_at(at);
    let (start, end, complete) = dates(organisation, sprint, at);
    let activates = organisation.team(sprint.team).activates && state != SprintState::Future;
    Agile {
        id: sprint.id,
        link: format!("https://acme.example/rest/agile/1.0/sprint/{}", sprint.id),
        state: state.name(),
        name: name(organisation, sprint),
        start_date: start,
        end_date: end,
        complete_date: complete,
        activated_date: activates.then(|| sprint.times.start.in_sprint()),
        created_date: sprint.times.created.in_sprint(),
        origin_board_id: u32::from(sprint.team) + 1,
        goal: words::goal(sprint.goal),
    }
}

/// The sprint field of some issues is as Data Center writes it: texts instead of objects (METRICS case 31).
pub(crate) const fn written_as_text(issue: u32) -> bool {
    issue % 17 == 6
}

/// The sprint as Data Center writes it.
pub(super) fn text(organisation: &Organisation, sprint: &Sprint, at: Moment) -> String {
    let Brief { id, name, state, board_id, goal, start_date, end_date, complete_date } =
        brief(organisation, sprint, at);
    let date = |date: Option<String>| date.unwrap_or_else(|| "<null>".to_owned());
    format!(
        "com.atlassian.greenhopper.service.sprint.Sprint@{:x}[id={id},rapidViewId={board_id},state={},name={name},\
         startDate={},endDate={},completeDate={},activatedDate=<null>,sequence={id},goal={goal}]",
        id.wrapping_mul(2_654_435_761),
        state.to_uppercase(),
        date(start_date),
        date(end_date),
        date(complete_date),
    )
}

pub(super) fn brief(organisation: &Organisation, sprint: &Sprint, at: Moment) -> Brief {
    let state = sprint.state_at(at);
    let (start_date, end_date, complete_date) = dates(organisation, sprint, at);
    Brief {
        id: sprint.id,
        name: name(organisation, sprint),
        state: state.name(),
        board_id: u32::from(sprint.team) + 1,
        goal: words::goal(sprint.goal),
        start_date,
        end_date,
        complete_date,
    }
}

type Dates = (Option<String>, Option<String>, Option<String>);

/// Start, end and completion. Where `activatedDate` tells the start, `startDate` stays as planned.
fn dates(organisation: &Organisation, sprint: &Sprint, at: Moment) -> Dates {
    let state = sprint.state_at(at);
    let times = &sprint.times;
    let planned = state == SprintState::Future || organisation.team(sprint.team).activates;
    let start = if planned { times.planned_start } else { sprint.start_at(at) };
    let undated = state == SprintState::Future && sprint.goal.is_multiple_of(2);
    let complete = sprint.closed_at(at);
    (
        (!undated).then(|| start.in_sprint()),
        (!undated).then(|| times.planned_end.in_sprint()),
        complete.map(Moment::in_sprint),
    )
}
