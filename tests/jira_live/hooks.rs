//! Webhooks that are forged, replayed or damaged.

use tidemark_jira_simulator::{Delivery, Flavour, Flow};
use tidemark_model::Timestamp;
use tidemark_tests::command::Installation;
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
    let twin = Delivery { identifier: "three".to_owned(), ..told };
    assert_eq!(jira.deliver(&twin, &url, SECRET), 200, "another registration with the same secret");
    let mut large = br#"{"webhookEvent":"comment_created","x":""#.to_vec();
    large.resize(26 << 20, b'x');
    let answer = jira.deliver(&delivery("four", &large), &url, SECRET);
    assert!([413, 0].contains(&answer), "{answer}: the connection may be closed before all of it is sent");
    let metrics = server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
    for counted in ["refused\"} 2", "repeated\"} 2", "taken\"} 1", "too_large\"} 1"] {
        let counted = format!("tidemark_hooks_total{{outcome=\"{counted}");
        assert!(metrics.contains(&counted), "{counted} is not in {metrics}");
    }
    server.stop();
}

/// Before its version 10 a Data Center signs nothing.
#[test]
fn a_secret_in_the_address_is_taken_where_that_is_configured_and_never_logged() {
    let jira = jira(Flavour::DataCenter, 86);
    let live = Installation::empty().with("RUST_LOG", "trace");
    let configured = |more: &str| {
        live.configure(&format!(
            "{}poll_interval_secs = 86400\nwebhook_secrets = [\"another secret of ours\", \"{SECRET}\"]\n{more}\
             [api]\nlisten = \"127.0.0.1:0\"\n",
            section(&jira, Flavour::DataCenter)
        ));
        Server::start(live.command(&["run"]))
    };
    let told = delivery("", br#"{"timestamp":1,"webhookEvent":"comment_created"}"#);
    let address = |server: &Server, secret: &str| {
        let encoded = secret.replace(' ', "%20");
        // Jira adds who has caused it.
        server.url(&format!("/hooks/acme?secret={encoded}&user_id=ana&user_key=JIRAUSER1"))
    };
    let server = configured("");
    assert_eq!(jira.deliver(&told, &address(&server, SECRET), ""), 401, "it is not configured");
    server.stop();
    let server = configured("webhook_secret_in_url = true\n");
    assert_eq!(jira.deliver(&told, &server.url("/hooks/acme"), ""), 401, "no secret");
    assert_eq!(jira.deliver(&told, &address(&server, "a secret of somebody"), ""), 401, "a wrong one");
    assert_eq!(jira.deliver(&told, &address(&server, SECRET), ""), 200);
    assert_eq!(jira.deliver(&told, &address(&server, SECRET), ""), 200, "sent again");
    let agent =
        ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
    let signed = agent.post(address(&server, SECRET)).header("X-Hub-Signature", "sha256=00").send("{}");
    assert_eq!(signed.unwrap().status(), 401, "a good address does not make up for a wrong signature");
    let said = server.said();
    assert!(said.contains("is answered"), "{said}");
    for secret in [SECRET, &SECRET.replace(' ', "%20"), "a secret of somebody"] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

#[test]
fn a_changed_board_is_read_by_the_next_poll_whoever_polls() {
    let jira = jira(Flavour::Cloud, 87);
    let (live, server) = running(&jira);
    let configurations = || {
        let calls = jira.calls();
        calls.iter().filter(|call| call.path.ends_with("/configuration")).count()
    };
    let before = configurations();
    assert!(before > 0, "the first poll reads all boards");
    let board = server.json("/api/v1/boards")["data"][0]["board_id"].clone();
    let board = board.as_str().unwrap().strip_prefix("acme/").unwrap().parse().unwrap();
    for told in jira.set_columns(board, &[("All of it", &[])]) {
        assert_eq!(jira.deliver(&told, &server.url("/hooks/acme"), SECRET), 200);
    }
    // As if it had been killed before the next poll.
    server.stop();
    live.ok(&["sync"]);
    let read = configurations();
    assert!(read > before, "what was told is asked for");
    live.ok(&["sync"]);
    assert_eq!(configurations(), read, "once");
}

#[test]
fn a_sprint_that_nobody_has_heard_of_is_taken_as_it_is_told() {
    let jira = jira(Flavour::Cloud, 88);
    let (live, server) = running(&jira);
    let url = server.url("/hooks/acme");
    let at = jira.now().0;
    for (identifier, event, sprint) in [
        ("one", "sprint_started", r#"{"id":987654,"state":"active","name":"Out of the blue"}"#),
        ("two", "sprint_updated", r#"{"id":987655}"#),
        ("three", "sprint_created", r#"{"id":"987656","name":"No state"}"#),
        ("four", "sprint_deleted", r#"{"id":987657}"#),
    ] {
        let body = format!(r#"{{"timestamp":{at},"webhookEvent":"{event}","sprint":{sprint}}}"#);
        assert_eq!(jira.deliver(&delivery(identifier, body.as_bytes()), &url, SECRET), 200, "{event}");
    }
    server.stop();
    // Nothing is rejected, and what was told in part is asked for.
    let before = jira.calls().len();
    live.ok(&["sync"]);
    assert!(jira.calls()[before..].iter().any(|call| call.path.ends_with("/configuration")));
}

#[test]
fn a_webhook_that_could_not_be_taken_is_no_longer_rejected_once_its_issue_is_read() {
    let jira = jira(Flavour::Cloud, 89);
    let (live, server) = running(&jira);
    let told = jira.advance(Timestamp(jira.now().0 + 86_400_000));
    let bodies = |event: &str| -> Vec<serde_json::Value> {
        let told = told.iter().filter(|told| told.webhook_event == event);
        told.map(|told| serde_json::from_slice(&told.body).unwrap()).collect()
    };
    let gone = bodies("jira:issue_deleted");
    let is_gone =
        |body: &serde_json::Value| gone.iter().any(|gone| gone["issue"]["id"] == body["issue"]["id"]);
    let mut body = bodies("jira:issue_updated").into_iter().find(|body| !is_gone(body)).unwrap();
    body["changelog"]["items"] =
        serde_json::json!([{"field": "Sprint", "from": "", "to": "", "toString": "A name"}]);
    let odd = delivery("odd", body.to_string().as_bytes());
    assert_eq!(jira.deliver(&odd, &server.url("/hooks/acme"), SECRET), 200);
    let rejected = || server.json("/api/v1/rejected?stage=receive")["data"].as_array().unwrap().len();
    wait_for("what is rejected", || (rejected() == 1).then_some(()));
    server.stop();
    // It would say that something is rejected.
    live.ok(&["sync"]);
    assert_eq!(live.number("SELECT count(*) AS n FROM v1_rejected"), 0);
}
