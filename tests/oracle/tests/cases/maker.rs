//! Makes small archives. Sprint 7 is (2 March 09:00, 13 March 17:00] of 2026,
//! planned to end at 12:00; sprint 8 follows it and is active. Status 1 is to
//! do, 2 in progress, 3 done, and 9 is in no column. Status 4 is in no column
//! and of the category done.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidemark_oracle::{Points, Policy, Report, reports, reports_with};

/// An instant in March 2026 from `"02T09:00:00.000"`.
pub(crate) fn march(time: &str) -> String {
    format!("2026-03-{time}+0000")
}

/// An issue that is changed step by step, keeping its changelog.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    pub(crate) issue: Value,
    sprints: String,
}

impl Maker {
    /// A story in to do, made on 1 March at 08:00.
    pub(crate) fn new(number: u32) -> Self {
        let issue = json!({
            "id": format!("{}", 10_000 + number), "key": format!("ACME-{number}"),
            "fields": {
                "created": march("01T08:00:00.000"), "updated": march("20T08:00:00.000"),
                "issuetype": {"id": "100", "name": "Story", "subtask": false},
                "status": status("1"), "resolution": null, "resolutiondate": null,
                "parent": null, "customfield_10020": null, "customfield_10016": null},
            "changelog": {"startAt": 0, "maxResults": 0, "total": 0, "histories": []}});
        Self { issue, sprints: String::new() }
    }

    /// Sets a field without a change.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.issue["fields"][field] = value;
        self
    }

    /// Changes a field whose present value is given, from and to (id, text).
    pub(crate) fn change(
        mut self,
        at: &str,
        field: [&str; 2],
        sides: [[Value; 2]; 2],
        present: Value,
    ) -> Self {
        let [[from, from_text], [to, to_text]] = sides;
        let item = json!({"field": field[1], "fieldId": field[0], "from": from, "fromString": from_text,
            "to": to, "toString": to_text});
        self.add_change(at, &item);
        self.with(field[0], present)
    }

    pub(crate) fn estimated(self, points: f64) -> Self {
        self.with("customfield_10016", json!(points))
    }

    pub(crate) fn in_status(self, id: &str) -> Self {
        self.with("status", status(id))
    }

    /// In sprints from the beginning.
    pub(crate) fn in_sprints(mut self, ids: &str) -> Self {
        ids.clone_into(&mut self.sprints);
        self.with("customfield_10020", sprint_objects(ids))
    }

    /// A sub-task of an issue.
    pub(crate) fn under(self, number: u32) -> Self {
        let subtask = json!({"id": "101", "name": "Sub-task", "subtask": true});
        let parent = json!({"id": format!("{}", 10_000 + number), "key": format!("ACME-{number}")});
        self.with("issuetype", subtask).with("parent", parent)
    }

    pub(crate) fn move_to_sprints(mut self, at: &str, ids: &str) -> Self {
        let item = json!({"field": "Sprint", "fieldtype": "custom",
            "fieldId": "customfield_10020", "from": self.sprints, "to": ids});
        self.add_change(at, &item);
        self.in_sprints(ids)
    }

    pub(crate) fn estimate(mut self, at: &str, points: Option<f64>) -> Self {
        let before = self.issue["fields"]["customfield_10016"].clone();
        let text = |value: &Value| {
            if value.is_null() { Value::Null } else { value.to_string().into() }
        };
        let item = json!({"field": "Story Points", "fieldId": "customfield_10016",
            "from": null, "fromString": text(&before), "to": null, "toString": text(&json!(points))});
        self.add_change(at, &item);
        self.with("customfield_10016", json!(points))
    }

    pub(crate) fn go(mut self, at: &str, id: &str) -> Self {
        let from = self.issue["fields"]["status"]["id"].clone();
        let item = json!({"field": "status", "fieldtype": "jira", "fieldId": "status",
            "from": from, "to": id});
        self.add_change(at, &item);
        self.in_status(id)
    }

    /// Becomes of type 100 (story) or 101 (sub-task).
    pub(crate) fn become_type(mut self, at: &str, id: &str) -> Self {
        let from = self.issue["fields"]["issuetype"]["id"].clone();
        let item = json!({"field": "issuetype", "fieldtype": "jira", "fieldId": "issuetype",
            "from": from, "to": id});
        self.add_change(at, &item);
        self.with("issuetype", json!({"id": id, "subtask": id == "101"}))
    }

    /// Writes a change, newest first as Jira lists them.
    pub(crate) fn add_change(&mut self, at: &str, item: &Value) {
        if let Some(histories) = self.issue["changelog"]["histories"].as_array_mut() {
            let id = format!("{}", 95 + histories.len());
            histories.insert(0, json!({"id": id, "created": march(at), "items": [item]}));
        }
    }

    pub(crate) fn without_changelog(mut self) -> Self {
        if let Some(issue) = self.issue.as_object_mut() {
            issue.remove("changelog");
        }
        self
    }
}

/// What was seen of a sprint: `[at, state]`, with the close of a closed one.
pub(crate) fn sight(id: i64, at: &str, state: &str) -> Value {
    let mut payload = json!({"id": id, "state": state, "originBoardId": 1});
    if state == "closed" {
        payload["completeDate"] = json!(march(at));
    }
    json!({"at": march(at), "kind": "sprint", "payload": payload})
}

fn status(id: &str) -> Value {
    let category = if id == "3" || id == "4" { "done" } else { "new" };
    json!({"id": id, "name": id, "statusCategory": {"id": 1, "key": category, "name": category}})
}

fn sprint_objects(ids: &str) -> Value {
    let ids = ids.split(',').filter_map(|id| id.trim().parse::<i64>().ok());
    ids.map(|id| json!({"id": id, "name": format!("Sprint {id}")})).collect()
}

/// The files of an archive beside its issues.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) sprints: Value,
    pub(crate) boards: Option<Value>,
    pub(crate) observations: Vec<Value>,
    pub(crate) spare_estimates: Option<String>,
}

impl Files {
    pub(crate) fn usual() -> Self {
        let column = |id: &str| json!({"name": id, "statuses": [{"id": id}]});
        Self {
            sprints: json!([
                {"id": 7, "state": "closed", "name": "Sprint 7", "originBoardId": 1,
                 "startDate": "2026-03-02T09:00:00.000Z", "endDate": "2026-03-13T12:00:00.000Z",
                 "completeDate": "2026-03-13T17:00:00.000Z"},
                {"id": 8, "state": "active", "name": "Sprint 8", "originBoardId": 1,
                 "startDate": "2026-03-16T09:00:00.000Z", "endDate": "2026-03-27T12:00:00.000Z"},
                {"id": 9, "state": "future", "name": "Sprint 9", "originBoardId": 1}]),
            boards: Some(json!([{"id": 1, "name": "Board", "type": "scrum", "configuration": {
                "id": 1, "columnConfig": {"columns": [column("1"), column("2"), column("3")]},
                "estimation": {"type": "field", "field": {"fieldId": "customfield_10016",
                    "displayName": "Story Points"}}}}])),
            observations: Vec::new(),
            spare_estimates: None,
        }
    }

    /// The reports of the archive under the default policy.
    pub(crate) fn reports(&self, issues: &[Maker]) -> Result<Vec<Report>> {
        reports(self.write(issues)?.path())
    }

    /// Writes the archive.
    pub(crate) fn write(&self, issues: &[Maker]) -> Result<TempDir> {
        let dir = tempfile::tempdir()?;
        let lines = |values: &mut dyn Iterator<Item = &Value>| {
            values.fold(String::new(), |text, value| format!("{text}{value}\n"))
        };
        let put = |name: &str, text: String| fs::write(dir.path().join(name), text);
        put("issues.ndjson", lines(&mut issues.iter().map(|maker| &maker.issue)))?;
        put("sprints.json", self.sprints.to_string())?;
        put("issuetypes.json", json!([{"id": "101", "subtask": true}]).to_string())?;
        put("observations.ndjson", lines(&mut self.observations.iter()))?;
        if let Some(boards) = &self.boards {
            put("boards.json", boards.to_string())?;
        }
        if let Some(spare) = &self.spare_estimates {
            put("story_points.csv", spare.clone())?;
        }
        Ok(dir)
    }

    /// The report of one sprint.
    pub(crate) fn report(&self, sprint: i64, issues: &[Maker]) -> Result<Report> {
        self.report_with(sprint, issues, &Policy::default())
    }

    /// The report of one sprint under a policy.
    pub(crate) fn report_with(&self, sprint: i64, issues: &[Maker], policy: &Policy) -> Result<Report> {
        let reports = reports_with(self.write(issues)?.path(), policy)?;
        reports.into_iter().find(|report| report.sprint == sprint).context("no such report")
    }
}

/// The report of sprint 7 in the usual archive.
pub(crate) fn sprint_7(issues: &[Maker]) -> Result<Report> {
    Files::usual().report(7, issues)
}

/// The report of sprint 7 in the usual archive under a policy.
pub(crate) fn sprint_7_with(issues: &[Maker], policy: &Policy) -> Result<Report> {
    Files::usual().report_with(7, issues, policy)
}

/// Asserts the points: committed, added, removed, re-estimated, completed and
/// not completed; and that the final scope obeys rule 1.
#[track_caller]
pub(crate) fn assert_points(report: &Report, expected: [i64; 6]) {
    let sums = &report.points;
    let [committed, added, removed, reestimated, completed, not_completed] =
        expected.map(|points| Some(Points::whole(points)));
    assert_eq!(sums.committed, committed, "committed: {report:#?}");
    assert_eq!(sums.added, added, "added: {report:#?}");
    assert_eq!(sums.removed, removed, "removed: {report:#?}");
    assert_eq!(sums.reestimated, reestimated, "reestimated: {report:#?}");
    assert_eq!(sums.completed, completed, "completed: {report:#?}");
    assert_eq!(sums.not_completed, not_completed, "not_completed: {report:#?}");
    let final_scope = expected[0] + expected[1] - expected[2] + expected[3];
    assert_eq!(final_scope, expected[4] + expected[5], "the expectation breaks rule 1");
    assert_eq!(sums.final_scope, Some(Points::whole(final_scope)), "{report:#?}");
}
