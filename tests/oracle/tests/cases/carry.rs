//! Carry-over: cases 36 and 37, and the parts of a row. Sprint n of six is
//! (4n-3 March 09:00, 4n March 17:00]; the next starts the morning after.

use anyhow::Result;
use serde_json::{Value, json};
use tidemark_oracle::{Carry, Points, Policy, Subtasks, carry_over};

use crate::maker::{Files, Maker, march};

fn sprint(id: u32, state: &str) -> Value {
    let close = json!(march(&format!("{:02}T17:00:00.000", 4 * id)));
    json!({"id": id, "state": state, "originBoardId": 1,
        "startDate": march(&format!("{:02}T09:00:00.000", 4 * id - 3)),
        "completeDate": if state == "closed" { close } else { json!(null) }})
}

/// Sprints 1 to 5 are closed, 6 is active.
fn six() -> Files {
    let state = |id| if id == 6 { "active" } else { "closed" };
    Files { sprints: (1..=6).map(|id| sprint(id, state(id))).collect(), ..Files::usual() }
}

fn carries(issues: &[Maker]) -> Result<Vec<Carry>> {
    carry_over(six().write(issues)?.path(), &Policy::default())
}

fn issue() -> Maker {
    let early = json!("2026-02-20T08:00:00.000+0000");
    Maker::new(1).estimated(5.0).with("created", early).in_sprints("1")
}

/// Of each row: sprint, from, gap in seconds, count, touched, carried out.
type Row = (i64, Option<i64>, Option<i64>, u64, u64, bool);

fn rows(carries: &[Carry]) -> Vec<Row> {
    let row = |carry: &Carry| {
        let Carry { sprint, carried_in_from, gap_secs, carry_count, sprints_touched, carried_out, .. } =
            *carry;
        (sprint, carried_in_from, gap_secs, carry_count, sprints_touched, carried_out)
    };
    carries.iter().map(row).collect()
}

/// Moved on 11 ms after each close: a gap of no second. The sixth has five
/// before it, and is open: nothing is carried out of it yet.
#[test]
fn case_36_a_chain_of_six() -> Result<()> {
    let mut issue = issue();
    let mut sprints = "1".to_owned();
    for id in 2..=6 {
        sprints = format!("{sprints}, {id}");
        issue = issue.move_to_sprints(&format!("{:02}T17:00:00.011", 4 * (id - 1)), &sprints);
    }
    let mut expected: Vec<Row> = vec![(1, None, None, 0, 1, true)];
    expected.extend((2..=5).map(|id: i64| (id, Some(id - 1), Some(0), id as u64 - 1, id as u64, true)));
    expected.push((6, Some(5), Some(0), 5, 6, false));
    assert_eq!(rows(&carries(&[issue])?), expected);
    Ok(())
}

/// Sprint 1 is closed on 4 March 17:00. Back on 9 March 17:00:00.000, after
/// five days to the millisecond: carried over into sprint 3, which runs since
/// that morning, though sprint 2 lies between. A millisecond later the chain
/// is broken; two sprints are touched in both cases.
#[test]
fn case_37_a_detour_over_the_backlog() -> Result<()> {
    let back_at = |time: &str| carries(&[issue().move_to_sprints(time, "1, 3")]);
    let first = (1, None, None, 0, 1, true);
    let carried = (3, Some(1), Some(432_000), 1, 2, true);
    assert_eq!(rows(&back_at("09T17:00:00.000")?), [first, carried]);
    assert_eq!(rows(&back_at("09T17:00:00.001")?), [first, (3, None, None, 0, 2, true)]);
    // Whole seconds: 90 s and 999 ms after the close.
    let soon = rows(&carries(&[issue().move_to_sprints("04T17:01:30.999", "1, 2")])?);
    assert_eq!(soon[1], (2, Some(1), Some(90), 1, 2, true));
    Ok(())
}

/// Out of sprint 2 again and back on 7 March: its first entry there is at the
/// start, as a member since the close of sprint 1. Where it was planned for
/// sprint 2, taken out, and came back on 5 March 08:00, that is its entry:
/// 15 hours after the close.
#[test]
fn the_entry_is_where_the_last_unbroken_membership_began() -> Result<()> {
    let moved = issue().move_to_sprints("04T17:00:00.000", "1, 2");
    let again = moved.clone().move_to_sprints("06T09:00:00.000", "1");
    let again = again.move_to_sprints("07T09:00:00.000", "1, 2");
    assert_eq!(rows(&carries(&[again])?)[1], (2, Some(1), Some(0), 1, 2, true));
    let planned = moved.move_to_sprints("04T20:00:00.000", "1");
    let planned = planned.move_to_sprints("05T08:00:00.000", "1, 2");
    assert_eq!(rows(&carries(&[planned])?)[1], (2, Some(1), Some(15 * 3600), 1, 2, true));
    Ok(())
}

/// In two sprints at once: the one that was closed first is the former, and
/// an entry before its close is a gap of 0.
#[test]
fn an_entry_before_the_close_has_no_gap() -> Result<()> {
    let both = issue().move_to_sprints("02T10:00:00.000", "1, 2");
    assert_eq!(rows(&carries(&[both])?)[1], (2, Some(1), Some(0), 1, 2, true));
    Ok(())
}

/// Removed from sprint 1, or completed there and reopened in sprint 2: neither
/// is carried over, and sprint 1 is touched by both.
#[test]
fn only_what_was_not_completed_is_carried() -> Result<()> {
    let removed = issue().move_to_sprints("03T10:00:00.000", "").move_to_sprints("04T10:00:00.000", "2");
    let expected = [(1, None, None, 0, 1, false), (2, None, None, 0, 2, true)];
    assert_eq!(rows(&carries(&[removed])?), expected);
    let completed = issue().go("03T10:00:00.000", "3").move_to_sprints("04T18:00:00.000", "1, 2");
    let reopened = completed.clone().go("06T10:00:00.000", "1");
    assert_eq!(rows(&carries(&[reopened])?), expected);
    // Never in scope of sprint 2: no row there.
    assert_eq!(rows(&carries(&[completed])?), expected[..1]);
    Ok(())
}

/// Completed with 8 after 5: burned 8. Not completed, 5 to 3: burned 2; to 8:
/// burned -3. Removed at 1: burned 4. Estimated only later: 0 - 3.
#[test]
fn burned_points() -> Result<()> {
    let burned = |issue: Maker| -> Result<Option<Points>> {
        Ok(carries(&[issue])?.first().map(|carry| carry.burned_points))
    };
    let (early, late) = ("02T10:00:00.000", "03T10:00:00.000");
    let done = issue().estimate(early, Some(8.0)).go(late, "3");
    assert_eq!(burned(done)?, Some(Points::whole(8)));
    assert_eq!(burned(issue().estimate(early, Some(3.0)))?, Some(Points::whole(2)));
    assert_eq!(burned(issue().estimate(early, Some(8.0)))?, Some(Points::whole(-3)));
    let removed = issue().estimate(early, Some(1.0)).move_to_sprints(late, "");
    assert_eq!(burned(removed)?, Some(Points::whole(4)));
    let never = issue().with("customfield_10016", json!(null)).estimate(early, Some(3.0));
    assert_eq!(burned(never)?, Some(Points::whole(-3)));
    Ok(())
}

/// Sub-tasks have rows of their own only where they count.
#[test]
fn sub_tasks_are_carried_where_they_count() -> Result<()> {
    let issues = [issue(), Maker::new(2).under(1)];
    assert_eq!(carries(&issues)?.len(), 1);
    let policy = Policy { subtasks: Subtasks::Include, ..Policy::default() };
    assert_eq!(carry_over(six().write(&issues)?.path(), &policy)?.len(), 2);
    Ok(())
}

#[test]
fn a_row_has_the_names_of_the_definitions() -> Result<()> {
    let row = serde_json::to_value(&carries(&[issue().go("02T10:00:00.000", "3")])?[0])?;
    let expected = json!({"board": 1, "sprint": 1, "issue": "ACME-1", "carried_in_from": null,
        "gap_secs": null, "carry_count": 0, "sprints_touched": 1, "carried_out": false, "burned_points": 5});
    assert_eq!(row, expected);
    Ok(())
}
