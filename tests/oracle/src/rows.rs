//! The issues of one sprint, each with its walk.

use std::collections::BTreeMap;

use crate::issue::Issue;
use crate::moments::{Moment, moments};
use crate::policy::{Mode, Subtasks};
use crate::report::Outcome;
use crate::sprint::Sprint;
use crate::timeline::{Step, state_at};
use crate::view::View;
use crate::walk::{Span, Walk, walk};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// One issue of a sprint.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) issue: &'a Issue,
    pub(crate) walk: Walk,
    /// Whether it is in the numbers; else it is only listed (rule 5).
    pub(crate) counted: bool,
    pub(crate) subtask: bool,
    /// As of when its discipline is read: E, or its last removal (rule 10).
    pub(crate) judged_at: i64,
}

/// The instants of a sprint; none before it starts (case 41).
pub(crate) fn span(view: &View<'_>, sprint: &Sprint) -> Option<Span> {
    let start = sprint.start.filter(|_| sprint.has_report())?;
    let end = sprint.end.unwrap_or(i64::MAX);
    let mode = view.policy.mode;
    // A sprint that was closed within a day is cut where it ended.
    let cut = if mode == Mode::Grace24h { start.saturating_add(DAY).min(end).max(start) } else { start };
    Some(Span { start, cut, end, commits_done: mode == Mode::Eazybi })
}

/// The rows of a sprint, by issue id.
pub(crate) fn rows<'a>(
    view: &View<'a>,
    sprint: &Sprint,
    span: Span,
    timelines: &BTreeMap<String, Vec<Step>>,
) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for (id, steps) in timelines {
        let ever_in = steps.iter().any(|step| step.state.sprints.contains(&sprint.id));
        if let Some(issue) = view.archive.issues.get(id).filter(|_| ever_in) {
            let moments = moments(view, sprint, id, steps);
            rows.extend(row(view, issue, &moments, span, steps));
        }
    }
    rows
}

/// Walks an issue as one that counts, that is, unless sub-tasks count as
/// well, while it is no sub-task, so that a change of type is `REMOVE` or
/// `ADD` (case 15). One that was here as a sub-task alone is listed, but in
/// no number (rule 5).
fn row<'a>(
    view: &View<'_>,
    issue: &'a Issue,
    moments: &[Moment],
    span: Span,
    steps: &[Step],
) -> Option<Row<'a>> {
    let all_count = view.policy.subtasks == Subtasks::Include;
    let counted = walk(moments, span, |moment| moment.member && (all_count || !moment.subtask));
    let (walk, counted) = match counted.outcome {
        Some(_) => (counted, true),
        None => (walk(moments, span, |moment| moment.member), false),
    };
    let outcome = walk.outcome?;
    let left_at = walk.left_at.filter(|_| outcome == Outcome::Removed);
    let judged_at = left_at.unwrap_or(span.end);
    let was_subtask = || state_at(steps, judged_at).is_some_and(|state| view.is_subtask(state));
    let subtask = if all_count { was_subtask() } else { !counted };
    Some(Row { issue, walk, counted, subtask, judged_at })
}
