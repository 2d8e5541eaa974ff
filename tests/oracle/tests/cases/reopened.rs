//! Case 23: a sprint that was closed, reopened and closed again. Sprint 7 is
//! closed first on 13 March 17:00, reopened on 17 March 10:00, and closed at
//! last on 18 March 17:00. Sprint 8 is active since 16 March 09:00.

use anyhow::{Context, Result};
use serde_json::json;
use tidemark_oracle::{Kind, Outcome, Policy, Subtasks, carry_over};

use crate::maker::{Files, Maker, assert_points, march, sight};

const CLOSE: &str = "13T17:00:00.000";
const REOPENING: &str = "17T10:00:00.000";

fn reopened() -> Files {
    let mut files = Files::usual();
    files.sprints[0]["completeDate"] = json!("2026-03-18T17:00:00.000Z");
    let last = sight(7, "18T17:00:00.000", "closed");
    files.observations = vec![sight(7, CLOSE, "closed"), sight(7, REOPENING, "active"), last];
    files
}

fn new(number: u32, points: f64) -> Maker {
    Maker::new(number).estimated(points).in_sprints("7")
}

fn carried() -> Maker {
    new(1, 5.0).move_to_sprints(CLOSE, "7, 8")
}

fn at(time: &str) -> Result<i64> {
    Ok(march(time).parse::<jiff::Timestamp>()?.as_millisecond())
}

/// 1 (5 points) went on to sprint 8 at the first close: removed at the
/// reopening. 2 (3) is done after the reopening, 3 (2) was done before the
/// first close, 4 (4) between the two: completed 9. 5 (1) is taken out between
/// them: removed then. 6 (8) is in sprint 9 as well, which is not active: it
/// stays, not completed. 7 (6) is added after the reopening. So committed 23,
/// added 6, removed 6, final 23 = 9 + 14.
#[test]
fn case_23_the_last_close_is_the_end() -> Result<()> {
    let issues = [
        carried(),
        new(2, 3.0).go("18T10:00:00.000", "3"),
        new(3, 2.0).go("05T10:00:00.000", "3"),
        new(4, 4.0).go("14T10:00:00.000", "3"),
        new(5, 1.0).move_to_sprints("14T10:00:00.000", ""),
        new(6, 8.0).move_to_sprints(CLOSE, "7, 9"),
        Maker::new(7).estimated(6.0).move_to_sprints("18T11:00:00.000", "7"),
    ];
    let report = reopened().report(7, &issues)?;
    assert_points(&report, [23, 6, 6, 0, 9, 14]);
    let removed: Vec<(&str, i64)> = report
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Remove)
        .map(|entry| (entry.issue.as_str(), entry.at))
        .collect();
    assert_eq!(removed, [("ACME-5", at("14T10:00:00.000")?), ("ACME-1", at(REOPENING)?)]);
    assert_eq!(report.items[0].outcome, Outcome::Removed);
    // In sprint 8 it is committed, for it was there at that sprint's start.
    assert_points(&reopened().report(8, &issues)?, [5, 0, 0, 0, 0, 5]);
    Ok(())
}

/// What was seen may be told in any order (case 27): same removal.
#[test]
fn case_23_in_any_order() -> Result<()> {
    let mut files = reopened();
    files.observations.reverse();
    assert_points(&files.report(7, &[carried()])?, [5, 0, 5, 0, 0, 0]);
    Ok(())
}

/// Moved back from sprint 8 to 7 alone: removed 5 at the reopening, added 5.
/// Rule 1: what was done in sprint 8 before is removed as well, while done.
#[test]
fn case_23_back_again_or_done_elsewhere() -> Result<()> {
    let back = carried().move_to_sprints("18T11:00:00.000", "7");
    assert_points(&reopened().report(7, &[back])?, [5, 5, 5, 0, 0, 5]);
    let done = [carried().go("16T12:00:00.000", "3")];
    assert_points(&reopened().report(7, &done)?, [5, 0, 5, 0, 0, 0]);
    assert_points(&reopened().report(8, &done)?, [5, 0, 0, 0, 5, 0]);
    Ok(())
}

/// Sprint 8 was closed before the reopening of 7: it is no active one, and
/// the issue stays in 7. The same where 8 was itself reopened, but later: then
/// 7 is the other active sprint, and the issue is removed from 8.
#[test]
fn case_23_the_other_sprint_must_be_active_then() -> Result<()> {
    let mut files = reopened();
    files.sprints[1]["state"] = json!("closed");
    files.sprints[1]["completeDate"] = json!("2026-03-17T09:00:00.000Z");
    assert_points(&files.report(7, &[carried()])?, [5, 0, 0, 0, 0, 5]);
    files.sprints[1]["completeDate"] = json!("2026-03-20T09:00:00.000Z");
    let sights =
        [("17T09:00:00.000", "closed"), ("17T12:00:00.000", "active"), ("20T09:00:00.000", "closed")];
    files.observations.extend(sights.map(|(at, state)| sight(8, at, state)));
    assert_points(&files.report(7, &[carried()])?, [5, 0, 0, 0, 0, 5]);
    assert_points(&files.report(8, &[carried()])?, [5, 0, 5, 0, 0, 0]);
    Ok(())
}

/// Reopened a second time when sprint 8 is over: what was taken out at the
/// first reopening has not come back by that.
#[test]
fn case_23_a_second_reopening_brings_nothing_back() -> Result<()> {
    let mut files = reopened();
    files.sprints[0]["completeDate"] = json!("2026-03-20T17:00:00.000Z");
    files.observations.push(sight(7, "19T10:00:00.000", "active"));
    files.sprints[1]["state"] = json!("closed");
    files.sprints[1]["completeDate"] = json!("2026-03-19T09:00:00.000Z");
    assert_points(&files.report(7, &[carried()])?, [5, 0, 5, 0, 0, 0]);
    Ok(())
}

/// In sprint 8 alone at the reopening, and later in 7 too: it is added, for
/// it was not in 7 when that was reopened.
#[test]
fn case_23_is_of_what_was_in_the_sprint() -> Result<()> {
    let other = Maker::new(1).estimated(5.0).in_sprints("8").move_to_sprints("18T11:00:00.000", "8, 7");
    assert_points(&reopened().report(7, &[other])?, [0, 5, 0, 0, 0, 5]);
    Ok(())
}

/// Seen closed, listed as active: it was reopened by now, and is open.
#[test]
fn case_23_still_open() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[0]["state"] = json!("active");
    files.observations = vec![sight(7, CLOSE, "closed")];
    let stays = new(2, 3.0).go("18T10:00:00.000", "3");
    assert_points(&files.report(7, &[carried(), stays])?, [8, 0, 5, 0, 3, 0]);
    Ok(())
}

/// A sub-task that counts goes with its parent (rule 5).
#[test]
fn case_23_takes_sub_tasks_along() -> Result<()> {
    let policy = Policy { subtasks: Subtasks::Include, ..Policy::default() };
    let subtask = Maker::new(2).estimated(3.0).under(1);
    let report = reopened().report_with(7, &[carried(), subtask], &policy)?;
    assert_points(&report, [8, 0, 8, 0, 0, 0]);
    Ok(())
}

/// It was not in scope at the end of sprint 7, so that it is not carried into
/// sprint 8, but has touched both.
#[test]
fn case_23_breaks_the_chain() -> Result<()> {
    let dir = reopened().write(&[carried()])?;
    let carries = carry_over(dir.path(), &Policy::default())?;
    let last = carries.last().context("no carry-over")?;
    assert_eq!((last.sprint, last.carried_in_from, last.sprints_touched), (8, None, 2));
    assert!(!carries[0].carried_out);
    Ok(())
}
