//! What the rules say of an issue's discipline, over time (METRICS rule 10: the discipline at the sprint's end decides).
//!
//! An issue's components, labels, type, assignee and fields change; each of the policy's rules may claim the issue for a
//! discipline at each instant. Which claim holds is for the board to say, since people have their disciplines in teams:
//! [`decide`] takes the first claim that counts there.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::Key;
use tidemark_model::board::Field;
use tidemark_model::issue::{FieldChange, FieldValue, Issue};
use tidemark_model::membership::{ChangeRef, Claim};
use tidemark_model::people::KnownEmails;
use tidemark_model::policy::{DisciplineRule, Policy};

use crate::subtasks::{changes, correction};

/// The discipline of issues that no rule claims, and the name of the rule that says so.
pub const UNASSIGNED: &str = "unassigned";
const NO_RULE: &str = "none";

/// The discipline and the rule that decides it: the first claim of no team in particular, or of one of the board's.
pub fn decide(claims: &[Claim], teams: &BTreeSet<&str>) -> (String, String) {
    let counts = |claim: &&Claim| claim.team.as_deref().is_none_or(|team| teams.contains(team));
    claims.iter().find(counts).map_or_else(
        || (UNASSIGNED.to_owned(), NO_RULE.to_owned()),
        |claim| (claim.discipline.clone(), claim.rule.clone()),
    )
}

/// The teams of a board (as `source/native-id`).
pub fn teams_of<'a>(policy: &'a Policy, board_id: &str) -> BTreeSet<&'a str> {
    let teams = policy.teams.iter().filter(|team| team.boards.iter().any(|board| board == board_id));
    teams.map(|team| team.name.as_str()).collect()
}

/// What the rules say at first, and after each change that makes them say something else.
pub(crate) fn claims(
    issue: &Issue,
    policy: &Policy,
    fields: &BTreeMap<Key, Field>,
    emails: &BTreeMap<Key, KnownEmails>,
) -> (Vec<Claim>, Vec<(ChangeRef, Vec<Claim>)>) {
    let by = By { policy, source: &issue.source, emails };
    let nobody = policy.teams.iter().all(|team| team.disciplines.is_empty());
    let rules: Vec<&DisciplineRule> =
        policy.disciplines.iter().filter(|rule| !(nobody && **rule == DisciplineRule::Assignee)).collect();
    if rules.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let (mut traits, events) = Traits::over_time(issue, &rules, fields);
    let initial = traits.claims(&rules, by);
    let mut changed: Vec<(ChangeRef, Vec<Claim>)> = Vec::new();
    for (at, event) in events {
        event.apply(&mut traits);
        let now = traits.claims(&rules, by);
        let before = changed.last().map_or(&initial, |(_, claims)| claims);
        if now != *before {
            changed.push((at, now));
        }
    }
    (initial, changed)
}

/// What else the rules depend on.
#[derive(Clone, Copy)]
struct By<'a> {
    policy: &'a Policy,
    source: &'a str,
    /// Whose the addresses are that the policy names.
    emails: &'a BTreeMap<Key, KnownEmails>,
}

/// What the rules look at, at one instant.
#[derive(Default)]
struct Traits {
    components: BTreeSet<String>,
    labels: String,
    issue_type: String,
    assignee: Option<Assignee>,
    fields: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq)]
struct Assignee {
    id: String,
    name: String,
}

enum Event {
    Component { added: Option<String>, removed: Option<String> },
    Labels(String),
    Type(String),
    Assignee(Option<Assignee>),
    Field(String, String),
}

impl Event {
    fn apply(self, traits: &mut Traits) {
        match self {
            Self::Component { added, removed } => {
                if let Some(name) = removed {
                    traits.components.remove(&name);
                }
                traits.components.extend(added);
            }
            Self::Labels(labels) => traits.labels = labels,
            Self::Type(name) => traits.issue_type = name,
            Self::Assignee(assignee) => traits.assignee = assignee,
            Self::Field(id, text) => {
                traits.fields.insert(id, text);
            }
        }
    }
}

impl Traits {
    /// The traits before the first change, and the changes in order. A history that does not lead to the present value
    /// ends in a correction (METRICS case 29).
    fn over_time(
        issue: &Issue,
        rules: &[&DisciplineRule],
        fields: &BTreeMap<Key, Field>,
    ) -> (Self, Vec<(ChangeRef, Event)>) {
        let mut traits = Self::default();
        let mut events: Vec<(ChangeRef, Event)> = Vec::new();
        let asks = |test: fn(&DisciplineRule) -> bool| rules.iter().any(|rule| test(rule));
        if asks(|rule| matches!(rule, DisciplineRule::Component { .. })) {
            traits.components = components_at_first(issue);
            let changed = changes(issue).filter(|(_, change)| is_component(change));
            events.extend(changed.map(|(at, change)| {
                (at, Event::Component { added: text(&change.to_text), removed: text(&change.from_text) })
            }));
        }
        if asks(|rule| matches!(rule, DisciplineRule::Label { .. })) {
            let present = issue.labels.join(" ");
            let is_labels = |change: &FieldChange| change.is_of("labels", "labels");
            let read = |_: Option<&str>, text: Option<&str>| text.unwrap_or_default().to_owned();
            traits.labels = follow(issue, is_labels, read, present).into_events(&mut events, Event::Labels);
        }
        if asks(|rule| matches!(rule, DisciplineRule::IssueType { .. })) {
            let present = issue.issue_type.name.clone();
            let read = |_: Option<&str>, text: Option<&str>| text.unwrap_or_default().to_owned();
            traits.issue_type =
                follow(issue, FieldChange::is_of_type, read, present).into_events(&mut events, Event::Type);
        }
        if asks(|rule| *rule == DisciplineRule::Assignee) {
            let person = issue.assignee.as_ref();
            let present = person.map(|person| Assignee { id: person.id.clone(), name: person.name.clone() });
            let is_assignee = |change: &FieldChange| change.is_of("assignee", "assignee");
            let read = |id: Option<&str>, name: Option<&str>| {
                let id = id.filter(|id| !id.is_empty())?.to_owned();
                Some(Assignee { name: name.unwrap_or(&id).to_owned(), id })
            };
            traits.assignee =
                follow(issue, is_assignee, read, present.clone()).into_events(&mut events, Event::Assignee);
        }
        for rule in rules {
            let DisciplineRule::Field(id) = rule else { continue };
            let present = issue.fields.get(id).map(field_text).unwrap_or_default();
            let name = fields.get(&Key::of([&issue.source, id])).map_or(id, |field| &field.name);
            let is_field = |change: &FieldChange| change.is_of(id, name);
            let read = |_: Option<&str>, text: Option<&str>| text.unwrap_or_default().trim().to_owned();
            let first = follow(issue, is_field, read, present)
                .into_events(&mut events, |text| Event::Field(id.clone(), text));
            traits.fields.insert(id.clone(), first);
        }
        events.sort_by(|(left, _), (right, _)| left.cmp(right));
        (traits, events)
    }

    fn claims(&self, rules: &[&DisciplineRule], by: By<'_>) -> Vec<Claim> {
        let mut claims = Vec::new();
        for rule in rules {
            let claimed = |discipline: &str, team: Option<&str>| Claim {
                rule: rule.name(),
                team: team.map(str::to_owned),
                discipline: discipline.to_owned(),
            };
            let same = |left: &str, right: &str| left.to_lowercase() == right.to_lowercase();
            let found = match rule {
                DisciplineRule::Field(id) => self.fields.get(id).filter(|text| !text.is_empty()).cloned(),
                DisciplineRule::Component { name, discipline } => {
                    self.components.iter().any(|held| same(held, name)).then(|| discipline.clone())
                }
                DisciplineRule::Label { name, discipline } => {
                    self.labels.split_whitespace().any(|held| same(held, name)).then(|| discipline.clone())
                }
                DisciplineRule::IssueType { name, discipline } => {
                    same(&self.issue_type, name).then(|| discipline.clone())
                }
                DisciplineRule::Assignee => {
                    let Some(person) = &self.assignee else { continue };
                    let known = by.emails.get(&Key::of([by.source, &person.id]));
                    let is_person = |named: &String| {
                        same(named, &person.id)
                            || same(named, &person.name)
                            || known.is_some_and(|known| known.emails.contains(&named.to_lowercase()))
                    };
                    for team in &by.policy.teams {
                        let discipline =
                            team.disciplines.iter().find(|(_, people)| people.iter().any(is_person));
                        claims.extend(discipline.map(|(name, _)| claimed(name, Some(&team.name))));
                    }
                    continue;
                }
            };
            // A claim that holds on every board leaves nothing to those after it.
            if let Some(discipline) = found {
                claims.push(claimed(&discipline, None));
                break;
            }
        }
        claims
    }
}

/// Follows a field: its value before the first change is that change's `from`, without changes the present one.
fn follow<T: PartialEq + Clone>(
    issue: &Issue,
    is_field: impl Fn(&FieldChange) -> bool,
    read: impl Fn(Option<&str>, Option<&str>) -> T,
    present: T,
) -> Followed<T> {
    let mut first = None;
    let mut changed: Vec<(ChangeRef, T)> = Vec::new();
    for (at, change) in changes(issue).filter(|(_, change)| is_field(change)) {
        first.get_or_insert_with(|| read(change.from.as_deref(), change.from_text.as_deref()));
        changed.push((at, read(change.to.as_deref(), change.to_text.as_deref())));
    }
    if changed.last().is_some_and(|(_, last)| *last != present) {
        changed.push((correction(issue), present.clone()));
    }
    Followed { first: first.unwrap_or(present), changed }
}

/// A field's value at first, and after each change.
struct Followed<T> {
    first: T,
    changed: Vec<(ChangeRef, T)>,
}

impl<T> Followed<T> {
    /// Adds the changes to the events, and gives the first value.
    fn into_events(self, events: &mut Vec<(ChangeRef, Event)>, event: impl Fn(T) -> Event) -> T {
        events.extend(self.changed.into_iter().map(|(at, value)| (at, event(value))));
        self.first
    }
}

/// The components before the first change: the present ones, with every change taken back.
fn components_at_first(issue: &Issue) -> BTreeSet<String> {
    let mut components: BTreeSet<String> = issue.components.iter().cloned().collect();
    let changed: Vec<_> = changes(issue).filter(|(_, change)| is_component(change)).collect();
    for (_, change) in changed.into_iter().rev() {
        if let Some(added) = text(&change.to_text) {
            components.remove(&added);
        }
        components.extend(text(&change.from_text));
    }
    components
}

fn is_component(change: &FieldChange) -> bool {
    change.is_of("components", "component")
}

fn text(value: &Option<String>) -> Option<String> {
    value.clone().filter(|text| !text.is_empty())
}

fn field_text(value: &FieldValue) -> String {
    match value {
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) => text.trim().to_owned(),
        FieldValue::List(values) => values.first().map(|text| text.trim().to_owned()).unwrap_or_default(),
    }
}
