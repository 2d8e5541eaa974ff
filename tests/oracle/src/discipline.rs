//! The discipline of an issue at an instant, by the rules of the policy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::issue::Issue;
use crate::json::{id_text, text};
use crate::past::{Turned, changes_of, raw_changes_of, value_at};
use crate::people::{Person, present_assignee};
use crate::policy::Rule;
use crate::view::View;

/// The discipline of an issue that no rule decides.
const UNASSIGNED: &str = "unassigned";

/// A discipline, and the word of the rule that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) discipline: String,
    pub(crate) rule: String,
}

/// The discipline of an issue at an instant: the first rule that gives one.
pub(crate) fn discipline_at(view: &View<'_>, issue: &Issue, at: i64) -> Verdict {
    for rule in &view.policy.rules {
        let given = match rule {
            Rule::Field { field } => field_text_at(view, issue, field, at),
            Rule::Component { component, discipline } => {
                components_at(view, issue, at).contains(&component.to_lowercase()).then(|| discipline.clone())
            }
            Rule::Label { label, discipline } => {
                labels_at(view, issue, at).contains(&label.to_lowercase()).then(|| discipline.clone())
            }
            Rule::IssueType { issue_type, discipline } => {
                let present = type_name_at(view, issue, at).to_lowercase();
                (present == issue_type.to_lowercase()).then(|| discipline.clone())
            }
            Rule::Assignee { assignee } => {
                assignee_at(view, issue, at).filter(|_| *assignee).and_then(|who| of_person(view, &who))
            }
        };
        if let Some(discipline) = given {
            return Verdict { discipline, rule: rule.word() };
        }
    }
    Verdict { discipline: UNASSIGNED.to_owned(), rule: "none".to_owned() }
}

/// The text of a field, trimmed; an empty one decides nothing.
fn field_text_at(view: &View<'_>, issue: &Issue, field: &str, at: i64) -> Option<String> {
    let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let present = field_text(issue.field(field)).and_then(|text| trimmed(&text));
    let turned = changes_of(view.archive, issue, field, |_, text| text.and_then(trimmed));
    value_at(issue, at, &turned, &present, Option::eq)
}

/// An option's value, or the first of a list.
fn field_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(option) => option.get("value").or_else(|| option.get("name")).and_then(text),
        Value::Array(list) => list.first().and_then(field_text),
        _ => None,
    }
}

/// The names of the components in lower case. Each component comes and goes
/// by changelog items of its own, so each is a value of its own: in or out.
fn components_at(view: &View<'_>, issue: &Issue, at: i64) -> BTreeSet<String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut present: BTreeSet<String> = BTreeSet::new();
    for component in issue.field("components").as_array().into_iter().flatten() {
        let name = text(&component["name"]);
        if let Some(id) = id_text(&component["id"]).or_else(|| name.clone()) {
            names.insert(id.clone(), name.unwrap_or_default());
            present.insert(id);
        }
    }
    let mut turned: BTreeMap<String, Vec<Turned<bool>>> = BTreeMap::new();
    for change in raw_changes_of(view.archive, issue, "components") {
        let sides = [(&change.from, &change.from_string, false), (&change.to, &change.to_string, true)];
        for (id, name, comes) in sides {
            let id = id.as_ref().filter(|id| !id.is_empty()).or(name.as_ref());
            let Some(id) = id.filter(|id| !id.is_empty()) else { continue };
            names.insert(id.clone(), name.clone().unwrap_or_default());
            let turn = Turned { at: change.at, from: !comes, to: comes };
            turned.entry(id.clone()).or_default().push(turn);
        }
    }
    let has = |id: &String| {
        let turned = turned.get(id).map(Vec::as_slice).unwrap_or_default();
        value_at(issue, at, turned, &present.contains(id), bool::eq)
    };
    names.iter().filter(|(id, _)| has(id)).map(|(_, name)| name.to_lowercase()).collect()
}

/// The labels in lower case. A changelog item holds the whole list.
fn labels_at(view: &View<'_>, issue: &Issue, at: i64) -> BTreeSet<String> {
    let labels = issue.field("labels").as_array().into_iter().flatten();
    let present: BTreeSet<String> = labels.filter_map(text).map(|label| label.to_lowercase()).collect();
    let turned = changes_of(view.archive, issue, "labels", |_, text| {
        text.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect::<BTreeSet<String>>()
    });
    value_at(issue, at, &turned, &present, BTreeSet::eq)
}

fn type_name_at(view: &View<'_>, issue: &Issue, at: i64) -> String {
    let known = |id: Option<&str>| id.and_then(|id| view.archive.type_names.get(id)).cloned();
    let named = |id: Option<&str>, name: Option<String>| {
        (id.map(str::to_owned), name.or_else(|| known(id)).unwrap_or_default())
    };
    let present = named(Some(&issue.kind), text(&issue.field("issuetype")["name"]));
    let turned = changes_of(view.archive, issue, "issuetype", |id, name| named(id, name.map(str::to_owned)));
    value_at(issue, at, &turned, &present, |one, other| one.0 == other.0).1
}

fn assignee_at(view: &View<'_>, issue: &Issue, at: i64) -> Option<Person> {
    let present = present_assignee(issue);
    let turned = changes_of(view.archive, issue, "assignee", |id, name| {
        let id = id.filter(|id| !id.is_empty())?.to_owned();
        Some(Person { name: name.unwrap_or_default().to_owned(), id })
    });
    let id = |person: &Option<Person>| person.as_ref().map(|person| person.id.clone());
    value_at(issue, at, &turned, &present, |one, other| id(one) == id(other))
}

/// The discipline of a person in the teams that have the board, by account
/// id, display name, or an e-mail address of the account.
fn of_person(view: &View<'_>, person: &Person) -> Option<String> {
    let emails = view.archive.emails.of(&person.id);
    let known_as = [&person.id, &person.name].into_iter().chain(emails);
    let known_as: BTreeSet<String> =
        known_as.filter(|name| !name.is_empty()).map(|name| name.to_lowercase()).collect();
    let teams = view.policy.teams.values().filter(|team| team.has_board(view.board.id));
    let mut disciplines = teams.flat_map(|team| &team.disciplines);
    let found =
        disciplines.find(|(_, people)| people.iter().any(|one| known_as.contains(&one.to_lowercase())));
    found.map(|(discipline, _)| discipline.clone())
}
