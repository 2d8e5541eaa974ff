//! Webhooks on a log that processes share: one takes them, others compute and show them. The one that takes them is killed.

use std::time::Duration;

use tidemark_jira_simulator::{Flavour, Jira};
use tidemark_tests::command::{Installation, assert_same};
use tidemark_tests::server::Server;
use tidemark_tests::stack::Stack;

use crate::changes::advance;
use crate::sending::Sent;
use crate::support::{SECRET, archived, go_on, jira, section};

/// How long a sender waits after each webhook.
const PAUSE: Duration = Duration::from_millis(20);

fn source(jira: &Jira, listen: &str) -> String {
    format!(
        "{}poll_interval_secs = 86400\nwebhook_secrets = [\"{SECRET}\"]\n[api]\nlisten = {listen:?}\n",
        section(jira, Flavour::Cloud)
    )
}

#[test]
fn what_one_process_takes_is_shown_by_others_and_outlives_it() {
    let Some(stack) = Stack::new(3) else { return };
    let jira = jira(Flavour::Cloud, 90);
    let archived = archived(&jira);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let installation = |listen: &str| {
        let installation = Installation::empty();
        installation.configure(&format!("{}{}", stack.storage(), source(&jira, listen)));
        installation
    };
    let (taking, showing) = (installation(&free), installation("127.0.0.1:0"));
    showing.ok(&["migrate"]);
    showing.ok(&["sync"]);
    // No poll brings what a webhook tells.
    jira.revoke();
    let start = || Server::start(taking.command(&["run", "--only", "ingest"]));
    let mut first = start();
    let shown = Server::start(showing.command(&["run", "--only", "processors,sinks,api"]));
    let url = first.url("/hooks/acme");
    let told = advance(&jira, 4);
    assert!(told.len() > 50, "{} webhooks", told.len());
    let sent = Sent::new(PAUSE);
    let second = std::thread::scope(|scope| {
        let sending = scope.spawn(|| sent.send_all(&jira, &told, &url));
        wait_for_long("half of the webhooks", || {
            (sending.is_finished() || sent.taken() > told.len() / 2).then_some(())
        });
        assert!(!sending.is_finished(), "it is killed while they are sent");
        first.signal("KILL");
        first.ended();
        let second = start();
        sending.join().unwrap();
        second
    });
    go_on(&archived, &jira, &told);
    let reports = archived.reports();
    wait_for_long("the reports that the archive leads to", || (showing.reports() == reports).then_some(()));
    shown.stop();
    second.stop();
    // What polls add and take away changes no number.
    jira.restore();
    showing.ok(&["sync"]);
    assert_same(&archived.exports(), &showing.exports(), "told to one process and shown by another");
}

/// A process that takes over waits until the transactions of the one before it have ended.
fn wait_for_long<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + Duration::from_secs(180);
    while std::time::Instant::now() < deadline {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    panic!("this did not come: {what}");
}
