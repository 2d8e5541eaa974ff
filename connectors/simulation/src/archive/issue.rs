//! An issue as the search answers with `expand=changelog`.

use serde::Serialize;
use serde_json::{Value, json};

use super::catalogue;
use super::history::{self, History};
use super::sprint::{self, Brief};
use crate::issue::{Issue, Key};
use crate::moment::Moment;
use crate::organisation::Organisation;
use crate::people;
use crate::points::Points;
use crate::words;
use crate::workflow::Resolution;
use crate::zone::Zone;

#[derive(Serialize)]
pub(super) struct Record {
    id: String,
    key: String,
    fields: Fields,
    changelog: Changelog,
}

#[derive(Serialize)]
struct Fields {
    summary: String,
    created: String,
    updated: String,
    issuetype: Value,
    project: Value,
    status: Value,
    resolution: Option<Named>,
    resolutiondate: Option<String>,
    assignee: Option<Person>,
    reporter: Person,
    priority: Named,
    labels: Vec<&'static str>,
    components: Vec<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Value>,
    #[serde(rename = "customfield_10020")]
    sprints: Option<Vec<InSprint>>,
    #[serde(rename = "customfield_10016")]
    story_points: Option<Value>,
    #[serde(rename = "customfield_10028", skip_serializing_if = "Option::is_none")]
    story_point_estimate: Option<Points>,
    #[serde(rename = "customfield_10050")]
    discipline: Option<Value>,
}

/// How an issue is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As exports are: in several zones, orders and forms.
    Exported,
    /// As one API answers: in UTC, the oldest history first, nothing as text that is none.
    Plain,
}

impl Form {
    pub(super) fn zone(self, issue: u32) -> Zone {
        match self {
            Self::Exported => Zone::of_issue(issue),
            Self::Plain => Zone::Utc,
        }
    }
}

/// Cloud's form, or Data Center's.
#[derive(Serialize)]
#[serde(untagged)]
enum InSprint {
    Brief(Brief),
    Text(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changelog {
    start_at: u32,
    max_results: usize,
    total: usize,
    histories: Vec<History>,
}

#[derive(Serialize)]
struct Named {
    id: String,
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    account_id: String,
    display_name: String,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<String>,
}

/// The issue as it is after all its changes, its sprints as seen at `at`.
pub(super) fn record(organisation: &Organisation, issue: &Issue, at: Moment) -> Record {
    let mut histories = history::histories(organisation, issue, Form::Exported, |_| true);
    // Jira lists the newest first in some places and the oldest first in others.
    if issue.id.is_multiple_of(3) {
        histories.reverse();
    }
    Record {
        id: issue.id.to_string(),
        key: key(organisation, issue.key),
        fields: fields(organisation, issue, at, Form::Exported),
        changelog: Changelog { start_at: 0, max_results: histories.len(), total: histories.len(), histories },
    }
}

/// The issue as one API answers without its changelog.
pub(super) fn plain(organisation: &Organisation, issue: &Issue) -> serde_json::Result<Value> {
    let fields = serde_json::to_value(fields(organisation, issue, organisation.now, Form::Plain))?;
    Ok(json!({"id": issue.id.to_string(), "key": key(organisation, issue.key), "fields": fields}))
}

fn fields(organisation: &Organisation, issue: &Issue, at: Moment, form: Form) -> Fields {
    let project = organisation.team(issue.key.project);
    let sprints = organisation.lists.sprints(issue.sprints).iter().map(|one| organisation.sprint(*one));
    let as_text = form == Form::Exported && sprint::written_as_text(issue.id);
    let in_sprint = |one| match as_text {
        true => InSprint::Text(sprint::text(organisation, one, at)),
        false => InSprint::Brief(sprint::brief(organisation, one, at)),
    };
    let sprints: Vec<_> = sprints.map(in_sprint).collect();
    let zone = form.zone(issue.id);
    let [story_points, story_point_estimate] = issue.estimates;
    Fields {
        summary: words::title(issue.title),
        created: issue.called_created().in_issue(zone),
        updated: issue.updated().in_issue(zone),
        issuetype: catalogue::issue_type(issue.kind),
        project: json!({
            "id": catalogue::project_id(issue.key.project), "key": project.key, "name": project.name,
        }),
        status: catalogue::status(issue.status),
        resolution: issue.status.resolution().map(resolution),
        resolutiondate: issue.resolved.map(|resolved| resolved.in_issue(zone)),
        assignee: issue.assignee.map(assignee),
        reporter: person(issue.reporter),
        priority: Named {
            id: (issue.priority + 1).to_string(),
            name: words::PRIORITIES[usize::from(issue.priority)],
        },
        labels: history::labels(issue.labels),
        components: components(issue.components),
        parent: issue.parent.map(|parent| self::parent(organisation, organisation.issue(parent))),
        sprints: (!sprints.is_empty()).then_some(sprints),
        story_points: story_points.map(|estimate| {
            if form == Form::Exported && issue.typed_estimate {
                Value::String(estimate.typed())
            } else {
                json!(estimate)
            }
        }),
        story_point_estimate,
        discipline: issue.discipline.map(|discipline| {
            json!({
                "id": history::discipline_id(discipline), "value": words::DISCIPLINES[usize::from(discipline)],
            })
        }),
    }
}

pub(crate) fn key(organisation: &Organisation, key: Key) -> String {
    format!("{}-{}", organisation.team(key.project).key, key.number)
}

/// A person as the account is now.
pub(super) fn person(number: u16) -> Person {
    Person {
        account_id: words::account(u32::from(number)),
        display_name: people::name(number),
        active: people::active(number),
        email_address: None,
    }
}

/// A person with the e-mail address, where the account shows it.
fn assignee(number: u16) -> Person {
    let email_address = people::shows_email(number).then(|| words::email(u32::from(number)));
    Person { email_address, ..person(number) }
}

fn resolution(resolution: Resolution) -> Named {
    Named { id: resolution.id().to_owned(), name: resolution.name() }
}

fn components(mask: u8) -> Vec<Named> {
    let all = (0u8..).zip(words::COMPONENTS);
    let set = all.filter(|(bit, _)| mask & (1 << bit) != 0);
    set.map(|(bit, name)| Named { id: history::component_id(bit), name }).collect()
}

fn parent(organisation: &Organisation, parent: &Issue) -> Value {
    json!({
        "id": parent.id.to_string(),
        "key": key(organisation, parent.key),
        "fields": {
            "summary": words::title(parent.title),
            "status": catalogue::status(parent.status),
            "issuetype": catalogue::issue_type(parent.kind),
        },
    })
}
