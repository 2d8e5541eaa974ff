//! Entering and leaving scope: cases 1 to 9, 14, 15, 17, 34.

use anyhow::Result;
use serde_json::json;
use tidemark_oracle::{Kind, Outcome};

use crate::maker::{Files, Maker, assert_points, march, sprint_7};

const IN: &str = "04T10:00:00.000";
const LATER: &str = "05T10:00:00.000";
const LATE: &str = "06T10:00:00.000";

fn five() -> Maker {
    Maker::new(1).estimated(5.0)
}

fn outcome(report: &tidemark_oracle::Report) -> Option<Outcome> {
    report.items.first().map(|item| item.outcome)
}

#[test]
fn cases_1_and_2_the_start_belongs_to_the_commitment() -> Result<()> {
    let before = five().move_to_sprints("02T08:59:59.000", "7");
    assert_points(&sprint_7(&[before])?, [5, 0, 0, 0, 0, 5]);
    let at = five().move_to_sprints("02T09:00:00.000", "7");
    assert_points(&sprint_7(&[at])?, [5, 0, 0, 0, 0, 5]);
    let after = five().move_to_sprints("02T09:00:00.001", "7");
    assert_points(&sprint_7(&[after])?, [0, 5, 0, 0, 0, 5]);
    Ok(())
}

#[test]
fn case_3_removed_estimated_anew_and_added_again() -> Result<()> {
    let out = five().in_sprints("7").move_to_sprints(IN, "");
    let back = out.estimate(LATER, Some(8.0)).move_to_sprints(LATE, "7");
    let report = sprint_7(&[back])?;
    assert_points(&report, [5, 8, 5, 0, 0, 8]);
    assert_eq!(report.issues.added, Some(1));
    assert_eq!(report.issues.reestimated, Some(0));
    Ok(())
}

#[test]
fn cases_4_and_5_leaving_is_removal() -> Result<()> {
    let in_and_out = five().move_to_sprints(IN, "7").move_to_sprints(LATER, "");
    let report = sprint_7(&[in_and_out])?;
    assert_points(&report, [0, 5, 5, 0, 0, 0]);
    assert_eq!(outcome(&report), Some(Outcome::Removed));
    let elsewhere = five().in_sprints("7").move_to_sprints(IN, "8");
    assert_points(&sprint_7(&[elsewhere])?, [5, 0, 5, 0, 0, 0]);
    let carried = five().in_sprints("7").move_to_sprints("13T17:00:00.000", "7, 8");
    assert_points(&sprint_7(&[carried])?, [5, 0, 0, 0, 0, 5]);
    Ok(())
}

#[test]
fn an_issue_that_left_before_the_start_is_no_item() -> Result<()> {
    let report = sprint_7(&[five().in_sprints("7").move_to_sprints("01T10:00:00.000", "")])?;
    assert!(report.items.is_empty());
    Ok(())
}

#[test]
fn case_6_done_before_or_outside_counts_nothing() -> Result<()> {
    let done = five().go("01T10:00:00.000", "3");
    let before = sprint_7(&[done.clone().move_to_sprints("01T11:00:00.000", "7")])?;
    assert_points(&before, [0; 6]);
    assert_eq!(before.issues.done_before_start, 1);
    let outside = sprint_7(&[done.move_to_sprints(IN, "7")])?;
    assert_points(&outside, [0; 6]);
    assert_eq!(outside.issues.done_outside, 1);
    Ok(())
}

#[test]
fn case_7_reopened() -> Result<()> {
    let inside = five().in_sprints("7").go(IN, "3").go(LATER, "1");
    assert_points(&sprint_7(&[inside])?, [5, 0, 0, 0, 0, 5]);
    let before = five().in_sprints("7").go("01T10:00:00.000", "3").go(LATER, "1");
    let report = sprint_7(std::slice::from_ref(&before))?;
    assert_points(&report, [0, 5, 0, 0, 0, 5]);
    assert_eq!(report.entries.last().map(|entry| entry.kind), Some(Kind::Reopen));
    assert_points(&sprint_7(&[before.go(LATE, "3")])?, [0, 5, 0, 0, 5, 0]);
    Ok(())
}

#[test]
fn cases_8_and_9_the_close_decides() -> Result<()> {
    let late_close = five().in_sprints("7").go("13T17:00:00.000", "3");
    assert_points(&sprint_7(&[late_close])?, [5, 0, 0, 0, 5, 0]);
    let after = five().in_sprints("7").go("13T17:00:00.001", "3");
    assert_points(&sprint_7(&[after])?, [5, 0, 0, 0, 0, 5]);
    Ok(())
}

#[test]
fn a_re_entry_done_inside_is_added() -> Result<()> {
    let out = five().in_sprints("7").move_to_sprints(IN, "").go(LATER, "3");
    assert_points(&sprint_7(&[out.move_to_sprints(LATE, "7")])?, [5, 5, 5, 0, 5, 0]);
    let while_done = five().in_sprints("7").go(IN, "3").move_to_sprints(LATER, "");
    assert_points(&sprint_7(&[while_done])?, [5, 0, 5, 0, 0, 0]);
    Ok(())
}

#[test]
fn a_re_entry_that_counted_nothing_before_is_added_when_done_inside() -> Result<()> {
    let done_before = five().in_sprints("7").go("01T10:00:00.000", "3").move_to_sprints(IN, "");
    let same_done = sprint_7(&[done_before.clone().move_to_sprints(LATE, "7")])?;
    assert_points(&same_done, [0; 6]);
    assert_eq!(outcome(&same_done), Some(Outcome::DoneOutside));
    let done_anew = done_before.go(LATER, "1").go("05T11:00:00.000", "3");
    assert_points(&sprint_7(&[done_anew.move_to_sprints(LATE, "7")])?, [0, 5, 0, 0, 5, 0]);
    Ok(())
}

#[test]
fn a_first_entry_is_outside_though_it_was_done_inside() -> Result<()> {
    let first = five().go(IN, "3").move_to_sprints(LATER, "7");
    let report = sprint_7(&[first])?;
    assert_points(&report, [0; 6]);
    assert_eq!(outcome(&report), Some(Outcome::DoneOutside));
    Ok(())
}

#[test]
fn case_14_a_sub_task_is_listed_and_counts_nothing() -> Result<()> {
    let parent = five().move_to_sprints(IN, "7");
    let subtask = Maker::new(2).estimated(3.0).under(1);
    let report = sprint_7(&[parent, subtask])?;
    assert_points(&report, [0, 5, 0, 0, 0, 5]);
    assert_eq!(report.issues.final_scope, Some(1));
    let marked: Vec<bool> = report.items.iter().map(|item| item.subtask).collect();
    assert_eq!(marked, [false, true]);
    Ok(())
}

#[test]
fn case_15_a_change_of_type_removes_or_adds() -> Result<()> {
    let gone = five().in_sprints("7").become_type(IN, "101");
    let report = sprint_7(&[gone])?;
    assert_points(&report, [5, 0, 5, 0, 0, 0]);
    assert_eq!(outcome(&report), Some(Outcome::Removed));
    let parent = Maker::new(2).in_sprints("7");
    let come = five().in_sprints("7").under(2).become_type(IN, "100");
    assert_points(&sprint_7(&[parent, come])?, [0, 5, 0, 0, 0, 5]);
    Ok(())
}

#[test]
fn case_17_a_deletion_removes_inside_the_sprint_only() -> Result<()> {
    let deleted_at = |at: &str| {
        let payload = five().in_sprints("7").issue;
        let observation = json!({"at": march(at), "kind": "issue_deleted", "payload": payload});
        Files { observations: vec![observation], ..Files::usual() }.report(7, &[])
    };
    assert_points(&deleted_at("01T10:00:00.000")?, [0; 6]);
    assert_points(&deleted_at(IN)?, [5, 0, 5, 0, 0, 0]);
    assert_points(&deleted_at("13T17:00:00.000")?, [5, 0, 5, 0, 0, 0]);
    assert_points(&deleted_at("13T17:00:00.001")?, [5, 0, 0, 0, 0, 5]);
    Ok(())
}

#[test]
fn case_34_existence_starts_with_creation_or_the_first_change() -> Result<()> {
    let inside = five().in_sprints("7").with("created", json!(march(IN)));
    assert_points(&sprint_7(std::slice::from_ref(&inside))?, [0, 5, 0, 0, 0, 5]);
    let imported = inside.go("01T10:00:00.000", "2");
    assert_points(&sprint_7(&[imported])?, [5, 0, 0, 0, 0, 5]);
    let after = five().in_sprints("7").with("created", json!(march("14T08:00:00.000")));
    assert!(sprint_7(&[after])?.items.is_empty());
    Ok(())
}
