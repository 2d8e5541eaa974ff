//! Sub-tasks and their parents: a sub-task's sprints are its parent's (METRICS rule 5).
//!
//! Groups are told from keys alone, and a parent's key does not name its sub-tasks. So each sub-task says to its parent
//! that it is there ([`Kin`], beside its own row), and the parent answers with its own history of sprints
//! ([`Inherited`]). The sub-task in turn tells its parent what it was estimated at ([`Offspring`]), for those who roll up.

use std::collections::BTreeMap;
use tidemark_model::board::{Board, Field, IssueTypeRow};

use tidemark_model::issue::{FieldChange, Gone, Issue, Standing};
use tidemark_model::membership::{ChangeRef, Inherited, Kin, Offspring, Rolled, SprintHistory};
use tidemark_model::people::KnownEmails;
use tidemark_model::policy::Policy;
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::fields::{SprintField, sprint_ids};
use crate::sprint_issues::{Life, Moment};

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

/// Says to each parent what its sub-task was estimated at; nothing for sub-tasks that never were.
pub struct OffspringProcessor;

impl Processor for OffspringProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "offspring",
            version: 2,
            group_parts: 2,
            // A sub-task whose parents are not known has nobody to tell.
            inputs: &[Inherited::TABLE, Issue::TABLE],
            globals: &[Board::TABLE, Field::TABLE, IssueTypeRow::TABLE, KnownEmails::TABLE, Policy::TABLE],
            outputs: &[Offspring::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let parents = tables.scan::<Inherited>(group);
        if parents.is_empty() {
            return;
        }
        let Some(child) = tables.get::<Issue>(group) else { return };
        let mut life = Life::read(&child, tables);
        life.sort();
        for Inherited { source, child_id, parent_id, .. } in parents {
            let estimated = |moment: &Moment| {
                let is_child = moment.subtask && moment.parent.as_ref() == Some(&parent_id);
                is_child && moment.estimates.values().any(|estimate| estimate.points.is_some())
            };
            let changes = over_time(&child, &life, estimated);
            if !changes.is_empty() {
                let history_complete = child.history_complete;
                out.push(&Offspring { source, parent_id, child_id, changes, history_complete });
            }
        }
    }
}

/// What a sub-task gives over time, from when it was first estimated: nothing but its discipline while it is no
/// sub-task of this parent, and once it is deleted.
fn over_time(child: &Issue, life: &Life, estimated: impl Fn(&Moment) -> bool) -> Vec<(ChangeRef, Rolled)> {
    let deleted = child.gone.as_ref().filter(|gone| gone.standing == Standing::Deleted);
    let deleted_at = deleted.and_then(|Gone { at, .. }| *at);
    let own = |at, history_id| ChangeRef { at, history_id, item: 0, actor: None };
    let mut moment = life.initial.clone();
    let mut changes: Vec<(ChangeRef, Rolled)> = Vec::new();
    let mut note = |at: ChangeRef, moment: &Moment, here: bool| {
        let estimates = if here { moment.estimates.clone() } else { BTreeMap::new() };
        let now = Rolled { estimates, claims: moment.claims.clone() };
        let said = changes.last().map(|(_, rolled)| rolled);
        if said.map_or(here, |said| *said != now) {
            changes.push((at, now));
        }
    };
    note(own(exists_from(child), 0), &moment, estimated(&moment));
    for (at, event) in &life.events {
        if deleted_at.is_some_and(|deleted| at.at >= deleted) {
            break;
        }
        moment.apply(event);
        note(at.clone(), &moment, estimated(&moment));
    }
    if let Some(at) = deleted_at {
        note(own(at, ChangeRef::CORRECTION), &moment, false);
    }
    changes
}

/// From when on an issue existed: the earlier of its creation and its first change.
pub(crate) fn exists_from(issue: &Issue) -> tidemark_model::Timestamp {
    let first = issue.complete_history().first().map(|entry| entry.at);
    first.map_or(issue.created_at, |first| first.min(issue.created_at))
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
