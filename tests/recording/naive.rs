//! The most naive reading of recorded changelogs: sets of sprint ids, and instants.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{Recording, SPRINT_FIELD, at, changes, number};

/// Who was a member of a sprint when it started, who joined and left it until it was closed, and who stayed.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Members {
    pub(crate) start: BTreeSet<u64>,
    pub(crate) added: BTreeSet<u64>,
    pub(crate) removed: BTreeSet<u64>,
    pub(crate) end: BTreeSet<u64>,
}

impl Members {
    /// Takes an issue's part in the sprint, from when on it was a member or not.
    pub(crate) fn follow<T: Ord>(&mut self, issue: u64, steps: &[(T, bool)], start: T, end: T) {
        let before = steps.iter().rfind(|(at, _)| *at <= start);
        let mut member = before.is_some_and(|(_, member)| *member);
        self.start.extend(member.then_some(issue));
        for (_, now) in steps.iter().filter(|(at, _)| *at > start && *at <= end) {
            self.added.extend((*now && !member).then_some(issue));
            self.removed.extend((member && !now).then_some(issue));
            member = *now;
        }
        self.end.extend(member.then_some(issue));
    }
}

/// When which set of sprints began to hold.
type Timeline = BTreeMap<Timestamp, BTreeSet<u64>>;

impl Recording {
    /// Every sprint's members. The recorded sprints have no `activatedDate`: they start at their start date.
    pub(crate) fn members(&self) -> BTreeMap<u64, Members> {
        let timelines: Vec<(u64, Timeline)> =
            self.issues.iter().map(|issue| (number(&issue["id"]), self.timeline(issue))).collect();
        let of = |sprint: &Value| {
            let (id, start, end) =
                (number(&sprint["id"]), at(&sprint["startDate"]), at(&sprint["completeDate"]));
            let mut members = Members::default();
            for (issue, timeline) in &timelines {
                let steps: Vec<_> =
                    timeline.iter().map(|(at, sprints)| (*at, sprints.contains(&id))).collect();
                members.follow(*issue, &steps, start, end);
            }
            (id, members)
        };
        self.sprints.iter().map(of).collect()
    }

    /// Whether a history of an issue's is there, and speaks of its sprints or its parent.
    pub(crate) fn tells(&self, issue: u64, history: &str) -> bool {
        let issue = self.issue(issue);
        let histories = issue["changelog"]["histories"].as_array().unwrap().iter();
        let mut items = histories.filter(|told| told["id"] == history).map(|told| &told["items"][0]["field"]);
        items.any(|field| field == "Sprint" || field == "Parent")
    }

    fn issue(&self, id: u64) -> &Value {
        self.issues.iter().find(|issue| number(&issue["id"]) == id).unwrap()
    }

    /// An issue's sets of sprints since it was created; a sub-task's are its parent's.
    fn timeline(&self, issue: &Value) -> Timeline {
        let fields = &issue["fields"];
        if fields["issuetype"]["subtask"] == true {
            let parent = number(&fields["parent"]["id"]);
            let created = at(&fields["created"]);
            let parents = self.timeline(self.issue(parent)).into_iter();
            return parents.map(|(at, sprints)| (at.max(created), sprints)).collect();
        }
        let changes = changes(issue, SPRINT_FIELD);
        let present =
            || fields["closedSprints"].as_array().into_iter().flatten().map(|sprint| number(&sprint["id"]));
        let first = changes.first().map_or_else(|| present().collect(), |(.., item)| ids(&item["from"]));
        let later = changes.iter().map(|(at, _, item)| (*at, ids(&item["to"])));
        [(at(&fields["created"]), first)].into_iter().chain(later).collect()
    }
}

/// A list such as `38, 40`.
pub(super) fn ids(list: &Value) -> BTreeSet<u64> {
    let list = list.as_str().unwrap_or_default().split(',').map(str::trim);
    list.filter(|id| !id.is_empty()).map(|id| id.parse().unwrap()).collect()
}
