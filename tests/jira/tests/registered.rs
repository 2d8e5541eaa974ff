//! Webhooks that administrators and apps register.

use serde_json::{Value, json};
use tidemark_jira_simulator::{Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;

use crate::receiver::Receiver;
use crate::stage::{
    Answer, DAY, FOUNDED, archived, ask, basic, bearer, cloud, data_center, get, id, options, post,
};

const ADMIN: &str = "/rest/webhooks/1.0/webhook";

fn as_app(jira: &Jira, method: &str, path: &str, body: Option<Value>) -> Answer {
    ask(method, &format!("{}/rest/api/3/webhook{path}", jira.url()), Some(&bearer(jira)), body.as_ref())
}

fn wanted(jql: &str) -> Value {
    json!({"jqlFilter": jql, "events": ["jira:issue_updated", "jira:issue_deleted"]})
}

#[test]
fn only_apps_register_for_themselves() {
    let jira = cloud();
    let body = json!({"url": "https://tidemark.example/hooks", "webhooks": [wanted("project = ACME")]});
    assert_eq!(post(&jira, "/rest/api/3/webhook", body.clone()).status, 403);
    assert_eq!(as_app(&jira, "POST", "", Some(body.clone())).status, 200);
    assert_eq!(post(&data_center(), "/rest/api/2/webhook", body).status, 404);
}

#[test]
fn an_app_has_five_webhooks_for_thirty_days_unless_it_refreshes_them() {
    let jira = cloud();
    let bad = json!({"jqlFilter": "project ! 7", "events": ["jira:issue_updated"]});
    let odd = json!({"jqlFilter": "project = ACME", "events": ["board_created"]});
    let mut webhooks = vec![bad, odd];
    webhooks.extend((0..6).map(|_| wanted("project = ACME")));
    let made = as_app(
        &jira,
        "POST",
        "",
        Some(json!({"url": "https://tidemark.example/hooks", "webhooks": webhooks})),
    )
    .json();
    let results = made["webhookRegistrationResult"].as_array().unwrap();
    let created: Vec<u64> = results.iter().filter_map(|result| result["createdWebhookId"].as_u64()).collect();
    assert_eq!(
        (created.len(), results[0]["errors"].is_array(), results[7]["errors"].is_array()),
        (5, true, true)
    );
    let listed = as_app(&jira, "GET", "", None).json();
    assert_eq!((&listed["total"], &listed["values"][0]["id"]), (&json!(5), &json!(created[0])));
    assert_eq!(listed["values"][0]["expirationDate"], "2026-07-30T11:00:00.000-0700");
    jira.advance(Timestamp(FOUNDED.0 + 10 * DAY));
    let refreshed = as_app(&jira, "PUT", "/refresh", Some(json!({"webhookIds": [created[0], 77]}))).json();
    assert_eq!(refreshed, json!({"expirationDate": "2026-08-09T11:00:00.000-0700"}));
    assert_eq!(as_app(&jira, "DELETE", "", Some(json!({"webhookIds": [created[1]]}))).status, 202);
    assert_eq!(as_app(&jira, "GET", "", None).json()["total"], 4);
    jira.advance(Timestamp(FOUNDED.0 + 30 * DAY));
    let left = as_app(&jira, "GET", "", None).json();
    assert_eq!((&left["total"], &left["values"][0]["id"]), (&json!(1), &json!(created[0])));
}

#[test]
fn an_administrator_registers_with_a_secret_that_is_never_told() {
    let jira = cloud();
    let body = json!({
        "name": "tidemark", "url": "https://tidemark.example/hooks", "events": ["jira:issue_updated", "sprint_closed"],
        "filters": {"issue-related-events-section": "project = ACME"}, "secret": "s3cret",
    });
    let made = post(&jira, ADMIN, body);
    assert_eq!(
        (made.status, made.text.contains("s3cret"), &made.json()["isSigned"]),
        (201, false, &json!(true))
    );
    let link = made.json()["self"].as_str().unwrap().strip_prefix(&jira.url()).unwrap().to_owned();
    assert_eq!(get(&jira, &link).json()["name"], "tidemark");
    assert_eq!(get(&jira, ADMIN).json().as_array().unwrap().len(), 1);
    let gone = ask("DELETE", &format!("{}{link}", jira.url()), Some(&basic(&jira)), None);
    assert_eq!((gone.status, get(&jira, &link).status, jira.hooks().len()), (204, 404, 0));
    assert_eq!(ask("GET", &format!("{}{ADMIN}", jira.url()), None, None).status, 401);
}

#[test]
fn webhooks_go_to_whom_they_concern() {
    let (jira, receiver) = (cloud(), Receiver::start(&[]));
    let made = json!({"url": receiver.url, "webhooks": [wanted("project = HARB"), wanted("project = ACME")]});
    let made = as_app(&jira, "POST", "", Some(made)).json();
    let acme = made["webhookRegistrationResult"][1]["createdWebhookId"].as_u64().unwrap();
    let admin =
        json!({"name": "all", "url": receiver.url, "events": ["jira:issue_deleted"], "secret": "s3cret"});
    post(&jira, ADMIN, admin);
    let issues = archived(&jira);
    let bare = |issue: &&Value| {
        issue["fields"]["project"]["key"] == "ACME"
            && !issues.iter().any(|child| child["fields"]["parent"]["id"] == issue["id"])
    };
    let issue = issues.iter().find(bare).unwrap();
    let sent = jira.deliver_registered(&jira.delete(&id(issue).to_string()));
    assert_eq!(sent.len(), 2);
    let received = receiver.received();
    let app = received.iter().find(|one| one.header("authorization").starts_with("Bearer ")).unwrap();
    assert_eq!((app.json()["matchedWebhookIds"].clone(), app.header("x-hub-signature")), (json!([acme]), ""));
    assert_eq!(app.header("authorization").split('.').count(), 3);
    let admin = received.iter().find(|one| one.header("x-hub-signature").starts_with("sha256=")).unwrap();
    assert_eq!(admin.json()["issue"]["key"], issue["key"]);
    // Sprints concern nobody here.
    assert!(jira.deliver_registered(&jira.set_estimation(1, "customfield_10028")).is_empty());
}

#[test]
fn what_an_app_never_received_can_be_asked_for() {
    let rules = Rules { webhook_retry_ms: 1, webhook_twice: 0, ..options(Flavour::Cloud).rules };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let receiver = Receiver::start(&[500; 6]);
    as_app(
        &jira,
        "POST",
        "",
        Some(json!({"url": receiver.url, "webhooks": [wanted("created is not EMPTY")]})),
    );
    let issue = archived(&jira).iter().map(id).next_back().unwrap().to_string();
    let deliveries = jira.delete(&issue);
    jira.deliver_registered(&deliveries[..1]);
    let failed = as_app(&jira, "GET", "/failed", None).json();
    let one = &failed["values"][0];
    assert_eq!((&one["id"], &one["failureTime"]), (&json!(deliveries[0].identifier), &json!(FOUNDED.0)));
    assert!(one["body"].as_str().unwrap().contains("jira:issue_deleted"));
    assert!(
        as_app(&jira, "GET", &format!("/failed?after={}", FOUNDED.0), None).json()["values"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    jira.advance(Timestamp(FOUNDED.0 + 3 * DAY + 1));
    assert!(as_app(&jira, "GET", "/failed", None).json()["values"].as_array().unwrap().is_empty());
}
