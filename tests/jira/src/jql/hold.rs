//! Whether an issue is meant by a query.

use super::{Clause, Context, Field, Op, Operand, Query, Term, dates};
use crate::index::{Doc, Index, Named};

pub(crate) fn holds(query: &Query, doc: &Doc, index: &Index, context: Context<'_>) -> bool {
    query.clause.as_ref().is_none_or(|clause| clause_holds(clause, doc, index, context))
}

fn clause_holds(clause: &Clause, doc: &Doc, index: &Index, context: Context<'_>) -> bool {
    match clause {
        Clause::And(parts) => parts.iter().all(|part| clause_holds(part, doc, index, context)),
        Clause::Or(parts) => parts.iter().any(|part| clause_holds(part, doc, index, context)),
        Clause::Term(term) => term_holds(term, doc, index, context),
    }
}

fn term_holds(term: &Term, doc: &Doc, index: &Index, context: Context<'_>) -> bool {
    match term.field {
        Field::Issue if term.op.compares() => beyond(term, doc, index),
        field if field.date() => {
            compared(term, date(field, doc), |operand| dates::instant(operand, context).map(dates::second))
        }
        Field::StoryPoints => compared(term, doc.points[0], number),
        Field::StoryPointEstimate => compared(term, doc.points[1], number),
        Field::Priority if term.op.compares() => {
            // What is more urgent is greater; ids grow the other way.
            let id = |named: &Named| named.id.parse::<i64>().ok().map(|id| -id);
            let operand = |operand: &Operand| match operand {
                Operand::Number(id) => Some(-id),
                Operand::Text(name) => index.priority(name).map(|id| -id),
                _ => None,
            };
            compared(term, doc.priority.as_ref().and_then(id), operand)
        }
        _ => equal(term, doc, index),
    }
}

/// `id > 10001` means the issues of the same project whose keys have greater numbers.
fn beyond(term: &Term, doc: &Doc, index: &Index) -> bool {
    let limit = term.operands.first().and_then(|operand| index.issue(operand));
    limit.is_some_and(|limit| doc.project == limit.project && term.op.accepts(doc.number.cmp(&limit.number)))
}

fn date(field: Field, doc: &Doc) -> Option<i64> {
    match field {
        Field::Updated => Some(dates::second(doc.updated)),
        Field::Created => Some(dates::second(doc.created)),
        _ => doc.resolved.map(dates::second),
    }
}

fn number(operand: &Operand) -> Option<f64> {
    match operand {
        #[expect(clippy::cast_precision_loss, reason = "story points are small")]
        Operand::Number(number) => Some(*number as f64),
        Operand::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Compares a value with the operands; an issue without one is meant by `is EMPTY` alone.
fn compared<T: PartialOrd>(term: &Term, value: Option<T>, read: impl Fn(&Operand) -> Option<T>) -> bool {
    let empty = term.operands.contains(&Operand::Empty);
    let Some(value) = value else { return empty && term.op == Op::Is };
    let accepted = |operand: &Operand| {
        let ordering = read(operand).and_then(|operand| value.partial_cmp(&operand));
        ordering.is_some_and(|ordering| term.op.accepts(ordering))
    };
    match term.op {
        Op::IsNot => term.operands.iter().all(|operand| *operand == Operand::Empty || accepted(operand)),
        _ => term.operands.iter().any(accepted),
    }
}

fn equal(term: &Term, doc: &Doc, index: &Index) -> bool {
    let valued = has_value(term.field, doc);
    let found = term.operands.iter().any(|operand| match operand {
        Operand::Empty => !valued,
        operand => is(term.field, operand, doc, index),
    });
    match term.op {
        Op::IsNot => valued && !found,
        _ => found,
    }
}

fn has_value(field: Field, doc: &Doc) -> bool {
    match field {
        Field::Sprint => !doc.sprints.is_empty(),
        Field::Resolution => doc.resolution.is_some(),
        Field::Assignee => doc.assignee.is_some(),
        Field::Parent => doc.parent.is_some(),
        Field::Labels => !doc.labels.is_empty(),
        Field::Component => !doc.components.is_empty(),
        _ => true,
    }
}

fn is(field: Field, operand: &Operand, doc: &Doc, index: &Index) -> bool {
    let named = |value: &Named| value.is(operand);
    let text = |value: &String| matches!(operand, Operand::Text(text) if text == value);
    match field {
        Field::Issue => index.issue(operand).is_some_and(|found| found.id == doc.id),
        Field::Project => doc.project.is(operand) || text(&doc.project_key),
        Field::Sprint => index.sprints(operand).iter().any(|sprint| doc.sprints.contains(sprint)),
        Field::Type => named(&doc.kind),
        Field::Status => named(&doc.status),
        Field::StatusCategory => named(&doc.category),
        Field::Resolution => match operand {
            Operand::Text(name) if name.eq_ignore_ascii_case("unresolved") => doc.resolution.is_none(),
            _ => doc.resolution.as_ref().is_some_and(named),
        },
        Field::Priority => doc.priority.as_ref().is_some_and(named),
        Field::Assignee => doc.assignee.as_ref().is_some_and(text),
        Field::Reporter => doc.reporter.as_ref().is_some_and(text),
        Field::Parent => index.issue(operand).is_some_and(|found| doc.parent == Some(found.id)),
        Field::Labels => doc.labels.iter().any(text),
        Field::Component => doc.components.iter().any(named),
        _ => false,
    }
}
