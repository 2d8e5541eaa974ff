//! The harness that the end-to-end tests share: organisations, pipelines in memory, and reports in one comparable form;
//! the command as people run it, archives changed by hand, and interruptions.

pub mod archive;
pub mod bench;
pub mod command;
pub mod definitions;
pub mod disk;
pub mod interruption;
pub mod kafka;
pub mod server;
pub mod stack;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value, json};
use tidemark_connectors::archive::Archive;
use tidemark_ingest::{Translate, pull};
use tidemark_model::facts::{Mode, SprintReport};
use tidemark_model::time::ManualClock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_simulation::Options;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Processor, Runner, Store};

/// The name of the source in all tests.
pub const SOURCE: &str = "acme";

/// Every processor, as the program registers them.
pub fn processors() -> Vec<Box<dyn Processor>> {
    let mut all: Vec<Box<dyn Processor>> = vec![Box::new(Translate)];
    all.extend(tidemark_processors::processors());
    all
}

/// A small organisation in a folder.
pub fn organisation(seed: u64, folder: &Path) -> anyhow::Result<()> {
    let options = Options { seed, ..Options::default() };
    tidemark_simulation::generate(&options, folder, &mut |_, _| {}).context("generate")?;
    Ok(())
}

/// A moment after everything that simulated organisations do.
pub fn clock() -> ManualClock {
    ManualClock::at(Timestamp(1_800_000_000_000))
}

/// Reads an archive into a store and processes everything to the end.
pub fn load(folder: &Path, store: &dyn Store) -> anyhow::Result<()> {
    pull(SOURCE, &Archive::new(SOURCE, folder), store, &clock(), &mut |_| ControlFlow::Continue(()))?;
    Runner::new(store, &processors()).run(&mut |_, _| {})?;
    Ok(())
}

/// An archive, loaded into memory.
pub fn loaded(folder: &Path) -> anyhow::Result<MemoryStore> {
    let store = MemoryStore::new();
    load(folder, &store)?;
    Ok(store)
}

/// All rows of a table.
pub fn rows<R: Row>(store: &dyn Store) -> anyhow::Result<Vec<R>> {
    let snapshot = store.snapshot();
    let rows = snapshot.scan(R::TABLE, &Key::default())?;
    rows.map(|row| {
        let (key, stored) = row?;
        Ok(tidemark_stream::tables::decode(&key, &stored.json)?)
    })
    .collect()
}

/// The reports of all sprints that have started, by native board and sprint id, in the form that the generator and the
/// oracle use.
pub fn reports(store: &dyn Store) -> anyhow::Result<BTreeMap<String, Value>> {
    let started = |report: &SprintReport| report.mode == Mode::JiraCloud && report.state != "future";
    let reports = rows::<SprintReport>(store)?.into_iter().filter(started);
    Ok(reports.map(|report| (on_board(&report.board_id, &report.sprint_id), numbers(&report))).collect())
}

/// A sprint of a board, each by its native id or with its source.
pub fn on_board(board: impl AsRef<str>, sprint: impl AsRef<str>) -> String {
    format!("{} {}", native(board.as_ref()), native(sprint.as_ref()))
}

fn numbers(report: &SprintReport) -> Value {
    json!({
        "sprint": native(&report.sprint_id),
        "board": native(&report.board_id),
        "points": {
            "committed": report.committed_points, "added": report.added_points, "removed": report.removed_points,
            "reestimated": report.reestimated_points, "final_scope": report.final_scope_points,
            "completed": report.completed_points, "not_completed": report.not_completed_points,
        },
        "issues": {
            "committed": report.committed_issues, "added": report.added_issues, "removed": report.removed_issues,
            "reestimated": report.reestimated_issues, "final_scope": report.final_scope_issues,
            "completed": report.completed_issues, "not_completed": report.not_completed_issues,
            "done_before_start": report.done_before_start_issues, "done_outside": report.done_outside_issues,
        },
        "unestimated": report.unestimated_issues,
    })
}

fn native(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, native)| native)
}

/// The members of a report that are compared.
const COMPARED: [&str; 5] = ["sprint", "board", "points", "issues", "unestimated"];

/// The reports that a simulated organisation expects, on each board that shows the sprint.
pub fn expected(folder: &Path) -> anyhow::Result<BTreeMap<String, Value>> {
    let text = std::fs::read_to_string(folder.join("expected.json")).context("expected.json")?;
    let sprints: BTreeMap<String, Map<String, Value>> = serde_json::from_str(&text)?;
    let mut reports = BTreeMap::new();
    for (sprint, mut report) in sprints {
        let elsewhere = report.remove("other_boards");
        let elsewhere = elsewhere.iter().flat_map(|boards| boards.as_array().into_iter().flatten());
        let elsewhere: Vec<_> = elsewhere.filter_map(Value::as_object).cloned().collect();
        let boards = elsewhere.into_iter().map(|mut numbers| {
            numbers.insert("sprint".to_owned(), json!(sprint));
            numbers
        });
        for mut numbers in boards.chain([report]) {
            numbers.retain(|member, _| COMPARED.contains(&member.as_str()));
            reports.insert(on_board(numbers["board"].to_string(), &sprint), Value::Object(numbers));
        }
    }
    Ok(reports)
}

/// A report in one form: ids as text, numbers as floats, so that 5 and 5.0 are the same.
pub fn comparable(report: &Value) -> Value {
    match report {
        Value::Number(number) => json!(number.as_f64()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let id = name == "sprint" || name == "board";
                    let value =
                        if id && value.is_number() { json!(value.to_string()) } else { comparable(value) };
                    (name.clone(), value)
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Compares reports by board and sprint; the error names each that differs, with both sides.
pub fn compare(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>) -> Result<usize, String> {
    let mut differences = Vec::new();
    for sprint in ours.keys().chain(theirs.keys()) {
        let (left, right) = (ours.get(sprint).map(comparable), theirs.get(sprint).map(comparable));
        if left != right {
            differences.push(format!("sprint {sprint}:\n  ours   {}\n  theirs {}", text(left), text(right)));
        }
    }
    differences.dedup();
    if differences.is_empty() { Ok(ours.len()) } else { Err(differences.join("\n")) }
}

fn text(value: Option<Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
}
