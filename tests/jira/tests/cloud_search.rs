//! `/rest/api/3/search/jql`

use std::collections::BTreeSet;

use serde_json::json;
use tidemark_jira_simulator::{Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;

use crate::stage::{DAY, FOUNDED, HOUR, archived, cloud, found, get, id, ids, options, post, search};

const ALL: &str = "project in (ACME, HARB, KELP)";

#[test]
fn the_former_search_is_gone() {
    let jira = cloud();
    for path in ["/rest/api/3/search?jql=project=ACME", "/rest/api/2/search"] {
        let answer = get(&jira, path);
        assert_eq!(answer.status, 410, "{path}");
        assert!(answer.message().contains("has been removed. Please migrate to the /rest/api/"));
    }
    assert_eq!(post(&jira, "/rest/api/3/search", json!({"jql": ALL})).status, 410);
}

#[test]
fn a_page_has_neither_total_nor_start_and_nothing_but_ids_by_default() {
    let jira = cloud();
    let page = search(&jira, json!({"jql": ALL, "maxResults": 2})).json();
    let names: BTreeSet<&String> = page.as_object().unwrap().keys().collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["isLast", "issues", "nextPageToken"]);
    assert_eq!((page["issues"].as_array().unwrap().len(), page["isLast"].as_bool()), (2, Some(false)));
    assert_eq!(page["issues"][0].as_object().unwrap().len(), 1, "{page}");
    // The default are 50.
    assert_eq!(ids(&get(&jira, "/rest/api/3/search/jql?jql=project%3DACME").json()).len(), 50);
    let page =
        get(&jira, "/rest/api/3/search/jql?jql=project%3DACME&fields=summary,status&maxResults=1").json();
    let fields = page["issues"][0]["fields"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["status", "summary"]);
}

#[test]
fn what_is_unbounded_or_malformed_is_refused() {
    let jira = cloud();
    for jql in ["", "ORDER BY created DESC"] {
        let answer = search(&jira, json!({"jql": jql}));
        assert_eq!((answer.status, answer.message().starts_with("Unbounded JQL queries")), (400, true));
    }
    for wrong in [json!({"jql": ALL, "startAt": 0}), json!({"jql": ALL, "fields": "summary"})] {
        let answer = search(&jira, wrong);
        assert_eq!((answer.status, answer.message().starts_with("Invalid request payload.")), (400, true));
    }
    let eight = format!("{ALL} ORDER BY key, id, created, updated, status, priority, summary, project");
    let answer = search(&jira, json!({"jql": eight}));
    assert_eq!((answer.status, answer.message().as_str()), (400, "JQL can be ordered by at most 7 fields."));
    for size in [0, 5001] {
        assert_eq!(search(&jira, json!({"jql": ALL, "maxResults": size})).status, 400);
    }
}

#[test]
fn ids_come_by_thousands_and_fields_by_fewer() {
    let jira = Jira::start(Options { page_issues: 30, ..options(Flavour::Cloud) });
    let all = archived(&jira).len();
    let first = search(&jira, json!({"jql": ALL, "maxResults": 5000})).json();
    assert_eq!((ids(&first).len(), first.get("nextPageToken")), (all, None));
    let keys = search(&jira, json!({"jql": ALL, "maxResults": 5000, "fields": ["key"]})).json();
    assert_eq!(ids(&keys).len(), all);
    assert!(keys["issues"][0]["key"].is_string() && keys["issues"][0].get("fields").is_none());
    for trimmed in [json!(["summary"]), json!(["*all"])] {
        let page = search(&jira, json!({"jql": ALL, "maxResults": 5000, "fields": trimmed})).json();
        assert_eq!((ids(&page).len(), page["nextPageToken"].is_string()), (30, true));
    }
    let page = search(&jira, json!({"jql": ALL, "maxResults": 5000, "expand": "changelog"})).json();
    assert_eq!(ids(&page).len(), 30);
}

#[test]
fn tokens_lead_through_everything_once() {
    let jira = cloud();
    let mut seen = Vec::new();
    let mut body = json!({"jql": format!("{ALL} ORDER BY updated DESC"), "maxResults": 37});
    loop {
        let page = search(&jira, body.clone()).json();
        seen.extend(ids(&page));
        match page.get("nextPageToken") {
            Some(token) => body["nextPageToken"] = token.clone(),
            None => break,
        }
    }
    let mut issues = archived(&jira);
    issues.sort_by_key(|issue| {
        let updated = Timestamp::parse(issue["fields"]["updated"].as_str().unwrap()).unwrap();
        (std::cmp::Reverse(updated), id(issue))
    });
    assert_eq!(seen, issues.iter().map(id).collect::<Vec<_>>());
}

#[test]
fn a_token_is_bound_to_its_query_and_dies_after_a_week() {
    let jira = cloud();
    let page = search(&jira, json!({"jql": ALL, "maxResults": 5})).json();
    let token = page["nextPageToken"].clone();
    let other = json!({"jql": "project = ACME", "maxResults": 5, "nextPageToken": token});
    assert_eq!(search(&jira, other).status, 400);
    assert_eq!(search(&jira, json!({"jql": ALL, "nextPageToken": "made up"})).status, 400);
    let same = json!({"jql": ALL, "maxResults": 5, "nextPageToken": token});
    jira.advance(Timestamp(FOUNDED.0 + 7 * DAY - 1));
    assert_eq!(search(&jira, same.clone()).status, 200);
    jira.advance(Timestamp(FOUNDED.0 + 7 * DAY));
    let answer = search(&jira, same);
    assert_eq!((answer.status, answer.message().contains("expired")), (400, true));
}

#[test]
fn is_last_cannot_be_trusted() {
    let rules = Rules { untrue_is_last: 2, ..options(Flavour::Cloud).rules };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let pages: Vec<_> = (0..4).map(|_| search(&jira, json!({"jql": ALL, "maxResults": 5})).json()).collect();
    assert!(pages.iter().all(|page| page["nextPageToken"].is_string()));
    assert!(pages.iter().any(|page| page["isLast"] == true));
    assert!(pages.iter().any(|page| page["isLast"] == false));
}

#[test]
fn the_index_lags_unless_issues_are_reconciled() {
    let rules = Rules { index_lag_ms: 10 * DAY, ..options(Flavour::Cloud).rules };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let before: BTreeSet<String> = jira.issues().into_iter().collect();
    jira.advance(Timestamp(FOUNDED.0 + 4 * HOUR));
    let created: Vec<u32> = jira
        .issues()
        .into_iter()
        .filter(|issue| !before.contains(issue))
        .map(|issue| issue.parse().unwrap())
        .collect();
    let (some, others) = (created[0], &created[1..]);
    let all = found(&jira, ALL);
    assert!(!all.contains(&some) && others.iter().all(|issue| !all.contains(issue)));
    let page = search(&jira, json!({"jql": ALL, "maxResults": 5000, "reconcileIssues": [some]})).json();
    assert!(ids(&page).contains(&some) && !ids(&page).contains(&others[0]));
    // What is asked for by its id is there at once.
    assert_eq!(get(&jira, &format!("/rest/api/3/issue/{some}")).status, 200);
    jira.settle();
    assert!(found(&jira, ALL).contains(&some));
    let many: Vec<u32> = (0..51).collect();
    assert_eq!(search(&jira, json!({"jql": ALL, "reconcileIssues": many})).status, 400);
}

#[test]
fn what_is_meant_can_be_counted() {
    let jira = cloud();
    let count = post(&jira, "/rest/api/3/search/approximate-count", json!({"jql": ALL})).json();
    assert_eq!(count, json!({"count": archived(&jira).len()}));
    assert_eq!(post(&jira, "/rest/api/3/search/approximate-count", json!({"jql": ""})).status, 400);
}

#[test]
fn changelogs_that_come_along_are_cut() {
    let options = options(Flavour::Cloud);
    let organisation = tidemark_simulation::Options { changes_per_issue: 90, ..options.organisation.clone() };
    let jira = Jira::start(Options { organisation, ..options });
    let long = archived(&jira);
    let long = long.iter().find(|issue| issue["changelog"]["total"].as_u64() > Some(60)).unwrap();
    let jql = format!("id = {}", id(long));
    let page = search(&jira, json!({"jql": jql, "fields": ["summary"], "expand": "changelog"})).json();
    let told = &page["issues"][0]["changelog"];
    let histories = told["histories"].as_array().unwrap();
    assert_eq!((histories.len(), &told["total"]), (40, &long["changelog"]["total"]));
    // The newest come first here, and the oldest in the archive.
    let all = long["changelog"]["histories"].as_array().unwrap();
    assert_eq!(histories.first(), all.last());
}
