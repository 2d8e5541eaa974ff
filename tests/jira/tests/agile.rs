//! Boards and sprints.

use serde_json::{Value, json};
use tidemark_jira_simulator::{Flavour, Jira, Options};

use crate::stage::{archived, cloud, data_center, get, options};

fn names(page: &Value) -> Vec<&str> {
    page["values"].as_array().unwrap().iter().map(|board| board["name"].as_str().unwrap()).collect()
}

#[test]
fn boards_are_paged_and_filtered() {
    let jira = cloud();
    let page = get(&jira, "/rest/agile/1.0/board").json();
    assert_eq!(names(&page), ["Acme board", "Harbour board", "Kelpie board", "Support"]);
    assert_eq!((&page["total"], &page["isLast"], &page["maxResults"]), (&json!(4), &json!(true), &json!(50)));
    let page = get(&jira, "/rest/agile/1.0/board?startAt=1&maxResults=2").json();
    assert_eq!(
        (names(&page), page["isLast"].as_bool()),
        (vec!["Harbour board", "Kelpie board"], Some(false))
    );
    assert_eq!(get(&jira, "/rest/agile/1.0/board?maxResults=1000").json()["maxResults"], 50);
    assert_eq!(names(&get(&jira, "/rest/agile/1.0/board?type=kanban").json()), ["Support"]);
    assert_eq!(names(&get(&jira, "/rest/agile/1.0/board?projectKeyOrId=HARB").json()), ["Harbour board"]);
    assert_eq!(get(&jira, "/rest/agile/1.0/board?projectKeyOrId=NONE").status, 400);
    let board = get(&jira, "/rest/agile/1.0/board/2").json();
    assert_eq!((&board["type"], &board["location"]["projectKey"]), (&json!("scrum"), &json!("HARB")));
    assert_eq!(get(&jira, "/rest/agile/1.0/board/77").status, 404);
    assert_eq!(get(&jira, "/rest/agile/1.0/board/77/sprint").status, 404);
}

#[test]
fn a_scrum_board_tells_its_columns_and_its_estimation() {
    let jira = cloud();
    let told = get(&jira, "/rest/agile/1.0/board/1/configuration").json();
    assert_eq!(
        told["estimation"]["field"],
        json!({"fieldId": "customfield_10016", "displayName": "Story Points"})
    );
    let columns = told["columnConfig"]["columns"].as_array().unwrap();
    assert_eq!(columns.last().unwrap()["statuses"][0]["id"], "10003");
    assert!(get(&jira, "/rest/agile/1.0/board/4/configuration").json().get("estimation").is_none());
    let told = jira.set_estimation(1, "customfield_10028");
    assert_eq!(told[0].webhook_event, "board_configuration_changed");
    jira.set_columns(1, &[("Open", &["10000"]), ("Closed", &["10003", "10005"])]);
    let told = get(&jira, "/rest/agile/1.0/board/1/configuration").json();
    assert_eq!(told["estimation"]["field"]["fieldId"], "customfield_10028");
    let ids = |column: usize| told["columnConfig"]["columns"][column]["statuses"].as_array().unwrap().len();
    assert_eq!((ids(0), ids(1), told["columnConfig"]["columns"].as_array().unwrap().len()), (1, 2, 2));
}

#[test]
fn sprints_come_by_state_and_by_fifty() {
    let options = options(Flavour::Cloud);
    let organisation =
        tidemark_simulation::Options { boards: 1, sprints: 60, ..options.organisation.clone() };
    let jira = Jira::start(Options { organisation, ..options });
    let first = get(&jira, "/rest/agile/1.0/board/1/sprint?maxResults=1000").json();
    assert_eq!(
        (first["values"].as_array().unwrap().len(), &first["isLast"], first.get("total")),
        (50, &json!(false), None)
    );
    let second = get(&jira, "/rest/agile/1.0/board/1/sprint?startAt=50").json();
    let states = second["values"].as_array().unwrap().iter().map(|sprint| sprint["state"].as_str().unwrap());
    let states: Vec<&str> = states.collect();
    assert_eq!((second["isLast"].as_bool(), states[0]), (Some(true), "closed"));
    assert_eq!(&states[states.len() - 2..], ["active", "future"]);
    let active = get(&jira, "/rest/agile/1.0/board/1/sprint?state=active,future").json();
    assert_eq!(active["values"].as_array().unwrap().len(), 2);
    assert_eq!(get(&jira, "/rest/agile/1.0/board/1/sprint?state=open").status, 400);
    assert_eq!(get(&jira, "/rest/agile/1.0/board/2/sprint").status, 400, "a Kanban board has no sprints");
}

#[test]
fn a_sprint_tells_its_dates_goal_and_board() {
    let (cloud, server) = (cloud(), data_center());
    let closed = get(&cloud, "/rest/agile/1.0/board/2/sprint?state=closed").json()["values"][0].clone();
    let path = format!("/rest/agile/1.0/sprint/{}", closed["id"]);
    assert_eq!(get(&cloud, &path).json(), closed);
    for member in ["startDate", "endDate", "completeDate", "createdDate", "goal", "name", "self"] {
        assert!(closed[member].is_string(), "{member}: {closed}");
    }
    assert_eq!((&closed["originBoardId"], closed.get("activatedDate")), (&json!(2), None));
    // Only Data Center tells when it was activated (of the second team's sprints).
    let told = get(&server, &path).json();
    assert!(told["activatedDate"].is_string() && told["completeDate"] == closed["completeDate"], "{told}");
    assert_eq!(get(&cloud, "/rest/agile/1.0/sprint/9999").status, 404);
}

#[test]
fn the_issues_of_a_board_are_those_of_its_project_and_columns_without_epics() {
    let jira = cloud();
    let told = get(&jira, "/rest/agile/1.0/board/1/configuration").json();
    let columns = told["columnConfig"]["columns"].as_array().unwrap().iter();
    let mapped: Vec<&Value> =
        columns.flat_map(|column| column["statuses"].as_array().unwrap()).map(|one| &one["id"]).collect();
    let sprints = get(&jira, "/rest/agile/1.0/board/1/sprint").json();
    let sprints: Vec<Value> =
        sprints["values"].as_array().unwrap().iter().map(|sprint| sprint["id"].clone()).collect();
    let all = archived(&jira);
    let shown = all.iter().filter(|issue| {
        let fields = &issue["fields"];
        let held = fields["customfield_10020"]
            .as_array()
            .is_some_and(|list| list.iter().any(|one| sprints.contains(&one["id"])));
        (fields["project"]["key"] == "ACME" || held)
            && fields["issuetype"]["name"] != "Epic"
            && mapped.contains(&&fields["status"]["id"])
    });
    let page = get(&jira, "/rest/agile/1.0/board/1/issue?maxResults=5000").json();
    let count = shown.count();
    assert_eq!(
        (page["total"].as_u64(), page["issues"].as_array().unwrap().len()),
        (Some(count as u64), count)
    );
    let page =
        get(&jira, "/rest/agile/1.0/board/1/issue?jql=sprint%20in%20openSprints()&fields=summary").json();
    let first = &page["issues"][0]["fields"];
    assert!(
        first["sprint"]["state"] == "active" && first["summary"].is_string() && first.get("status").is_none()
    );
}

#[test]
fn a_board_whose_project_may_not_be_seen_is_not_there() {
    let jira = cloud();
    let sprints = get(&jira, "/rest/agile/1.0/board/2/sprint?state=future").json();
    jira.hide_project("HARB");
    for path in ["board/2", "board/2/configuration", "board/2/sprint", "board/2/issue"] {
        assert_eq!(get(&jira, &format!("/rest/agile/1.0/{path}")).status, 404, "{path}");
    }
    assert_eq!(get(&jira, "/rest/agile/1.0/board").json()["total"], 3);
    for sprint in sprints["values"].as_array().unwrap() {
        let seen = archived(&jira).iter().any(|issue| {
            issue["fields"]["customfield_10020"]
                .as_array()
                .is_some_and(|list| list.iter().any(|one| one["id"] == sprint["id"]))
        });
        let status = get(&jira, &format!("/rest/agile/1.0/sprint/{}", sprint["id"])).status;
        assert_eq!(status, if seen { 200 } else { 404 });
    }
    jira.show_project("HARB");
    assert_eq!(get(&jira, "/rest/agile/1.0/board/2").status, 200);
}
