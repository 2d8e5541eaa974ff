//! Histories: of one issue, and of many at once.

use serde_json::{Value, json};
use tidemark_jira_simulator::{Fault, Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;

use crate::stage::{archived, cloud, get, id, options, post};

const BULK: &str = "/rest/api/3/changelog/bulkfetch";

/// An organisation in which some issue has more than a hundred histories.
fn busy() -> (Jira, Value) {
    let options = options(Flavour::Cloud);
    let organisation = tidemark_simulation::Options { changes_per_issue: 90, ..options.organisation.clone() };
    let jira = Jira::start(Options { organisation, ..options });
    let all = archived(&jira);
    let long = all.into_iter().find(|issue| issue["changelog"]["total"].as_u64() > Some(120)).unwrap();
    (jira, long)
}

#[test]
fn those_of_one_issue_come_by_the_hundred() {
    let (jira, long) = busy();
    let path = format!("/rest/api/3/issue/{}/changelog", long["key"].as_str().unwrap());
    let first = get(&jira, &format!("{path}?maxResults=1000")).json();
    assert_eq!(
        (&first["maxResults"], &first["isLast"], &first["total"]),
        (&json!(100), &json!(false), &long["changelog"]["total"])
    );
    let next = first["nextPage"].as_str().unwrap().strip_prefix(&jira.url()).unwrap().to_owned();
    let second = get(&jira, &next).json();
    assert_eq!((second["isLast"].as_bool(), second.get("nextPage")), (Some(true), None));
    let mut told = first["values"].as_array().unwrap().clone();
    told.extend(second["values"].as_array().unwrap().clone());
    assert_eq!(json!(told), long["changelog"]["histories"]);
    let issue = get(&jira, &format!("/rest/api/3/issue/{}?expand=changelog", id(&long))).json();
    assert_eq!(issue["changelog"]["histories"].as_array().unwrap().len(), 40);
    assert_eq!(get(&jira, "/rest/api/3/issue/NONE-1/changelog").status, 404);
}

/// Pages of histories until there is no token.
fn bulk(jira: &Jira, mut body: Value) -> Vec<Value> {
    let mut pages = Vec::new();
    loop {
        let page = post(jira, BULK, body.clone());
        assert_eq!(page.status, 200, "{}", page.text);
        pages.push(page.json());
        match pages.last().unwrap().get("nextPageToken") {
            Some(token) => body["nextPageToken"] = token.clone(),
            None => return pages,
        }
    }
}

fn instant(history: &Value) -> i64 {
    Timestamp::parse(history["created"].as_str().unwrap()).unwrap().0
}

#[test]
fn those_of_many_issues_come_the_oldest_first() {
    let jira = cloud();
    let issues = archived(&jira);
    let ids: Vec<String> = issues.iter().map(|issue| id(issue).to_string()).collect();
    let pages = bulk(&jira, json!({"issueIdsOrKeys": ids, "maxResults": 400}));
    let mut expected: Vec<(i64, String, String)> = Vec::new();
    for issue in &issues {
        for history in issue["changelog"]["histories"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            expected.push((instant(history), text(&issue["id"]), text(&history["id"])));
        }
    }
    expected.sort_by_key(|(at, issue, history)| {
        (*at, issue.parse::<u32>().unwrap(), history.parse::<u32>().unwrap())
    });
    let mut split = 0;
    for (page, expected) in pages.iter().zip(expected.chunks(400)) {
        let mut told: Vec<(i64, String, String)> = Vec::new();
        for log in page["issueChangeLogs"].as_array().unwrap() {
            for history in log["changeHistories"].as_array().unwrap() {
                // Milliseconds, not text.
                let at = history["created"].as_i64().unwrap();
                told.push((
                    at,
                    log["issueId"].as_str().unwrap().to_owned(),
                    history["id"].as_str().unwrap().to_owned(),
                ));
            }
        }
        told.sort_by_key(|(at, issue, history)| {
            (*at, issue.parse::<u32>().unwrap(), history.parse::<u32>().unwrap())
        });
        assert_eq!(told, expected);
        split += 1;
    }
    assert_eq!((pages.len(), split), (expected.len().div_ceil(400), pages.len()));
}

#[test]
fn fields_are_filtered_and_what_is_not_there_is_left_out() {
    let jira = cloud();
    let issues = archived(&jira);
    let mut ids: Vec<String> = issues.iter().map(|issue| issue["key"].as_str().unwrap().to_owned()).collect();
    ids.push("999999".to_owned());
    let pages = bulk(
        &jira,
        json!({"issueIdsOrKeys": ids, "fieldIds": ["customfield_10020", "status"], "maxResults": 10000}),
    );
    let histories = pages[0]["issueChangeLogs"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|log| log["changeHistories"].as_array().unwrap());
    let items: Vec<&Value> = histories.flat_map(|history| history["items"].as_array().unwrap()).collect();
    assert!(items.iter().all(|item| item["fieldId"] == "status" || item["fieldId"] == "customfield_10020"));
    let wanted = |item: &&Value| item["fieldId"] == "status" || item["fieldId"] == "customfield_10020";
    let all = issues.iter().flat_map(|issue| issue["changelog"]["histories"].as_array().unwrap());
    let all = all.flat_map(|history| history["items"].as_array().unwrap()).filter(wanted).count();
    assert_eq!((items.len(), pages.len()), (all, 1));
    // Sprints are lists of ids, oldest entry first.
    let sprint = items.iter().find(|item| item["to"].as_str().is_some_and(|to| to.contains(", "))).unwrap();
    assert_eq!(sprint["field"], "Sprint");
}

#[test]
fn too_much_is_refused() {
    let jira = cloud();
    let many = |count: u32| (0..count).map(|id| id.to_string()).collect::<Vec<_>>();
    for body in [
        json!({"issueIdsOrKeys": []}),
        json!({"issueIdsOrKeys": many(1001)}),
        json!({"issueIdsOrKeys": ["10001"], "fieldIds": many(11)}),
        json!({"issueIdsOrKeys": ["10001"], "maxResults": 10001}),
        json!({"issueIdsOrKeys": ["10001"], "startAt": 0}),
    ] {
        assert_eq!(post(&jira, BULK, body.clone()).status, 400, "{body}");
    }
    let ids: Vec<String> = archived(&jira).iter().map(|issue| id(issue).to_string()).collect();
    let page = post(&jira, BULK, json!({"issueIdsOrKeys": ids, "maxResults": 3})).json();
    let other = json!({"issueIdsOrKeys": ids[1..], "maxResults": 3, "nextPageToken": page["nextPageToken"]});
    assert_eq!(post(&jira, BULK, other).status, 400);
}

#[test]
fn issues_in_bulk_come_by_id_and_without_a_word_of_those_that_are_missing() {
    let jira = cloud();
    let issues = archived(&jira);
    let (one, two) = (&issues[5], &issues[2]);
    jira.hide(&id(&issues[7]).to_string());
    let named = json!([one["key"], two["id"], two["key"], "999999", issues[7]["id"]]);
    let body = json!({"issueIdsOrKeys": named, "fields": ["summary"]});
    let page = post(&jira, "/rest/api/3/issue/bulkfetch", body).json();
    assert_eq!(page["issueErrors"], json!([]));
    let told: Vec<u32> = page["issues"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(told, [id(two), id(one)]);
    assert_eq!(page["issues"][0]["fields"], json!({"summary": two["fields"]["summary"]}));
    let many: Vec<String> = (0..101).map(|id| id.to_string()).collect();
    assert_eq!(post(&jira, "/rest/api/3/issue/bulkfetch", json!({"issueIdsOrKeys": many})).status, 400);
}

#[test]
fn a_page_may_hold_less_than_was_asked_for_and_its_token_may_die() {
    let rules = Rules { bulk_histories: 40, ..options(Flavour::Cloud).rules };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let ids: Vec<String> = archived(&jira).iter().take(50).map(|issue| id(issue).to_string()).collect();
    let mut body = json!({"issueIdsOrKeys": ids, "maxResults": 10_000});
    let first = post(&jira, BULK, body.clone()).json();
    let histories = |page: &Value| {
        let issues = page["issueChangeLogs"].as_array().unwrap().iter();
        issues.map(|issue| issue["changeHistories"].as_array().unwrap().len()).sum::<usize>()
    };
    assert_eq!(histories(&first), 40);
    body["nextPageToken"] = first["nextPageToken"].clone();
    jira.fail(Fault::TokenExpired.on("/rest/api/3/search"), 1);
    assert_eq!(post(&jira, BULK, body.clone()).status, 200, "that fault is of another call");
    jira.fail(Fault::TokenExpired.on(BULK), 1);
    let expired = post(&jira, BULK, body.clone());
    assert_eq!((expired.status, expired.message().contains("expired")), (400, true));
    assert_eq!(post(&jira, BULK, body).status, 200);
}
