//! `tidemark report sprint`: one sprint's report, as JSON or as Jira's sprint report reads.

mod table;

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tidemark_sql::Engine;
use tidemark_sql::format::{self, Format};
use tidemark_sql::queries::{NamedQuery, SPRINT_BOARDS, SPRINT_HEADER, SPRINT_ITEMS, SPRINT_REPORT};

use crate::cli::ReportFormat;
use crate::config::Config;
use crate::{Done, Stop};

/// The report that is asked for.
pub(crate) struct Asked {
    pub(crate) sprint: String,
    pub(crate) board: Option<String>,
    pub(crate) mode: &'static str,
}

/// The document of a report.
#[derive(Debug, Serialize)]
struct Document {
    sprint: Value,
    mode: &'static str,
    points: Value,
    issues: Value,
    unestimated: Value,
    items: Vec<Item>,
    quality: Value,
}

#[derive(Debug, Serialize, Deserialize)]
struct Item {
    #[serde(rename(deserialize = "issue_key"))]
    key: String,
    #[serde(rename(deserialize = "issue_type"))]
    r#type: String,
    subtask: bool,
    outcome: String,
    committed: Option<bool>,
    added: Option<bool>,
    #[serde(rename(deserialize = "initial_points"))]
    initial: Option<serde_json::Number>,
    #[serde(rename(deserialize = "final_points"))]
    r#final: Option<serde_json::Number>,
    #[serde(skip_serializing)]
    summary: String,
}

/// The names of the numbers, in the order of METRICS rule 1.
const NUMBERS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

pub(crate) fn run(config: &Config, asked: &Asked, format: ReportFormat) -> Result<Done, Stop> {
    if asked.sprint.split_once('/').is_none_or(|(source, id)| source.is_empty() || id.is_empty()) {
        return Err(Stop::Usage(anyhow!(
            "`{}` is no sprint: write it as source/id, such as acme/12",
            asked.sprint
        )));
    }
    let engine = super::engine(config)?;
    let board = match find_board(&engine, asked)? {
        Ok(board) => board,
        Err(message) => return Err(Stop::Failed(anyhow!(message))),
    };
    let document = document(&engine, asked, &board)?;
    match format {
        ReportFormat::Json => println!("{}", serde_json::to_string_pretty(&document)?),
        ReportFormat::Table => print!("{}", table::text(&document)),
    }
    Ok(Done::Clean)
}

/// The board whose report is meant: the named one, else the one that the sprint was created on.
fn find_board(engine: &Engine, asked: &Asked) -> anyhow::Result<Result<String, String>> {
    let boards = rows(engine, SPRINT_BOARDS, &[&asked.sprint])?;
    let names: Vec<&str> = boards.iter().filter_map(|board| board.get("board_id")?.as_str()).collect();
    let Some(first) = names.first() else {
        let sprint = &asked.sprint;
        let help = "tidemark query \"SELECT sprint_id, sprint_name, state FROM v1_sprints ORDER BY started_at\" lists those there are";
        return Ok(Err(format!("there is no sprint {sprint}: {help} (has `tidemark sync` run?)")));
    };
    match &asked.board {
        None => Ok(Ok((*first).to_owned())),
        Some(board) if names.contains(&board.as_str()) => Ok(Ok(board.clone())),
        Some(board) => {
            Ok(Err(format!("board {board} does not show sprint {}: {} does", asked.sprint, names.join(", "))))
        }
    }
}

fn document(engine: &Engine, asked: &Asked, board: &str) -> anyhow::Result<Document> {
    let parameters = [board, asked.sprint.as_str()];
    let header = single(rows(engine, SPRINT_HEADER, &parameters)?)?;
    let report = single(rows(engine, SPRINT_REPORT, &parameters)?)?;
    let numbers = |suffix: &str, names: &[&str]| {
        let pairs = names.iter().map(|name| ((*name).to_owned(), get(&report, &format!("{name}_{suffix}"))));
        Value::Object(pairs.collect())
    };
    let counts: Vec<&str> = NUMBERS.into_iter().chain(["done_before_start", "done_outside"]).collect();
    let items = rows(engine, SPRINT_ITEMS, &parameters)?;
    let quality = report.get("quality").and_then(Value::as_str).unwrap_or("[]");
    Ok(Document {
        sprint: json!({
            "id": get(&header, "sprint_id"), "name": get(&header, "sprint_name"), "board": get(&header, "board_id"),
            "state": get(&header, "state"), "goal": get(&header, "goal"), "started_at": get(&header, "started_at"),
            "planned_end_at": get(&header, "planned_end_at"), "closed_at": get(&header, "closed_at"),
        }),
        mode: asked.mode,
        points: numbers("points", &NUMBERS),
        issues: numbers("issues", &counts),
        unestimated: get(&report, "unestimated_issues"),
        items: items
            .into_iter()
            .map(|item| serde_json::from_value(Value::Object(item)))
            .collect::<Result<_, _>>()?,
        quality: serde_json::from_str(quality).context("the report's quality marks")?,
    })
}

fn get(row: &Map<String, Value>, name: &str) -> Value {
    row.get(name).cloned().unwrap_or(Value::Null)
}

fn single(rows: Vec<Map<String, Value>>) -> anyhow::Result<Map<String, Value>> {
    rows.into_iter()
        .next()
        .ok_or_else(|| anyhow!("the lake holds the sprint without its report: run `tidemark sync`"))
}

fn rows(engine: &Engine, query: NamedQuery, parameters: &[&str]) -> anyhow::Result<Vec<Map<String, Value>>> {
    let rows = engine.stream_with(query.sql, parameters)?;
    let mut json = Vec::new();
    format::write(Format::Json, &rows.schema(), rows, &mut json)?;
    Ok(serde_json::from_slice(&json)?)
}
