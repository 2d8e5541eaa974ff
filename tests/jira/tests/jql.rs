//! The query language, over issues as the archive has them.

use serde_json::{Value, json};
use tidemark_jira_simulator::Jira;
use tidemark_model::Timestamp;

use crate::stage::{DAY, FOUNDED, HOUR, MINUTE, archived, cloud, data_center, found, get, id, search};

fn sorted(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids
}

/// The issues of the archive that suit.
fn suiting(jira: &Jira, suits: impl Fn(&Value) -> bool) -> Vec<u32> {
    sorted(archived(jira).iter().filter(|issue| suits(issue)).map(id).collect())
}

fn updated(issue: &Value) -> i64 {
    Timestamp::parse(issue["fields"]["updated"].as_str().unwrap()).unwrap().0
}

fn in_sprint(issue: &Value, sprint: u64) -> bool {
    let sprints = issue["fields"]["customfield_10020"].as_array();
    sprints.is_some_and(|sprints| sprints.iter().any(|one| one["id"] == sprint))
}

#[test]
fn projects_keys_and_ids() {
    let jira = cloud();
    let acme = suiting(&jira, |issue| issue["fields"]["project"]["key"] == "ACME");
    for jql in ["project = ACME", "project = acme", "project = Acme", "project = 20000", "project in (ACME)"]
    {
        assert_eq!(sorted(found(&jira, jql)), acme, "{jql}");
    }
    let others = suiting(&jira, |issue| issue["fields"]["project"]["key"] != "ACME");
    for jql in ["project != ACME", "NOT project = ACME", "project not in (ACME)", "!(project = 20000)"] {
        assert_eq!(sorted(found(&jira, jql)), others, "{jql}");
    }
    let some = &archived(&jira)[3..5];
    let keys: Vec<&str> = some.iter().map(|issue| issue["key"].as_str().unwrap()).collect();
    let expected: Vec<u32> = some.iter().map(id).collect();
    assert_eq!(sorted(found(&jira, &format!("key in ({}, {})", keys[0], keys[1]))), expected);
    assert_eq!(sorted(found(&jira, &format!("id in ({}, {}, 999999)", expected[0], expected[1]))), expected);
}

#[test]
fn an_id_is_compared_by_the_number_of_its_key_within_its_project() {
    let jira = cloud();
    let all = archived(&jira);
    let number =
        |issue: &Value| issue["key"].as_str().unwrap().split_once('-').unwrap().1.parse::<u32>().unwrap();
    let middle =
        all.iter().find(|issue| issue["fields"]["project"]["key"] == "HARB" && number(issue) == 30).unwrap();
    let after = suiting(&jira, |issue| issue["fields"]["project"]["key"] == "HARB" && number(issue) > 30);
    assert_eq!(sorted(found(&jira, &format!("id > {}", id(middle)))), after);
    assert_eq!(sorted(found(&jira, "key > HARB-30")), after);
    // Other projects have issues with greater ids: whoever walks through the ids loses them.
    assert!(all.iter().any(|issue| issue["fields"]["project"]["key"] != "HARB" && id(issue) > id(middle)));
    // Where there is no such issue, Cloud finds nothing and Data Center refuses.
    assert!(found(&jira, "id > 5").is_empty());
    let answer = get(&data_center(), "/rest/api/2/search?jql=id%20%3E%205");
    assert_eq!(
        (answer.status, answer.message().as_str()),
        (400, "A value with ID '5' does not exist for the field 'id'.")
    );
}

#[test]
fn sprints() {
    let jira = cloud();
    let closed = get(&jira, "/rest/agile/1.0/board/1/sprint?state=closed").json()["values"][2].clone();
    let (sprint, name) = (closed["id"].as_u64().unwrap(), closed["name"].as_str().unwrap());
    let members = suiting(&jira, |issue| in_sprint(issue, sprint));
    assert!(members.len() > 5);
    for jql in
        [format!("sprint = {sprint}"), format!("Sprint = '{name}'"), format!("cf[10020] in ({sprint})")]
    {
        assert_eq!(sorted(found(&jira, &jql)), members, "{jql}");
    }
    // Neither what is in the sprint, nor what is in none.
    let others =
        suiting(&jira, |issue| issue["fields"]["customfield_10020"].is_array() && !in_sprint(issue, sprint));
    assert_eq!(sorted(found(&jira, &format!("sprint not in ({sprint})"))), others);
    assert_eq!(sorted(found(&jira, &format!("NOT sprint = {sprint}"))), others);
    let none = suiting(&jira, |issue| issue["fields"]["customfield_10020"].is_null());
    assert_eq!(sorted(found(&jira, "sprint is EMPTY")), none);
    assert_eq!(found(&jira, "sprint IS NOT empty").len() + none.len(), archived(&jira).len());
    let active = |sprint: &Value| sprint["state"] == "active";
    let open = suiting(&jira, |issue| {
        issue["fields"]["customfield_10020"].as_array().is_some_and(|sprints| sprints.iter().any(active))
    });
    assert_eq!(sorted(found(&jira, "sprint in openSprints()")), open);
}

#[test]
fn instants_as_numbers_periods_and_clocks_of_the_users_zone() {
    let jira = cloud();
    jira.advance(Timestamp(FOUNDED.0 + 2 * HOUR + 7 * MINUTE));
    jira.settle();
    let since = |from: i64| suiting(&jira, |issue| updated(issue).div_euclid(1000) >= from.div_euclid(1000));
    let hour = since(FOUNDED.0 + HOUR + 7 * MINUTE);
    assert!(hour.len() > 10 && hour.len() < archived(&jira).len());
    assert_eq!(sorted(found(&jira, &format!("updated >= {}", FOUNDED.0 + HOUR + 7 * MINUTE))), hour);
    for jql in ["updated >= -60m", "updated >= '-1h'", "updated > -61m AND updated >= -1h"] {
        assert_eq!(sorted(found(&jira, jql)), hour, "{jql}");
    }
    // 19:07 UTC is 12:07 in Los Angeles. A clock has no seconds.
    for jql in ["updated >= '2026-06-30 12:07'", "updated >= \"2026/06/30 12:07\""] {
        assert_eq!(sorted(found(&jira, jql)), hour, "{jql}");
    }
    assert_eq!(sorted(found(&jira, "updated >= '2026-06-30'")), since(FOUNDED.0 - 11 * HOUR));
    let old =
        suiting(&jira, |issue| updated(issue).div_euclid(1000) < (FOUNDED.0 - 3 * DAY).div_euclid(1000));
    assert_eq!(sorted(found(&jira, &format!("NOT updated >= {}", FOUNDED.0 - 3 * DAY))), old);
    for wrong in ["updated >= '2026-06-30 12:07:30'", "updated >= yesterday", "updated >= -5x"] {
        let answer = search(&jira, json!({"jql": wrong}));
        assert_eq!((answer.status, answer.message().starts_with("Date value '")), (400, true), "{wrong}");
    }
}

#[test]
fn within_a_second_nothing_is_earlier() {
    let jira = cloud();
    let newest = archived(&jira).iter().map(updated).max().unwrap();
    assert!(newest % 1000 > 0, "of all issues the newest was changed on the second");
    let second = newest - newest % 1000;
    assert!(!found(&jira, &format!("updated >= {}", second + 999)).is_empty());
    assert!(found(&jira, &format!("updated > {second}")).is_empty());
}

#[test]
fn types_statuses_and_what_is_joined() {
    let jira = cloud();
    let is = |issue: &Value, field: &str, name: &str| issue["fields"][field]["name"] == name;
    let bugs = suiting(&jira, |issue| is(issue, "issuetype", "Bug"));
    assert_eq!(sorted(found(&jira, "issuetype = Bug")), bugs);
    assert_eq!(sorted(found(&jira, "type in (10004)")), bugs);
    let expected = suiting(&jira, |issue| {
        is(issue, "issuetype", "Bug") && (is(issue, "status", "To Do") || is(issue, "status", "Done"))
    });
    assert_eq!(sorted(found(&jira, "type = bug and (status = 'To Do' or status = 10003)")), expected);
    let expected = suiting(&jira, |issue| is(issue, "issuetype", "Bug") || is(issue, "status", "Done"));
    assert_eq!(sorted(found(&jira, "type = Bug OR status = Done")), expected);
    // `AND` binds before `OR`.
    let expected = suiting(&jira, |issue| {
        is(issue, "status", "Done") || is(issue, "issuetype", "Bug") && is(issue, "status", "To Do")
    });
    assert_eq!(sorted(found(&jira, "status = Done OR type = Bug AND status = 'To Do'")), expected);
    let open = suiting(&jira, |issue| issue["fields"]["resolution"].is_null());
    assert_eq!(sorted(found(&jira, "resolution = Unresolved")), open);
    assert_eq!(sorted(found(&jira, "resolution is EMPTY")), open);
    let done = suiting(&jira, |issue| issue["fields"]["status"]["statusCategory"]["key"] == "done");
    assert_eq!(sorted(found(&jira, "statusCategory = Done")), done);
}

#[test]
fn orders() {
    let jira = cloud();
    let mut issues = archived(&jira);
    let key = |issue: &Value| {
        let (project, number) = issue["key"].as_str().unwrap().split_once('-').unwrap();
        (project.to_owned(), number.parse::<u32>().unwrap())
    };
    issues.sort_by_key(key);
    let expected: Vec<u32> = issues.iter().map(id).collect();
    assert_eq!(found(&jira, "created is not EMPTY ORDER BY id"), expected);
    let priority =
        |issue: &Value| issue["fields"]["priority"]["id"].as_str().unwrap().parse::<u32>().unwrap();
    issues.sort_by_key(|issue| (std::cmp::Reverse(priority(issue)), key(issue)));
    let expected: Vec<u32> = issues.iter().map(id).collect();
    assert_eq!(found(&jira, "created is not EMPTY ORDER BY priority DESC, key ASC"), expected);
}

#[test]
fn what_does_not_exist_is_refused() {
    let jira = cloud();
    for (jql, said) in [
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'."),
        ("nonsense = 1", "Field 'nonsense' does not exist or you do not have permission to view it."),
        ("status = Lost", "The value 'Lost' does not exist for the field 'status'."),
        ("status = 77", "A value with ID '77' does not exist for the field 'status'."),
        ("issuetype = Wish", "The value 'Wish' does not exist for the field 'issuetype'."),
        ("sprint = 7777", "Sprint with ID '7777' does not exist or you do not have permission to view it."),
        ("project > ACME", "The operator '>' is not supported by the 'project' field."),
        ("sprint in nowhere()", "Unable to find JQL function 'nowhere()'."),
        (
            "project = ACME ORDER BY nonsense",
            "Field 'nonsense' does not exist or you do not have permission to view it.",
        ),
        (
            "project = ",
            "Error in the JQL Query: Expecting either a value, list or function before the end of the query.",
        ),
    ] {
        let answer = search(&jira, json!({"jql": jql}));
        assert_eq!((answer.status, answer.message().as_str()), (400, said), "{jql}");
    }
    // Two wrong values are two messages.
    let answer = search(&jira, json!({"jql": "project = NONE OR status = Lost"}));
    assert_eq!(answer.json()["errorMessages"].as_array().unwrap().len(), 2);
}
