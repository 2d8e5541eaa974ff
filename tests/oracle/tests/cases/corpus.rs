//! The cases of section 17 about what is seen, listed, edited or lost: 5, 18,
//! 20 to 22, 24, 27, 28, 31 to 33, 39, 40. Case 25 is one report per board; an
//! archive names one board of a sprint only.

use anyhow::Result;
use serde_json::{Value, json};
use tidemark_oracle::{Outcome, Policy};

use crate::maker::{Files, Maker, assert_points, march, sight, sprint_7};

const IN: &str = "04T10:00:00.000";

fn five() -> Maker {
    Maker::new(1).estimated(5.0).in_sprints("7")
}

/// Both sprints are active: what leaves one for the other is removed here and
/// added there.
#[test]
fn case_5_a_parallel_active_sprint() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[1]["startDate"] = json!("2026-03-02T09:00:00.000Z");
    let moved = [five().move_to_sprints(IN, "8")];
    assert_points(&files.report(7, &moved)?, [5, 0, 5, 0, 0, 0]);
    assert_points(&files.report(8, &moved)?, [0, 5, 0, 0, 0, 5]);
    Ok(())
}

fn seen(at: &str, kind: &str, payload: &Value) -> Value {
    json!({"at": march(at), "kind": kind, "payload": payload})
}

/// No more listed, but not known to be deleted: it is as it was last seen, and
/// has no entry for that. What is listed is as it is listed.
#[test]
fn case_18_a_hidden_issue_is_as_it_was_last_seen() -> Result<()> {
    let earlier = five().issue;
    let later = five().estimate(IN, Some(8.0)).with("updated", json!(march("21T08:00:00.000"))).issue;
    let observations = vec![seen("02T10:00:00.000", "issue", &earlier), seen(IN, "issue", &later)];
    let mut files = Files { observations, ..Files::usual() };
    let report = files.report(7, &[])?;
    assert_points(&report, [5, 0, 0, 3, 0, 8]);
    assert_eq!(report.items.first().map(|item| item.outcome), Some(Outcome::NotCompleted));
    assert_points(&files.report(7, &[five()])?, [5, 0, 0, 0, 0, 5]);
    // Seen, and then deleted on 6 March (case 17).
    files.observations.push(seen("06T10:00:00.000", "issue_deleted", &later));
    assert_points(&files.report(7, &[])?, [5, 0, 8, 3, 0, 0]);
    Ok(())
}

/// A board as it was: done was the second column, and another field was the
/// estimate. The newest configuration counts: done is the third, and the
/// estimate 5 (cases 20 and 21).
#[test]
fn cases_20_and_21_the_newest_configuration_counts() -> Result<()> {
    let column = |id: &str| json!({"name": id, "statuses": [{"id": id}]});
    let old = json!({"id": 1, "configuration": {"id": 1,
        "columnConfig": {"columns": [column("1"), column("2")]},
        "estimation": {"field": {"fieldId": "customfield_10099", "displayName": "Size"}}}});
    let files = Files { observations: vec![seen("01T10:00:00.000", "board", &old)], ..Files::usual() };
    let issue = five().with("customfield_10099", json!(40)).go(IN, "2");
    assert_points(&files.report(7, std::slice::from_ref(&issue))?, [5, 0, 0, 0, 0, 5]);
    // Where the list of boards is missing, what was seen is the newest.
    let files = Files { boards: None, ..files };
    assert_points(&files.report(7, &[issue])?, [40, 0, 0, 0, 40, 0]);
    Ok(())
}

/// Seen as started on 2 March, listed as started on 5 March: what came on
/// 4 March is committed. A sprint that is not listed is as it was last seen.
#[test]
fn case_22_the_newest_start_counts() -> Result<()> {
    let mut files = Files::usual();
    let seen_as = files.sprints[0].clone();
    files.observations = vec![seen("13T17:00:00.000", "sprint", &seen_as)];
    files.sprints[0]["startDate"] = json!("2026-03-05T09:00:00.000Z");
    let issue = Maker::new(1).estimated(5.0).move_to_sprints(IN, "7");
    assert_points(&files.report(7, std::slice::from_ref(&issue))?, [5, 0, 0, 0, 0, 5]);
    files.sprints = json!([]);
    assert_points(&files.report(7, &[issue])?, [0, 5, 0, 0, 0, 5]);
    Ok(())
}

/// Closed, and deleted on 20 March: the report is kept. One that was deleted
/// before it started has none.
#[test]
fn case_24_the_report_of_a_deleted_sprint_is_kept() -> Result<()> {
    let mut files = Files::usual();
    let closed = files.sprints[0].clone();
    let deleted = sight(7, "20T10:00:00.000", "deleted");
    let never = [sight(9, "01T10:00:00.000", "future"), sight(9, "03T10:00:00.000", "deleted")];
    files.observations = vec![seen("13T17:00:00.000", "sprint", &closed), deleted];
    files.observations.extend(never);
    files.sprints = json!([]);
    let issues = [five().go("14T10:00:00.000", "3")];
    let reports = files.reports(&issues)?;
    assert_eq!(reports.iter().map(|report| report.sprint).collect::<Vec<_>>(), [7]);
    assert_points(&reports[0], [5, 0, 0, 0, 0, 5]);
    assert!(tidemark_oracle::velocity(files.write(&issues)?.path(), &Policy::default())?.is_empty());
    Ok(())
}

/// Histories in any order, one of them twice; and the issue listed twice, once
/// as it was before (cases 27 and 33): the newest counts, each change once.
#[test]
fn cases_27_and_33_order_and_repetition_change_nothing() -> Result<()> {
    let old = five().with("updated", json!(march("03T08:00:00.000")));
    let mut new = five().estimate(IN, Some(8.0)).go("05T10:00:00.000", "3");
    let histories = new.issue["changelog"]["histories"].as_array().cloned().unwrap_or_default();
    let shuffled = [&histories[1..], &histories[..1], &histories[1..]].concat();
    new.issue["changelog"]["histories"] = json!(shuffled);
    for issues in [[old.clone(), new.clone()], [new, old]] {
        let report = sprint_7(&issues)?;
        assert_points(&report, [5, 0, 0, 3, 8, 0]);
        assert_eq!(report.items.len(), 1);
    }
    Ok(())
}

/// 1,200 re-estimates a second apart, from 5 up by one: 1,205 at E. Of a
/// changelog that is cut off after some histories nothing is known (rule 7).
#[test]
fn case_28_long_changelogs() -> Result<()> {
    let mut issue = five();
    for step in 0..1200_u32 {
        let at = format!("04T10:{:02}:{:02}.000", step / 60, step % 60);
        issue = issue.estimate(&at, Some(f64::from(step) + 6.0));
    }
    assert_points(&sprint_7(std::slice::from_ref(&issue))?, [5, 0, 0, 1200, 0, 1205]);
    issue.issue["changelog"]["total"] = json!(1201);
    let report = sprint_7(&[issue])?;
    assert_eq!((report.points.committed, report.issues.final_scope), (None, Some(1)));
    Ok(())
}

/// The Sprint field as Data Center writes it, and as plain ids: in sprint 7.
#[test]
fn case_31_the_sprint_field_as_text() -> Result<()> {
    let text = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=1,state=CLOSED,name=Q1]";
    for field in [json!([text]), json!([7])] {
        let report = sprint_7(&[five().with("customfield_10020", field)])?;
        assert_points(&report, [5, 0, 0, 0, 0, 5]);
    }
    Ok(())
}

/// Sprint 7 starts on 2 March 09:00 UTC: 23:00 in UTC+14 and 1 March 19:00 in
/// UTC-14. A change at that instant is committed, a second later added.
#[test]
fn case_32_instants_have_offsets() -> Result<()> {
    let added_at = |time: &str| {
        let mut issue = Maker::new(1).estimated(5.0).move_to_sprints(IN, "7");
        issue.issue["changelog"]["histories"][0]["created"] = json!(time);
        sprint_7(&[issue])
    };
    for start in ["2026-03-02T23:00:00.000+1400", "2026-03-01T19:00:00.000-1400"] {
        assert_points(&added_at(start)?, [5, 0, 0, 0, 0, 5]);
        assert_points(&added_at(&start.replace(":00.000", ":01.000"))?, [0, 5, 0, 0, 0, 5]);
    }
    Ok(())
}

/// Closed in the instant of its start: the state at S is the state at E. What
/// is there and not done is committed and not completed, nothing is added.
#[test]
fn case_39_a_sprint_without_length() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[0]["completeDate"] = files.sprints[0]["startDate"].clone();
    let late = Maker::new(2).estimated(3.0).move_to_sprints("02T09:00:00.001", "7");
    let done = Maker::new(3).estimated(2.0).in_sprints("7").go("02T09:00:00.000", "3");
    let report = files.report(7, &[five(), late, done])?;
    assert_points(&report, [5, 0, 0, 0, 0, 5]);
    assert_eq!(report.issues.done_before_start, 1);
    Ok(())
}

/// 1 March 2026 is a Sunday: a start there cuts like any other.
#[test]
fn case_40_a_start_on_a_weekend() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[0]["startDate"] = json!("2026-03-01T12:00:00.000Z");
    let issue = Maker::new(1).estimated(5.0).move_to_sprints("01T12:00:00.001", "7");
    assert_points(&files.report(7, &[issue])?, [0, 5, 0, 0, 0, 5]);
    Ok(())
}
