//! Velocity after each closed sprint: windows of 3, 5, 7 and 12.

use anyhow::Result;
use serde_json::{Value, json};
use tidemark_oracle::{Policy, Statistics, Velocity, velocity};

use crate::maker::{Files, Maker, march};

/// Sprint n lasts the n-th of March from 09:00 to 17:00.
fn sprint(id: u32, state: &str) -> Value {
    let at = |hour: u32| march(&format!("{id:02}T{hour:02}:00:00.000"));
    json!({"id": id, "state": state, "originBoardId": 1, "startDate": at(9),
        "completeDate": if state == "closed" { json!(at(17)) } else { json!(null) }})
}

/// An issue that is completed in a sprint.
fn completed(number: u32, sprint: u32, points: f64) -> Maker {
    let issue = Maker::new(number).estimated(points).in_sprints(&sprint.to_string());
    let early = json!("2026-02-20T08:00:00.000+0000");
    issue.with("created", early).go(&format!("{sprint:02}T12:00:00.000"), "3")
}

fn of(files: &Files, issues: &[Maker]) -> Result<Vec<Velocity>> {
    velocity(files.write(issues)?.path(), &Policy::default())
}

fn numbers(found: Statistics) -> [f64; 5] {
    [found.mean, found.p25, found.median, found.p75, found.spread]
}

/// Completed points of four sprints: 4 (as 3.5 + 0.5), 10, none, 1; issues 2,
/// 1, 0, 1. After the fourth, the last three are 10, 0, 1: mean 11/3, and of
/// 0, 1, 10 the places 0.5, 1, 1.5 give 0.5, 1, 5.5. All four are 0, 1, 4, 10:
/// mean 3.75, places 0.75, 1.5, 2.25 give 0.75, 2.5, 5.5. The fifth is active.
#[test]
fn windows_of_closed_sprints() -> Result<()> {
    let states = ["closed", "closed", "closed", "closed", "active"];
    let sprints = (1..).zip(states).map(|(id, state)| sprint(id, state)).collect();
    let files = Files { sprints, ..Files::usual() };
    let issues = [completed(1, 1, 3.5), completed(2, 1, 0.5), completed(3, 2, 10.0), completed(4, 4, 1.0)];
    let found = of(&files, &issues)?;
    let sprints: Vec<i64> = found.iter().map(|velocity| velocity.sprint).collect();
    assert_eq!(sprints, [1, 2, 3, 4]);
    let shapes: Vec<_> = found[3].windows.iter().map(|window| (window.size, window.sprints)).collect();
    assert_eq!(shapes, [(3, 3), (5, 4), (7, 4), (12, 4)]);
    assert_eq!(numbers(found[3].windows[0].points), [11.0 / 3.0, 0.5, 1.0, 5.5, 5.0]);
    assert_eq!(numbers(found[3].windows[1].points), [3.75, 0.75, 2.5, 5.5, 4.75]);
    assert_eq!(numbers(found[3].windows[3].issues), [1.0, 0.75, 1.0, 1.25, 0.5]);
    assert_eq!(numbers(found[0].windows[0].points), [4.0, 4.0, 4.0, 4.0, 0.0]);
    Ok(())
}

/// The order is that of the closes, ties by id; a deleted sprint is in none
/// (case 24), an empty one in all (case 38).
#[test]
fn cases_24_and_38_deleted_and_empty_sprints() -> Result<()> {
    let mut late = sprint(1, "closed");
    late["completeDate"] = json!(march("09T17:00:00.000"));
    let mut tied = sprint(4, "closed");
    tied["completeDate"] = json!(march("03T17:00:00.000"));
    let deleted = sprint(2, "deleted");
    let sprints = json!([late, deleted, tied, sprint(3, "closed")]);
    let found = of(&Files { sprints, ..Files::usual() }, &[])?;
    let sprints: Vec<i64> = found.iter().map(|velocity| velocity.sprint).collect();
    assert_eq!(sprints, [3, 4, 1]);
    assert_eq!(numbers(found[2].windows[3].points), [0.0; 5]);
    assert_eq!(found[2].windows[0].sprints, 3);
    Ok(())
}

#[test]
fn a_row_has_the_names_of_the_definitions() -> Result<()> {
    let files = Files { sprints: json!([sprint(1, "closed")]), ..Files::usual() };
    let row = serde_json::to_value(&of(&files, &[completed(1, 1, 5.0)])?[0])?;
    let statistics =
        |number: f64| json!({"mean": number, "median": number, "p25": number, "p75": number, "spread": 0.0});
    let window = json!({"size": 3, "sprints": 1, "points": statistics(5.0), "issues": statistics(1.0)});
    assert_eq!(row["windows"][0], window);
    assert_eq!((&row["board"], &row["sprint"]), (&json!(1), &json!(1)));
    Ok(())
}
