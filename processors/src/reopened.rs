//! Sprints that were closed and opened again (METRICS case 23): what had moved on to another active sprint by then does
//! not come back.
//!
//! Which sprints those are is known by the issues, and when they were active by themselves. So each issue says from which
//! sprint it moved on to which ([`MovedOn`]), the later sprint tells the earlier one when it was active ([`Successor`]),
//! and a reopened sprint gathers what it was told ([`Successors`]).

use std::collections::BTreeSet;

use tidemark_model::membership::{MovedOn, Span, Successor, Successors};
use tidemark_model::sprint::{Sprint, SprintState};
use tidemark_model::{Key, Row, Rows, Timestamp};
use tidemark_stream::{Processor, Spec, Tables};

/// Tells a sprint when another one, into which its issues moved on, was active.
pub struct SuccessorProcessor;

/// Gathers that for the sprints that were opened again.
pub struct SuccessorsProcessor;

impl Processor for SuccessorProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "successor",
            version: 1,
            group_parts: 2,
            inputs: &[Sprint::TABLE, MovedOn::TABLE],
            globals: &[],
            outputs: &[Successor::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(sprint) = tables.get::<Sprint>(group) else { return };
        let moved = tables.scan::<MovedOn>(group);
        let from: BTreeSet<&String> = moved.iter().map(|moved| &moved.from_sprint).collect();
        let active = active(&sprint);
        for sprint_id in from {
            out.push(&Successor {
                source: sprint.source.clone(),
                sprint_id: sprint_id.clone(),
                successor_id: sprint.id.clone(),
                active: active.clone(),
            });
        }
    }
}

impl Processor for SuccessorsProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "successors",
            version: 1,
            group_parts: 2,
            inputs: &[Sprint::TABLE, Successor::TABLE],
            globals: &[],
            outputs: &[Successors::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(sprint) = tables.get::<Sprint>(group) else { return };
        if reopenings(&sprint).is_empty() {
            return;
        }
        let told = tables.scan::<Successor>(group).into_iter();
        let active = told.map(|successor| (successor.successor_id, successor.active)).collect();
        out.push(&Successors { source: sprint.source, sprint_id: sprint.id, active });
    }
}

/// When a sprint was opened again after a close, in order.
pub(crate) fn reopenings(sprint: &Sprint) -> Vec<Timestamp> {
    active(sprint).into_iter().skip(1).map(|span| span.from).collect()
}

/// When a sprint was active, as its source states it now and stated it earlier: from its start, and from each statement
/// that it is active again after a close.
fn active(sprint: &Sprint) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for statement in sprint.earlier.iter().chain([&sprint.now]) {
        let never = spans.is_empty();
        let open = spans.last_mut().filter(|span| span.until.is_none());
        match (statement.state, open) {
            (SprintState::Active, None) => {
                let first = statement.started_at().filter(|_| never);
                spans.push(Span { from: first.unwrap_or(statement.effective_at), until: None });
            }
            (SprintState::Closed | SprintState::Deleted, Some(span)) => {
                span.until = Some(statement.closed_at().unwrap_or(statement.effective_at));
            }
            // It was active before anybody looked.
            (SprintState::Closed, None) if never => {
                let times = statement.started_at().zip(statement.closed_at());
                spans.extend(times.map(|(from, until)| Span { from, until: Some(until) }));
            }
            (SprintState::Future | SprintState::Active | SprintState::Closed | SprintState::Deleted, _) => {}
        }
    }
    spans
}
