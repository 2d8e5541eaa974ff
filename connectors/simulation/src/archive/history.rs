//! Histories as the changelog lists them.

use serde::Serialize;

use super::catalogue::{self, DISCIPLINE_FIELD, RANK_FIELD, SPRINT_FIELD};
use super::issue::{self, Form, Person};
use super::sprint;
use crate::changelog::{Change, Item, SprintList};
use crate::issue::Issue;
use crate::moment::Moment;
use crate::organisation::Organisation;
use crate::people;
use crate::points::Points;
use crate::words;

#[derive(Serialize)]
pub(super) struct History {
    id: String,
    author: Person,
    created: String,
    items: Entries,
}

/// Some exports have the list as a text (METRICS case 30).
#[derive(Serialize)]
#[serde(untagged)]
enum Entries {
    List(Vec<Entry>),
    Text(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    field: &'static str,
    fieldtype: &'static str,
    field_id: &'static str,
    from: Option<String>,
    from_string: Option<String>,
    to: Option<String>,
    to_string: Option<String>,
}

/// A value as a changelog gives it: its id and its text.
type Side = (Option<String>, Option<String>);

/// The histories of an issue that suit, oldest first.
pub(super) fn histories(
    organisation: &Organisation,
    issue: &Issue,
    form: Form,
    suits: impl Fn(u32) -> bool,
) -> Vec<History> {
    let histories = issue.changes.chunk_by(|one, next| one.history == next.history);
    let told = histories.filter_map(|changes| {
        let first = changes.first().filter(|first| suits(first.history))?;
        let as_text = form == Form::Exported && written_as_text(first.history);
        Some(History {
            id: first.history.to_string(),
            author: issue::person(first.author),
            created: first.at.in_issue(form.zone(issue.id)),
            items: entries(organisation, changes, as_text),
        })
    });
    told.collect()
}

pub(crate) const fn written_as_text(history: u32) -> bool {
    history % 61 == 20
}

fn entries(organisation: &Organisation, changes: &[Change], as_text: bool) -> Entries {
    let entries: Vec<Entry> = changes.iter().map(|change| entry(organisation, change)).collect();
    let text = if as_text { serde_json::to_string(&entries).ok() } else { None };
    text.map_or(Entries::List(entries), Entries::Text)
}

fn entry(organisation: &Organisation, change: &Change) -> Entry {
    match change.item {
        Item::Sprint(from, to) => {
            custom("Sprint", SPRINT_FIELD, sprints(organisation, from), sprints(organisation, to))
        }
        Item::Estimate(field, from, to) => custom(field.name(), field.id(), points(from), points(to)),
        Item::Discipline(from, to) => {
            custom("Discipline", DISCIPLINE_FIELD, discipline(from), discipline(to))
        }
        Item::Rank(higher) => {
            let ranked = if higher { "Ranked higher" } else { "Ranked lower" };
            custom("Rank", RANK_FIELD, both(String::new(), ""), both(String::new(), ranked))
        }
        Item::Status(from, to) => system("status", both(from.id(), from.name()), both(to.id(), to.name())),
        Item::Resolution(from, to) => {
            let side = |value: Option<crate::workflow::Resolution>| {
                (value.map(|value| value.id().to_owned()), value.map(|value| value.name().to_owned()))
            };
            system("resolution", side(from), side(to))
        }
        Item::Type(from, to) => system("issuetype", both(from.id(), from.name()), both(to.id(), to.name())),
        Item::Parent(from, to) => Entry {
            field: "IssueParentAssociation",
            ..system("parent", parent(organisation, from), parent(organisation, to))
        },
        Item::Key(from, to) => Entry {
            field: "Key",
            ..system("key", text(issue::key(organisation, from)), text(issue::key(organisation, to)))
        },
        Item::Project(from, to) => system("project", project(organisation, from), project(organisation, to)),
        Item::Assignee(from, to) => {
            let assignee = |person| assignee(organisation, person, change.at);
            system("assignee", assignee(from), assignee(to))
        }
        Item::Priority(from, to) => system("priority", priority(from), priority(to)),
        Item::Labels(from, to) => system("labels", text(labels(from).join(" ")), text(labels(to).join(" "))),
        Item::Component(component, put_on) => {
            Entry { field: "Component", ..component_entry(component, put_on) }
        }
        Item::Summary(from, to) => system("summary", text(words::title(from)), text(words::title(to))),
        Item::Description(from, to) => system("description", described(from), described(to)),
    }
}

fn system(field: &'static str, from: Side, to: Side) -> Entry {
    Entry {
        field,
        fieldtype: "jira",
        field_id: field,
        from: from.0,
        from_string: from.1,
        to: to.0,
        to_string: to.1,
    }
}

fn custom(field: &'static str, field_id: &'static str, from: Side, to: Side) -> Entry {
    Entry { field, fieldtype: "custom", ..system(field_id, from, to) }
}

fn both(id: impl Into<String>, text: &str) -> Side {
    (Some(id.into()), Some(text.to_owned()))
}

fn text(text: String) -> Side {
    (None, Some(text))
}

/// Ids and names of all sprints in the list, closed ones included; empty strings for none.
fn sprints(organisation: &Organisation, list: SprintList) -> Side {
    let sprints = organisation.lists.sprints(list).iter().map(|sprint| organisation.sprint(*sprint));
    let ids: Vec<_> = sprints.clone().map(|sprint| sprint.id.to_string()).collect();
    let names: Vec<_> = sprints.map(|sprint| sprint::name(organisation, sprint)).collect();
    (Some(ids.join(", ")), Some(names.join(", ")))
}

fn points(points: Option<Points>) -> Side {
    (None, points.map(|points| points.to_string()))
}

fn discipline(discipline: Option<u8>) -> Side {
    let value = discipline.map(|discipline| words::DISCIPLINES[usize::from(discipline)].to_owned());
    (discipline.map(discipline_id), value)
}

fn parent(organisation: &Organisation, parent: Option<u32>) -> Side {
    let parent = parent.map(|parent| organisation.issue(parent));
    (parent.map(|parent| parent.id.to_string()), parent.map(|parent| issue::key(organisation, parent.key)))
}

fn project(organisation: &Organisation, project: u16) -> Side {
    both(catalogue::project_id(project), &organisation.team(project).name)
}

fn assignee(organisation: &Organisation, person: Option<u16>, at: Moment) -> Side {
    let account = person.map(|person| words::account(u32::from(person)));
    (account, person.map(|person| people::name_at(person, at, organisation.until)))
}

fn priority(priority: u8) -> Side {
    both((priority + 1).to_string(), words::PRIORITIES[usize::from(priority)])
}

fn component_entry(component: u8, put_on: bool) -> Entry {
    let side = both(component_id(component), words::COMPONENTS[usize::from(component)]);
    let none = (None, None);
    if put_on { system("components", none, side) } else { system("components", side, none) }
}

fn described(description: u32) -> Side {
    text(format!("See {} for the details.", words::title(description)))
}

/// The labels of a mask, in the order Jira keeps them.
pub(super) fn labels(mask: u8) -> Vec<&'static str> {
    let all = (0u8..).zip(words::LABELS);
    all.filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, label)| label).collect()
}

pub(super) fn component_id(component: u8) -> String {
    (10_200 + u32::from(component)).to_string()
}

pub(super) fn discipline_id(discipline: u8) -> String {
    (10_100 + u32::from(discipline)).to_string()
}
