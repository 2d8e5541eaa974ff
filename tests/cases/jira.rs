//! Jira's own JSON, told as the story of an issue: made, planned, estimated, moved; each step leaves its history entry.

use serde_json::{Value, json};

pub(crate) const TODO: &str = "1";
pub(crate) const DOING: &str = "2";
pub(crate) const DONE: &str = "3";
/// A status of the category done that only some boards show.
pub(crate) const RELEASED: &str = "4";
/// A status that the board maps to no column.
pub(crate) const PARKED: &str = "9";

pub(crate) const STORY: &str = "10001";
pub(crate) const EPIC: &str = "10000";
pub(crate) const SUBTASK: &str = "10003";

pub(crate) const SPRINT_FIELD: &str = "customfield_10020";
pub(crate) const POINTS_FIELD: &str = "customfield_10016";

/// An instant as issues write it. `04T10:00` is in March 2026 and UTC, anything longer is as it stands.
pub(crate) fn instant(text: &str) -> String {
    short(text).map_or_else(|| text.to_owned(), |time| format!("{time}+0000"))
}

/// An instant as sprints write it.
pub(crate) fn zulu(text: &str) -> String {
    short(text).map_or_else(|| text.to_owned(), |time| format!("{time}Z"))
}

fn short(text: &str) -> Option<String> {
    let rest = "00T00:00:00.000".get(text.len()..)?;
    (text.find('T') == Some(2)).then(|| format!("2026-03-{text}{rest}"))
}

/// What one history entry changes; lists of sprints are ids, as in `7, 8`, and points are text as Jira writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'a> {
    Sprints(&'a str),
    Points(&'a str),
    /// The field by its id.
    PointsOf(&'a str, &'a str),
    /// To or from a status of the category done the resolution changes with it and stands before it, so that the
    /// status is item 1.
    Status(&'a str),
    Type(&'a str),
    /// The parent's number.
    Parent(Option<u32>),
    Key(&'a str),
    Summary(&'a str),
}

/// An issue, with the history that it has so far.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    id: String,
    key: String,
    fields: Value,
    sprints: String,
    author: Value,
    next_history: u64,
    histories: Option<Vec<Value>>,
    /// What the changelog says that there is, where that is more than it holds.
    total: Option<usize>,
}

/// A story in to do, made on 1 March at 08:00, without an estimate, in no sprint.
pub(crate) fn story(number: u32) -> Story {
    let fields = json!({
        "summary": format!("Story {number}"), "created": instant("01T08:00"), "updated": instant("01T08:00"),
        "issuetype": issue_type(STORY), "project": {"id": "20000", "key": "ACME", "name": "Acme"},
        "status": status(TODO), "resolution": null, "resolutiondate": null, "assignee": null, "labels": [],
        POINTS_FIELD: null,
    });
    let (id, key) = (issue_id(number), format!("ACME-{number}"));
    let author = json!({"accountId": "557058:ana", "displayName": "Ana", "active": true});
    let (sprints, histories) = (String::new(), Some(Vec::new()));
    Story { id, key, fields, sprints, author, next_history: 1001, histories, total: None }
}

fn issue_id(number: u32) -> String {
    (10_000 + number).to_string()
}

impl Story {
    /// Sets a field as it is now, without a change of it.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.fields[field] = value;
        self
    }

    /// The present estimate, without a change of it.
    pub(crate) fn points(self, points: f64) -> Self {
        self.with(POINTS_FIELD, json!(points))
    }

    /// The present sprints, without a change of them.
    pub(crate) fn sprints(mut self, ids: &str) -> Self {
        ids.clone_into(&mut self.sprints);
        self
    }

    /// The present status, without a change of it.
    pub(crate) fn status(self, id: &str) -> Self {
        self.with("status", status(id))
    }

    pub(crate) fn created(self, at: &str) -> Self {
        self.with("created", json!(instant(at))).updated(at)
    }

    pub(crate) fn updated(self, at: &str) -> Self {
        self.with("updated", json!(instant(at)))
    }

    pub(crate) fn issue_type(self, id: &str) -> Self {
        self.with("issuetype", issue_type(id))
    }

    /// A sub-task of another issue.
    pub(crate) fn under(self, number: u32) -> Self {
        self.issue_type(SUBTASK).with("parent", parent(number))
    }

    /// Who makes the changes from here on; null for one who is no longer known.
    pub(crate) fn by(self, author: Value) -> Self {
        Self { author, ..self }
    }

    /// The id of the next history entry; those after it count on.
    pub(crate) fn history(self, id: u64) -> Self {
        Self { next_history: id, ..self }
    }

    /// One change, in a history entry of its own.
    pub(crate) fn at(self, at: &str, change: Change<'_>) -> Self {
        self.at_once(at, &[change])
    }

    /// Several changes in one history entry.
    pub(crate) fn at_once(mut self, at: &str, changes: &[Change<'_>]) -> Self {
        let items: Vec<Value> = changes.iter().flat_map(|change| self.apply(at, change)).collect();
        let mut entry = json!({"id": self.next_history.to_string(), "created": instant(at), "items": items});
        if !self.author.is_null() {
            entry["author"] = self.author.clone();
        }
        self.next_history += 1;
        if let Some(histories) = &mut self.histories {
            histories.push(entry);
        }
        self.updated(at)
    }

    fn apply(&mut self, at: &str, change: &Change<'_>) -> Vec<Value> {
        match *change {
            Change::Sprints(to) => {
                let from = std::mem::replace(&mut self.sprints, to.to_owned());
                let names = |ids: &str| ids.split(", ").map(name_of_sprint).collect::<Vec<_>>().join(", ");
                let texts = (json!(names(&from)), json!(names(to)));
                vec![item("Sprint", SPRINT_FIELD, (json!(from), json!(to)), texts)]
            }
            Change::Points(to) => self.apply(at, &Change::PointsOf(POINTS_FIELD, to)),
            Change::PointsOf(field, to) => {
                let value = to.parse::<f64>().map_or_else(|_| json!(to), |points| json!(points));
                let value = if to.is_empty() { Value::Null } else { value };
                let from = std::mem::replace(&mut self.fields[field], value);
                let text = from.as_f64().map(|points| points.to_string());
                let text = text.or_else(|| from.as_str().map(str::to_owned));
                let to = Some(to).filter(|to| !to.is_empty());
                let name = if field == POINTS_FIELD { "Story Points" } else { "Story point estimate" };
                vec![item(name, field, (Value::Null, Value::Null), (json!(text), json!(to)))]
            }
            Change::Status(to) => self.go(at, to),
            Change::Type(to) => {
                let from = std::mem::replace(&mut self.fields["issuetype"], issue_type(to));
                vec![moved("issuetype", &from, &self.fields["issuetype"])]
            }
            Change::Parent(to) => {
                let from = self.fields["parent"].take();
                self.fields["parent"] = to.map_or(Value::Null, parent);
                let to = &self.fields["parent"];
                let texts = (from["key"].clone(), to["key"].clone());
                vec![item("IssueParentAssociation", "", (from["id"].clone(), to["id"].clone()), texts)]
            }
            Change::Key(to) => {
                let from = std::mem::replace(&mut self.key, to.to_owned());
                let project = to.split_once('-').map_or(to, |(project, _)| project);
                let project = json!({"id": "20001", "key": project, "name": project});
                let left = std::mem::replace(&mut self.fields["project"], project);
                let key = item("Key", "key", (Value::Null, Value::Null), (json!(from), json!(to)));
                vec![moved("project", &left, &self.fields["project"]), key]
            }
            Change::Summary(to) => {
                let from = std::mem::replace(&mut self.fields["summary"], json!(to));
                vec![item("summary", "summary", (Value::Null, Value::Null), (from, json!(to)))]
            }
        }
    }

    fn go(&mut self, at: &str, to: &str) -> Vec<Value> {
        let from = std::mem::replace(&mut self.fields["status"], status(to));
        let change = moved("status", &from, &self.fields["status"]);
        let done = [&from, &self.fields["status"]].map(|status| status["statusCategory"]["key"] == "done");
        if done[0] == done[1] {
            return vec![change];
        }
        let (resolution, date) = if done[1] {
            (json!({"id": "10000", "name": "Done"}), json!(instant(at)))
        } else {
            (Value::Null, Value::Null)
        };
        self.fields["resolutiondate"] = date;
        let before = std::mem::replace(&mut self.fields["resolution"], resolution);
        vec![moved("resolution", &before, &self.fields["resolution"]), change]
    }

    /// The history entries so far, oldest first, to be changed as a test likes.
    pub(crate) fn edit(mut self, change: impl FnOnce(&mut Vec<Value>)) -> Self {
        if let Some(histories) = &mut self.histories {
            change(histories);
        }
        self
    }

    /// As answered without `expand=changelog`.
    pub(crate) fn without_changelog(self) -> Self {
        Self { histories: None, ..self }
    }

    /// As answered by a page of the changelog: these entries of all that there are.
    pub(crate) fn page_of_changelog(self, entries: std::ops::Range<usize>) -> Self {
        let all = self.histories.unwrap_or_default();
        let total = Some(all.len());
        Self { histories: Some(all[entries].to_vec()), total, ..self }
    }

    /// The issue as Jira answers it, its newest change first; `sprints` are those that Jira knows of.
    pub(crate) fn json(&self, sprints: &[Value]) -> Value {
        let mut issue = json!({"id": self.id, "key": self.key, "fields": self.fields});
        let ids = self.sprints.split(", ").filter(|id| !id.is_empty());
        let brief: Vec<Value> = ids.map(|id| brief(id, sprints)).collect();
        if issue["fields"][SPRINT_FIELD].is_null() && !brief.is_empty() {
            issue["fields"][SPRINT_FIELD] = json!(brief);
        }
        if let Some(histories) = &self.histories {
            let newest_first: Vec<&Value> = histories.iter().rev().collect();
            let total = self.total.unwrap_or(newest_first.len());
            let shown = newest_first.len();
            issue["changelog"] =
                json!({"startAt": 0, "maxResults": shown, "total": total, "histories": newest_first});
        }
        issue
    }
}

fn name_of_sprint(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("Sprint {id}") }
}

/// A sprint as the Sprint field of an issue names it.
fn brief(id: &str, sprints: &[Value]) -> Value {
    let known = sprints.iter().find(|sprint| sprint["id"].as_u64() == id.parse().ok());
    let mut brief =
        known.cloned().unwrap_or_else(|| json!({"id": id.parse::<u32>().ok(), "state": "closed"}));
    brief["boardId"] = brief["originBoardId"].take();
    if let Some(members) = brief.as_object_mut() {
        members.retain(|name, _| name != "originBoardId" && name != "activatedDate");
    }
    brief
}

fn item(field: &str, id: &str, ids: (Value, Value), texts: (Value, Value)) -> Value {
    let kind = if id.starts_with("customfield_") { "custom" } else { "jira" };
    let mut item = json!({"field": field, "fieldtype": kind, "from": ids.0, "fromString": texts.0,
        "to": ids.1, "toString": texts.1});
    if !id.is_empty() {
        item["fieldId"] = json!(id);
    }
    item
}

/// The change of a field whose values have ids and names.
fn moved(field: &str, from: &Value, to: &Value) -> Value {
    let ids = (from["id"].clone(), to["id"].clone());
    item(field, field, ids, (from["name"].clone(), to["name"].clone()))
}

pub(crate) fn status(id: &str) -> Value {
    let (name, category) = match id {
        TODO => ("To Do", "new"),
        DOING => ("In Progress", "indeterminate"),
        DONE => ("Done", "done"),
        RELEASED => ("Released", "done"),
        _ => ("Parked", "indeterminate"),
    };
    json!({"id": id, "name": name, "statusCategory": {"key": category, "name": category}})
}

pub(crate) fn issue_type(id: &str) -> Value {
    let name = match id {
        EPIC => "Epic",
        SUBTASK => "Sub-task",
        _ => "Story",
    };
    json!({"id": id, "name": name, "subtask": id == SUBTASK})
}

fn parent(number: u32) -> Value {
    json!({"id": issue_id(number), "key": format!("ACME-{number}")})
}
