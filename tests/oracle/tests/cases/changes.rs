//! Changes of estimate and status inside scope: cases 10 to 13, 19, 26.

use anyhow::Result;
use serde_json::json;
use tidemark_oracle::{Points, Report};

use crate::maker::{Files, Maker, assert_points, march, sprint_7};

fn five() -> Maker {
    Maker::new(1).estimated(5.0).in_sprints("7")
}

#[test]
fn case_10_re_estimates_at_every_place() -> Result<()> {
    let at = |time: &str| sprint_7(&[five().estimate(time, Some(8.0))]);
    assert_points(&at("02T08:00:00.000")?, [8, 0, 0, 0, 0, 8]);
    assert_points(&at("02T09:00:00.000")?, [8, 0, 0, 0, 0, 8]);
    assert_points(&at("02T09:00:00.001")?, [5, 0, 0, 3, 0, 8]);
    assert_points(&at("13T17:00:00.001")?, [5, 0, 0, 0, 0, 5]);
    let after_done = five().go("04T10:00:00.000", "3").estimate("05T10:00:00.000", Some(8.0));
    let report = sprint_7(&[after_done])?;
    assert_points(&report, [5, 0, 0, 3, 8, 0]);
    assert_eq!(report.issues.reestimated, Some(1));
    Ok(())
}

#[test]
fn a_re_estimate_of_an_added_issue_is_none_of_the_added() -> Result<()> {
    let added = Maker::new(1).estimated(5.0).move_to_sprints("04T10:00:00.000", "7");
    let report = sprint_7(&[added.estimate("05T10:00:00.000", Some(3.0))])?;
    assert_points(&report, [0, 5, 0, -2, 0, 3]);
    Ok(())
}

#[test]
fn rule_2_issues_are_counted_once_as_re_estimated() -> Result<()> {
    let twice = five().estimate("04T10:00:00.000", Some(8.0)).estimate("05T10:00:00.000", Some(5.0));
    let report = sprint_7(&[twice])?;
    assert_points(&report, [5, 0, 0, 0, 0, 5]);
    assert_eq!(report.issues.reestimated, Some(1));
    Ok(())
}

#[test]
fn cases_11_and_12_null_counts_0() -> Result<()> {
    let late = Maker::new(1).in_sprints("7").estimate("04T10:00:00.000", Some(5.0));
    let report = sprint_7(&[late])?;
    assert_points(&report, [0, 0, 0, 5, 0, 5]);
    assert_eq!(report.unestimated, 0);
    let cleared = sprint_7(&[five().estimate("04T10:00:00.000", None)])?;
    assert_points(&cleared, [5, 0, 0, -5, 0, 0]);
    assert_eq!(cleared.unestimated, 1);
    let zero = Maker::new(1).in_sprints("7").estimate("04T10:00:00.000", Some(0.0));
    assert_eq!(sprint_7(&[zero])?.issues.reestimated, Some(0));
    Ok(())
}

#[test]
fn case_13_text_and_fractions() -> Result<()> {
    let with = |number: u32, value| Maker::new(number).in_sprints("7").with("customfield_10016", value);
    let issues = [with(1, json!("3.0")), with(2, json!("1,000")), with(3, json!(0.5)), with(4, json!("1,5"))];
    let report = sprint_7(&issues)?;
    assert_eq!(report.points.committed, Some(Points(1_003_500_000)));
    assert_eq!(report.unestimated, 1);
    Ok(())
}

#[test]
fn spare_estimates_fill_only_what_has_no_value() -> Result<()> {
    let spare = "issuekey,storypoint\nACME-1,13\nACME-2,2\n".to_owned();
    let files = Files { spare_estimates: Some(spare), ..Files::usual() };
    let report = files.report(7, &[five(), Maker::new(2).in_sprints("7")])?;
    assert_points(&report, [7, 0, 0, 0, 0, 7]);
    Ok(())
}

#[test]
fn case_19_an_unmapped_status_counts_0() -> Result<()> {
    let unmapped = sprint_7(&[five().in_status("9")])?;
    assert_points(&unmapped, [0; 6]);
    assert_eq!(unmapped.issues.committed, Some(1));
    assert_eq!(unmapped.issues.not_completed, Some(1));
    assert_eq!(unmapped.unestimated, 0);
    let moved = sprint_7(&[five().go("04T10:00:00.000", "9")])?;
    assert_points(&moved, [5, 0, 0, -5, 0, 0]);
    assert_eq!(moved.issues.reestimated, Some(1));
    let done = five().go("04T10:00:00.000", "9").go("05T10:00:00.000", "3");
    assert_points(&sprint_7(&[done])?, [5, 0, 0, 0, 5, 0]);
    Ok(())
}

/// Two histories of one millisecond, to 3 and then to 8 points, listed in
/// either order: their ids are compared as numbers.
fn same_millisecond(ids: [&str; 2]) -> Result<Report> {
    let mut issue = five();
    let histories: Vec<_> = [(ids[0], "5", "3"), (ids[1], "3", "8")]
        .map(|(id, from, to)| {
            let item = json!({"field": "Story Points", "fieldId": "customfield_10016",
                "from": null, "fromString": from, "to": null, "toString": to});
            json!({"id": id, "created": march("04T10:00:00.000"), "items": [item]})
        })
        .into_iter()
        .rev()
        .collect();
    issue.issue["changelog"]["histories"] = json!(histories);
    sprint_7(&[issue.estimated(8.0)])
}

#[test]
fn case_26_changes_of_one_millisecond_are_ordered_by_id() -> Result<()> {
    let report = same_millisecond(["99", "100"])?;
    assert_points(&report, [5, 0, 0, 3, 0, 8]);
    let deltas: Vec<i64> = report.entries.iter().skip(1).map(|entry| entry.delta).collect();
    assert_eq!(deltas, [-2_000_000, 5_000_000]);
    Ok(())
}
