//! What becomes of sub-tasks: in no number, counted, or rolled up (rule 11).

use anyhow::Result;
use serde_json::json;
use tidemark_oracle::{Kind, Outcome, Points, Policy, Report, Rule, Subtasks};

use crate::maker::{Files, Maker, assert_points, march, sprint_7_with};

const IN: &str = "04T10:00:00.000";
const LATER: &str = "05T10:00:00.000";

fn with(subtasks: Subtasks) -> Policy {
    let rule = |label: &str| Rule::Label { label: label.to_owned(), discipline: label.to_owned() };
    Policy { subtasks, rules: vec![rule("api"), rule("qa")], ..Policy::default() }
}

fn rolled_up(issues: &[Maker]) -> Result<Report> {
    sprint_7_with(issues, &with(Subtasks::RollUp))
}

fn story() -> Maker {
    Maker::new(1).in_sprints("7").with("labels", json!(["api"]))
}

fn subtask(number: u32, points: f64) -> Maker {
    Maker::new(number).estimated(points).under(1)
}

/// The parent with 5 and its sub-task with 3 are two issues; the sub-task is
/// done alone, and is marked.
#[test]
fn included_sub_tasks_are_issues_of_their_own() -> Result<()> {
    let issues = [story().estimated(5.0), subtask(2, 3.0).go(IN, "3")];
    let report = sprint_7_with(&issues, &with(Subtasks::Include))?;
    assert_points(&report, [8, 0, 0, 0, 3, 5]);
    assert_eq!(report.issues.committed, Some(2));
    let marked: Vec<bool> = report.items.iter().map(|item| item.subtask).collect();
    assert_eq!(marked, [false, true]);
    Ok(())
}

/// A sub-task comes and goes with its parent: added 5 + 3, removed 5 + 3. A
/// change of type is no entry, for both kinds count.
#[test]
fn an_included_sub_task_moves_with_its_parent() -> Result<()> {
    let policy = with(Subtasks::Include);
    let parent = Maker::new(1).estimated(5.0).move_to_sprints(IN, "7").move_to_sprints(LATER, "");
    assert_points(&sprint_7_with(&[parent, subtask(2, 3.0)], &policy)?, [0, 8, 8, 0, 0, 0]);
    let becomes = Maker::new(2).estimated(3.0).in_sprints("7").under(1).become_type(IN, "100");
    let report = sprint_7_with(&[story(), becomes], &policy)?;
    assert_points(&report, [3, 0, 0, 0, 0, 3]);
    Ok(())
}

/// No estimate of its own: 3 + 2 at S; the third sub-task is not estimated.
/// At 4 March one goes from 3 to 5: re-estimated 2, one issue.
#[test]
fn a_missing_estimate_is_the_sum_of_the_sub_tasks() -> Result<()> {
    let issues = [story(), subtask(2, 3.0).estimate(IN, Some(5.0)), subtask(3, 2.0), Maker::new(4).under(1)];
    let report = rolled_up(&issues)?;
    assert_points(&report, [5, 0, 0, 2, 0, 7]);
    assert_eq!(report.issues.committed, Some(1));
    assert_eq!(report.issues.reestimated, Some(1));
    assert_eq!(report.unestimated, 0);
    assert_eq!(report.items.first().and_then(|item| item.initial), Some(Points::whole(5)));
    // Rule 8: none has an estimate, so there is none, which counts 0.
    let nothing = rolled_up(&[story(), Maker::new(2).under(1)])?;
    assert_points(&nothing, [0; 6]);
    assert_eq!(nothing.unestimated, 1);
    Ok(())
}

/// An estimate of its own wins, be it 0; clearing 8 leaves the sub-task's 3:
/// re-estimated -5.
#[test]
fn its_own_estimate_wins() -> Result<()> {
    let own = story().estimated(8.0);
    assert_points(&rolled_up(&[own.clone(), subtask(2, 3.0)])?, [8, 0, 0, 0, 0, 8]);
    assert_points(&rolled_up(&[story().estimated(0.0), subtask(2, 3.0)])?, [0; 6]);
    let cleared = own.estimate(IN, None);
    assert_points(&rolled_up(&[cleared, subtask(2, 3.0)])?, [8, 0, 0, -5, 0, 3]);
    Ok(())
}

/// At an instant only those count that are its sub-tasks then and exist: one
/// is made on 4 March (+3), one is deleted (-2), one becomes a story (-1; as
/// it is in no sprint of its own, that is all).
#[test]
fn sub_tasks_come_and_go() -> Result<()> {
    let made = subtask(2, 3.0).with("created", json!(march(IN)));
    assert_points(&rolled_up(&[story(), made])?, [0, 0, 0, 3, 0, 3]);
    let deleted = json!({"at": march(LATER), "kind": "issue_deleted", "payload": subtask(3, 2.0).issue});
    let files = Files { observations: vec![deleted], ..Files::usual() };
    let report = files.report_with(7, &[story()], &with(Subtasks::RollUp))?;
    assert_points(&report, [2, 0, 0, -2, 0, 0]);
    let story_now = subtask(4, 1.0).become_type(LATER, "100");
    assert_points(&rolled_up(&[story(), story_now])?, [1, 0, 0, -1, 0, 0]);
    Ok(())
}

/// The parent is removed in the instant in which its sub-task is deleted with
/// it: what it was worth until then is removed, and nothing re-estimated.
#[test]
fn a_parent_is_deleted_with_its_sub_tasks() -> Result<()> {
    let deleted = |issue: Maker| json!({"at": march(IN), "kind": "issue_deleted", "payload": issue.issue});
    let observations = vec![deleted(subtask(2, 3.0)), deleted(story())];
    let files = Files { observations, ..Files::usual() };
    let report = files.report_with(7, &[], &with(Subtasks::RollUp))?;
    assert_points(&report, [3, 0, 3, 0, 0, 0]);
    Ok(())
}

/// The story is `api`, and worth 3 (`qa`) + 2 (`api`) by its sub-tasks. It is
/// one issue of `api`; the points go with the sub-tasks. On 4 March it gets 4
/// of its own, which are `api`'s: there +4 - 2, at `qa` -3. It is completed.
#[test]
fn rolled_up_points_are_of_the_sub_tasks_disciplines() -> Result<()> {
    let qa = subtask(2, 3.0).with("labels", json!(["qa"]));
    let api = subtask(3, 2.0).with("labels", json!(["api"]));
    let report = rolled_up(&[story(), qa.clone(), api.clone()])?;
    let split = |report: &Report| -> Vec<_> {
        let rows = report.disciplines.iter();
        rows.map(|row| (row.name.clone(), row.points.committed, row.points.reestimated, row.points.completed))
            .collect()
    };
    let points = |points: i64| Some(Points::whole(points));
    let still = [("api".to_owned(), points(2), points(0), points(0))];
    let qa_still = ("qa".to_owned(), points(3), points(0), points(0));
    assert_eq!(split(&report), [still.as_slice(), &[qa_still]].concat());
    let counts: Vec<Option<u64>> = report.disciplines.iter().map(|row| row.issues.committed).collect();
    assert_eq!(counts, [Some(1), Some(0)]);

    let own = rolled_up(&[story().estimate(IN, Some(4.0)).go(LATER, "3"), qa, api])?;
    assert_points(&own, [5, 0, 0, -1, 4, 0]);
    let expected = [
        ("api".to_owned(), points(2), points(2), points(4)),
        ("qa".to_owned(), points(3), points(-3), points(0)),
    ];
    assert_eq!(split(&own), expected);
    Ok(())
}

/// The sub-task is `qa` until 6 March and `api` since. The story is in the
/// sprint to its end: `api`. It is removed on 4 March: `qa` (rule 10).
#[test]
fn sub_tasks_disciplines_are_read_with_the_issues_own() -> Result<()> {
    let sides = [[json!(null), json!("qa")], [json!(null), json!("api")]];
    let changed = subtask(2, 3.0).change("06T10:00:00.000", ["labels", "labels"], sides, json!(["api"]));
    let who = |story: Maker| -> Result<Vec<(String, Option<Points>)>> {
        let rows = rolled_up(&[story, changed.clone()])?.disciplines;
        Ok(rows.into_iter().map(|row| (row.name, row.points.committed)).collect())
    };
    let row = |name: &str, points: i64| (name.to_owned(), Some(Points::whole(points)));
    assert_eq!(who(story())?, [row("api", 3)]);
    assert_eq!(who(story().move_to_sprints(IN, ""))?, [row("api", 0), row("qa", 3)]);
    Ok(())
}

/// Its own estimate of 3 is cleared where a sub-task has 3 as well: the issue
/// is not re-estimated, but the points change hands.
#[test]
fn the_same_points_may_change_hands() -> Result<()> {
    let qa = subtask(2, 3.0).with("labels", json!(["qa"]));
    let report = rolled_up(&[story().estimated(3.0).estimate(IN, None), qa])?;
    assert_points(&report, [3, 0, 0, 0, 0, 3]);
    assert_eq!(report.issues.reestimated, Some(0));
    assert!(report.entries.iter().all(|entry| entry.kind != Kind::Reestimate));
    let moved: Vec<_> = report.disciplines.iter().map(|row| row.points.reestimated).collect();
    assert_eq!(moved, [Some(Points::whole(-3)), Some(Points::whole(3))]);
    Ok(())
}

/// In a status of no column the issue counts 0, whatever its sub-tasks have;
/// the sub-tasks' own status matters not.
#[test]
fn the_issues_own_status_decides_what_counts() -> Result<()> {
    assert_points(&rolled_up(&[story().in_status("9"), subtask(2, 3.0)])?, [0; 6]);
    let unmapped = subtask(2, 3.0).in_status("9");
    let report = rolled_up(&[story(), unmapped])?;
    assert_points(&report, [3, 0, 0, 0, 0, 3]);
    assert_eq!(
        report.items.last().map(|item| (item.outcome, item.subtask)),
        Some((Outcome::NotCompleted, true))
    );
    Ok(())
}
