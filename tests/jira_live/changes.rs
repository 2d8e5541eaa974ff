//! What changes after the first load: polled, told by webhooks, or both.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::Value;
use tidemark_jira_simulator::{Delivery, Flavour, Jira};
use tidemark_model::Timestamp;
use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};

use crate::support::{SECRET, agree, archived, go_on, jira, live, section};

const DAY_MS: i64 = 86_400_000;

/// Lets time pass; what is told of it, but for what nobody sees who polls.
pub(crate) fn advance(jira: &Jira, days: i64) -> Vec<Delivery> {
    let told = jira.advance(Timestamp(jira.now().0 + days * DAY_MS));
    // Of what comes and goes between two polls only those know who are told: it is left out.
    let of = |delivery: &Delivery| {
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        body["issue"]["id"].as_str().map(str::to_owned)
    };
    let ids = |event: &str| -> BTreeSet<String> {
        told.iter().filter(|delivery| delivery.webhook_event == event).filter_map(of).collect()
    };
    let fleeting: BTreeSet<String> =
        ids("jira:issue_created").intersection(&ids("jira:issue_deleted")).cloned().collect();
    told.iter().filter(|delivery| !of(delivery).is_some_and(|id| fleeting.contains(&id))).cloned().collect()
}

#[test]
fn what_changes_is_polled() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = jira(flavour, 76);
        let (archived, live) = (archived(&jira), live(&jira, flavour));
        live.ok(&["sync"]);
        for days in [1, 3] {
            assert!(!advance(&jira, days).is_empty());
            live.ok(&["sync"]);
            // What was deleted meanwhile nobody has been told: it stays, in both.
            go_on(&archived, &jira, &[]);
            agree(&archived, &live, &format!("{flavour:?} after {days} days"));
        }
    }
}

/// Runs an installation that does not poll after its start.
fn told(jira: &Jira) -> (Installation, Server) {
    let live = Installation::empty();
    live.configure(&format!(
        "{}poll_interval_secs = 86400\nwebhook_secrets = [\"an old secret of ours\", \"{SECRET}\"]\n[api]\nlisten = \"127.0.0.1:0\"\n",
        section(jira, Flavour::Cloud)
    ));
    live.ok(&["sync"]);
    let server = Server::start(live.command(&["run"]));
    (live, server)
}

#[test]
fn half_told_in_any_order_and_half_polled_says_the_same() {
    let jira = jira(Flavour::Cloud, 77);
    let archived = archived(&jira);
    let (live, server) = told(&jira);
    let all = advance(&jira, 4);
    assert!(all.len() > 50, "{} webhooks", all.len());
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(77);
    // Half of them are lost, except for deletions, which no poll could see; of the others some come twice.
    let (mut deliveries, mut others): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|delivery| delivery.webhook_event.ends_with("deleted"));
    others.shuffle(&mut dice);
    others.truncate(others.len() / 2);
    deliveries.extend(others);
    deliveries.shuffle(&mut dice);
    let again = deliveries[..deliveries.len() / 3].to_vec();
    for delivery in deliveries.iter().chain(&again) {
        assert_eq!(jira.deliver(delivery, &server.url("/hooks/acme"), SECRET), 200);
    }
    server.stop();
    advance(&jira, 1);
    live.ok(&["sync"]);
    go_on(&archived, &jira, &all);
    agree(&archived, &live, "half told, half polled");
}

#[test]
fn what_is_told_is_reported_before_anybody_polls() {
    let jira = jira(Flavour::Cloud, 78);
    let archived = archived(&jira);
    let (live, server) = told(&jira);
    let deliveries = advance(&jira, 4);
    for delivery in &deliveries {
        assert_eq!(jira.deliver(delivery, &server.url("/hooks/acme"), SECRET), 200);
    }
    go_on(&archived, &jira, &deliveries);
    let reports = archived.reports();
    wait_for("the reports that the archive leads to", || (live.reports() == reports).then_some(()));
    server.stop();
}

#[test]
fn what_is_gone_is_found_and_told_apart() {
    let jira = jira(Flavour::Cloud, 79);
    let live = live(&jira, Flavour::Cloud);
    live.ok(&["sync"]);
    let issues = jira.issues();
    let (deleted, hidden) = (&issues[3], &issues[40]);
    jira.delete(deleted);
    jira.hide(hidden);
    jira.settle();
    let said = live.ok(&["sync", "--accept-disappearance"]);
    assert!(said.contains("issues are gone, 0 are back, 0 were not known"), "{said}");
    let standing = |id: &str| {
        let sql = format!("SELECT standing, gone_at FROM v1_issues WHERE issue_id = 'acme/{id}'");
        live.query(&sql)[0].clone()
    };
    assert_eq!(standing(deleted)["standing"], "deleted");
    assert!(standing(deleted)["gone_at"].is_null(), "nobody has said when");
    // Cloud does not tell the two apart where nothing else speaks for it; what is seen again was not deleted.
    assert_ne!(standing(hidden)["standing"], "present");
    jira.show(hidden);
    jira.forget_calls();
    let said = live.ok(&["sync", "--accept-disappearance"]);
    assert!(said.contains("1 are back"), "{said}");
    assert_eq!(standing(hidden)["standing"], "present");
    let asked = |path: &str| jira.calls().iter().filter(|call| call.path == path).count();
    assert_eq!(asked("/rest/api/3/issue/bulkfetch"), 1, "what can be seen is looked at in bulk");
    assert_eq!(asked(&format!("/rest/api/3/issue/{hidden}")), 0, "and not one by one");
}

/// Where an issue is, as its row says.
fn standing(live: &Installation, id: &str) -> Value {
    let sql = format!("SELECT standing FROM v1_issues WHERE issue_id = 'acme/{id}'");
    live.query(&sql)[0]["standing"].clone()
}

#[test]
fn what_may_not_be_seen_is_called_hidden_where_jira_tells_it() {
    // Data Center refuses what is hidden, and does not know what is deleted.
    let data_center = jira(Flavour::DataCenter, 87);
    let there = live(&data_center, Flavour::DataCenter);
    there.ok(&["sync"]);
    let issues = data_center.issues();
    let (deleted, hidden) = (&issues[5], &issues[50]);
    data_center.delete(deleted);
    data_center.hide(hidden);
    there.ok(&["sync", "--accept-disappearance"]);
    assert_eq!(standing(&there, deleted), "deleted");
    assert_eq!(standing(&there, hidden), "hidden");

    // Cloud answers alike; but where a whole project can't be seen, its issues were not deleted.
    let cloud = jira(Flavour::Cloud, 87);
    let live = live(&cloud, Flavour::Cloud);
    live.ok(&["sync"]);
    let project = projects(&live).pop().unwrap();
    let of_project = |standing: &str| {
        let sql = format!(
            "SELECT count(*) AS n FROM v1_issues WHERE project_key = '{project}' AND standing = '{standing}'"
        );
        live.number(&sql)
    };
    let present = of_project("present");
    assert!(present > 5);
    cloud.hide_project(&project);
    live.ok(&["sync", "--accept-disappearance"]);
    assert_eq!((of_project("present"), of_project("hidden")), (0, present));
    cloud.show_project(&project);
    live.ok(&["sync", "--accept-disappearance"]);
    assert_eq!((of_project("present"), of_project("hidden")), (present, 0));
}

#[test]
fn a_mass_disappearance_stops_and_asks() {
    let jira = jira(Flavour::Cloud, 80);
    let live = Installation::empty();
    live.configure(&format!("{}reconcile_interval_secs = 1\n", section(&jira, Flavour::Cloud)));
    live.ok(&["sync"]);
    let before = live.exports();
    for issue in jira.issues().iter().take(120) {
        jira.hide(issue);
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    live.run(&["sync"]).exits(1).names(&["120 of", "--accept-disappearance", "permission"]);
    assert_eq!(before, live.exports(), "nothing is marked as gone");
    live.ok(&["sync", "--accept-disappearance"]);
    assert_eq!(live.number("SELECT count(*) AS n FROM v1_issues WHERE standing <> 'present'"), 120);
}

/// The keys of the projects that issues lie in, most issues first.
fn projects(live: &Installation) -> Vec<String> {
    let sql = "SELECT project_key FROM v1_issues GROUP BY project_key ORDER BY count(*) DESC, project_key";
    let rows = live.query(sql);
    rows.as_array().unwrap().iter().map(|row| row["project_key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn other_projects_are_not_read_whoever_tells_of_them() {
    let jira = jira(Flavour::Cloud, 84);
    let all = live(&jira, Flavour::Cloud);
    all.ok(&["sync"]);
    let [ours, other, ..] = &projects(&all)[..] else { panic!("one project") };
    let live = Installation::empty();
    live.configure(&format!(
        "{}projects = [{ours:?}]\npoll_interval_secs = 86400\nwebhook_secrets = [\"{SECRET}\"]\n[api]\nlisten = \"127.0.0.1:0\"\n",
        section(&jira, Flavour::Cloud)
    ));
    live.ok(&["sync"]);
    assert_eq!(projects(&live), std::slice::from_ref(ours));
    let server = Server::start(live.command(&["run"]));
    let told = advance(&jira, 1);
    let of_other =
        |delivery: &&Delivery| String::from_utf8_lossy(&delivery.body).contains(&format!("\"{other}-"));
    assert!(told.iter().filter(of_other).count() > 3);
    for delivery in &told {
        assert_eq!(jira.deliver(delivery, &server.url("/hooks/acme"), SECRET), 200);
    }
    server.stop();
    live.ok(&["sync"]);
    assert_eq!(projects(&live), std::slice::from_ref(ours));
    // An issue that leaves for a project that is not read is neither deleted nor hidden.
    let issue = live.query("SELECT issue_id FROM v1_issues WHERE standing = 'present' ORDER BY issue_id")[0]
        ["issue_id"]
        .clone();
    let id = issue.as_str().unwrap().strip_prefix("acme/").unwrap().to_owned();
    jira.move_to(&id, other);
    jira.settle();
    live.ok(&["sync", "--accept-disappearance"]);
    let standing = live.query(&format!("SELECT standing FROM v1_issues WHERE issue_id = 'acme/{id}'"));
    assert_eq!(standing[0]["standing"], "moved");
}
