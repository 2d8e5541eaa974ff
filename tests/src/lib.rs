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
    let reports = rows::<SprintReport>(store)?.into_iter().filter(|report| report.mode == Mode::JiraCloud);
    let reports: Vec<Value> = reports.map(serde_json::to_value).collect::<Result<_, _>>()?;
    Ok(comparable_reports(&reports))
}

/// The same of rows of `v1_sprint_reports`.
pub fn comparable_reports(rows: &[Value]) -> BTreeMap<String, Value> {
    let started = rows.iter().filter(|row| row["state"] != "future");
    started
        .map(|row| {
            let id = |name: &str| row[name].as_str().unwrap_or_default();
            (on_board(id("board_id"), id("sprint_id")), numbers(row))
        })
        .collect()
}

/// What a second implementation, written from the definitions alone, makes of an archive.
pub fn second_opinion(folder: &Path) -> anyhow::Result<BTreeMap<String, Value>> {
    let reports = tidemark_oracle::reports(folder)?;
    let reports = reports.iter().map(|report| {
        let mut numbers = serde_json::to_value(report.numbers())?;
        let members = numbers.as_object_mut().context("a report without numbers")?;
        members.retain(|member, _| COMPARED.contains(&member.as_str()));
        Ok((on_board(numbers["board"].to_string(), numbers["sprint"].to_string()), numbers))
    });
    reports.collect()
}

/// A sprint of a board, each by its native id or with its source.
pub fn on_board(board: impl AsRef<str>, sprint: impl AsRef<str>) -> String {
    format!("{} {}", native(board.as_ref()), native(sprint.as_ref()))
}

fn numbers(row: &Value) -> Value {
    let named = |names: &[&str], unit: &str| -> Value {
        names.iter().map(|name| ((*name).to_owned(), row[format!("{name}_{unit}")].clone())).collect()
    };
    let terms = ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];
    let counted = [&terms[..], &["done_before_start", "done_outside"]].concat();
    json!({
        "sprint": native(row["sprint_id"].as_str().unwrap_or_default()),
        "board": native(row["board_id"].as_str().unwrap_or_default()),
        "points": named(&terms, "points"),
        "issues": named(&counted, "issues"),
        "unestimated": row["unestimated_issues"],
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
