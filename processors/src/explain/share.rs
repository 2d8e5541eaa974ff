//! An issue's share of a number, and the entries that make it.

use tidemark_model::Points;
use tidemark_model::facts::{EntryKind, LedgerEntry, Mode, Outcome, SprintItem};

use super::number::whole;
use super::{Number, Piece, Share, Step, Unit};

/// The share of an issue that counts; nothing where it has none.
pub(super) fn share(piece: &Piece, mode: Mode, number: Number, unit: Unit) -> Option<Share> {
    let number = if mode == Mode::Final { as_final(number)? } else { number };
    let item = &piece.item;
    let found = if piece.entries.is_empty() { present(item, number) } else { told(piece, number) };
    let Found { points, issues, steps, basis } = found?;
    let counts = piece.only.is_none_or(|only| only == unit);
    // What counts 0 points is listed where it counts as an issue, so that it is seen that it was not forgotten.
    if !counts || points == Points::ZERO && (issues == 0 || piece.only == Some(Unit::Points)) {
        return None;
    }
    let in_unit = |amount: Amount| if unit == Unit::Points { amount.points } else { whole(amount.issues) };
    Some(Share {
        issue_id: item.issue_id.clone(),
        issue_key: item.issue_key.clone(),
        summary: item.summary.clone(),
        issue_type: item.issue_type.clone(),
        discipline: item.discipline.clone(),
        subtask_id: piece.subtask_id.clone(),
        amount: in_unit(Amount { points, issues }),
        steps: steps
            .into_iter()
            .map(|(entry, amount)| Step { amount: in_unit(amount), entry: entry.clone() })
            .collect(),
        basis,
    })
}

/// In mode `final` what is in scope at the end was committed, and nothing changed.
fn as_final(number: Number) -> Option<Number> {
    match number {
        Number::Committed => Some(Number::FinalScope),
        Number::CompletedCommitted | Number::CompletedCommittedInitial => Some(Number::Completed),
        Number::Added
        | Number::Removed
        | Number::Reestimated
        | Number::ReestimatedAdded
        | Number::ReestimatedDone => None,
        other => Some(other),
    }
}

/// In both units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Amount {
    points: Points,
    issues: i64,
}

/// What was found to make a share.
struct Found<'a> {
    points: Points,
    issues: i64,
    steps: Vec<(&'a LedgerEntry, Amount)>,
    basis: Option<String>,
}

/// What the ledger tells.
fn told(piece: &Piece, number: Number) -> Option<Found<'_>> {
    let item = &piece.item;
    let kept = item.committed == Some(true) && item.outcome == Outcome::Completed;
    let takes = match number {
        Number::CompletedCommitted | Number::CompletedCommittedInitial => kept,
        Number::DoneBeforeStart => item.outcome == Outcome::DoneBeforeStart,
        Number::DoneOutside => item.outcome == Outcome::DoneOutside,
        Number::Unestimated => item.unestimated,
        _ => true,
    };
    if !takes {
        return None;
    }
    let mut steps: Vec<(&LedgerEntry, Amount)> = Vec::new();
    // Whether the present stay in scope began after the start.
    let mut added = false;
    for entry in &piece.entries {
        if entry.scope_issues > 0 {
            added = entry.kind != EntryKind::Commit;
        }
        if let Some(amount) = of_entry(entry, number, added) {
            match number {
                // However often an issue is re-estimated, or comes done, it is one issue.
                Number::Reestimated if !steps.is_empty() => {
                    steps.push((entry, Amount { issues: 0, ..amount }));
                }
                Number::DoneBeforeStart | Number::DoneOutside => steps = vec![(entry, amount)],
                _ => steps.push((entry, amount)),
            }
        }
    }
    let points = steps.iter().map(|(_, amount)| amount.points).sum();
    let issues = steps.iter().map(|(_, amount)| amount.issues).sum();
    Some(Found { points, issues, steps, basis: None })
}

/// What an entry adds to a number; nothing where it has no part in it.
fn of_entry(entry: &LedgerEntry, number: Number, added: bool) -> Option<Amount> {
    let scope = Amount { points: entry.scope_points, issues: entry.scope_issues };
    let completed = Amount { points: entry.completed_points, issues: entry.completed_issues };
    let remaining = Amount { points: entry.remaining_points, issues: entry.remaining_issues };
    let is = |kind: EntryKind| entry.kind == kind;
    let one = Amount { issues: 1, ..scope };
    match number {
        Number::Committed | Number::CompletedCommittedInitial => is(EntryKind::Commit).then_some(scope),
        Number::Added => (entry.scope_issues > 0 && !is(EntryKind::Commit)).then_some(scope),
        Number::Removed => is(EntryKind::Remove)
            .then_some(Amount { points: -entry.scope_points, issues: -entry.scope_issues }),
        Number::Reestimated => is(EntryKind::Reestimate).then_some(one),
        Number::ReestimatedAdded => (is(EntryKind::Reestimate) && added).then_some(one),
        Number::ReestimatedDone => {
            (is(EntryKind::Reestimate) && entry.completed_points != Points::ZERO).then_some(one)
        }
        Number::FinalScope => moved(scope),
        Number::Completed | Number::CompletedCommitted => moved(completed),
        Number::NotCompleted => moved(remaining),
        Number::DoneBeforeStart => is(EntryKind::DoneBeforeStart).then_some(one),
        Number::DoneOutside => is(EntryKind::DoneOutside).then_some(one),
        Number::Unestimated => (entry.scope_issues != 0).then_some(scope),
        Number::CommitmentReliability
        | Number::DeliveryRatio
        | Number::CompletionRate
        | Number::PlannedShare
        | Number::ScopeChange
        | Number::ScopeChangeNet => None,
    }
}

fn moved(amount: Amount) -> Option<Amount> {
    (amount != Amount::default()).then_some(amount)
}

/// Without a history the present fields tell what is known (METRICS rule 7).
fn present(item: &SprintItem, number: Number) -> Option<Found<'static>> {
    let is = |outcome: Outcome| item.outcome == outcome;
    let in_scope = is(Outcome::Completed) || is(Outcome::NotCompleted);
    let (holds, points) = match number {
        Number::FinalScope => (in_scope, item.final_scope_points),
        Number::Completed => (is(Outcome::Completed), item.completed_points),
        Number::NotCompleted => (is(Outcome::NotCompleted), item.not_completed_points),
        Number::DoneBeforeStart => (is(Outcome::DoneBeforeStart), Points::ZERO),
        Number::DoneOutside => (is(Outcome::DoneOutside), Points::ZERO),
        Number::Unestimated => (item.unestimated, Points::ZERO),
        _ => return None,
    };
    let done = match item.done_at {
        Some(at) => format!("resolved at {at}"),
        None if is(Outcome::NotCompleted) => "not resolved by the sprint's end".to_owned(),
        None => "done by its present status".to_owned(),
    };
    let basis = format!("no complete change history: in the sprint by its present fields, {done}");
    holds.then_some(Found { points, issues: 1, steps: Vec::new(), basis: Some(basis) })
}
