//! What of the commitment is completed, and the ratios of METRICS section 4.

use anyhow::{Context, Result};
use serde_json::json;

use crate::maker::{Files, Maker, march, sprint_7};

const IN: &str = "04T10:00:00.000";
const LATER: &str = "05T10:00:00.000";

/// Issue 1: 5 at S, 8 at E, completed. Issue 2: 3, not completed. Issue 3: 2,
/// removed. Issue 4: added with 4, completed. So by hand:
/// committed 10, added 4, removed 2, re-estimated 3, final 15 = 12 + 3;
/// completed of the committed: 5 at S, 8 at E, one issue. In issues: committed
/// 3, added 1, removed 1, final 3, completed 2.
fn mixed() -> [Maker; 4] {
    let new = |number, points| Maker::new(number).estimated(points);
    [
        new(1, 5.0).in_sprints("7").estimate(IN, Some(8.0)).go(LATER, "3"),
        new(2, 3.0).in_sprints("7"),
        new(3, 2.0).in_sprints("7").move_to_sprints(IN, ""),
        new(4, 4.0).move_to_sprints(IN, "7").go(LATER, "3"),
    ]
}

#[test]
fn the_ratios_of_a_sprint() -> Result<()> {
    let report = sprint_7(&mixed())?;
    let kept = serde_json::to_value(report.completed_committed)?;
    let points = json!({"completed_committed_initial": 5, "completed_committed": 8});
    assert_eq!(kept, json!({"points": points, "issues": {"completed_committed": 1}}));
    let ratios = report.predictability.context("no ratios")?;
    let points = ratios.points;
    assert_eq!(points.commitment_reliability, Some(0.5));
    assert_eq!(points.delivery_ratio, Some(1.2));
    assert_eq!(points.completion_rate, Some(0.8));
    assert_eq!(points.planned_share, Some(8.0 / 12.0));
    assert_eq!(points.scope_change, Some(0.6));
    assert_eq!(points.scope_change_net, Some(0.2));
    let issues = ratios.issues;
    assert_eq!(issues.commitment_reliability, Some(1.0 / 3.0));
    assert_eq!(issues.delivery_ratio, Some(2.0 / 3.0));
    assert_eq!(issues.completion_rate, Some(2.0 / 3.0));
    assert_eq!(issues.planned_share, Some(0.5));
    assert_eq!(issues.scope_change, Some(2.0 / 3.0));
    assert_eq!(issues.scope_change_net, Some(0.0));
    Ok(())
}

/// Committed with 5, removed, and added again with 8: it is still one that
/// was committed, at 5, and is completed, at 8.
#[test]
fn a_committed_issue_that_came_back_was_committed() -> Result<()> {
    let issue = Maker::new(1).estimated(5.0).in_sprints("7").move_to_sprints(IN, "");
    let back = issue.estimate(IN, Some(8.0)).move_to_sprints(LATER, "7").go(LATER, "3");
    let kept = sprint_7(&[back])?.completed_committed.context("nothing kept")?;
    let points = json!({"completed_committed_initial": 5, "completed_committed": 8});
    assert_eq!(serde_json::to_value(kept.points)?, points);
    assert_eq!(kept.issues.completed_committed, Some(1));
    Ok(())
}

/// Case 38: an empty sprint has zeros, and its ratios are null.
#[test]
fn case_38_no_commitment_has_no_ratio() -> Result<()> {
    let report = sprint_7(&[Maker::new(1)])?;
    let none = json!({"commitment_reliability": null, "delivery_ratio": null, "completion_rate": null,
        "planned_share": null, "scope_change": null, "scope_change_net": null});
    let ratios = serde_json::to_value(report.predictability)?;
    assert_eq!(ratios, json!({"points": none, "issues": none}));
    Ok(())
}

/// Rule 7: what was committed is unknown, and so is each ratio that needs it;
/// of the final scope of 8, 5 are completed.
#[test]
fn without_a_history_only_the_completion_is_known() -> Result<()> {
    let done = Maker::new(1).estimated(5.0).in_sprints("7").in_status("3");
    let done = done.with("resolutiondate", json!(march(IN))).without_changelog();
    let open = Maker::new(2).estimated(3.0).in_sprints("7").without_changelog();
    let report = sprint_7(&[done, open])?;
    let points = report.predictability.context("no ratios")?.points;
    assert_eq!(points.completion_rate, Some(0.625));
    assert_eq!([points.delivery_ratio, points.planned_share, points.scope_change], [None; 3]);
    let kept = report.completed_committed.context("nothing kept")?;
    assert_eq!(kept.issues.completed_committed, None);
    Ok(())
}

/// The numbers alone are written as they were before there were ratios.
#[test]
fn numbers_and_everything() -> Result<()> {
    let report = sprint_7(&mixed())?;
    let names = |value: serde_json::Value| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let numbers = names(serde_json::to_value(report.numbers())?);
    assert_eq!(numbers, ["board", "issues", "points", "sprint", "unestimated"]);
    let everything = names(serde_json::to_value(report.everything())?);
    let more = ["board", "completed_committed", "disciplines", "issues", "points", "predictability"];
    assert_eq!(everything, [more.as_slice(), &["sprint", "unestimated"]].concat());
    Files::usual().reports(&mixed()).map(|_| ())
}
