//! What an issue contributes to a sprint's report, by discipline and in every mode.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::facts::{Outcome, SprintItem};
use tidemark_model::membership::{SprintIssue, StepTo};
use tidemark_model::policy::SubtaskPolicy;
use tidemark_model::sums::{Amount, Contribution, Sum, Sums};

use crate::claims::decide;
use crate::issue_part::{Place, outcome, readings};
use crate::ledger::{Account, Keeping, Part, account};
use crate::rules::{Rules, Window};

/// The contributions of an issue that counts. Rolled-up points are its sub-tasks' disciplines', the issue itself is its own.
pub(crate) fn contributions(
    issue: &SprintIssue,
    window: &Window,
    rules: &Rules<'_>,
    (item, counted): (&SprintItem, &Account),
    place: Place<'_>,
) -> Vec<Contribution> {
    let with_subtasks = rules.reading().subtasks == SubtaskPolicy::Include;
    let mut by_discipline: BTreeMap<String, Sum> = BTreeMap::new();
    let own = by_discipline.entry(item.discipline.clone()).or_default();
    own.listed = 1;
    for mark in item.marks.split(' ').filter(|mark| !mark.is_empty()) {
        own.mark(mark, &item.issue_id, &item.issue_key);
    }
    let subtasks = if rules.rolls_up() { subtasks_of(issue) } else { BTreeSet::new() };
    let mut balanced = true;
    for reading in readings(rules) {
        let rules_of_mode = rules.with(reading);
        let keeping = Keeping { rules: &rules_of_mode, part: Part::Whole, with_subtasks };
        let mut parts: BTreeMap<String, Sums> = BTreeMap::new();
        let other = if reading == rules.reading() { None } else { account(issue, window, keeping) };
        let whole = if reading == rules.reading() { Some(counted) } else { other.as_ref() };
        // Whether it was removed, and so when its discipline is read, is the mode's to say.
        let of_mode = whole.map(|whole| (whole, decide(&whole.claims, place.teams).0));
        if let Some((whole, discipline)) = of_mode {
            balanced &= whole.balances();
            parts.insert(discipline.clone(), sums_of(whole));
            if !subtasks.is_empty() {
                let own = account(issue, window, Keeping { part: Part::Own, ..keeping });
                let mut sums = sums_of(whole).issues_only();
                sums += &own.map(|own| sums_of(&own).points_only()).unwrap_or_default();
                parts.insert(discipline.clone(), sums);
            }
            for id in &subtasks {
                let rolled = account(issue, window, Keeping { part: Part::Subtask(id), ..keeping });
                let Some(rolled) = rolled else { continue };
                let discipline = discipline_of(id, &rolled, &discipline, place);
                *parts.entry(discipline).or_default() += &sums_of(&rolled).points_only();
            }
        }
        // A mode in which the issue does not count says so: what is left out means the same as `jira_cloud`.
        for discipline in parts.keys() {
            by_discipline.entry(discipline.clone()).or_default();
        }
        for (discipline, sum) in &mut by_discipline {
            sum.sums.set(reading.mode, parts.remove(discipline).unwrap_or_default());
        }
    }
    if !balanced && let Some(own) = by_discipline.get_mut(&item.discipline) {
        own.mark("identity_broken", &item.issue_id, &item.issue_key);
    }
    let row = |(discipline, sum)| Contribution {
        source: item.source.clone(),
        board_id: item.board_id.clone(),
        sprint_id: item.sprint_id.clone(),
        discipline,
        issue_id: item.issue_id.clone(),
        sum,
    };
    by_discipline.into_iter().map(row).collect()
}

/// The discipline of a sub-task's rolled-up points: its own, or its parent's where nothing is said of it any more.
pub(crate) fn discipline_of(id: &str, rolled: &Account, of_parent: &str, place: Place<'_>) -> String {
    let claims = rolled.subtask_claims.get(id);
    claims.map_or_else(|| of_parent.to_owned(), |claims| decide(claims, place.teams).0)
}

/// The sub-tasks that the issue ever had.
pub(crate) fn subtasks_of(issue: &SprintIssue) -> BTreeSet<&str> {
    let came = issue.steps.iter().filter_map(|step| match &step.to {
        StepTo::Subtask { id, .. } => Some(id.as_str()),
        _ => None,
    });
    issue.initial.subtasks.keys().map(String::as_str).chain(came).collect()
}

/// What an account adds to a report.
fn sums_of(account: &Account) -> Sums {
    let totals = account.totals;
    let amount = |delta: crate::ledger::Delta| Amount::new(delta.points, delta.issues);
    let share = |holds: bool| {
        if account.in_scope && holds { Amount::new(account.final_points, 1) } else { Amount::default() }
    };
    let of = |outcome_wanted: Outcome| i64::from(outcome(account) == outcome_wanted);
    let kept = totals.committed.issues > 0 && account.in_scope && account.done;
    Sums {
        committed: amount(totals.committed),
        added: amount(totals.added),
        removed: amount(totals.removed),
        reestimated: Amount::new(totals.reestimated, i64::from(totals.reestimations > 0)),
        reestimated_added: Amount::new(totals.reestimated_added, 0),
        reestimated_done: Amount::new(totals.reestimated_done, 0),
        final_scope: share(true),
        completed: share(account.done),
        not_completed: share(!account.done),
        completed_committed: share(kept),
        completed_committed_initial: if kept { amount(totals.committed) } else { Amount::default() },
        done_before_start: of(Outcome::DoneBeforeStart),
        done_outside: of(Outcome::DoneOutside),
        unestimated: i64::from(account.in_scope && account.final_estimate.is_none()),
        unknown: 0,
    }
}

/// What an item without a history adds: what was committed, added, removed and re-estimated is unknown (rule 7).
pub(crate) fn sums_of_item(item: &SprintItem) -> Sums {
    if !item.counted {
        return Sums::default();
    }
    let of = |outcome: Outcome| i64::from(item.outcome == outcome);
    let (completed, open) = (of(Outcome::Completed), of(Outcome::NotCompleted));
    Sums {
        final_scope: Amount::new(item.final_scope_points, completed + open),
        completed: Amount::new(item.completed_points, completed),
        not_completed: Amount::new(item.not_completed_points, open),
        done_before_start: of(Outcome::DoneBeforeStart),
        done_outside: of(Outcome::DoneOutside),
        unestimated: i64::from(item.unestimated),
        unknown: 1,
        ..Sums::default()
    }
}
