//! Who may ask, and what a stranger gets.

use serde_json::json;

use crate::stage::{archived, ask, basic, bearer, cloud, data_center, get, id};

#[test]
fn cloud_takes_tokens_of_users_and_of_apps() {
    let jira = cloud();
    let url = format!("{}/rest/api/3/myself", jira.url());
    for good in [basic(&jira), bearer(&jira)] {
        assert_eq!(ask("GET", &url, Some(&good), None).status, 200);
    }
    // As api.atlassian.com puts it.
    let scoped = format!("{}/ex/jira/11223344-a1b2-3b33-c444-def123456789/rest/api/3/myself", jira.url());
    assert_eq!(ask("GET", &scoped, Some(&bearer(&jira)), None).status, 200);
    let wrong = ask("GET", &url, Some("Basic bWlhOndyb25n"), None);
    assert_eq!(
        (wrong.status, wrong.text.as_str()),
        (401, "Client must be authenticated to access this resource.")
    );
    assert_eq!(wrong.header("x-seraph-loginreason"), "AUTHENTICATED_FAILED");
    assert!(wrong.header("www-authenticate").starts_with("OAuth realm=\"http%3A%2F%2F127.0.0.1"));
    let wrong = ask("GET", &url, Some("Bearer nonsense"), None);
    assert_eq!((wrong.status, wrong.json()), (401, json!({"code": 401, "message": "Unauthorized"})));
}

#[test]
fn data_center_takes_personal_access_tokens() {
    let jira = data_center();
    let url = format!("{}/rest/api/2/myself", jira.url());
    assert_eq!(ask("GET", &url, Some(&bearer(&jira)), None).status, 200);
    let wrong = ask("GET", &url, Some("Bearer nonsense"), None);
    let said =
        json!({"message": "Client must be authenticated to access this resource.", "status-code": 401});
    assert_eq!((wrong.status, wrong.json()), (401, said));
}

#[test]
fn nobody_in_particular_sees_nothing() {
    let jira = cloud();
    let anonymous = |path: &str| ask("GET", &format!("{}{path}", jira.url()), None, None);
    assert_eq!(anonymous("/rest/api/3/myself").status, 401);
    assert_eq!(anonymous("/rest/api/3/serverInfo").status, 200);
    let found = anonymous("/rest/api/3/search/jql?jql=created%20is%20not%20EMPTY").json();
    assert_eq!(found, json!({"issues": [], "isLast": true}));
    assert_eq!(anonymous("/rest/api/3/search/jql?jql=project%3DACME").status, 400);
    assert_eq!(anonymous("/rest/api/3/project/search").json()["total"], 0);
    assert_eq!(anonymous("/rest/agile/1.0/board").json()["total"], 0);
    let issue = id(&archived(&jira)[0]);
    assert_eq!(anonymous(&format!("/rest/api/3/issue/{issue}")).status, 404);
}

#[test]
fn credentials_die() {
    let jira = cloud();
    assert_eq!(get(&jira, "/rest/api/3/field").status, 200);
    jira.revoke();
    let answer = get(&jira, "/rest/api/3/field");
    assert_eq!(answer.status, 401);
    let last = jira.calls().pop().unwrap();
    assert_eq!((last.status, last.path.as_str(), last.reason.is_some()), (401, "/rest/api/3/field", true));
    jira.restore();
    assert_eq!(get(&jira, "/rest/api/3/field").status, 200);
}

#[test]
fn what_may_not_be_seen_is_missing_everywhere() {
    let jira = cloud();
    let all = archived(&jira);
    let (hidden, key) = (id(&all[0]), all[0]["key"].as_str().unwrap());
    jira.hide(&hidden.to_string());
    assert_eq!(get(&jira, &format!("/rest/api/3/issue/{key}")).status, 404);
    assert!(crate::stage::found(&jira, &format!("id = {hidden}")).is_empty());
    assert_eq!(archived(&jira).len(), all.len() - 1);
    jira.show(&hidden.to_string());
    assert_eq!(crate::stage::found(&jira, &format!("id = {hidden}")), [hidden]);
    jira.hide_project("ACME");
    let answer = get(&jira, "/rest/api/3/search/jql?jql=project%3DACME");
    assert_eq!(
        (answer.status, answer.message().as_str()),
        (400, "The value 'ACME' does not exist for the field 'project'.")
    );
    assert_eq!(get(&jira, "/rest/api/3/project/ACME").status, 404);
    let left = archived(&jira);
    assert!(!left.is_empty() && left.iter().all(|issue| issue["fields"]["project"]["key"] != "ACME"));
}
