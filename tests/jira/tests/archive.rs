//! The archive holds what the API says.

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use tidemark_connectors::Connector;
use tidemark_connectors::archive::Archive;
use tidemark_jira_simulator::{Flavour, Jira};
use tidemark_model::Timestamp;
use tidemark_model::raw::RawPart;

use crate::stage::{DAY, FOUNDED, get, options, post, search};

/// The issues as a client of Cloud gets them: fields from the search, histories issue by issue.
fn fetched(jira: &Jira) -> BTreeMap<String, Value> {
    let mut issues = BTreeMap::new();
    let mut body = json!({"jql": "created is not EMPTY ORDER BY id", "fields": ["*all"], "maxResults": 100});
    loop {
        let page = search(jira, body.clone()).json();
        for issue in page["issues"].as_array().unwrap() {
            issues.insert(issue["id"].as_str().unwrap().to_owned(), issue.clone());
        }
        match page.get("nextPageToken") {
            Some(token) => body["nextPageToken"] = token.clone(),
            None => return issues,
        }
    }
}

fn file(dir: &std::path::Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(dir.join(name)).unwrap()).unwrap()
}

#[test]
fn clouds_issues_histories_and_catalogues_are_those_of_the_api() {
    let jira = Jira::start(options(Flavour::Cloud));
    jira.advance(Timestamp(FOUNDED.0 + 2 * DAY));
    jira.settle();
    let dir = tempfile::tempdir().unwrap();
    jira.archive(dir.path());
    let lines = std::fs::read_to_string(dir.path().join("issues.ndjson")).unwrap();
    let mut fetched = fetched(&jira);
    let mut histories = 0;
    for line in lines.lines() {
        let mut archived: Value = serde_json::from_str(line).unwrap();
        let id = archived["id"].as_str().unwrap().to_owned();
        let changelog = archived.as_object_mut().unwrap().remove("changelog").unwrap();
        assert_eq!(fetched.remove(&id), Some(archived));
        let page = get(&jira, &format!("/rest/api/3/issue/{id}/changelog")).json();
        let (told, kept) = (page["values"].as_array().unwrap(), changelog["histories"].as_array().unwrap());
        assert_eq!(told[..], kept[..told.len()], "issue {id}");
        histories += told.len();
    }
    assert!(fetched.is_empty() && histories > 2000, "{histories} histories");
    for (name, path) in [("fields", "field"), ("statuses", "status"), ("issuetypes", "issuetype")] {
        let told = get(&jira, &format!("/rest/api/3/{path}")).json();
        assert_eq!(file(dir.path(), &format!("{name}.json")), told, "{name}");
    }
    let mut sprints = Vec::new();
    for board in file(dir.path(), "boards.json").as_array().unwrap() {
        let id = &board["id"];
        let told = get(&jira, &format!("/rest/agile/1.0/board/{id}/configuration")).json();
        assert_eq!(board["configuration"], told);
        let page = get(&jira, &format!("/rest/agile/1.0/board/{id}/sprint")).json();
        sprints.extend(page["values"].as_array().cloned().unwrap_or_default());
    }
    let by_id = |mut sprints: Vec<Value>| {
        sprints.sort_by_key(|sprint| sprint["id"].as_u64());
        sprints
    };
    let kept = file(dir.path(), "sprints.json").as_array().unwrap().clone();
    assert_eq!(by_id(sprints), by_id(kept));
}

#[test]
fn data_centers_issues_are_those_of_the_api() {
    let jira = Jira::start(options(Flavour::DataCenter));
    let dir = tempfile::tempdir().unwrap();
    jira.archive(dir.path());
    let body = json!({"jql": "", "fields": ["*all"], "expand": ["changelog"], "maxResults": 1000});
    let page = post(&jira, "/rest/api/2/search", body).json();
    let told = page["issues"].as_array().unwrap();
    let told: BTreeMap<&str, &Value> =
        told.iter().map(|issue| (issue["id"].as_str().unwrap(), issue)).collect();
    let lines = std::fs::read_to_string(dir.path().join("issues.ndjson")).unwrap();
    assert_eq!((lines.lines().count(), page["total"].as_u64()), (told.len(), Some(told.len() as u64)));
    for line in lines.lines() {
        let archived: Value = serde_json::from_str(line).unwrap();
        assert_eq!(told[archived["id"].as_str().unwrap()], &archived);
    }
}

#[test]
fn whoever_reads_archives_takes_it_whole() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = Jira::start(options(flavour));
        let dir = tempfile::tempdir().unwrap();
        jira.archive(dir.path());
        let archive = Archive::new("jira", dir.path());
        let (mut cursor, mut read) = (None, BTreeMap::<String, usize>::new());
        loop {
            let mut pull = archive.pull(cursor, FOUNDED);
            let Poll::Ready(page) = pull.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("an archive never waits");
            };
            let page = page.unwrap();
            assert!(page.rejected.is_empty());
            for record in page.records.iter().filter(|record| record.part != RawPart::Embedded) {
                *read.entry(format!("{:?} {:?}", record.kind, record.part)).or_default() += 1;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let count = |kind: &str| read.get(kind).copied().unwrap_or_default();
        let issues = jira.issues().len();
        assert_eq!((count("Issue Snapshot"), count("Issue Changelog")), (issues, issues), "{read:?}");
        assert_eq!(
            (count("Board Statement"), count("Status Statement"), count("IssueType Statement")),
            (4, 9, 5)
        );
        assert!(count("Sprint Statement") >= 3 * 6 && count("Field Statement") == 19, "{read:?}");
    }
}
