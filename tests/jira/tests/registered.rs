//! Webhooks that administrators and apps register.

use serde_json::{Value, json};
use tidemark_jira_simulator::{Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;

use crate::receiver::Receiver;
use crate::stage::{
    Answer, DAY, FOUNDED, archived, ask, basic, bearer, cloud, data_center, get, id, options, post,
};

const ADMIN: &str = "/rest/webhooks/1.0/webhook";
const ADMIN_10: &str = "/rest/jira-webhook/1.0/webhooks";

fn as_app(jira: &Jira, method: &str, path: &str, body: Option<Value>) -> Answer {
    ask(method, &format!("{}/rest/api/3/webhook{path}", jira.url()), Some(&bearer(jira)), body.as_ref())
}

/// A Jira whose user may administer it.
fn administered(flavour: Flavour, major: u32) -> Jira {
    let options = options(flavour);
    let rules = Rules { major, ..options.rules };
    Jira::start(Options { administrator: true, rules, ..options })
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
    let jira = administered(Flavour::Cloud, 10);
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
    let status = |jira: &Jira, path: &str, authorization: Option<&str>| {
        ask("GET", &format!("{}{path}", jira.url()), authorization, None).status
    };
    assert_eq!(status(&jira, ADMIN, None), 401);
    assert_eq!(status(&jira, ADMIN, Some(&bearer(&jira))), 401, "no scope of an app covers it");
    let other = cloud();
    assert_eq!(status(&other, ADMIN, Some(&basic(&other))), 403, "who is no administrator");
    assert_eq!(status(&jira, ADMIN_10, Some(&basic(&jira))), 404);
}

#[test]
fn data_center_has_another_place_and_signs_since_version_10() {
    let (receiver, nine, ten) =
        (Receiver::start(&[]), administered(Flavour::DataCenter, 9), administered(Flavour::DataCenter, 10));
    assert_eq!((get(&nine, ADMIN_10).status, get(&ten, ADMIN).status), (404, 404));
    assert_eq!(get(&ten, "/rest/api/2/serverInfo").json()["versionNumbers"][0], 10);
    let body = |secret: Value, configuration: Value| {
        json!({
            "name": "tidemark", "url": receiver.url, "events": ["jira:issue_deleted"], "secret": secret,
            "configuration": configuration,
        })
    };
    assert_eq!(post(&nine, ADMIN, body(json!("s3cret"), json!({}))).status, 201);
    let beside = post(&ten, ADMIN_10, body(json!("s3cret"), json!({}))).json()["id"].as_u64().unwrap();
    let made = post(&ten, ADMIN_10, body(Value::Null, json!({"SECRET": "s3cret", "EXCLUDE_BODY": "false"})));
    assert_eq!((made.status, made.text.contains("s3cret")), (201, false));
    let issue = |jira: &Jira| archived(jira).iter().map(id).next_back().unwrap().to_string();
    let told = |jira: &Jira| {
        let before = receiver.received().len();
        jira.deliver_registered(&jira.delete(&issue(jira))[..1]);
        let received = receiver.received().split_off(before);
        received.iter().map(|one| one.header("x-hub-signature").len()).collect::<Vec<_>>()
    };
    assert_eq!(told(&nine), [0], "nine does not sign");
    assert_eq!(told(&ten), [0, 71], "a secret beside the configuration is passed over");
    ten.switch_off(beside);
    assert_eq!(told(&ten), [71]);
    let link = format!("{}{ADMIN_10}/{beside}", ten.url());
    assert_eq!(ask("DELETE", &link, Some(&bearer(&ten)), None).status, 204);
    assert_eq!(get(&ten, ADMIN_10).json().as_array().unwrap().len(), 1);
}

#[test]
fn an_app_has_one_address_and_few_words() {
    let jira = cloud();
    let register = |url: &str, jql: &str| {
        let body = json!({"url": url, "webhooks": [wanted(jql)]});
        as_app(&jira, "POST", "", Some(body))
    };
    let error = |jql: &str| {
        let answer = register("https://tidemark.example/hooks", jql).json();
        answer["webhookRegistrationResult"][0]["errors"][0].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(error("sprint = 7"), "The clause sprint is unsupported");
    assert_eq!(error("project is not EMPTY"), "Operator is not is unsupported");
    assert_eq!(error("key > ACME-7"), "Operator > is unsupported");
    assert_eq!(error(" "), "The JQL filter is required.");
    assert_eq!(error("project != null"), "none");
    assert_eq!(error("project in (\"ACME\", HARB) AND status != Done"), "none");
    let elsewhere = register("https://elsewhere.example/hooks", "project = ACME");
    assert_eq!(elsewhere.status, 400);
    assert!(elsewhere.message().contains("https://tidemark.example/hooks"), "{}", elsewhere.text);
    assert_eq!(as_app(&jira, "GET", "", None).json()["total"], 2);
}

#[test]
fn tokens_tell_when_they_end() {
    let jira = data_center();
    let tokens = |jira: &Jira| get(jira, "/rest/pat/latest/tokens");
    assert!(tokens(&jira).json()[0].get("expiringAt").is_none());
    jira.expire_token(Timestamp(FOUNDED.0 + 9 * DAY));
    assert_eq!(tokens(&jira).json()[0]["expiringAt"], "2026-07-09T11:00:00.000-0700");
    let url = format!("{}/rest/api/2/myself", jira.url());
    assert_eq!(ask("GET", &url, Some(&bearer(&jira)), None).status, 200);
    jira.advance(Timestamp(FOUNDED.0 + 9 * DAY));
    assert_eq!(ask("GET", &url, Some(&bearer(&jira)), None).status, 401);
    assert_eq!(tokens(&cloud()).status, 404);
}

#[test]
fn webhooks_go_to_whom_they_concern() {
    let (jira, receiver) = (administered(Flavour::Cloud, 10), Receiver::start(&[]));
    let webhooks = ["project = HARB", "project = ACME", "project != null"].map(wanted);
    let made = as_app(&jira, "POST", "", Some(json!({"url": receiver.url, "webhooks": webhooks}))).json();
    let made = made["webhookRegistrationResult"].as_array().unwrap().clone();
    let made: Vec<u64> = made.iter().map(|one| one["createdWebhookId"].as_u64().unwrap()).collect();
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
    assert_eq!(
        (app.json()["matchedWebhookIds"].clone(), app.header("x-hub-signature")),
        (json!(made[1..]), "")
    );
    assert_eq!(app.header("authorization").split('.').count(), 3);
    let admin = received.iter().find(|one| one.header("x-hub-signature").starts_with("sha256=")).unwrap();
    assert_eq!(admin.json()["issue"]["key"], issue["key"]);
    // Sprints concern nobody here.
    assert!(jira.deliver_registered(&jira.set_estimation(1, "customfield_10028")).is_empty());
}

#[test]
fn what_an_app_never_received_can_be_asked_for() {
    let rules = Rules {
        webhook_retry_ms: 1,
        webhook_twice: 0,
        failed_for_oauth: true,
        ..options(Flavour::Cloud).rules
    };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let receiver = Receiver::start(&[500; 6]);
    let webhooks = [wanted("project != null")];
    as_app(&jira, "POST", "", Some(json!({"url": receiver.url, "webhooks": webhooks})));
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
    assert_eq!(as_app(&cloud(), "GET", "/failed", None).status, 403, "as it is documented");
}
