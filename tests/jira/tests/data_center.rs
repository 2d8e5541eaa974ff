//! Data Center: the second version alone, pages by number, names instead of account ids.

use serde_json::{Value, json};

use crate::stage::{archived, ask, data_center, get, id, post};

#[test]
fn there_is_no_third_version_and_no_search_by_tokens() {
    let jira = data_center();
    for path in [
        "/rest/api/3/search?jql=",
        "/rest/api/3/search/jql?jql=project%3DACME",
        "/rest/api/2/search/jql?jql=a",
        "/rest/api/2/project/search",
    ] {
        let wrong = get(&jira, path).status;
        assert_eq!(wrong, 404, "{path}");
    }
    assert_eq!(
        post(&jira, "/rest/api/2/changelog/bulkfetch", json!({"issueIdsOrKeys": ["10001"]})).status,
        404
    );
}

#[test]
fn pages_go_by_number_and_have_a_total() {
    let jira = data_center();
    let all = archived(&jira).len();
    let first = get(&jira, "/rest/api/2/search?jql=ORDER%20BY%20created&maxResults=2&fields=summary").json();
    assert_eq!(
        (&first["startAt"], &first["maxResults"], &first["total"]),
        (&json!(0), &json!(2), &json!(all))
    );
    assert!(first.get("nextPageToken").is_none());
    let second = get(&jira, "/rest/api/2/search?jql=ORDER%20BY%20created&startAt=1&maxResults=5000").json();
    assert_eq!(second["maxResults"], 1000);
    assert_eq!(
        (second["issues"].as_array().unwrap().len(), &second["issues"][0]["id"]),
        (all - 1, &first["issues"][1]["id"])
    );
    // Without being asked for fields it tells all.
    assert!(second["issues"][0]["fields"]["status"]["name"].is_string());
    let body = json!({"jql": "project = ACME", "startAt": 3, "maxResults": 1, "fields": ["status"]});
    let page = post(&jira, "/rest/api/2/search", body).json();
    assert_eq!(page["issues"].as_array().unwrap().len(), 1);
    assert_eq!(page["issues"][0]["fields"].as_object().unwrap().len(), 1);
}

#[test]
fn changelogs_come_whole_with_names_instead_of_ids_of_fields() {
    let jira = data_center();
    let page =
        get(&jira, "/rest/api/2/search?jql=&maxResults=1000&expand=changelog&fields=assignee,reporter")
            .json();
    let issues = page["issues"].as_array().unwrap();
    let mut items = Vec::new();
    for issue in issues {
        let changelog = &issue["changelog"];
        let histories = changelog["histories"].as_array().unwrap();
        assert_eq!(changelog["total"].as_u64(), Some(histories.len() as u64));
        for history in histories {
            assert!(history["author"]["key"].as_str().unwrap().starts_with("JIRAUSER"));
            items.extend(history["items"].as_array().unwrap());
        }
    }
    assert!(!page.to_string().contains("accountId"));
    assert!(items.iter().all(|item| item.get("fieldId").is_none()));
    let named = |name: &str| items.iter().filter(|item| item["field"] == name).collect::<Vec<_>>();
    let sprint = named("Sprint");
    assert!(sprint.iter().all(|item| item["fieldtype"] == "custom" && item["to"].is_string()));
    let assigned = named("assignee");
    assert!(assigned.iter().any(|item| item["to"].as_str().is_some_and(|to| to.starts_with("JIRAUSER"))));
    assert!(!sprint.is_empty() && !named("Story Points").is_empty() && !named("status").is_empty());
}

#[test]
fn the_sprint_field_is_a_java_object_as_text() {
    let jira = data_center();
    let issue =
        archived(&jira).into_iter().find(|issue| issue["fields"]["customfield_10020"].is_array()).unwrap();
    let text = issue["fields"]["customfield_10020"][0].as_str().unwrap();
    let (class, members) = text.strip_suffix(']').unwrap().split_once('[').unwrap();
    assert!(class.starts_with("com.atlassian.greenhopper.service.sprint.Sprint@"), "{text}");
    let names: Vec<&str> = members.split(',').map(|member| member.split_once('=').unwrap().0).collect();
    let expected = [
        "id",
        "rapidViewId",
        "state",
        "name",
        "startDate",
        "endDate",
        "completeDate",
        "activatedDate",
        "sequence",
        "goal",
    ];
    assert_eq!(names, expected);
    let value = |name: &str| {
        members.split(',').find_map(|member| member.strip_prefix(&format!("{name}="))).unwrap().to_owned()
    };
    let sprint = get(&jira, &format!("/rest/agile/1.0/sprint/{}", value("id"))).json();
    assert_eq!(value("state"), sprint["state"].as_str().unwrap().to_uppercase());
    assert_eq!(
        (value("name"), value("rapidViewId")),
        (sprint["name"].as_str().unwrap().to_owned(), sprint["originBoardId"].to_string())
    );
    assert_eq!(value("completeDate"), sprint["completeDate"].as_str().unwrap_or("<null>"));
}

#[test]
fn what_is_hidden_is_forbidden_and_what_is_gone_is_not_there() {
    let jira = data_center();
    let all = archived(&jira);
    let (hidden, gone) = (id(&all[0]), id(&all[1]));
    jira.hide(&hidden.to_string());
    jira.delete(&gone.to_string());
    let forbidden = get(&jira, &format!("/rest/api/2/issue/{hidden}"));
    assert_eq!(
        (forbidden.status, forbidden.message().as_str()),
        (403, "You do not have the permission to see the specified issue.")
    );
    let missing = get(&jira, &format!("/rest/api/2/issue/{gone}"));
    assert_eq!((missing.status, missing.message().as_str()), (404, "Issue Does Not Exist"));
    let anonymous = ask("GET", &format!("{}/rest/api/2/issue/{hidden}", jira.url()), None, None);
    assert_eq!(anonymous.status, 401);
    let found = get(&jira, "/rest/api/2/search?jql=&maxResults=1000&fields=id").json();
    let found: Vec<u32> = found["issues"].as_array().unwrap().iter().map(|issue: &Value| id(issue)).collect();
    assert!(!found.contains(&hidden) && !found.contains(&gone));
}
