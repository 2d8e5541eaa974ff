//! Webhooks that a Jira Cloud and a Jira Server have sent, and what is to become of each.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidemark_jira_simulator::{Delivery, Flavour, Flow, Jira};
use tidemark_model::Timestamp;
use tidemark_tests::command::{Installation, workspace};
use tidemark_tests::server::{Server, wait_for};

use crate::support::{SECRET, jira, section};

enum Expected {
    /// It is taken, and there is nothing to do: it is of no event that numbers come from.
    Nothing,
    /// It is taken, and says so little of its issue that the next poll has to read it.
    Part,
    /// The issue's fields are known, and so many changes.
    Issue(usize),
    /// The issue's fields are known, and since when it is gone.
    Deleted,
    /// The issue's fields are known, its change is rejected for this reason.
    Rejected(&'static str),
}

use Expected::{Deleted, Issue, Nothing, Part, Rejected};

/// What a person who has read the bodies expects of each.
const BODIES: [(&str, Expected); 35] = [
    ("cloud-comment-created-mention-user", Nothing),
    ("cloud-comment-created", Nothing),
    ("cloud-comment-deleted", Nothing),
    ("cloud-comment-updated", Nothing),
    ("cloud-issue-created-many-fields", Issue(0)),
    ("cloud-issue-updated-custom-field", Issue(1)),
    ("issue-assigned-empty-changelog", Part),
    ("issue-comment-created-indentation", Issue(0)),
    ("issue-created-no-description-nor-relevant-fields", Issue(0)),
    ("issue-created-no-description", Issue(0)),
    ("issue-created-no-relevant-fields", Issue(0)),
    ("issue-created-with-security-level", Issue(0)),
    ("issue-created", Issue(0)),
    ("issue-deleted", Deleted),
    ("issue-updated-assigned-nobody", Issue(1)),
    ("issue-updated-assigned-on-server", Issue(1)),
    ("issue-updated-assigned", Issue(1)),
    ("issue-updated-attachments", Issue(1)),
    ("issue-updated-components", Issue(1)),
    ("issue-updated-edited", Issue(1)),
    ("issue-updated-fix-version", Issue(1)),
    ("issue-updated-issue-type", Issue(1)),
    ("issue-updated-labels", Issue(1)),
    ("issue-updated-lowered-priority", Issue(1)),
    ("issue-updated-multiple-custom-fields", Issue(2)),
    ("issue-updated-multiple-values", Issue(3)),
    ("issue-updated-raised-priority", Issue(1)),
    ("issue-updated-rank", Issue(1)),
    ("issue-updated-renamed", Issue(1)),
    ("issue-updated-reopened-one-changelog", Issue(1)),
    ("issue-updated-reopened", Issue(2)),
    ("issue-updated-resolved-one-changelog", Issue(1)),
    ("issue-updated-resolved", Issue(2)),
    ("issue-updated-sprint", Rejected("names and no ids")),
    ("issue-updated-started-working", Issue(1)),
];

impl Expected {
    /// The row of the issue that is to be there, and its changes, in the body's own words.
    fn rows(&self, body: &Value) -> (Value, Vec<Value>) {
        let (gone_at, changes) = match self {
            Nothing | Part => return (Value::Null, Vec::new()),
            Issue(changes) => (None, *changes),
            Deleted => (body["timestamp"].as_i64(), 0),
            Rejected(_) => (None, 0),
        };
        let fields = &body["issue"]["fields"];
        let at = Timestamp::parse(fields["updated"].as_str().unwrap()).unwrap().to_string();
        let row = json!({
            "issue_key": body["issue"]["key"], "updated_at": at, "summary": fields["summary"],
            "status": fields["status"]["name"], "standing": if gone_at.is_some() { "deleted" } else { "present" },
            "gone_at": gone_at.map(|at| Timestamp(at).to_string()), "changes": changes,
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let items = body["changelog"]["items"].as_array().map_or(&[][..], Vec::as_slice);
        let rows = items[..changes].iter().map(|item| {
            json!({
                "at": at, "field": item["field"],
                "from": text(&item["fromString"]), "to": text(&item["toString"]),
            })
        });
        (row, rows.collect())
    }
}

/// A server with a source for each body, so that none is mixed with another. Nothing can be polled.
fn running(jira: &Jira) -> (Installation, Server) {
    jira.revoke();
    let installation = Installation::empty();
    let sections = BODIES.iter().map(|(name, _)| {
        let section = section(jira, Flavour::Cloud).replace("sources.acme", &format!("sources.{name}"));
        format!("{section}poll_interval_secs = 86400\nwebhook_secrets = [\"{SECRET}\"]\n")
    });
    let sections: String = sections.collect();
    installation.configure(&format!("{sections}[api]\nlisten = \"127.0.0.1:0\"\n"));
    let server = Server::start(installation.command(&["run"]));
    (installation, server)
}

/// The rows of a view by their source.
fn by_source(installation: &Installation, sql: &str) -> BTreeMap<String, Vec<Value>> {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mut row in installation.query(sql).as_array().unwrap().clone() {
        let source = row.as_object_mut().unwrap().remove("source").unwrap();
        rows.entry(source.as_str().unwrap().to_owned()).or_default().push(row);
    }
    rows
}

#[test]
fn each_recorded_webhook_does_what_its_body_says() {
    let folder = workspace().join("../shared/data/jira-webhooks");
    if !folder.is_dir() {
        eprintln!("skipped: each_recorded_webhook_does_what_its_body_says needs {}", folder.display());
        return;
    }
    let there =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut there: Vec<String> = there.collect();
    let mut listed: Vec<String> = BODIES.iter().map(|(name, _)| format!("webhook-{name}.json")).collect();
    there.sort_unstable();
    listed.sort_unstable();
    assert_eq!(there, listed, "every body is accounted for");

    let jira = jira(Flavour::Cloud, 82);
    let (installation, server) = running(&jira);
    let body = |name: &str| std::fs::read(folder.join(format!("webhook-{name}.json"))).unwrap();
    for (name, _) in &BODIES {
        let body = body(name);
        let event: Value = serde_json::from_slice(&body).unwrap();
        let delivery = Delivery {
            body,
            webhook_event: event["webhookEvent"].as_str().unwrap().to_owned(),
            identifier: (*name).to_owned(),
            at: Timestamp(0),
            flow: Flow::Primary,
        };
        assert_eq!(jira.deliver(&delivery, &server.url(&format!("/hooks/{name}")), SECRET), 200, "{name}");
    }
    let rejected = wait_for("what is rejected", || {
        let rejected = server.json("/api/v1/rejected?stage=receive")["data"].as_array()?.clone();
        (!rejected.is_empty()).then_some(rejected)
    });
    server.stop();
    installation.run(&["sync"]);

    let issues = by_source(
        &installation,
        "SELECT source, issue_key, updated_at, summary, status, standing, gone_at, changes FROM v1_issues",
    );
    let changes = by_source(
        &installation,
        "SELECT source, at, field, coalesce(from_text, '') AS \"from\", coalesce(to_text, '') AS \"to\" \
         FROM v1_issue_changes ORDER BY source, history_id, item",
    );
    for (name, expected) in &BODIES {
        let (issue, history) = expected.rows(&serde_json::from_slice(&body(name)).unwrap());
        let found = issues.get(*name).map_or(&[][..], Vec::as_slice);
        assert!(found.len() <= 1, "{name}: {found:?}");
        assert_eq!(found.first().unwrap_or(&Value::Null), &issue, "{name}");
        assert_eq!(changes.get(*name).cloned().unwrap_or_default(), history, "{name}");
        let reasons: Vec<&Value> = rejected.iter().filter(|one| one["source"] == *name).collect();
        match (expected, &reasons[..]) {
            (Rejected(.., reason), [one]) => {
                assert!(one["detail"].as_str().unwrap().contains(reason), "{one}")
            }
            (Rejected(..), _) | (_, [_, ..]) => panic!("{name}: {reasons:?}"),
            (_, []) => {}
        }
    }
}
