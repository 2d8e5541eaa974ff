//! Every sprint's report equals what the simulation tallied while it happened, and what a second implementation, written
//! from the definitions alone, makes of the same archive.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tidemark_tests::{compare, expected, loaded, organisation, reports, unsettled};

fn second_opinion(folder: &Path) -> BTreeMap<String, Value> {
    let reports = tidemark_oracle::reports(folder).unwrap();
    let values = reports.iter().map(|report| serde_json::to_value(report.numbers()).unwrap());
    values.map(|report| (report["sprint"].to_string(), without_detail(report))).collect()
}

fn without_detail(mut report: Value) -> Value {
    let members = report.as_object_mut().unwrap();
    members.remove("items");
    members.remove("entries");
    report
}

/// Compares the reports of all sprints but the unsettled ones.
fn assert_same(
    folder: &Path,
    mut ours: BTreeMap<String, Value>,
    mut theirs: BTreeMap<String, Value>,
    what: &str,
) {
    for sprint in unsettled(folder).unwrap() {
        ours.remove(&sprint);
        theirs.remove(&sprint);
    }
    let sprints = compare(&ours, &theirs).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(sprints >= 15, "{what} has {sprints} sprints only");
}

#[test]
fn ten_organisations_report_what_happened_in_them() {
    for seed in 1..=10 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let ours = reports(&loaded(folder.path()).unwrap()).unwrap();
        assert_same(folder.path(), ours, expected(folder.path()).unwrap(), &format!("seed {seed}"));
    }
}

#[test]
fn twenty_organisations_report_what_a_second_implementation_says() {
    for seed in 101..=120 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let ours = reports(&loaded(folder.path()).unwrap()).unwrap();
        assert_same(folder.path(), ours, second_opinion(folder.path()), &format!("seed {seed}"));
    }
}
