//! Dependencies point one way, and heavy libraries stay at the edge: editing a metric never rebuilds them.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidemark_tests::command::workspace;

type Names = BTreeSet<String>;

/// Which of the workspace's crates each of them may use.
const DIRECTION: [(&str, &[&str]); 8] = [
    ("tidemark-model", &[]),
    ("tidemark-stream", &["tidemark-model"]),
    ("tidemark-connectors", &["tidemark-model"]),
    ("tidemark-sql", &["tidemark-model"]),
    ("tidemark-ingest", &["tidemark-connectors", "tidemark-stream", "tidemark-model"]),
    ("tidemark-processors", &["tidemark-stream", "tidemark-model"]),
    ("tidemark-sinks", &["tidemark-stream", "tidemark-sql", "tidemark-model"]),
    ("tidemark-api", &["tidemark-sql", "tidemark-stream", "tidemark-processors", "tidemark-model"]),
];

/// Which crates alone may name a library.
const EDGES: [(&str, &[&str]); 7] = [
    ("clickhouse", &["tidemark-sql", "tidemark-sinks"]),
    ("fjall", &["tidemark-stream"]),
    ("rdkafka", &["tidemark-stream"]),
    ("datafusion", &["tidemark-sql", "tidemark-sinks"]),
    // Tests of the full stack make databases of their own.
    ("sqlx", &["tidemark-sql", "tidemark-sinks", "tidemark-tests"]),
    // A simulated Jira is a server and a command.
    ("axum", &["tidemark-api", "tidemark-jira-simulator"]),
    ("clap", &["tidemark", "tidemark-jira-simulator"]),
];

/// What a crate must never name, whatever its reasons.
const BANNED: [(&str, &[&str]); 5] = [
    ("tidemark-model", &["tokio", "reqwest"]),
    ("tidemark-stream", &["reqwest", "sqlx"]),
    ("tidemark-processors", &["tokio", "reqwest", "sqlx"]),
    ("tidemark-connectors", &["tokio", "rayon"]),
    ("tidemark-tests", &["datafusion", "arrow", "parquet"]),
];

/// The dependencies of each crate of the workspace; `dev` are those of its own tests.
fn dependencies(dev: bool) -> BTreeMap<String, Names> {
    let mut command = std::process::Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(workspace());
    let answer = command.output().unwrap();
    assert!(answer.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&answer.stderr));
    let metadata: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let wanted = package["dependencies"].as_array().unwrap().iter();
        (name(package), wanted.filter(|one| dev || one["kind"] != "dev").map(name).collect())
    };
    metadata["packages"].as_array().unwrap().iter().map(of).collect()
}

fn names(list: &[&str]) -> Names {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn crates_depend_only_on_those_before_them() {
    let dependencies = dependencies(false);
    let ours: Names = dependencies.keys().cloned().collect();
    for (package, allowed) in DIRECTION {
        let found: Names = dependencies[package].intersection(&ours).cloned().collect();
        let wrong: Names = found.difference(&names(allowed)).cloned().collect();
        assert!(wrong.is_empty(), "{package} depends on {wrong:?}: it may depend on {allowed:?} only");
    }
}

#[test]
fn heavy_libraries_are_named_at_the_edge_alone() {
    let dependencies = dependencies(false);
    for (library, allowed) in EDGES {
        let users = dependencies.iter().filter(|(_, used)| used.contains(library));
        let users: Names = users.map(|(package, _)| package.clone()).collect();
        let wrong: Names = users.difference(&names(allowed)).cloned().collect();
        assert!(wrong.is_empty(), "{wrong:?} name {library}: only {allowed:?} may");
    }
}

#[test]
fn nothing_banned_is_named_even_for_tests() {
    let dependencies = dependencies(true);
    for (package, banned) in BANNED {
        let found: Names = dependencies[package].intersection(&names(banned)).cloned().collect();
        assert!(found.is_empty(), "{package} names {found:?}");
    }
}

#[test]
fn every_crate_has_its_place_in_the_direction() {
    let placed: Names = DIRECTION.iter().map(|(package, _)| (*package).to_owned()).collect();
    let anywhere = names(&[
        "tidemark",
        "tidemark-jira-simulator",
        "tidemark-oracle",
        "tidemark-simulation",
        "tidemark-tests",
    ]);
    let all: Names = dependencies(false).into_keys().collect();
    let missing: Names =
        all.difference(&placed).filter(|package| !anywhere.contains(*package)).cloned().collect();
    assert!(missing.is_empty(), "say in `DIRECTION` what {missing:?} may depend on");
    assert!(
        dependencies(false)
            .iter()
            .all(|(package, used)| package == "tidemark-tests" || !used.contains("tidemark-oracle")),
        "the second implementation is for tests alone"
    );
}
