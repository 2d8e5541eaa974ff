//! Every sprint's report equals what the simulation tallied while it happened, and what a second implementation, written
//! from the definitions alone, makes of the same archive.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tidemark_tests::{compare, expected, loaded, on_board, organisation, reports};

fn second_opinion(folder: &Path) -> BTreeMap<String, Value> {
    let reports = tidemark_oracle::reports(folder).unwrap();
    let values = reports.iter().map(|report| serde_json::to_value(report.numbers()).unwrap());
    let by_board = |report: &Value| on_board(report["board"].to_string(), report["sprint"].to_string());
    values.map(|report| (by_board(&report), without_detail(report))).collect()
}

fn without_detail(mut report: Value) -> Value {
    let members = report.as_object_mut().unwrap();
    members.remove("items");
    members.remove("entries");
    report
}

#[test]
fn ten_organisations_report_what_happened_in_them() {
    for seed in 1..=10 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let ours = reports(&loaded(folder.path()).unwrap()).unwrap();
        let sprints = compare(&ours, &expected(folder.path()).unwrap())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(sprints >= 18, "seed {seed} has {sprints} sprints only");
    }
}

#[test]
fn twenty_organisations_report_what_a_second_implementation_says() {
    for seed in 101..=120 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let ours = reports(&loaded(folder.path()).unwrap()).unwrap();
        let sprints = compare(&ours, &second_opinion(folder.path()))
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(sprints >= 18, "seed {seed} has {sprints} sprints only");
    }
}
