//! Sub-tasks and their parents: a sub-task's sprints are its parent's (METRICS rule 5).
//!
//! Groups are told from keys alone, and a parent's key does not name its sub-tasks. So each sub-task says to its parent
//! that it is there ([`Kin`], beside its own row), and the parent answers with its own history of sprints
//! ([`Inherited`]).

use tidemark_model::issue::{FieldChange, Issue};
use tidemark_model::membership::{ChangeRef, Inherited, Kin, SprintHistory};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::fields::{SprintField, sprint_ids};

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
    issue.complete_history().iter().flat_map(|entry| {
        entry.items.iter().zip(0..).map(|(change, item)| {
            let at = ChangeRef { at: entry.at, history_id: entry.id, item, actor: entry.actor.clone() };
            (at, change)
        })
    })
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
