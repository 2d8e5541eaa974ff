//! Sub-tasks and their parents: a sub-task's sprints are its parent's (METRICS rule 5).
//!
//! Groups are told from keys alone, and a parent's key does not name its sub-tasks. So each sub-task first says to its
//! parent that it is there ([`Kin`]), and the parent answers with its own history of sprints ([`Inherited`]).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidemark_model::issue::{FieldChange, Issue, IssueType};
use tidemark_model::membership::{ChangeRef, Inherited, Kin, SprintHistory};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::fields::{SprintField, sprint_ids};

/// Says to each parent that an issue ever had that the issue is, or was, its sub-task.
pub struct KinProcessor;

impl Processor for KinProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "kin",
            version: 1,
            group_parts: 2,
            inputs: &[Issue::TABLE],
            globals: &[],
            outputs: &[Kin::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(outline) = tables.get::<Outline>(group) else { return };
        if !outline.may_be_subtask() {
            return;
        }
        let Some(issue) = tables.get::<Issue>(group) else { return };
        let was_subtask = issue.issue_type.subtask || changes(&issue).any(|(_, change)| is_type(change));
        if !was_subtask {
            return;
        }
        for parent_id in parents(&issue) {
            out.push(&Kin { source: issue.source.clone(), parent_id, child_id: issue.id.clone() });
        }
    }
}

/// As much of an issue's row as tells that it was never a sub-task, which holds for most: the history is not parsed.
#[derive(Serialize, Deserialize)]
struct Outline {
    source: String,
    id: String,
    issue_type: IssueType,
    history: Option<Box<RawValue>>,
}

impl Outline {
    fn may_be_subtask(&self) -> bool {
        self.issue_type.subtask
            || self.history.as_ref().is_some_and(|history| history.get().contains("issuetype"))
    }
}

impl PartialEq for Outline {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.id == other.id
    }
}

impl Row for Outline {
    const TABLE: &'static str = Issue::TABLE;
    const PLACE: usize = Issue::PLACE;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.id])
    }
}

/// Says to each sub-task in which sprints its parent was.
pub struct InheritedProcessor;

impl Processor for InheritedProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "inherited",
            version: 1,
            group_parts: 2,
            inputs: &[Issue::TABLE, Kin::TABLE],
            globals: &[tidemark_model::board::Field::TABLE],
            outputs: &[Inherited::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let kin = tables.scan::<Kin>(group);
        if kin.is_empty() {
            return;
        }
        let Some(parent) = tables.get::<Issue>(group) else { return };
        let fields = tables.global();
        let sprints = sprint_history(&parent, &SprintField::of(&parent.source, &fields));
        for Kin { source, parent_id, child_id } in kin {
            let (sprints, history_complete) = (sprints.clone(), parent.history_complete);
            out.push(&Inherited { source, child_id, parent_id, sprints, history_complete });
        }
    }
}

/// The changes of an issue whose history is complete, in order, each with where it comes from.
pub(crate) fn changes(issue: &Issue) -> impl Iterator<Item = (ChangeRef, &FieldChange)> {
    let known = if issue.history_complete { issue.history.as_slice() } else { &[] };
    known.iter().flat_map(|entry| {
        entry.items.iter().zip(0..).map(|(change, item)| {
            let at = ChangeRef { at: entry.at, history_id: entry.id, item, actor: entry.actor.clone() };
            (at, change)
        })
    })
}

/// Whether a change is one of the issue type.
pub(crate) fn is_type(change: &FieldChange) -> bool {
    change.is_of("issuetype", "issuetype")
}

/// Whether a change is one of the parent, by any of the names that Jira has for it.
pub(crate) fn is_parent(change: &FieldChange) -> bool {
    change.field_id.as_deref() == Some("parent")
        || ["parent", "IssueParentAssociation", "Parent Issue"]
            .iter()
            .any(|name| change.field.eq_ignore_ascii_case(name))
}

fn parents(issue: &Issue) -> BTreeSet<String> {
    let changed = changes(issue).filter(|(_, change)| is_parent(change));
    let ids = changed.flat_map(|(_, change)| [change.from.clone(), change.to.clone()]).flatten();
    ids.chain(issue.parent_id.clone()).filter(|id| !id.is_empty()).collect()
}

/// The sprints that an issue's own sprint field held over time; ends in a correction where the history does not lead to
/// the present value (METRICS case 29).
pub(crate) fn sprint_history(issue: &Issue, field: &SprintField<'_>) -> SprintHistory {
    let mut history = SprintHistory::default();
    let mut first = true;
    for (at, change) in changes(issue).filter(|(_, change)| field.changed_by(change)) {
        if first {
            history.initial = sprint_ids(change.from.as_deref());
            first = false;
        }
        history.changes.push((at, sprint_ids(change.to.as_deref())));
    }
    let mut present = issue.sprints.clone();
    present.sort();
    if first {
        history.initial = present;
    } else if history.changes.last().is_some_and(|(_, last)| *last != present) {
        history.changes.push((correction(issue), present));
    }
    history
}

/// Where a correction of an issue comes from: its present state, at its last update and after all known changes.
pub(crate) fn correction(issue: &Issue) -> ChangeRef {
    let last = issue.history.last().map_or(issue.updated_at, |entry| entry.at.max(issue.updated_at));
    ChangeRef { at: last, history_id: ChangeRef::CORRECTION, item: 0, actor: None }
}
