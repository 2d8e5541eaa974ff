//! What webhooks say, and how they are sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tidemark_jira_simulator::{Delivery, Flavour, Flow, Jira, Options, Rules};
use tidemark_model::Timestamp;

use crate::receiver::Receiver;
use crate::stage::{DAY, FOUNDED, HOUR, archived, cloud, data_center, get, id, options};

fn body(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.body).unwrap()
}

/// The histories of all issues by their ids.
fn histories(jira: &Jira) -> BTreeMap<String, Value> {
    let issues = archived(jira);
    let all = issues.iter().flat_map(|issue| issue["changelog"]["histories"].as_array().unwrap());
    all.map(|history| (history["id"].as_str().unwrap().to_owned(), history.clone())).collect()
}

#[test]
fn every_change_is_told_with_its_delta_and_the_issue_as_it_was_then() {
    let jira = cloud();
    let before = histories(&jira);
    let deliveries = jira.advance(Timestamp(FOUNDED.0 + 6 * HOUR));
    let after = histories(&jira);
    let mut told = BTreeSet::new();
    for delivery in &deliveries {
        let body = body(delivery);
        assert_eq!(body["webhookEvent"], delivery.webhook_event.as_str());
        assert_eq!(body["timestamp"], delivery.at.0);
        assert!(delivery.at > FOUNDED && delivery.at <= jira.now());
        if delivery.webhook_event != "jira:issue_updated" {
            continue;
        }
        let id = body["changelog"]["id"].as_str().unwrap().to_owned();
        if let Some(history) = after.get(&id) {
            assert_eq!(body["changelog"]["items"], history["items"]);
            assert_eq!(body["user"]["accountId"], history["author"]["accountId"]);
        }
        let issue = &body["issue"];
        assert!(
            issue["self"].as_str().unwrap().contains("/rest/api/2/issue/")
                && issue.get("changelog").is_none()
        );
        for item in body["changelog"]["items"].as_array().unwrap() {
            if item["field"] == "status" {
                assert_eq!(body["issue_event_type_name"], "issue_generic");
            }
        }
        assert!(told.insert(id));
    }
    let new: BTreeSet<String> = after.keys().filter(|id| !before.contains_key(*id)).cloned().collect();
    assert!(new.len() > 50 && told.is_superset(&new));
    let identifiers: BTreeSet<&String> = deliveries.iter().map(|delivery| &delivery.identifier).collect();
    assert_eq!(identifiers.len(), deliveries.len());
    assert!(deliveries.is_sorted_by_key(|delivery| delivery.at));
}

#[test]
fn creations_deletions_and_the_life_of_sprints_are_told() {
    let jira = Jira::start(Options {
        pace: tidemark_simulation::Pace { step_ms: 1_800_000 },
        ..options(Flavour::Cloud)
    });
    let deliveries = jira.advance(Timestamp(FOUNDED.0 + 20 * DAY));
    let events: BTreeSet<&str> = deliveries.iter().map(|delivery| delivery.webhook_event.as_str()).collect();
    for event in
        ["jira:issue_created", "jira:issue_updated", "sprint_created", "sprint_started", "sprint_closed"]
    {
        assert!(events.contains(event), "{event}: {events:?}");
    }
    let first =
        |event: &str| body(deliveries.iter().find(|delivery| delivery.webhook_event == event).unwrap());
    let created = first("jira:issue_created");
    assert_eq!(created["issue_event_type_name"], "issue_created");
    assert_eq!(created["changelog"]["items"][0]["from"], Value::Null);
    let closed = first("sprint_closed");
    assert!(
        closed["sprint"]["state"] == "closed"
            && closed["sprint"]["completeDate"].is_string()
            && closed.get("user").is_none()
    );
    let sprint = get(&jira, &format!("/rest/agile/1.0/sprint/{}", closed["sprint"]["id"])).json();
    assert_eq!(sprint["completeDate"], closed["sprint"]["completeDate"]);
    let issues = archived(&jira);
    let parent = issues.iter().find_map(|issue| issue["fields"]["parent"]["id"].as_str()).unwrap();
    let children = issues.iter().filter(|issue| issue["fields"]["parent"]["id"] == parent).count();
    let deletions = jira.delete(parent);
    assert!(deletions.iter().all(|delivery| delivery.webhook_event == "jira:issue_deleted"));
    assert_eq!(deletions.len(), children + 1);
    // What goes with another is less urgent.
    let flows = deletions.iter().filter(|delivery| delivery.flow == Flow::Secondary).count();
    assert_eq!((flows, body(deletions.last().unwrap())["issue"]["id"].as_str()), (children, Some(parent)));
}

#[test]
fn cloud_signs_the_bytes_that_it_sends() {
    let (jira, receiver) = (cloud(), Receiver::start(&[]));
    let delivery =
        Delivery { body: b"Hello World!".to_vec(), ..jira.set_estimation(1, "customfield_10028").remove(0) };
    assert_eq!(jira.deliver(&delivery, &receiver.url, "It's a Secret to Everybody"), 200);
    let received = &receiver.received()[0];
    // The example of Atlassian's documentation.
    let signature = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
    assert_eq!(received.header("x-hub-signature"), signature);
    assert_eq!(received.header("x-atlassian-webhook-identifier"), delivery.identifier);
    assert_eq!(received.header("x-atlassian-webhook-flow"), "Primary");
    assert_eq!(
        (received.header("x-atlassian-webhook-retry"), received.body.as_slice()),
        ("", delivery.body.as_slice())
    );
    assert!(received.header("content-type").starts_with("application/json"));
    jira.deliver(&delivery, &receiver.url, "");
    assert_eq!(receiver.received()[1].header("x-hub-signature"), "");
    assert_eq!(jira.deliver(&delivery, "http://127.0.0.1:1/", "secret"), 0);
}

#[test]
fn what_is_not_received_is_sent_again_five_times_at_most() {
    let rules = Rules { webhook_retry_ms: 1, webhook_twice: 0, ..options(Flavour::Cloud).rules };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let delivery = jira.set_estimation(1, "customfield_10028");
    let statuses = |answers: &[u16]| {
        let receiver = Receiver::start(answers);
        let sent = jira.deliver_all(&delivery, &receiver.url, "secret").remove(0);
        let received = receiver.received();
        assert!(received.iter().all(|one| one.header("x-atlassian-webhook-identifier") == sent.identifier));
        let retries: Vec<String> =
            received.iter().map(|one| one.header("x-atlassian-webhook-retry").to_owned()).collect();
        assert_eq!(retries[0], "");
        assert!(
            retries.iter().enumerate().skip(1).all(|(nth, retry)| *retry == nth.to_string()),
            "{retries:?}"
        );
        sent.statuses
    };
    assert_eq!(statuses(&[408, 409, 425, 429, 500, 200]), [408, 409, 425, 429, 500, 200]);
    assert_eq!(statuses(&[503; 9]), [503; 6]);
    assert_eq!(statuses(&[0, 200]), [0, 200]);
    // Whoever says no, is left alone.
    for no in [301, 400, 401, 404, 410, 413] {
        assert_eq!(statuses(&[no]), [no]);
    }
}

#[test]
fn some_webhooks_come_twice() {
    let rules = Rules { webhook_twice: 3, ..options(Flavour::Cloud).rules };
    let jira = Jira::start(Options { rules, ..options(Flavour::Cloud) });
    let deliveries: Vec<Delivery> =
        (0..6).flat_map(|_| jira.set_estimation(1, "customfield_10028")).collect();
    let receiver = Receiver::start(&[]);
    let sent = jira.deliver_all(&deliveries, &receiver.url, "secret");
    let times: Vec<usize> = sent.iter().map(|sent| sent.statuses.len()).collect();
    assert_eq!((times, receiver.received().len()), (vec![1, 1, 2, 1, 1, 2], 8));
}

#[test]
fn data_center_does_not_try_again_and_before_version_10_does_not_sign() {
    let rules = Rules { major: 9, ..options(Flavour::DataCenter).rules };
    let nine = Jira::start(Options { rules, ..options(Flavour::DataCenter) });
    let (ten, signed) = (data_center(), Receiver::start(&[]));
    let of_ten = ten.set_estimation(1, "customfield_10028");
    assert_eq!(ten.deliver_all(&of_ten, &signed.url, "secret")[0].statuses, [200]);
    assert!(signed.received()[0].header("x-hub-signature").starts_with("sha256="));
    let (jira, receiver) = (nine, Receiver::start(&[500]));
    let issue = id(&archived(&jira)[0]).to_string();
    let deliveries = jira.delete(&issue);
    let sent = jira.deliver_all(&deliveries[..1], &receiver.url, "secret");
    assert_eq!(sent[0].statuses, [500]);
    let received = &receiver.received()[0];
    for name in ["x-hub-signature", "x-atlassian-webhook-retry", "x-atlassian-webhook-flow"] {
        assert_eq!(received.header(name), "", "{name}");
    }
    let user = &received.json()["user"];
    assert!(user["name"].is_string() && user.get("accountId").is_none());
    assert_eq!(received.json()["issue"]["fields"]["reporter"], *user);
    assert_ne!(json!(null), *user);
}

#[test]
fn a_sprint_that_is_deleted_leaves_its_issues() {
    let deletion = (1..9).find_map(|seed| {
        let options = options(Flavour::Cloud);
        let organisation = tidemark_simulation::Options { seed, ..options.organisation.clone() };
        let pace = tidemark_simulation::Pace { step_ms: 1_800_000 };
        let jira = Jira::start(Options { organisation, pace, ..options });
        let deliveries = jira.advance(Timestamp(FOUNDED.0 + 6 * DAY));
        let deleted = deliveries.into_iter().find(|delivery| delivery.webhook_event == "sprint_deleted")?;
        Some((jira, body(&deleted)["sprint"]["id"].clone()))
    });
    let (jira, sprint) = deletion.unwrap();
    assert_eq!(get(&jira, &format!("/rest/agile/1.0/sprint/{sprint}")).status, 404);
    assert_eq!(get(&jira, &format!("/rest/api/3/search/jql?jql=sprint%3D{sprint}")).status, 400);
    let left = archived(&jira).iter().any(|issue| {
        let sprints = issue["fields"]["customfield_10020"].as_array();
        sprints.is_some_and(|sprints| sprints.iter().any(|one| one["id"] == sprint))
    });
    assert!(!left);
}
