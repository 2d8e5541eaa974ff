//! The modes of rule 11, and what done may mean.

use anyhow::Result;
use serde_json::json;
use tidemark_oracle::{Done, Kind, Mode, Outcome, Policy, Report};

use crate::maker::{Files, Maker, assert_points, march, sprint_7, sprint_7_with};

fn five() -> Maker {
    Maker::new(1).estimated(5.0).in_sprints("7")
}

fn in_mode(mode: Mode) -> Policy {
    Policy { mode, ..Policy::default() }
}

fn grace(issues: &[Maker]) -> Result<Report> {
    sprint_7_with(issues, &in_mode(Mode::Grace24h))
}

/// By rule 11 the estimate stays where a status is in no column: committed 5,
/// and coming into such a status is no re-estimate.
#[test]
fn jira_dc_keeps_the_estimate_in_an_unmapped_status() -> Result<()> {
    let dc = in_mode(Mode::JiraDc);
    assert_points(&sprint_7_with(&[five().in_status("9")], &dc)?, [5, 0, 0, 0, 0, 5]);
    let moved = five().go("04T10:00:00.000", "9");
    assert_points(&sprint_7_with(std::slice::from_ref(&moved), &dc)?, [5, 0, 0, 0, 0, 5]);
    assert_points(&sprint_7(&[moved])?, [5, 0, 0, -5, 0, 0]);
    Ok(())
}

/// S is 2 March 09:00, so the commitment is what is in the sprint at 3 March
/// 09:00, that instant included (rule 3).
#[test]
fn grace_cuts_the_commitment_a_day_later() -> Result<()> {
    let added = |at: &str| grace(&[Maker::new(1).estimated(5.0).move_to_sprints(at, "7")]);
    assert_points(&added("03T09:00:00.000")?, [5, 0, 0, 0, 0, 5]);
    assert_points(&added("03T09:00:00.001")?, [0, 5, 0, 0, 0, 5]);
    let estimated = |at: &str| grace(&[five().estimate(at, Some(8.0))]);
    assert_points(&estimated("03T09:00:00.000")?, [8, 0, 0, 0, 0, 8]);
    assert_points(&estimated("03T09:00:00.001")?, [5, 0, 0, 3, 0, 8]);
    let removed = grace(&[five().move_to_sprints("02T12:00:00.000", "")])?;
    assert_points(&removed, [0; 6]);
    assert!(removed.items.is_empty(), "it left before the commitment was cut");
    let made = five().with("created", json!(march("02T12:00:00.000")));
    assert_points(&grace(&[made])?, [5, 0, 0, 0, 0, 5]);
    Ok(())
}

/// Done is tested at S: what was finished within the day is committed and
/// completed, even where it came into the sprint when it was done.
#[test]
fn grace_tests_done_at_the_start() -> Result<()> {
    let finished = five().go("02T12:00:00.000", "3");
    assert_points(&grace(&[finished])?, [5, 0, 0, 0, 5, 0]);
    let outside = Maker::new(1).estimated(5.0).go("02T10:00:00.000", "3");
    assert_points(&grace(&[outside.move_to_sprints("02T12:00:00.000", "7")])?, [5, 0, 0, 0, 5, 0]);
    let done_at_start = five().go("01T10:00:00.000", "3");
    let report = grace(std::slice::from_ref(&done_at_start))?;
    assert_points(&report, [0; 6]);
    assert_eq!(report.issues.done_before_start, 1);
    let reopened = grace(&[done_at_start.go("02T12:00:00.000", "1")])?;
    assert_points(&reopened, [0, 5, 0, 0, 0, 5]);
    assert_eq!(reopened.entries.last().map(|entry| entry.kind), Some(Kind::Reopen));
    Ok(())
}

/// Closed at 12:00 of its first day: the cut is the close. In the sprint
/// until then: committed 5; added in the evening: not in it.
#[test]
fn grace_ends_with_the_sprint() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[0]["completeDate"] = json!("2026-03-02T12:00:00.000Z");
    let added = |at: &str| {
        let issue = Maker::new(1).estimated(5.0).move_to_sprints(at, "7");
        files.report_with(7, &[issue], &in_mode(Mode::Grace24h))
    };
    assert_points(&added("02T11:00:00.000")?, [5, 0, 0, 0, 0, 5]);
    assert_points(&added("02T20:00:00.000")?, [0; 6]);
    Ok(())
}

/// At E: 8 (done, from 5) and 2 (added) are in scope, 3 was removed. So 10
/// are committed, 8 of them completed, and nothing changed.
#[test]
fn final_commits_the_final_scope() -> Result<()> {
    let issues = [
        five().estimate("04T10:00:00.000", Some(8.0)).go("05T10:00:00.000", "3"),
        Maker::new(2).estimated(3.0).in_sprints("7").move_to_sprints("04T10:00:00.000", ""),
        Maker::new(3).estimated(2.0).move_to_sprints("04T10:00:00.000", "7"),
        Maker::new(4).estimated(1.0).in_sprints("7").go("01T10:00:00.000", "3"),
    ];
    let report = sprint_7_with(&issues, &in_mode(Mode::Final))?;
    assert_points(&report, [10, 0, 0, 0, 8, 2]);
    let issues = &report.issues;
    assert_eq!([issues.committed, issues.added, issues.removed], [Some(2), Some(0), Some(0)]);
    assert_eq!([issues.reestimated, issues.final_scope], [Some(0), Some(2)]);
    assert_eq!(issues.done_before_start, 1);
    let committed: Vec<bool> = report.items.iter().map(|item| item.committed).collect();
    assert_eq!(committed, [true, false, true, false]);
    assert_eq!(report.items[1].outcome, Outcome::Removed);
    let reliability = report.predictability.and_then(|ratios| ratios.points.commitment_reliability);
    assert_eq!(reliability, Some(0.8));
    Ok(())
}

/// Done at S counts in committed and completed; an issue that comes in when
/// it is done is outside as in the other modes.
#[test]
fn eazybi_counts_what_is_done_at_the_start() -> Result<()> {
    let eazybi = in_mode(Mode::Eazybi);
    let done = five().go("01T10:00:00.000", "3");
    let report = sprint_7_with(std::slice::from_ref(&done), &eazybi)?;
    assert_points(&report, [5, 0, 0, 0, 5, 0]);
    assert_eq!(report.issues.done_before_start, 0);
    assert_points(&sprint_7_with(&[done.clone().go("04T10:00:00.000", "1")], &eazybi)?, [5, 0, 0, 0, 0, 5]);
    let late = Maker::new(1).estimated(5.0).go("01T10:00:00.000", "3");
    let report = sprint_7_with(&[late.move_to_sprints("04T10:00:00.000", "7")], &eazybi)?;
    assert_points(&report, [0; 6]);
    assert_eq!(report.issues.done_outside, 1);
    Ok(())
}

/// Status 4 is of the category done; here it is in the second column of
/// three. By columns it is work in progress, by category it is done.
#[test]
fn done_may_be_a_category() -> Result<()> {
    let mut files = Files::usual();
    if let Some(boards) = &mut files.boards {
        let columns = &mut boards[0]["configuration"]["columnConfig"]["columns"];
        columns[1]["statuses"] = json!([{"id": "2"}, {"id": "4"}]);
    }
    let issues = [five().go("04T10:00:00.000", "4")];
    assert_points(&files.report(7, &issues)?, [5, 0, 0, 0, 0, 5]);
    let by_category = Policy { done: Done::StatusCategory, ..Policy::default() };
    assert_points(&files.report_with(7, &issues, &by_category)?, [5, 0, 0, 0, 5, 0]);
    for done in [Done::Column, Done::Resolution] {
        let eazybi = Policy { done, ..in_mode(Mode::Eazybi) };
        assert_points(&files.report_with(7, &issues, &eazybi)?, [5, 0, 0, 0, 5, 0]);
    }
    // In no column at all it is done, and counts 0 from then on.
    assert_points(&sprint_7_with(&issues, &by_category)?, [5, 0, 0, -5, 0, 0]);
    Ok(())
}

fn resolve(issue: Maker, at: &str, resolved: bool) -> Maker {
    let side = |resolved: bool| if resolved { json!("10000") } else { json!(null) };
    let text = |resolved: bool| if resolved { json!("Done") } else { json!(null) };
    let sides = [[side(!resolved), text(!resolved)], [side(resolved), text(resolved)]];
    let present = if resolved { json!({"id": "10000", "name": "Done"}) } else { json!(null) };
    issue.change(at, ["resolution", "resolution"], sides, present)
}

/// Resolved inside: completed though its status is to do. Resolved before S:
/// done before the start. Cleared before E: not completed. A status of the
/// last column without a resolution: not completed.
#[test]
fn done_may_be_a_resolution() -> Result<()> {
    let policy = Policy { done: Done::Resolution, ..Policy::default() };
    let inside = resolve(five(), "04T10:00:00.000", true);
    assert_points(&sprint_7_with(std::slice::from_ref(&inside), &policy)?, [5, 0, 0, 0, 5, 0]);
    let cleared = resolve(inside, "05T10:00:00.000", false);
    assert_points(&sprint_7_with(&[cleared], &policy)?, [5, 0, 0, 0, 0, 5]);
    let before = resolve(five(), "01T10:00:00.000", true);
    assert_points(&sprint_7_with(&[before], &policy)?, [0; 6]);
    let unresolved = five().go("04T10:00:00.000", "3");
    assert_points(&sprint_7_with(&[unresolved], &policy)?, [5, 0, 0, 0, 0, 5]);
    // Rule 7: without a changelog, by the date, if it is done now.
    let dated = five().with("resolution", json!({"id": "1"})).without_changelog();
    let dated = dated.with("resolutiondate", json!(march("04T10:00:00.000")));
    let report = sprint_7_with(&[dated], &policy)?;
    assert_eq!(report.items.first().map(|item| item.outcome), Some(Outcome::Completed));
    Ok(())
}
