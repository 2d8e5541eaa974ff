//! Webhooks that are forged, replayed, damaged or real.

use std::path::Path;

use tidemark_jira_simulator::{Delivery, Flavour, Flow};
use tidemark_model::Timestamp;
use tidemark_tests::command::{Installation, workspace};
use tidemark_tests::server::{Server, wait_for};

use crate::support::{SECRET, jira, section};

fn delivery(identifier: &str, body: &[u8]) -> Delivery {
    Delivery {
        body: body.to_vec(),
        webhook_event: "jira:issue_updated".to_owned(),
        identifier: identifier.to_owned(),
        at: Timestamp(0),
        flow: Flow::Primary,
    }
}

fn running(jira: &tidemark_jira_simulator::Jira) -> (Installation, Server) {
    let live = Installation::empty();
    live.configure(&format!(
        "{}poll_interval_secs = 86400\nwebhook_secrets = [\"{SECRET}\"]\n[api]\nlisten = \"127.0.0.1:0\"\n",
        section(jira, Flavour::Cloud)
    ));
    let server = Server::start(live.command(&["run"]));
    (live, server)
}

#[test]
fn what_is_not_genuine_is_refused() {
    let jira = jira(Flavour::Cloud, 81);
    let (_live, server) = running(&jira);
    let url = server.url("/hooks/acme");
    let told = delivery("one", br#"{"timestamp":1,"webhookEvent":"comment_created"}"#);
    assert_eq!(jira.deliver(&told, &url, "some other secret that is long"), 401, "a wrong signature");
    assert_eq!(jira.deliver(&told, &url, ""), 401, "no signature");
    assert_eq!(jira.deliver(&told, &server.url("/hooks/nobody"), SECRET), 404);
    assert_eq!(jira.deliver(&delivery("two", b"no JSON"), &url, SECRET), 400);
    assert_eq!(jira.deliver(&told, &url, SECRET), 200);
    assert_eq!(jira.deliver(&told, &url, SECRET), 200, "sent again, since the answer was lost");
    let replayed = Delivery { identifier: "three".to_owned(), ..told };
    assert_eq!(jira.deliver(&replayed, &url, SECRET), 401, "a signature that somebody has overheard");
    let mut large = br#"{"webhookEvent":"comment_created","x":""#.to_vec();
    large.resize(26 << 20, b'x');
    assert_eq!(jira.deliver(&delivery("four", &large), &url, SECRET), 413);
    let metrics = server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
    assert!(metrics.contains("tidemark_hooks_total{outcome=\"refused\"} 3"), "{metrics}");
    server.stop();
}

/// The bodies are real ones, of Jira Cloud and of Jira Server.
#[test]
fn every_recorded_webhook_is_taken_or_rejected_with_a_reason() {
    let folder = workspace().join("../shared/data/jira-webhooks");
    if !folder.is_dir() {
        eprintln!(
            "skipped: every_recorded_webhook_is_taken_or_rejected_with_a_reason needs {}",
            folder.display()
        );
        return;
    }
    let jira = jira(Flavour::Cloud, 82);
    let (live, server) = running(&jira);
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), 35);
    for path in &names {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let sent = jira.deliver(&delivery(&name, &body(path)), &server.url("/hooks/acme"), SECRET);
        assert_eq!(sent, 200, "{name}");
    }
    // The one whose change of sprints carries names and no ids.
    let rejected = wait_for("what is rejected", || {
        let rejected = server.json("/api/v1/rejected?stage=receive");
        (!rejected["data"].as_array()?.is_empty()).then_some(rejected)
    });
    let rejected = rejected["data"].as_array().unwrap();
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert!(rejected[0]["detail"].as_str().unwrap().contains("names and no ids"), "{rejected:?}");
    server.stop();
    drop(live);
}

fn body(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
