//! An issue's part in each sprint that it ever was in, read from its history and its parents'.
//!
//! What the sprint's own dates and the board's columns make of it is for [`crate::sprint_ledger`]: here is only what
//! happened to the issue.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::board::{Board, Field, IssueTypeRow};
use tidemark_model::issue::{FieldChange, Issue};
use tidemark_model::membership::{
    ChangeRef, Claim, Estimate, Inherited, MovedOn, Offspring, Rolled, SprintHistory, SprintIssue,
    SprintIssueState, Step, StepTo,
};
use tidemark_model::people::KnownEmails;
use tidemark_model::policy::Policy;
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_model::{Key, Points, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::claims::claims;
use crate::fields::{STATED, SprintField, estimation_fields};
use crate::subtasks::{changes, correction, exists_from, sprint_history};

/// One row per sprint and issue.
pub struct SprintIssues;

impl Processor for SprintIssues {
    fn spec(&self) -> Spec {
        Spec {
            name: "sprint_issues",
            version: 4,
            group_parts: 2,
            inputs: &[Issue::TABLE, Inherited::TABLE, Offspring::TABLE],
            globals: &[Board::TABLE, Field::TABLE, IssueTypeRow::TABLE, KnownEmails::TABLE, Policy::TABLE],
            outputs: &[SprintIssue::TABLE, MovedOn::TABLE, Rejected::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(issue) = tables.get::<Issue>(group) else { return };
        let mut life = Life::read(&issue, tables);
        life.inherit(tables.scan(group));
        life.roll_up(tables.scan(group));
        life.sort();
        for rejected in life.unreadable(&issue) {
            out.push(&rejected);
        }
        for sprint_id in life.sprints() {
            let row = life.in_sprint(&issue, sprint_id);
            for moved_on in moved_on(&row) {
                out.push(&moved_on);
            }
            out.push(&row);
        }
    }
}

/// Everything of an issue that a sprint's ledger depends on, over time.
pub(crate) struct Life {
    pub(crate) initial: Moment,
    /// In the order that they apply (METRICS section 0: created, history id, item).
    pub(crate) events: Vec<(ChangeRef, Event)>,
    history_complete: bool,
    subtasks_complete: bool,
}

/// The state at one instant.
#[derive(Clone)]
pub(crate) struct Moment {
    own_sprints: Vec<String>,
    parent_sprints: BTreeMap<String, Vec<String>>,
    pub(crate) parent: Option<String>,
    pub(crate) subtask: bool,
    status_id: String,
    resolved: bool,
    pub(crate) estimates: BTreeMap<String, Estimate>,
    pub(crate) claims: Vec<Claim>,
    subtasks: BTreeMap<String, Rolled>,
}

pub(crate) enum Event {
    OwnSprints(Vec<String>),
    ParentSprints(String, Vec<String>),
    Parent(Option<String>),
    Subtask(bool),
    Status(String),
    Resolved(bool),
    Estimate(String, Estimate),
    Claims(Vec<Claim>),
    Offspring(String, Rolled),
}

impl Life {
    /// What the issue's own history says, in no order yet.
    pub(crate) fn read(issue: &Issue, tables: &Tables<'_>) -> Self {
        let (boards, fields, types) =
            (tables.global::<Board>(), tables.global::<Field>(), tables.global::<IssueTypeRow>());
        let policies = tables.global::<Policy>();
        let policy = policies.values().next().cloned().unwrap_or_default();
        let mut events = Vec::new();
        let sprint_field = SprintField::of(&issue.source, &fields);
        let SprintHistory { initial: own_sprints, changes: own } = sprint_history(issue, &sprint_field);
        events.extend(own.into_iter().map(|(at, sprints)| (at, Event::OwnSprints(sprints))));

        let (parent, changed) = track(issue, FieldChange::is_of_parent, |id, _| {
            id.filter(|id| !id.is_empty()).map(str::to_owned)
        });
        let parent = parent.unwrap_or_else(|| issue.parent_id.clone());
        events.extend(changed.into_iter().map(|(at, parent)| (at, Event::Parent(parent))));

        let is_subtask = |id: Option<&str>| subtask_type(issue, id, &types);
        let (subtask, changed) = track(issue, FieldChange::is_of_type, |id, _| is_subtask(id));
        let last = changed.last().map(|(_, subtask)| *subtask);
        events.extend(changed.into_iter().map(|(at, subtask)| (at, Event::Subtask(subtask))));
        if last.is_some_and(|last| last != issue.issue_type.subtask) {
            events.push((correction(issue), Event::Subtask(issue.issue_type.subtask)));
        }

        let (status_id, changed) = track(
            issue,
            |change| change.is_of("status", "status"),
            |id, _| id.unwrap_or_default().to_owned(),
        );
        let last = changed.last().map(|(_, status)| status.clone());
        events.extend(changed.into_iter().map(|(at, status)| (at, Event::Status(status))));
        if last.is_some_and(|last| last != issue.status.id) {
            events.push((correction(issue), Event::Status(issue.status.id.clone())));
        }

        let is_resolved = |id: Option<&str>, _: Option<&str>| id.is_some_and(|id| !id.is_empty());
        let of_resolution = |change: &FieldChange| change.is_of("resolution", "resolution");
        let (resolved, changed) = track(issue, of_resolution, is_resolved);
        let present = issue.resolution.is_some();
        let last = changed.last().map(|(_, resolved)| *resolved);
        events.extend(changed.into_iter().map(|(at, resolved)| (at, Event::Resolved(resolved))));
        if last.is_some_and(|last| last != present) {
            events.push((correction(issue), Event::Resolved(present)));
        }

        let mut estimates = BTreeMap::new();
        for field in estimation_fields(&issue.source, &boards, &fields, &policy) {
            let name = fields.get(&Key::of([&issue.source, &field])).map(|field| field.name.as_str());
            let (initial, changed) = estimate_history(issue, &field, name);
            events.extend(changed.into_iter().map(|(at, value)| (at, Event::Estimate(field.clone(), value))));
            estimates.insert(field, initial);
        }
        let (claims, changed) = claims(issue, &policy, &fields, &tables.global());
        events.extend(changed.into_iter().map(|(at, claims)| (at, Event::Claims(claims))));
        let initial = Moment {
            own_sprints,
            parent_sprints: BTreeMap::new(),
            parent,
            subtask: subtask.unwrap_or(issue.issue_type.subtask),
            status_id: status_id.unwrap_or_else(|| issue.status.id.clone()),
            resolved: resolved.unwrap_or(present),
            estimates,
            claims,
            subtasks: BTreeMap::new(),
        };
        Self { initial, events, history_complete: issue.history_complete, subtasks_complete: true }
    }

    /// Adds what the issue's parents say of their sprints. Changes of two issues at one instant have no order: what a parent
    /// was in for no time is not seen by its sub-tasks.
    fn inherit(&mut self, inherited: Vec<Inherited>) {
        for Inherited { parent_id, sprints, history_complete, .. } in inherited {
            self.history_complete &= history_complete;
            self.initial.parent_sprints.insert(parent_id.clone(), sprints.initial);
            let mut changed = sprints.changes;
            changed.reverse();
            changed.dedup_by_key(|(change, _)| change.at);
            let event = |sprints| Event::ParentSprints(parent_id.clone(), sprints);
            self.events.extend(changed.into_iter().map(|(at, sprints)| (at, event(sprints))));
        }
    }

    /// Adds what the issue's sub-tasks say of their estimates.
    fn roll_up(&mut self, offspring: Vec<Offspring>) {
        for Offspring { child_id, changes, history_complete, .. } in offspring {
            self.subtasks_complete &= history_complete;
            let event = |rolled| Event::Offspring(child_id.clone(), rolled);
            self.events.extend(changes.into_iter().map(|(at, rolled)| (at, event(rolled))));
        }
    }

    /// Puts the events in the order that they apply.
    pub(crate) fn sort(&mut self) {
        self.events.sort_by(|(left, _), (right, _)| left.cmp(right));
    }

    /// Every sprint that the issue was ever in, itself or through a parent while it was a sub-task.
    fn sprints(&self) -> BTreeSet<String> {
        let mut moment = self.initial.clone();
        let mut sprints: BTreeSet<String> = moment.sprints().iter().cloned().collect();
        for (_, event) in &self.events {
            moment.apply(event);
            sprints.extend(moment.sprints().iter().cloned());
        }
        sprints
    }

    fn in_sprint(&self, issue: &Issue, sprint_id: String) -> SprintIssue {
        let mut moment = self.initial.clone();
        let initial = SprintIssueState {
            member: moment.sprints().contains(&sprint_id),
            subtask: moment.subtask,
            status_id: moment.status_id.clone(),
            estimates: moment.estimates.clone(),
            resolved: moment.resolved,
            moved_on: BTreeSet::new(),
            claims: moment.claims.clone(),
            subtasks: moment.subtasks.clone(),
        };
        let mut member = initial.member;
        // In which order the sprints of the first set came is not known.
        let mut moved_on = Later::default();
        let first = moment.sprints().iter().filter(|id| initial.member && **id != sprint_id);
        moved_on.0.extend(first.cloned());
        let initial = SprintIssueState { moved_on: moved_on.0.clone(), ..initial };
        let mut steps = Vec::new();
        for (change, event) in &self.events {
            let before = if event.changes_sprints() { moment.sprints().to_vec() } else { Vec::new() };
            moment.apply(event);
            let mut push = |to| steps.push(Step { change: change.clone(), to });
            match event {
                Event::Status(status_id) => push(StepTo::Status(status_id.clone())),
                Event::Resolved(resolved) => push(StepTo::Resolved(*resolved)),
                Event::Estimate(field, value) => {
                    push(StepTo::Estimate { field: field.clone(), value: value.clone() });
                }
                Event::Claims(claims) => push(StepTo::Claims(claims.clone())),
                Event::Offspring(id, now) => push(StepTo::Subtask { id: id.clone(), now: now.clone() }),
                Event::Subtask(_) | Event::OwnSprints(_) | Event::ParentSprints(..) | Event::Parent(_) => {
                    let was_member = std::mem::replace(&mut member, moment.sprints().contains(&sprint_id));
                    if let Event::Subtask(subtask) = event {
                        push(StepTo::Type { subtask: *subtask, member });
                    } else if member != was_member {
                        push(StepTo::Member(member));
                    }
                    if moved_on.note(&sprint_id, &before, moment.sprints()) {
                        push(StepTo::MovedOn(moved_on.0.clone()));
                    }
                }
            }
        }
        SprintIssue {
            source: issue.source.clone(),
            sprint_id,
            issue_id: issue.id.clone(),
            issue_key: issue.key.clone(),
            summary: issue.summary.clone(),
            issue_type: issue.issue_type.name.clone(),
            history_complete: self.history_complete,
            subtasks_complete: self.subtasks_complete,
            resolved_at: issue.resolved_at,
            gone: issue.gone.clone(),
            exists_from: if self.history_complete { exists_from(issue) } else { issue.created_at },
            initial,
            steps,
        }
    }

    /// Estimates that are no numbers, each once: they count as none, and the original is kept to be seen.
    fn unreadable(&self, issue: &Issue) -> Vec<Rejected> {
        let changed = self.events.iter().filter_map(|(_, event)| match event {
            Event::Estimate(field, value) => Some((field, value)),
            _ => None,
        });
        let texts: BTreeSet<(&String, &String)> = (self.initial.estimates.iter().chain(changed))
            .filter_map(|(field, value)| Some((field, value.unreadable.as_ref()?)))
            .collect();
        let reject = |(field, text): (&String, &String)| {
            let input = format!("{} {field} {text}", issue.key);
            let detail = format!(
                "the estimate of {} in {field} is the text `{text}`, no decimal number: it counts as not estimated; \
                 correct it in the source",
                issue.key
            );
            Rejected::new(&issue.source, Stage::Measure, input, Reason::BadEstimate, detail)
                .with_original(text.as_bytes())
        };
        texts.into_iter().map(reject).collect()
    }
}

/// Into which sprints the issue was put while it stayed in this one.
fn moved_on(row: &SprintIssue) -> impl Iterator<Item = MovedOn> + '_ {
    let changed = row.steps.iter().filter_map(|step| match &step.to {
        StepTo::MovedOn(others) => Some(others),
        _ => None,
    });
    let others: BTreeSet<&String> = changed.flatten().chain(&row.initial.moved_on).collect();
    others.into_iter().map(|to_sprint| MovedOn {
        source: row.source.clone(),
        from_sprint: row.sprint_id.clone(),
        to_sprint: to_sprint.clone(),
        issue_id: row.issue_id.clone(),
    })
}

impl Event {
    /// Whether it may change in which sprints the issue is.
    fn changes_sprints(&self) -> bool {
        matches!(self, Self::OwnSprints(_) | Self::ParentSprints(..) | Self::Parent(_) | Self::Subtask(_))
    }
}

/// Sprints that an issue was put into while it stayed in another one.
#[derive(Default)]
struct Later(BTreeSet<String>);

impl Later {
    /// Notes a change of the issue's sprints, as `sprint` sees it; says whether there are others now.
    fn note(&mut self, sprint: &String, before: &[String], now: &[String]) -> bool {
        let had = self.0.clone();
        if before.contains(sprint) && now.contains(sprint) {
            self.0.retain(|later| now.contains(later));
            self.0.extend(now.iter().filter(|id| !before.contains(id)).cloned());
        } else {
            self.0.clear();
        }
        had != self.0
    }
}

impl Moment {
    pub(crate) fn apply(&mut self, event: &Event) {
        match event {
            Event::OwnSprints(sprints) => self.own_sprints.clone_from(sprints),
            Event::ParentSprints(parent, sprints) => {
                self.parent_sprints.insert(parent.clone(), sprints.clone());
            }
            Event::Parent(parent) => self.parent.clone_from(parent),
            Event::Subtask(subtask) => self.subtask = *subtask,
            Event::Status(status_id) => self.status_id.clone_from(status_id),
            Event::Resolved(resolved) => self.resolved = *resolved,
            Event::Claims(claims) => self.claims.clone_from(claims),
            Event::Offspring(id, rolled) => {
                self.subtasks.insert(id.clone(), rolled.clone());
            }
            Event::Estimate(field, value) => {
                self.estimates.insert(field.clone(), value.clone());
            }
        }
    }

    /// The sprints that the issue is in: its parent's while it is a sub-task of a parent that is known.
    fn sprints(&self) -> &[String] {
        let of_parent =
            self.parent.as_ref().filter(|_| self.subtask).and_then(|parent| self.parent_sprints.get(parent));
        of_parent.unwrap_or(&self.own_sprints)
    }
}

/// The value of a field before its first change, if it ever changed, and after each change; read from id and text.
fn track<T>(
    issue: &Issue,
    is_field: impl Fn(&FieldChange) -> bool,
    read: impl Fn(Option<&str>, Option<&str>) -> T,
) -> (Option<T>, Vec<(ChangeRef, T)>) {
    let mut initial = None;
    let mut values = Vec::new();
    for (at, change) in changes(issue).filter(|(_, change)| is_field(change)) {
        initial.get_or_insert_with(|| read(change.from.as_deref(), change.from_text.as_deref()));
        values.push((at, read(change.to.as_deref(), change.to_text.as_deref())));
    }
    (initial, values)
}

/// Whether a type's id means a sub-task; an id that nothing names is no sub-task.
fn subtask_type(issue: &Issue, id: Option<&str>, types: &BTreeMap<Key, IssueTypeRow>) -> bool {
    let id = id.unwrap_or_default();
    if id == issue.issue_type.id {
        return issue.issue_type.subtask;
    }
    types.get(&Key::of([&issue.source, id])).is_some_and(|row| row.subtask)
}

/// An estimate before its first change, and after each; ends in a correction where that is not the present value.
/// Data Center names fields without their ids in a history.
fn estimate_history(
    issue: &Issue,
    field: &str,
    name: Option<&str>,
) -> (Estimate, Vec<(ChangeRef, Estimate)>) {
    let present = issue.fields.get(field).map_or_else(Estimate::default, |value| match value.as_points() {
        Ok(points) => Estimate { points, unreadable: None },
        Err(_) => Estimate { points: None, unreadable: Some(plain_text(value)) },
    });
    let is_field = |change: &FieldChange| {
        field != STATED
            && name
                .map_or_else(|| change.field_id.as_deref() == Some(field), |name| change.is_of(field, name))
    };
    let (initial, mut values) = track(issue, is_field, |id, text| read_estimate(text.or(id)));
    let Some(initial) = initial else {
        let stated = issue.stated_estimate.as_deref().filter(|_| present == Estimate::default());
        return (stated.map_or(present, |text| read_estimate(Some(text))), values);
    };
    if values.last().is_some_and(|(_, last)| *last != present) {
        values.push((correction(issue), present));
    }
    (initial, values)
}

fn plain_text(value: &tidemark_model::issue::FieldValue) -> String {
    match value {
        tidemark_model::issue::FieldValue::Number(number) => number.to_string(),
        tidemark_model::issue::FieldValue::Text(text) => text.clone(),
        tidemark_model::issue::FieldValue::List(values) => values.join(","),
    }
}

fn read_estimate(text: Option<&str>) -> Estimate {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Estimate::default(),
        Some(text) => match Points::parse(text) {
            Ok(points) => Estimate { points: Some(points), unreadable: None },
            Err(_) => Estimate { points: None, unreadable: Some(text.to_owned()) },
        },
    }
}
