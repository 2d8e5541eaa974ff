//! The piece of configuration that says whose work an issue is, as people would write it.

use crate::discipline::{DISCIPLINES, Rule, discipline_of};
use crate::organisation::Organisation;
use crate::people::{self, Naming, PEOPLE};
use crate::words;

/// The tables `[disciplines]` and `[teams.*]` of an organisation that is a source of this name.
pub(crate) fn text(organisation: &Organisation, source: &str) -> String {
    let mut text = String::from("[disciplines]\n");
    let rules = organisation.policy.rules();
    if !rules.is_empty() {
        text.push_str("rules = [\n");
        for rule in rules {
            text.push_str(&format!("  {},\n", self::rule(*rule)));
        }
        text.push_str("]\n");
    }
    for team in 0..u16::try_from(organisation.teams.len()).unwrap_or(u16::MAX) {
        text.push_str(&self::team(organisation, team, source));
    }
    text
}

/// Text is compared without regard to case, so that it is written otherwise than in Jira here and there.
fn rule(rule: Rule) -> String {
    let by = |kind: &str, text: &str, name: &str| {
        format!("{{ {kind} = {}, discipline = {} }}", quoted(text), quoted(name))
    };
    match rule {
        Rule::Field => format!("{{ field = {} }}", quoted(super::catalogue::DISCIPLINE_FIELD)),
        Rule::Component(component, name) => {
            by("component", &words::COMPONENTS[usize::from(component)].to_ascii_lowercase(), name)
        }
        Rule::Label(label, name) => by("label", words::LABELS[usize::from(label)], name),
        Rule::IssueType(kind, name) => by("issue_type", &kind.name().to_ascii_uppercase(), name),
        Rule::Assignee => "{ assignee = true }".to_owned(),
    }
}

fn team(organisation: &Organisation, team: u16, source: &str) -> String {
    let boards = organisation.policy.boards_of(team);
    let boards: Vec<String> = boards.map(|board| quoted(&format!("{source}/{}", board + 1))).collect();
    let disciplines: Vec<String> = DISCIPLINES
        .iter()
        .filter_map(|discipline| {
            let members = team * PEOPLE..(team + 1) * PEOPLE;
            let theirs = members.filter(|person| discipline_of(*person) == *discipline).filter_map(named);
            let theirs: Vec<String> = theirs.map(|name| quoted(&name)).collect();
            (!theirs.is_empty()).then(|| format!("{discipline} = [{}]", theirs.join(", ")))
        })
        .collect();
    let name = organisation.team(team).key.to_lowercase();
    format!(
        "\n[teams.{name}]\nboards = [{}]\ndisciplines = {{ {} }}\n",
        boards.join(", "),
        disciplines.join(", ")
    )
}

fn named(person: u16) -> Option<String> {
    let number = u32::from(person);
    match people::naming(person) {
        Naming::Account => Some(words::account(number)),
        Naming::Name => Some(people::name(person).to_ascii_uppercase()),
        Naming::Email => Some(words::email(number).replace("person", "Person")),
        Naming::Nowhere => None,
    }
}

/// A basic string: nothing that people write here holds a control character.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
