//! Jira payloads that another project recorded, as CSV tables with the payload in the column `data`: written as an
//! archive.

mod naive;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use tidemark_tests::command::workspace;

pub(crate) use naive::Members;
use naive::ids;

const FOLDER: &str = "../shared/data/devlake-e2e/jira";
/// What the rows of the board say of where they come from.
const BOARD: &str = r#"{"ConnectionId":2,"BoardId":8}"#;
const SPRINT_FIELD: &str = "customfield_10020";

/// The payloads of board 8.
pub(crate) struct Recording {
    pub(crate) issues: Vec<Value>,
    pub(crate) sprints: Vec<Value>,
    statuses: Vec<Value>,
}

impl Recording {
    /// The recording, or nothing where it is not there; then it says so.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let folder = workspace().join(FOLDER).join("raw_tables");
        if !folder.is_dir() {
            println!("skipped: {test}: {FOLDER} is not there");
            return None;
        }
        let payloads = |name| rows(&folder, name).into_iter().map(|row| parsed(&row["data"])).collect();
        let mut issues: Vec<Value> = payloads("issues");
        let mut others: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
        for row in rows(&folder, "issue_changelogs") {
            let id = number(&parsed(&row["input"])["issue_id"]);
            others.entry(id).or_default().push(parsed(&row["data"]));
        }
        others.retain(|id, _| issues.iter().all(|issue| number(&issue["id"]) != *id));
        issues.extend(others.into_iter().map(|(id, histories)| stand_in(id, histories)));
        Some(Self { issues, sprints: payloads("sprints"), statuses: payloads("status") })
    }

    /// Writes the archive. No configuration of the board was recorded. `never_done` makes one up in which no status
    /// means done: then an issue is in scope exactly while it is a member, and the ledger tells all of it.
    pub(crate) fn write(&self, folder: &Path, never_done: bool) {
        let mut board = json!({"id": 8, "name": "Board 8", "type": "scrum"});
        if never_done {
            let statuses: Vec<Value> = self.status_ids().into_iter().map(|id| json!({"id": id})).collect();
            let columns =
                json!([{"name": "Anything", "statuses": statuses}, {"name": "Never", "statuses": []}]);
            board["configuration"] = json!({"columnConfig": {"columns": columns}});
        }
        let lines: String = self.issues.iter().map(|issue| format!("{issue}\n")).collect();
        fs::write(folder.join("issues.ndjson"), lines).unwrap();
        fs::write(folder.join("sprints.json"), json!(self.sprints).to_string()).unwrap();
        fs::write(folder.join("statuses.json"), json!(self.statuses).to_string()).unwrap();
        fs::write(folder.join("boards.json"), json!([board]).to_string()).unwrap();
    }

    fn status_ids(&self) -> BTreeSet<String> {
        let changed = self.issues.iter().flat_map(|issue| changes(issue, "status"));
        let changed = changed.flat_map(|(.., item)| [item["from"].clone(), item["to"].clone()]);
        let present = self.issues.iter().map(|issue| issue["fields"]["status"]["id"].clone());
        let known = self.statuses.iter().map(|status| status["id"].clone());
        changed.chain(present).chain(known).map(|id| number(&id).to_string()).collect()
    }
}

/// Of some issues only the changelog was recorded: its last values stand in for the present fields.
fn stand_in(id: u64, histories: Vec<Value>) -> Value {
    let created = histories.iter().map(|history| history["created"].clone()).min_by_key(at);
    let updated = histories.iter().map(|history| history["created"].clone()).max_by_key(at);
    let mut issue = json!({"id": id.to_string(), "key": format!("NONE-{id}"), "changelog": {
        "total": histories.len(), "histories": histories,
    }});
    let last = |field| changes(&issue, field).last().map(|(.., item)| item["to"].clone());
    let sprints: Vec<Value> =
        last(SPRINT_FIELD).iter().flat_map(ids).map(|id| json!({"id": id, "state": "closed"})).collect();
    let status = last("status").unwrap();
    issue["fields"] = json!({
        "created": created, "updated": updated, "closedSprints": sprints, "status": {"id": status, "name": status},
        "issuetype": {"id": "0", "name": "unknown", "subtask": false},
    });
    issue
}

/// The changes of a field, oldest first, with the ids of their histories.
fn changes<'a>(issue: &'a Value, field: &str) -> Vec<(Timestamp, u64, &'a Value)> {
    let mut changes = Vec::new();
    for history in issue["changelog"]["histories"].as_array().unwrap() {
        let items = history["items"].as_array().unwrap().iter().filter(|item| item["fieldId"] == field);
        changes.extend(items.map(|item| (at(&history["created"]), number(&history["id"]), item)));
    }
    changes.sort_by_key(|(at, id, _)| (*at, *id));
    changes
}

fn number(id: &Value) -> u64 {
    id.as_u64().unwrap_or_else(|| id.as_str().unwrap().parse().unwrap())
}

fn at(instant: &Value) -> Timestamp {
    instant.as_str().unwrap().parse().unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The rows of a table that are the board's, by column.
fn rows(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let path: PathBuf = folder.join(format!("_raw_jira_api_{name}.csv"));
    let mut records = records(&fs::read_to_string(path).unwrap()).into_iter();
    let head = records.next().unwrap();
    let rows = records.map(|record| head.iter().cloned().zip(record).collect::<BTreeMap<_, _>>());
    rows.filter(|row| row.get("params").is_some_and(|params| params == BOARD)).collect()
}

/// The records of a CSV text: a cell in quotes may hold commas, line ends, and quotes twice.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(char) = chars.next() {
        let record = records.last_mut().unwrap();
        match char {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => record.last_mut().unwrap().push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            '\r' if !quoted => {}
            _ => record.last_mut().unwrap().push(char),
        }
    }
    records
}
