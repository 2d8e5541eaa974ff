//! Whose work an issue is (rule 10), where people are named by their e-mail addresses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidemark_model::policy::{Policy, Team};

use crate::archive::jira;
use crate::jira::Change::Status;
use crate::jira::{DONE, Story, instant, story};

/// Board 1 belongs to a team whose people are told by address: Li does qa, Ana backend.
fn by_address() -> Policy {
    let people = |email: &str| vec![email.to_owned()];
    let disciplines = BTreeMap::from([
        ("qa".to_owned(), people("Li@acme.example")),
        ("backend".to_owned(), people("ana@acme.example")),
    ]);
    let team = Team { name: "payments".to_owned(), boards: vec!["acme/1".to_owned()], disciplines };
    Policy { teams: vec![team], ..Policy::default() }
}

fn person(name: &str) -> Value {
    json!({"accountId": format!("557058:{name}"), "displayName": name, "emailAddress": format!("{name}@acme.example")})
}

/// Li's five points, done in sprint 7; on the 18th, five days after its close, the issue goes on to Ana.
fn handed_on() -> Story {
    let item = json!({"field": "assignee", "fieldId": "assignee", "from": "557058:li", "fromString": "li",
        "to": "557058:ana", "toString": "ana"});
    let entry = json!({"id": "2001", "created": instant("18T10:00"), "items": [item]});
    let done = story(1).points(5.0).sprints("7").with("assignee", person("ana")).at("05T10:00", Status(DONE));
    done.edit(|histories| histories.push(entry)).updated("18T10:00")
}

#[test]
fn an_address_that_another_issue_shows_holds_for_a_sprint_that_is_over() {
    let other = story(2).sprints("8").with("assignee", person("li"));
    let told = jira([handed_on(), other]).told();
    told.configure(&by_address());
    // As of E, the 13th, it was Li's.
    let item = told.item(7, "ACME-1");
    assert_eq!((item.discipline.as_str(), item.discipline_rule.as_str()), ("qa", "assignee"));
    assert_eq!(told.item(8, "ACME-2").discipline, "qa");
}

#[test]
fn an_address_that_no_issue_shows_is_nobodys() {
    let told = jira([handed_on()]).told();
    told.configure(&by_address());
    // Ana's address is shown, Li's is not.
    let item = told.item(7, "ACME-1");
    assert_eq!((item.discipline.as_str(), item.discipline_rule.as_str()), ("unassigned", "none"));
}
