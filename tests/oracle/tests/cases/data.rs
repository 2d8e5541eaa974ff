//! What the data says or leaves out: cases 16, 29, 30, 38, 41, rule 7.

use std::fs::File;
use std::io::Write;

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tidemark_oracle::{Outcome, Report};

use crate::maker::{Files, Maker, assert_points, march, sprint_7};

fn five() -> Maker {
    Maker::new(1).estimated(5.0).in_sprints("7")
}

#[test]
fn case_16_a_moved_issue_has_its_present_key() -> Result<()> {
    let mut moved = five();
    let item = json!({"field": "Key", "fieldtype": "jira", "from": null, "fromString": "OLD-4",
        "to": null, "toString": "ACME-1"});
    moved.add_change("04T10:00:00.000", &item);
    let report = sprint_7(&[moved])?;
    assert_points(&report, [5, 0, 0, 0, 0, 5]);
    assert_eq!(report.items.first().map(|item| item.issue.as_str()), Some("ACME-1"));
    Ok(())
}

#[test]
fn case_29_the_present_value_wins_at_updated() -> Result<()> {
    let wrong = five().estimate("04T10:00:00.000", Some(8.0)).estimated(13.0);
    let inside = wrong.clone().with("updated", json!(march("06T10:00:00.000")));
    assert_points(&sprint_7(&[inside])?, [5, 0, 0, 8, 0, 13]);
    // Updated on 20 March, after the close.
    assert_points(&sprint_7(&[wrong])?, [5, 0, 0, 3, 0, 8]);
    Ok(())
}

#[test]
fn case_29_in_a_broken_chain_to_wins() -> Result<()> {
    let broken = five().estimate("04T10:00:00.000", Some(8.0)).estimated(2.0);
    let report = sprint_7(&[broken.estimate("05T10:00:00.000", Some(3.0))])?;
    assert_points(&report, [5, 0, 0, -2, 0, 3]);
    let deltas: Vec<i64> = report.entries.iter().skip(1).map(|entry| entry.delta).collect();
    assert_eq!(deltas, [3_000_000, -5_000_000]);
    Ok(())
}

#[test]
fn case_30_items_may_be_text() -> Result<()> {
    let mut issue = five().estimate("04T10:00:00.000", Some(8.0));
    let items = issue.issue["changelog"]["histories"][0]["items"].to_string();
    issue.issue["changelog"]["histories"][0]["items"] = json!(items);
    assert_points(&sprint_7(&[issue])?, [5, 0, 0, 3, 0, 8]);
    Ok(())
}

#[test]
fn rule_7_without_a_changelog() -> Result<()> {
    let done = |number: u32, at: &str| {
        let issue = Maker::new(number).estimated(5.0).in_sprints("7").in_status("3");
        issue.with("resolutiondate", json!(march(at))).without_changelog()
    };
    let report = sprint_7(&[
        done(1, "01T12:00:00.000"),
        done(2, "04T10:00:00.000"),
        done(3, "13T18:00:00.000"),
        Maker::new(4).estimated(3.0).in_sprints("7").without_changelog(),
    ])?;
    let outcomes: Vec<Outcome> = report.items.iter().map(|item| item.outcome).collect();
    let expected =
        [Outcome::DoneBeforeStart, Outcome::Completed, Outcome::NotCompleted, Outcome::NotCompleted];
    assert_eq!(outcomes, expected);
    let numbers = serde_json::to_value(report.numbers())?;
    let points = json!({"committed": null, "added": null, "removed": null, "reestimated": null,
        "final_scope": 13, "completed": 5, "not_completed": 8});
    assert_eq!(numbers["points"], points);
    let issues = json!({"committed": null, "added": null, "removed": null, "reestimated": null,
        "final_scope": 3, "completed": 1, "not_completed": 2, "done_before_start": 1,
        "done_outside": 0});
    assert_eq!(numbers["issues"], issues);
    Ok(())
}

#[test]
fn without_boards_done_is_a_category() -> Result<()> {
    let files = Files { boards: None, ..Files::usual() };
    let done = five().go("04T10:00:00.000", "3");
    // No columns are known, so no status is unmapped.
    let open = Maker::new(2).estimated(3.0).in_sprints("7").go("04T10:00:00.000", "9");
    let report = files.report(7, &[done, open])?;
    assert_points(&report, [8, 0, 0, 0, 5, 3]);
    assert_eq!(report.board, 1);
    Ok(())
}

#[test]
fn cases_38_and_41_an_empty_sprint_is_zeros_and_a_future_one_nothing() -> Result<()> {
    let reports = Files::usual().reports(&[Maker::new(1).in_sprints("9")])?;
    let sprints: Vec<i64> = reports.iter().map(|report| report.sprint).collect();
    assert_eq!(sprints, [7, 8]);
    assert_points(&reports[0], [0; 6]);
    Ok(())
}

#[test]
fn an_open_sprint_counts_all_that_is_known() -> Result<()> {
    let issue = five().move_to_sprints("17T10:00:00.000", "8").go("30T10:00:00.000", "3");
    assert_points(&Files::usual().report(8, &[issue])?, [0, 5, 0, 0, 5, 0]);
    Ok(())
}

#[test]
fn an_activation_is_the_start() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[0]["activatedDate"] = json!("2026-03-03T09:00:00.000Z");
    let issue = Maker::new(1).estimated(5.0).move_to_sprints("02T10:00:00.000", "7");
    assert_points(&files.report(7, &[issue])?, [5, 0, 0, 0, 0, 5]);
    Ok(())
}

#[test]
fn packed_issues_are_read_and_a_report_survives_json() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = File::create(dir.path().join("issues.ndjson.gz"))?;
    let mut packed = GzEncoder::new(file, Compression::fast());
    writeln!(packed, "{}", five().estimated(2.5).issue)?;
    packed.finish()?;
    std::fs::write(dir.path().join("sprints.json"), Files::usual().sprints.to_string())?;
    let reports = tidemark_oracle::reports(dir.path())?;
    let report = reports.first().context("no report")?;
    let text = serde_json::to_string(report)?;
    assert!(text.contains(r#""committed":2.5"#), "{text}");
    assert_eq!(&serde_json::from_str::<Report>(&text)?, report);
    Ok(())
}
