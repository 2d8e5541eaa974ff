//! What happens to the account and to issues while a first load is half done.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tidemark_jira_simulator::{Call, Flavour, Jira};
use tidemark_tests::command::{Installation, assert_same};

use crate::midst::{of_small_pages, search, sync_while};
use crate::support::{agree, archived, live};

/// What the searches for issues are about, in order: their queries without what makes them go on.
pub(crate) fn walks(calls: &[Call]) -> Vec<String> {
    let of = |call: &Call| {
        let body: Value = serde_json::from_str(&call.body).ok()?;
        let fields = body["fields"].as_array().filter(|fields| fields.len() > 1)?;
        assert!(fields.iter().any(|field| field == "*all"), "{fields:?}");
        let query = body["jql"].as_str()?;
        Some(query.split_once("created >=").map_or(query, |(bound, _)| bound).to_owned())
    };
    let mut walks: Vec<String> =
        calls.iter().filter(|call| call.path.contains("/search")).filter_map(of).collect();
    walks.dedup();
    walks
}

#[test]
fn a_load_whose_credentials_are_revoked_goes_on_where_it_was() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = Jira::start(of_small_pages(flavour, 104));
        let live = live(&jira, flavour);
        let said = sync_while(&jira, &live, search(flavour), |call| {
            if call == 8 {
                jira.revoke();
            }
        });
        drop(said.exits(1).names(&["acme", "401", "token"]));
        let before = jira.calls();
        let refused = before.iter().filter(|call| call.status == 401).count();
        assert!((1..=2).contains(&refused), "{refused} calls with refused credentials lock an account");
        // It is not tried again and again: neither is anything read, nor is the account locked.
        drop(live.run(&["sync"]).exits(1).names(&["401", "token"]));
        assert!(live.number("SELECT count(*) AS n FROM v1_issues") > 20, "what was read is there");
        jira.restore();
        jira.forget_calls();
        live.ok(&["sync"]);
        let [before, after] = [before, jira.calls()].map(|calls| walks(&calls));
        assert!(before.len() > 1, "{flavour:?}: {before:?}");
        assert_eq!(before.last(), after.first(), "{flavour:?}: it goes on with the board that it was at");
        assert!(before[..before.len() - 1].iter().all(|walk| !after.contains(walk)), "{before:?} {after:?}");
        agree(&archived(&jira), &live, &format!("{flavour:?}, revoked"));
    }
}

/// An issue as the archive tells it.
struct Told {
    id: String,
    line: String,
    issue: Value,
}

fn told(folder: &Path) -> Vec<Told> {
    let text = std::fs::read_to_string(folder.join("issues.ndjson")).unwrap();
    let tell = |line: &str| {
        let issue: Value = serde_json::from_str(line).unwrap();
        Told { id: issue["id"].as_str().unwrap().to_owned(), line: line.to_owned(), issue }
    };
    text.lines().map(tell).collect()
}

impl Told {
    /// Whether its sprints, if any, are over, and it has neither a parent nor sub-tasks: then that it is gone is told of it
    /// alone.
    fn is_settled(&self, all: &[Self]) -> bool {
        let fields = &self.issue["fields"];
        let sprints = fields["customfield_10020"].as_array().map(Vec::as_slice).unwrap_or_default();
        let closed = |sprint: &Value| {
            sprint["state"] == "closed" || sprint.as_str().is_some_and(|text| text.contains("state=CLOSED"))
        };
        let child = |other: &Self| other.issue["fields"]["parent"]["id"] == *self.id;
        sprints.iter().all(closed) && fields["parent"].is_null() && !all.iter().any(child)
    }
}

/// The columns that say where an issue is, and what is to be known of it therefore.
const STANDING: [(&str, &str); 4] = [
    ("v1_issues", "standing, gone_at"),
    ("v1_sprint_items", "marks"),
    ("v1_sprint_reports", "quality"),
    ("v1_sprint_report_modes", "quality"),
];

/// All views without these columns.
fn apart_from_standing(live: &Installation) -> BTreeMap<&'static str, String> {
    let mut views = live.exports();
    for (view, columns) in STANDING {
        let sql = format!("SELECT * EXCEPT ({columns}) FROM {view}");
        let rows = live.ok(&["query", &sql, "--format", "csv"]);
        let mut lines: Vec<&str> = rows.lines().collect();
        lines.sort_unstable();
        views.insert(view, lines.join("\n"));
    }
    views
}

/// What is done to issues while they are read.
struct Done {
    /// Those that are gone, as they were told before.
    gone: Vec<Told>,
    deleted: Vec<String>,
    /// With the project that each is in now.
    moved: Vec<(String, String)>,
}

/// Deletes, hides and moves some, from the oldest to the newest: some of them have been read, and some have not.
fn act(jira: &Jira, folder: &Path) -> Done {
    jira.archive(folder);
    let all = told(folder);
    let project = |issue: &Told| issue.issue["fields"]["project"]["key"].as_str().unwrap().to_owned();
    let settled: Vec<&Told> = all.iter().filter(|issue| issue.is_settled(&all)).collect();
    let places = (0..12).map(|place| settled[place * (settled.len() - 1) / 11]);
    let mut done = Done { gone: Vec::new(), deleted: Vec::new(), moved: Vec::new() };
    for (place, issue) in places.enumerate() {
        match place % 3 {
            0 => {
                jira.delete(&issue.id);
                done.deleted.push(issue.id.clone());
            }
            1 => jira.hide(&issue.id),
            _ => {
                let other = all.iter().map(project).find(|other| *other != project(issue)).unwrap();
                jira.move_to(&issue.id, &other);
                done.moved.push((issue.id.clone(), other));
                continue;
            }
        }
        done.gone.push(Told { id: issue.id.clone(), line: issue.line.clone(), issue: issue.issue.clone() });
    }
    done
}

/// What could be read before it was gone stays as it was, which is what an archive says that has kept it.
#[test]
fn what_is_deleted_hidden_or_moved_while_it_is_loaded_is_found() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = Jira::start(of_small_pages(flavour, 105));
        let live = live(&jira, flavour);
        let mut done = None;
        let said = sync_while(&jira, &live, search(flavour), |call| {
            if call == 12 {
                done = Some(act(&jira, &live.path("then")));
            }
        });
        assert!(said.exits(0).succeeded());
        let done = done.unwrap();
        live.ok(&["sync", "--accept-disappearance"]);

        let issue = |id: &str| {
            live.query(&format!("SELECT * FROM v1_issues WHERE issue_id = 'acme/{id}'"))[0].clone()
        };
        let (known, unknown): (Vec<&Told>, Vec<&Told>) =
            done.gone.iter().partition(|gone| !issue(&gone.id).is_null());
        assert!(known.len() > 1 && unknown.len() > 1, "{flavour:?}: {} of {}", known.len(), done.gone.len());
        let archived = Installation::of(Path::new("archive"));
        let folder = archived.path("archive");
        jira.archive(&folder);
        let lines: String = told(&folder)
            .iter()
            .chain(known.iter().copied())
            .map(|told| format!("{}\n", told.line))
            .collect();
        std::fs::write(folder.join("issues.ndjson"), lines).unwrap();
        archived.ok(&["sync"]);
        let [expected, found] = [&archived, &live].map(apart_from_standing);
        assert_same(&expected, &found, &format!("{flavour:?}"));
        for gone in known {
            let row = issue(&gone.id);
            // Cloud does not tell the two apart where nothing speaks for it.
            let hidden = flavour == Flavour::DataCenter && !done.deleted.contains(&gone.id);
            assert_eq!(row["standing"], if hidden { "hidden" } else { "deleted" }, "{flavour:?}");
            assert!(row["gone_at"].is_null(), "nobody has said when");
        }
        for (id, project) in &done.moved {
            let row = issue(id);
            assert_eq!(
                (&row["standing"], &row["project_key"]),
                (&"present".into(), &project.as_str().into())
            );
        }
    }
}
