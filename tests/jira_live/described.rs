//! Every call that is made, against Atlassian's own description of its APIs, as far as that knows it.

use std::collections::BTreeSet;

use serde_json::Value;
use tidemark_connectors::jira::api::calls::{CLOUD_CALLS, DATA_CENTER_CALLS, Described};
use tidemark_jira_simulator::{Flavour, Jira};
use tidemark_tests::command::workspace;

use crate::support::{jira, live};

/// Calls of Cloud that are younger than the description, which is of 2022.
const YOUNGER: [&str; 4] = [
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/search/approximate-count",
    "/rest/api/3/search/jql",
];

/// Calls that no description holds: what administrators register, and a Data Center's tokens, are documented in prose.
const PROSE: [&str; 5] = [
    "/rest/jira-webhook/1.0/webhooks",
    "/rest/jira-webhook/1.0/webhooks/{id}",
    "/rest/pat/latest/tokens",
    "/rest/webhooks/1.0/webhook",
    "/rest/webhooks/1.0/webhook/{id}",
];

fn descriptions() -> Option<[Value; 2]> {
    let folder = workspace().join("../shared/data/openapi");
    let read = |name: &str| Some(serde_json::from_slice(&std::fs::read(folder.join(name)).ok()?).unwrap());
    Some([read("jira-platform-v3.json")?, read("jira-software.json")?])
}

/// The names that an operation takes in its query or its body.
fn takes(description: &Value, operation: &Value) -> BTreeSet<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
    let mut names: BTreeSet<String> = query.map(str::to_owned).collect();
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(reference) => description.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    names
}

#[test]
fn every_call_is_as_its_description_says() {
    let Some(descriptions) = descriptions() else {
        eprintln!("skipped: every_call_is_as_its_description_says needs ../shared/data/openapi");
        return;
    };
    let mut unknown = BTreeSet::new();
    for Described { method, path, query, body } in CLOUD_CALLS.iter().chain(DATA_CENTER_CALLS) {
        // The platform's version 2, which Data Center has too, has the same operations as its version 3.
        let described = path.replace("/rest/api/2/", "/rest/api/3/");
        let found = descriptions.iter().find_map(|description| {
            let operation = description["paths"].get(&described)?.get(method)?;
            Some(takes(description, operation))
        });
        let Some(takes) = found else {
            unknown.insert(*path);
            continue;
        };
        for name in query.iter().chain(*body) {
            assert!(takes.contains(*name), "{method} {path} takes {takes:?} and not `{name}`");
        }
    }
    let known_to_be: BTreeSet<&str> = YOUNGER.into_iter().chain(PROSE).collect();
    assert_eq!(unknown, known_to_be, "calls that the description does not know");
}

/// What is asked is what the lists say: a call that is made without standing there would be checked by nobody.
#[test]
fn every_call_that_is_made_is_listed() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = jira(flavour, 83);
        let live = live(&jira, flavour);
        live.ok(&["check"]);
        live.ok(&["sync"]);
        for issue in jira.issues().iter().take(3) {
            jira.hide(issue);
        }
        live.ok(&["sync", "--accept-disappearance"]);
        all_listed(&jira, flavour);
    }
}

/// Compares the calls that were made with the lists of those that are.
#[track_caller]
pub(crate) fn all_listed(jira: &Jira, flavour: Flavour) {
    let listed = match flavour {
        Flavour::Cloud => CLOUD_CALLS,
        Flavour::DataCenter => DATA_CENTER_CALLS,
    };
    for call in jira.calls() {
        let fits = |one: &&Described| {
            let (asked, described) = (call.path.split('/'), one.path.split('/'));
            one.method.eq_ignore_ascii_case(&call.method)
                && asked.clone().count() == described.clone().count()
                && asked.zip(described).all(|(asked, described)| {
                    described.starts_with('{') && !asked.is_empty() || asked == described
                })
        };
        let one = listed.iter().find(fits);
        let one = one.unwrap_or_else(|| panic!("{flavour:?}: {} {} is not listed", call.method, call.path));
        let parameters: Vec<String> =
            call.query.split('&').filter_map(|pair| Some(pair.split_once('=')?.0.to_owned())).collect();
        for name in &parameters {
            assert!(one.query.contains(&name.as_str()), "{flavour:?}: {} is asked with {name}", one.path);
        }
        let body: Option<Value> = serde_json::from_str(&call.body).ok();
        for name in body.iter().filter_map(Value::as_object).flat_map(|members| members.keys()) {
            assert!(one.body.contains(&name.as_str()), "{flavour:?}: {} is posted with {name}", one.path);
        }
    }
}
