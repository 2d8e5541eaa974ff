//! A sprint of four issues, explained by hand.

use tidemark_model::facts::{BoardSprint, EntryKind, LedgerEntry, Mode, Outcome, SprintItem, SprintReport};
use tidemark_model::sums::{Amount, Sum, Sums};
use tidemark_model::{Points, Timestamp};

use super::{Explanation, Number, Piece, Unit, Value, explain, numbers, pieces};
use crate::sprint_reports::report;

fn points(points: i64) -> Points {
    Points::from_millionths(points * 1_000_000)
}

fn item(number: i64, outcome: Outcome, committed: Option<bool>) -> SprintItem {
    SprintItem {
        source: "acme".to_owned(),
        board_id: "acme/1".to_owned(),
        sprint_id: "acme/7".to_owned(),
        issue_id: format!("acme/{number}"),
        issue_key: format!("ACME-{number}"),
        summary: "Pay by card".to_owned(),
        issue_type: "Story".to_owned(),
        subtask: false,
        outcome,
        counted: true,
        committed,
        added: committed.map(|committed| !committed),
        initial_points: None,
        final_points: None,
        committed_points: None,
        added_points: None,
        removed_points: None,
        reestimated_points: None,
        reestimated_added_points: None,
        reestimated_done_points: None,
        final_scope_points: points(2),
        completed_points: points(2),
        not_completed_points: Points::ZERO,
        added_entries: None,
        removed_entries: None,
        unestimated: false,
        discipline: "unassigned".to_owned(),
        discipline_rule: "none".to_owned(),
        done_at: Some(Timestamp(0)),
        marks: String::new(),
    }
}

/// An entry: its kind, and by how much scope, remaining and completed points change; how issues do follows.
fn entry(
    issue: i64,
    number: i64,
    kind: EntryKind,
    (scope, remaining, completed): (i64, i64, i64),
) -> LedgerEntry {
    let (scope_issues, remaining_issues, completed_issues) = match kind {
        EntryKind::Commit | EntryKind::Add => (1, 1, 0),
        EntryKind::Remove => (-1, -1, 0),
        EntryKind::Done => (0, -1, 1),
        _ => (0, 0, 0),
    };
    LedgerEntry {
        source: "acme".to_owned(),
        board_id: "acme/1".to_owned(),
        sprint_id: "acme/7".to_owned(),
        issue_id: format!("acme/{issue}"),
        entry: number,
        issue_key: format!("ACME-{issue}"),
        at: Timestamp(number),
        kind,
        reason: None,
        actor: Some("ana".to_owned()),
        change_id: (kind != EntryKind::Commit).then(|| format!("{issue}{number}:0")),
        sprint_change_id: None,
        done_change_id: None,
        estimate_change_id: None,
        before_points: Points::ZERO,
        after_points: Points::ZERO,
        scope_points: points(scope),
        remaining_points: points(remaining),
        completed_points: points(completed),
        scope_issues,
        remaining_issues,
        completed_issues,
    }
}

/// 1: committed with 5, re-estimated to 8, done, re-estimated to 9. 2: committed with 3, removed. 3: added with 1 and
/// re-estimated to 2, not completed. 4: done before the start.
fn sprint() -> (Vec<SprintItem>, Vec<LedgerEntry>) {
    let items = vec![
        item(1, Outcome::Completed, Some(true)),
        item(2, Outcome::Removed, Some(true)),
        item(3, Outcome::NotCompleted, Some(false)),
        item(4, Outcome::DoneBeforeStart, Some(false)),
    ];
    let entries = vec![
        entry(1, 4, EntryKind::Reestimate, (1, 0, 1)),
        entry(1, 1, EntryKind::Commit, (5, 5, 0)),
        entry(1, 2, EntryKind::Reestimate, (3, 3, 0)),
        entry(1, 3, EntryKind::Done, (0, -8, 8)),
        entry(2, 1, EntryKind::Commit, (3, 3, 0)),
        entry(2, 2, EntryKind::Remove, (-3, -3, 0)),
        entry(3, 1, EntryKind::Add, (1, 1, 0)),
        entry(3, 2, EntryKind::Reestimate, (1, 1, 0)),
        entry(3, 3, EntryKind::CarryOut, (0, 0, 0)),
        entry(4, 1, EntryKind::DoneBeforeStart, (0, 0, 0)),
    ];
    (items, entries)
}

/// The report of that sprint, or of another one, with these sums.
fn reported(sums: Sums, state: &str) -> SprintReport {
    let shown = BoardSprint {
        source: "acme".to_owned(),
        board_id: "acme/1".to_owned(),
        board_name: None,
        sprint_id: "acme/7".to_owned(),
        sprint_name: "Sprint 7".to_owned(),
        state: state.to_owned(),
        goal: None,
        started_at: Some(Timestamp(1)),
        planned_end_at: None,
        closed_at: None,
        origin: true,
        board_inferred: false,
    };
    let mut sum = Sum::default();
    sum.sums.set(Mode::JiraCloud, sums);
    report(&shown, &sum, Mode::JiraCloud)
}

fn sums() -> Sums {
    let amount = |whole, issues| Amount::new(points(whole), issues);
    Sums {
        committed: amount(8, 2),
        added: amount(1, 1),
        removed: amount(3, 1),
        reestimated: amount(5, 2),
        reestimated_added: amount(1, 0),
        reestimated_done: amount(1, 0),
        final_scope: amount(11, 2),
        completed: amount(9, 1),
        not_completed: amount(2, 1),
        completed_committed: amount(9, 1),
        completed_committed_initial: amount(5, 1),
        done_before_start: 1,
        done_outside: 0,
        unestimated: 0,
        unknown: 0,
    }
}

fn shares(explanation: &Explanation) -> Vec<(&str, f64, Vec<f64>)> {
    let share =
        |share: &super::Share| share.steps.iter().map(|step| step.amount.to_f64()).collect::<Vec<_>>();
    explanation.shares.iter().map(|one| (one.issue_key.as_str(), one.amount.to_f64(), share(one))).collect()
}

#[test]
fn every_number_is_the_sum_of_its_shares() {
    let (items, entries) = sprint();
    let (report, pieces) = (reported(sums(), "active"), pieces(items, entries));
    let mut explained = 0;
    for (number, unit) in numbers() {
        let explanation = explain(&report, &pieces, number, unit);
        assert_eq!(explanation.agrees(), Some(true), "{explanation:?}");
        explained += 1;
    }
    assert_eq!(explained, 11 + 6 + 11 + 6);
}

#[test]
fn a_share_is_made_of_entries_with_the_changes_that_they_come_from() {
    let (items, entries) = sprint();
    let (report, pieces) = (reported(sums(), "active"), pieces(items, entries));
    let of = |number, unit| explain(&report, &pieces, number, unit);
    let completed = of(Number::Completed, Unit::Points);
    assert_eq!(shares(&completed), [("ACME-1", 9.0, vec![8.0, 1.0])]);
    assert_eq!(completed.shares[0].steps[1].entry.change_id.as_deref(), Some("14:0"));
    let reestimated = of(Number::Reestimated, Unit::Issues);
    assert_eq!(shares(&reestimated), [("ACME-1", 1.0, vec![1.0, 0.0]), ("ACME-3", 1.0, vec![1.0])]);
    assert_eq!(shares(&of(Number::ReestimatedAdded, Unit::Points)), [("ACME-3", 1.0, vec![1.0])]);
    assert_eq!(shares(&of(Number::ReestimatedDone, Unit::Points)), [("ACME-1", 1.0, vec![1.0])]);
    assert_eq!(shares(&of(Number::Removed, Unit::Points)), [("ACME-2", 3.0, vec![3.0])]);
    assert_eq!(shares(&of(Number::DoneBeforeStart, Unit::Issues)), [("ACME-4", 1.0, vec![1.0])]);
    // What came and left is in no final scope.
    let scope = of(Number::FinalScope, Unit::Points);
    assert_eq!(
        scope.shares.iter().map(|share| share.issue_key.as_str()).collect::<Vec<_>>(),
        ["ACME-1", "ACME-3"]
    );
}

#[test]
fn ratios_are_explained_by_their_parts() {
    let (items, entries) = sprint();
    let (report, pieces) = (reported(sums(), "active"), pieces(items, entries));
    let kept = explain(&report, &pieces, Number::CommitmentReliability, Unit::Points);
    assert_eq!(kept.fraction.unwrap().formula(), "completed_committed_initial / committed");
    assert_eq!((kept.value, kept.sum), (Some(Value::Ratio(5.0 / 8.0)), Some(Value::Ratio(5.0 / 8.0))));
    assert!(kept.shares.is_empty() && kept.parts.iter().all(|part| !part.shares.is_empty()));
    let net = explain(&report, &pieces, Number::ScopeChangeNet, Unit::Points);
    assert_eq!(net.fraction.unwrap().formula(), "(added - removed) / committed");
    assert_eq!(net.sum, Some(Value::Ratio(-2.0 / 8.0)));
    let nothing = explain(&reported(Sums::default(), "active"), &[], Number::PlannedShare, Unit::Points);
    assert_eq!(nothing.unknown.as_deref(), Some("completed is 0, and a ratio to nothing says nothing"));
    assert_eq!((nothing.sum, nothing.agrees()), (None, None));
}

#[test]
fn without_a_history_the_present_fields_explain_what_is_known() {
    let pieces = pieces(vec![item(1, Outcome::Completed, None)], Vec::new());
    let completed = Amount::new(points(2), 1);
    let sums = Sums { final_scope: completed, completed, unknown: 1, ..Sums::default() };
    let report = reported(sums, "closed");
    let known = explain(&report, &pieces, Number::Completed, Unit::Points);
    assert_eq!(known.agrees(), Some(true));
    let basis = known.shares[0].basis.as_deref().unwrap();
    assert!(
        known.shares[0].steps.is_empty() && basis.ends_with("resolved at 1970-01-01T00:00:00.000Z"),
        "{basis}"
    );
    for number in [Number::Committed, Number::DeliveryRatio] {
        let unknown = explain(&report, &pieces, number, Unit::Points).unknown.unwrap();
        assert!(unknown.starts_with("1 of 1 issues have no complete change history (ACME-1)"), "{unknown}");
    }
    let planned = explain(&reported(Sums::default(), "future"), &[], Number::Completed, Unit::Issues);
    assert!(planned.unknown.unwrap().contains("has not started"));
}

#[test]
fn an_answer_that_does_not_add_up_says_so() {
    let (items, entries) = sprint();
    let report = reported(sums(), "active");
    let one_is_missing: Vec<Piece> = pieces(items, entries).split_off(1);
    assert_eq!(explain(&report, &one_is_missing, Number::Committed, Unit::Points).agrees(), Some(false));
    assert_eq!(Number::named("final_scope"), Some(Number::FinalScope));
    assert!(!Number::Unestimated.counts(Unit::Points));
}
