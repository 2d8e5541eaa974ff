//! What Jira knows beside its issues, and the archive folder that all of it makes.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::jira::{
    DOING, DONE, EPIC, PARKED, POINTS_FIELD, RELEASED, SPRINT_FIELD, STORY, SUBTASK, Story, TODO, issue_type,
    status, zulu,
};

/// A sprint of board 1 that is still planned.
pub(crate) fn future(id: u32) -> Value {
    json!({"id": id, "state": "future", "name": format!("Sprint {id}"), "originBoardId": 1, "goal": ""})
}

/// A sprint of board 1 that runs.
pub(crate) fn active(id: u32, start: &str, planned_end: &str) -> Value {
    let mut sprint = future(id);
    sprint["state"] = json!("active");
    sprint["startDate"] = json!(zulu(start));
    sprint["endDate"] = json!(zulu(planned_end));
    sprint
}

/// A sprint of board 1 that is over.
pub(crate) fn closed(id: u32, start: &str, planned_end: &str, complete: &str) -> Value {
    let mut sprint = active(id, start, planned_end);
    sprint["state"] = json!("closed");
    sprint["completeDate"] = json!(zulu(complete));
    sprint
}

/// A board whose columns hold these statuses, the last one being done.
pub(crate) fn board(id: u32, columns: &[&[&str]], estimation_field: &str) -> Value {
    let column = |(number, statuses): (usize, &&[&str])| {
        let statuses: Vec<Value> = statuses.iter().map(|id| json!({"id": id})).collect();
        json!({"name": format!("Column {number}"), "statuses": statuses})
    };
    let columns: Vec<Value> = columns.iter().enumerate().map(column).collect();
    let estimation =
        json!({"type": "field", "field": {"fieldId": estimation_field, "displayName": "Points"}});
    json!({"id": id, "name": format!("Board {id}"), "type": "scrum", "configuration": {
        "id": id, "columnConfig": {"columns": columns}, "estimation": estimation}})
}

/// To do, in progress, done.
pub(crate) const COLUMNS: [&[&str]; 3] = [&[TODO], &[DOING], &[DONE]];

/// What Jira answers at one time, and what was seen of it earlier.
#[derive(Debug, Clone)]
pub(crate) struct Jira {
    sprints: Vec<Value>,
    boards: Vec<Value>,
    lines: Vec<Story>,
    observations: Vec<Value>,
}

/// Board 1 with [`COLUMNS`] and story points. Its sprint 7 is over: it started on 2 March at 09:00, was planned to end
/// on the 13th at 12:00 and was closed that day at 17:00. Sprint 8 runs since the 16th at 09:00, sprint 9 is planned.
pub(crate) fn jira(stories: impl IntoIterator<Item = Story>) -> Jira {
    Jira {
        sprints: vec![
            closed(7, "02T09:00", "13T12:00", "13T17:00"),
            active(8, "16T09:00", "27T12:00"),
            future(9),
        ],
        boards: vec![board(1, &COLUMNS, POINTS_FIELD)],
        lines: stories.into_iter().collect(),
        observations: Vec::new(),
    }
}

impl Jira {
    /// States a sprint as it is now, instead of the one that has its id.
    pub(crate) fn sprint(mut self, sprint: Value) -> Self {
        self.sprints.retain(|known| known["id"] != sprint["id"]);
        self.sprints.push(sprint);
        self
    }

    /// States a board as it is now, instead of the one that has its id.
    pub(crate) fn board(mut self, board: Value) -> Self {
        self.boards.retain(|known| known["id"] != board["id"]);
        self.boards.push(board);
        self
    }

    /// What was seen of a `sprint`, a `board` or another kind at a moment.
    pub(crate) fn seen(mut self, at: &str, kind: &str, payload: Value) -> Self {
        self.observations.push(json!({"at": zulu(at), "kind": kind, "payload": payload}));
        self
    }

    /// An issue that is gone since `at`, as it was seen last.
    pub(crate) fn deleted(self, at: &str, story: &Story) -> Self {
        let payload = story.json(&self.sprints);
        self.seen(at, "issue_deleted", payload)
    }

    /// An issue that can no longer be seen since `at`, as it was seen last.
    pub(crate) fn hidden(self, at: &str, story: &Story) -> Self {
        let payload = story.json(&self.sprints);
        self.seen(at, "issue_hidden", payload)
    }

    /// One more line of the archive.
    pub(crate) fn and(mut self, story: Story) -> Self {
        self.lines.push(story);
        self
    }

    /// Writes the archive's files; those of another `reading` are files of another time.
    pub(crate) fn write(&self, folder: &Path, reading: u64) {
        let lines = |values: Vec<Value>| values.iter().map(|value| format!("{value}\n")).collect::<String>();
        let types: Vec<Value> = [EPIC, STORY, SUBTASK].map(issue_type).to_vec();
        let statuses: Vec<Value> = [TODO, DOING, DONE, RELEASED, PARKED].map(status).to_vec();
        let files = [
            ("issues.ndjson", lines(self.lines.iter().map(|story| story.json(&self.sprints)).collect())),
            ("observations.ndjson", lines(self.observations.clone())),
            ("sprints.json", json!(self.sprints).to_string()),
            ("boards.json", json!(self.boards).to_string()),
            ("fields.json", fields().to_string()),
            ("statuses.json", json!(statuses).to_string()),
            ("issuetypes.json", json!(types).to_string()),
        ];
        for (name, text) in files {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            let file = File::options().append(true).open(&path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000 + reading)).unwrap();
        }
    }
}

fn fields() -> Value {
    let custom = |id: &str, name: &str, kind: &str| json!({"id": id, "key": id, "name": name, "custom": true, "schema": {"custom": kind}});
    let float = "com.atlassian.jira.plugin.system.customfieldtypes:float";
    json!([
        custom(SPRINT_FIELD, "Sprint", "com.pyxis.greenhopper.jira:gh-sprint"),
        custom(POINTS_FIELD, "Story Points", float),
        custom("customfield_10031", "Story point estimate", "com.pyxis.greenhopper.jira:jsw-story-points"),
        {"id": "status", "key": "status", "name": "Status", "custom": false, "schema": {"type": "status"}},
    ])
}
