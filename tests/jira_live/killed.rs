//! A process that takes webhooks and is killed again and again: what it has answered for is never lost, as Jira does not
//! tell it again.

use std::time::Duration;

use serde_json::Value;
use tidemark_jira_simulator::{Delivery, Flavour};
use tidemark_tests::server::{Server, wait_for};

use crate::changes::advance;
use crate::sending::Sent;
use crate::support::{SECRET, agree, archived, go_on, jira, live, section};

const KILLS: usize = 4;
/// How long a sender waits after each webhook: they are to last for all kills.
const PAUSE: Duration = Duration::from_millis(10);

fn is_about(delivery: &Delivery, issue: &str) -> bool {
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    body["issue"]["id"] == issue || body["issue"]["fields"]["parent"]["id"] == issue
}

#[test]
fn what_was_answered_for_survives_every_kill() {
    let jira = jira(Flavour::Cloud, 118);
    let archived = archived(&jira);
    let live = live(&jira, Flavour::Cloud);
    live.ok(&["sync"]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    live.configure(&format!(
        "{}poll_interval_secs = 86400\nwebhook_secrets = [\"{SECRET}\"]\n[api]\nlisten = {free:?}\n",
        section(&jira, Flavour::Cloud)
    ));
    // Nor does the first poll after each start bring anything.
    jira.revoke();
    let start = || Server::start(live.command(&["run"]));
    let mut server = start();
    let url = server.url("/hooks/acme");
    let mut told = advance(&jira, 4);
    // Of one that changes before it is deleted an archive that was not written meanwhile would not know the history.
    assert!(!told.iter().any(|delivery| delivery.webhook_event == "jira:issue_deleted"));
    let untouched = jira.issues().into_iter().find(|id| !told.iter().any(|told| is_about(told, id)));
    let deleted = jira.delete(&untouched.unwrap());
    told.splice(told.len() / 2..told.len() / 2, deleted);
    assert!(told.len() > 100 * KILLS, "{} webhooks", told.len());
    let sent = Sent::new(PAUSE);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| sent.send_all(&jira, &told, &url));
        for kill in 1..=KILLS {
            wait_for("the next webhooks", || (sent.taken() > told.len() * kill / (KILLS + 2)).then_some(()));
            server.signal("KILL");
            server.ended();
            assert!(!sending.is_finished(), "kill {kill} is in the midst of them");
            server = start();
        }
        sending.join().unwrap();
    });
    assert!(sent.unanswered() >= KILLS, "each kill was felt");
    let searched = jira.calls().iter().filter(|call| call.status == 200 && call.at == jira.now()).count();
    assert_eq!(searched, 0, "no poll has brought it");

    go_on(&archived, &jira, &told);
    let reports = archived.reports();
    wait_for("the reports that the archive leads to", || (live.reports() == reports).then_some(()));
    server.stop();
    jira.restore();
    live.ok(&["sync"]);
    agree(&archived, &live, "killed while webhooks came");
}
