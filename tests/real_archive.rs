//! 28,201 real issues of a Jira Server, without change histories and board configurations: every issue and every
//! membership is loaded, nothing that cannot be known is claimed, and an interruption changes nothing.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Instant;

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tidemark_tests::command::{Installation, assert_same, workspace};
use tidemark_tests::interruption::{Ended, Moment, interrupt};

type Pairs = BTreeSet<(String, String)>;

/// The archive, or nothing where it is not there; then it says so.
fn archive(test: &str) -> Option<PathBuf> {
    let folder = workspace().join("../shared/data/jira-archive");
    if folder.join("issues.ndjson.gz").is_file() {
        return Some(folder);
    }
    println!("skipped: {test}: ../shared/data/jira-archive is not there");
    None
}

/// Which issue says to be in which sprint.
fn stated_pairs(archive: &std::path::Path) -> Pairs {
    let file = File::open(archive.join("issues.ndjson.gz")).unwrap();
    let mut pairs = Pairs::new();
    for line in BufReader::new(MultiGzDecoder::new(file)).lines() {
        let issue: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let fields = &issue["fields"];
        let closed = fields["closedSprints"].as_array().into_iter().flatten();
        for sprint in closed.chain(Some(&fields["sprint"]).filter(|sprint| sprint.is_object())) {
            pairs.insert((
                format!("acme/{}", issue["id"].as_str().unwrap()),
                format!("acme/{}", sprint["id"]),
            ));
        }
    }
    pairs
}

fn loaded_pairs(installation: &Installation) -> Pairs {
    let rows = installation.query("SELECT DISTINCT issue_id, sprint_id FROM v1_sprint_items");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.as_array().unwrap().iter().map(|row| (text(&row["issue_id"]), text(&row["sprint_id"]))).collect()
}

#[test]
fn every_issue_and_membership_is_loaded_and_a_second_sync_changes_nothing() {
    let Some(archive) = archive("every_issue_and_membership_is_loaded") else { return };
    let installation = Installation::of(&archive);
    let started = Instant::now();
    installation.ok(&["sync"]);
    println!("28,201 issues synced in {:.1} s", started.elapsed().as_secs_f64());

    assert_eq!(installation.number("SELECT count(*) AS n FROM v1_issues"), 28_201);
    assert_eq!(installation.number("SELECT count(DISTINCT sprint_id) AS n FROM v1_sprints"), 266);
    let stated = stated_pairs(&archive);
    assert_eq!(stated.len(), 8_226);
    let loaded = loaded_pairs(&installation);
    let (missing, invented) = (stated.difference(&loaded).count(), loaded.difference(&stated).count());
    assert_eq!((missing, invented), (0, 0), "memberships that are missing, and that nobody stated");

    let first = installation.exports();
    installation.ok(&["sync"]);
    assert_same(&first, &installation.exports(), "after a second sync");
    installation.ok(&["verify"]);
}

#[test]
fn what_cannot_be_known_is_marked_and_not_zero() {
    let Some(archive) = archive("what_cannot_be_known_is_marked") else { return };
    let installation = Installation::of(&archive);
    installation.ok(&["sync"]);
    let rows = installation.query(
        "SELECT sprint_id, committed_points, committed_issues, added_issues, quality, final_scope_issues \
         FROM v1_sprint_reports WHERE final_scope_issues > 0 AND state = 'closed' ORDER BY sprint_id, board_id",
    );
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 100, "only {} reports have issues", rows.len());
    for row in rows {
        for number in ["committed_points", "committed_issues", "added_issues"] {
            assert!(row[number].is_null(), "{number} is claimed to be known: {row}");
        }
        for mark in ["board_inferred", "history_missing"] {
            assert!(row["quality"].as_str().unwrap().contains(mark), "not marked {mark}: {row}");
        }
    }
    let sprint = rows[0]["sprint_id"].as_str().unwrap();
    let report: Value =
        serde_json::from_str(&installation.ok(&["report", "sprint", sprint, "--format", "json"])).unwrap();
    assert!(report["points"]["committed"].is_null() && report["issues"]["committed"].is_null(), "{report}");
    let marks: BTreeSet<&str> =
        report["quality"].as_array().unwrap().iter().filter_map(|mark| mark["mark"].as_str()).collect();
    assert!(marks.is_superset(&BTreeSet::from(["board_inferred", "history_missing"])), "{marks:?}");
}

#[test]
fn a_sync_that_is_killed_and_resumed_gives_the_same_exports() {
    let Some(archive) = archive("a_sync_that_is_killed_and_resumed") else { return };
    let reference = Installation::of(&archive);
    reference.ok(&["sync"]);
    let installation = Installation::of(&archive);
    let data = installation.path("data");
    let mut kills = 0;
    for writes in 1..=8 {
        let moment = Moment { writes, polls: 5 };
        let ended = interrupt(installation.command(&["sync"]), &data, moment).unwrap();
        kills += u32::from(matches!(ended, Ended::InStore | Ended::InLake));
    }
    println!("{kills} syncs were killed while they wrote");
    assert!(kills >= 3, "too few syncs were killed while they wrote");
    installation.ok(&["sync"]);
    assert_same(&reference.exports(), &installation.exports(), "after interruptions");
}
