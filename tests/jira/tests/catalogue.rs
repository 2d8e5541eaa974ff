//! Fields, statuses, types, projects, and the site itself.

use serde_json::json;
use tidemark_jira_simulator::{Flavour, Jira, Options};

use crate::stage::{archived, cloud, data_center, get, options};

#[test]
fn fields_tell_what_they_are() {
    let jira = cloud();
    let fields = get(&jira, "/rest/api/3/field").json();
    let field = |id: &str| fields.as_array().unwrap().iter().find(|field| field["id"] == id).unwrap().clone();
    assert_eq!(field("customfield_10020")["schema"]["custom"], "com.pyxis.greenhopper.jira:gh-sprint");
    assert_eq!(field("customfield_10028")["schema"]["custom"], "com.pyxis.greenhopper.jira:jsw-story-points");
    assert_eq!(field("customfield_10016")["clauseNames"], json!(["cf[10016]", "Story Points"]));
    assert_eq!(get(&jira, "/rest/api/3/status").json().as_array().unwrap().len(), 9);
    let status = &get(&jira, "/rest/api/3/status").json()[5];
    assert_eq!((&status["name"], &status["statusCategory"]["key"]), (&json!("Done"), &json!("done")));
    assert_eq!(get(&jira, "/rest/api/3/issuetype").json()[4]["subtask"], true);
}

#[test]
fn projects_are_paged() {
    let options = options(Flavour::Cloud);
    let organisation =
        tidemark_simulation::Options { boards: 53, issues: 53, ..options.organisation.clone() };
    let jira = Jira::start(Options { organisation, ..options });
    let first = get(&jira, "/rest/api/3/project/search?maxResults=500").json();
    assert_eq!((first["values"].as_array().unwrap().len(), &first["total"]), (50, &json!(53)));
    let next = first["nextPage"].as_str().unwrap().strip_prefix(&jira.url()).unwrap().to_owned();
    assert_eq!(get(&jira, &next).json()["values"].as_array().unwrap().len(), 3);
    assert_eq!(get(&jira, "/rest/api/3/project/ACME").json()["name"], "Acme");
    assert_eq!(get(&jira, "/rest/api/3/project/20001").json()["key"], "HARB");
    let none = get(&jira, "/rest/api/3/project/NONE");
    assert_eq!((none.status, none.message().as_str()), (404, "No project could be found with key 'NONE'."));
}

#[test]
fn a_site_tells_which_flavour_it_is() {
    let (cloud, server) = (cloud(), data_center());
    assert_eq!(get(&cloud, "/rest/api/2/serverInfo").json()["deploymentType"], "Cloud");
    assert_eq!(get(&cloud, "/rest/api/3/serverInfo").json()["deploymentType"], "Cloud");
    assert_eq!(get(&server, "/rest/api/2/serverInfo").json()["deploymentType"], "Server");
    assert_eq!(get(&server, "/rest/api/3/serverInfo").status, 404);
    let me = get(&cloud, "/rest/api/3/myself").json();
    assert_eq!(me["timeZone"], "America/Los_Angeles");
    assert!(me["accountId"].is_string() && me.get("key").is_none());
    let me = get(&server, "/rest/api/2/myself").json();
    assert!(me["key"] == "JIRAUSER10000" && me.get("accountId").is_none());
}

#[test]
fn permissions_are_told_of_those_that_are_named() {
    let jira = cloud();
    assert_eq!(get(&jira, "/rest/api/3/mypermissions").status, 400);
    let path = "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER&projectKey=ACME";
    let told = get(&jira, path).json();
    assert_eq!(told["permissions"]["BROWSE_PROJECTS"]["havePermission"], true);
    assert_eq!(told["permissions"]["ADMINISTER"]["havePermission"], false);
    assert_eq!(get(&jira, "/rest/api/3/mypermissions?permissions=FLY").status, 400);
    jira.hide_project("ACME");
    assert_eq!(get(&jira, path).status, 404);
}

#[test]
fn an_issue_is_found_by_its_former_key_and_written_in_the_users_zone() {
    let jira = cloud();
    let issue =
        archived(&jira).into_iter().find(|issue| issue["fields"]["project"]["key"] == "ACME").unwrap();
    let (id, key) = (issue["id"].as_str().unwrap(), issue["key"].as_str().unwrap());
    assert!(
        issue["fields"]["created"].as_str().unwrap().ends_with("-0700"),
        "{}",
        issue["fields"]["created"]
    );
    let told = jira.move_to(key, "HARB");
    assert_eq!((told.len(), told[0].webhook_event.as_str()), (1, "jira:issue_updated"));
    let moved = get(&jira, &format!("/rest/api/3/issue/{key}")).json();
    assert_eq!(moved["id"], id);
    assert!(moved["key"].as_str().unwrap().starts_with("HARB-"));
    let path = format!("/rest/api/3/issue/{id}?fields=summary");
    assert_eq!(get(&jira, &path).json()["fields"], json!({"summary": issue["fields"]["summary"]}));
    jira.delete(id);
    for named in [id, key] {
        let gone = get(&jira, &format!("/rest/api/3/issue/{named}"));
        let said = "Issue does not exist or you do not have permission to see it.";
        assert_eq!((gone.status, gone.message().as_str()), (404, said));
    }
}
