//! What the search knows of issues: on Cloud it learns of changes a moment late.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;
use tidemark_model::Timestamp;

use crate::jql::Operand;

/// Something with an id and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Named {
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let id = match &value["id"] {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        Some(Self { id, name: value["name"].as_str().unwrap_or_default().to_owned() })
    }

    /// Names go before ids, as in Jira.
    pub(crate) fn is(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Text(text) => self.name.eq_ignore_ascii_case(text) || self.id == *text,
            Operand::Number(id) => self.id == id.to_string(),
            Operand::Empty | Operand::Function(_) => false,
        }
    }
}

/// An issue as the index keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) id: u32,
    pub(crate) project_key: String,
    pub(crate) number: u32,
    pub(crate) project: Named,
    pub(crate) sprints: Vec<u32>,
    pub(crate) updated: Timestamp,
    pub(crate) created: Timestamp,
    pub(crate) resolved: Option<Timestamp>,
    pub(crate) kind: Named,
    pub(crate) status: Named,
    pub(crate) category: Named,
    pub(crate) resolution: Option<Named>,
    pub(crate) priority: Option<Named>,
    pub(crate) assignee: Option<String>,
    pub(crate) reporter: Option<String>,
    pub(crate) parent: Option<u32>,
    pub(crate) labels: Vec<String>,
    pub(crate) components: Vec<Named>,
    /// By estimation field.
    pub(crate) points: [Option<f64>; 2],
    pub(crate) summary: String,
    /// The keys that it had before it was moved.
    pub(crate) former_keys: Vec<String>,
}

impl Doc {
    pub(crate) fn read(issue: &Value, former_keys: Vec<String>) -> Option<Self> {
        let fields = &issue["fields"];
        let (project_key, number) = issue["key"].as_str()?.rsplit_once('-')?;
        let instant = |name: &str| Timestamp::parse(fields[name].as_str()?).ok();
        let account = |name: &str| fields[name]["accountId"].as_str().map(str::to_owned);
        let list = |name: &str| fields[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let ids =
            list("customfield_10020").iter().filter_map(|sprint| u32::try_from(sprint["id"].as_u64()?).ok());
        Some(Self {
            id: issue["id"].as_str()?.parse().ok()?,
            project_key: project_key.to_owned(),
            number: number.parse().ok()?,
            project: Named::read(&fields["project"])?,
            sprints: ids.collect(),
            updated: instant("updated")?,
            created: instant("created")?,
            resolved: instant("resolutiondate"),
            kind: Named::read(&fields["issuetype"])?,
            status: Named::read(&fields["status"])?,
            category: Named::read(&fields["status"]["statusCategory"])?,
            resolution: Named::read(&fields["resolution"]),
            priority: Named::read(&fields["priority"]),
            assignee: account("assignee"),
            reporter: account("reporter"),
            parent: fields["parent"]["id"].as_str().and_then(|id| id.parse().ok()),
            labels: list("labels").iter().filter_map(|label| label.as_str().map(str::to_owned)).collect(),
            components: list("components").iter().filter_map(Named::read).collect(),
            points: ["customfield_10016", "customfield_10028"].map(|field| fields[field].as_f64()),
            summary: fields["summary"].as_str().unwrap_or_default().to_owned(),
            former_keys,
        })
    }

    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.project_key, self.number)
    }
}

/// A sprint as far as queries name it.
#[derive(Clone, Debug)]
pub(crate) struct SprintName {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) state: String,
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    /// What the search finds.
    docs: BTreeMap<u32, Doc>,
    /// What is true.
    fresh: BTreeMap<u32, Doc>,
    /// What the search will know from then on.
    late: VecDeque<(Timestamp, u32, Option<Doc>)>,
    /// The ids of issues by all keys they ever had.
    keys: HashMap<String, u32>,
    pub(crate) sprints: Vec<SprintName>,
    pub(crate) priorities: Vec<Named>,
}

impl Index {
    /// Takes in what became of an issue; nothing where it was deleted.
    pub(crate) fn learn(&mut self, id: u32, doc: Option<Doc>, from: Timestamp) {
        match &doc {
            Some(doc) => {
                for key in doc.former_keys.iter().cloned().chain([doc.key()]) {
                    self.keys.insert(key.to_uppercase(), id);
                }
                if let Some(priority) = doc.priority.clone().filter(|new| !self.priorities.contains(new)) {
                    self.priorities.push(priority);
                }
                self.fresh.insert(id, doc.clone());
            }
            None => {
                self.fresh.remove(&id);
            }
        }
        self.late.push_back((from, id, doc));
    }

    /// Lets the search know what it is to know by now.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        while self.late.front().is_some_and(|(from, ..)| *from <= now) {
            let Some((_, id, doc)) = self.late.pop_front() else { return };
            match doc {
                Some(doc) => self.docs.insert(id, doc),
                None => self.docs.remove(&id),
            };
        }
    }

    /// The issues as the search knows them, those of `reconciled` as they are.
    pub(crate) fn docs<'a>(&'a self, reconciled: &'a [u32]) -> impl Iterator<Item = &'a Doc> {
        let known = self.docs.values().filter(|doc| !reconciled.contains(&doc.id));
        known.chain(reconciled.iter().filter_map(|id| self.fresh.get(id)))
    }

    pub(crate) fn fresh(&self, id: u32) -> Option<&Doc> {
        self.fresh.get(&id)
    }

    pub(crate) fn all_fresh(&self) -> impl Iterator<Item = &Doc> {
        self.fresh.values()
    }

    /// An issue by its id or by a key that it has or had.
    pub(crate) fn id_of(&self, id_or_key: &str) -> Option<u32> {
        let id = id_or_key.parse().ok().or_else(|| self.keys.get(&id_or_key.to_uppercase()).copied())?;
        self.fresh.contains_key(&id).then_some(id)
    }

    pub(crate) fn issue(&self, operand: &Operand) -> Option<&Doc> {
        let id = match operand {
            Operand::Number(id) => u32::try_from(*id).ok()?,
            Operand::Text(key) => self.id_of(key)?,
            Operand::Empty | Operand::Function(_) => return None,
        };
        self.fresh.get(&id)
    }

    /// The sprints that an operand means.
    pub(crate) fn sprints(&self, operand: &Operand) -> Vec<u32> {
        let meant = |sprint: &&SprintName| match operand {
            Operand::Number(id) => i64::from(sprint.id) == *id,
            Operand::Text(text) => sprint.name.eq_ignore_ascii_case(text) || sprint.id.to_string() == *text,
            Operand::Function(name) => match name.to_lowercase().as_str() {
                "opensprints" => sprint.state == "active",
                "closedsprints" => sprint.state == "closed",
                "futuresprints" => sprint.state == "future",
                _ => false,
            },
            Operand::Empty => false,
        };
        self.sprints.iter().filter(meant).map(|sprint| sprint.id).collect()
    }

    pub(crate) fn priority(&self, name: &str) -> Option<i64> {
        let found = self.priorities.iter().find(|priority| priority.name.eq_ignore_ascii_case(name));
        found.and_then(|priority| priority.id.parse().ok())
    }
}
