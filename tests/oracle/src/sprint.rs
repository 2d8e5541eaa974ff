//! Sprints and boards as the archive holds them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::json::{id_number, id_text, optional_instant, text};

/// The estimation field where no board says another.
pub(crate) const STORY_POINTS: &str = "customfield_10016";

/// A sprint as one statement tells it.
#[derive(Debug, Clone)]
pub(crate) struct Sprint {
    pub(crate) id: i64,
    pub(crate) board: Option<i64>,
    pub(crate) state: String,
    /// S: the activation where it is known, else the start.
    pub(crate) start: Option<i64>,
    /// E: the last close, where the sprint is closed.
    pub(crate) end: Option<i64>,
    /// Whether it has ever been started.
    pub(crate) started: bool,
}

impl Sprint {
    pub(crate) fn read(value: &Value) -> Result<Self> {
        let id = id_number(&value["id"]).context("a sprint without id")?;
        Self::read_known(value, id).with_context(|| format!("sprint {id}"))
    }

    fn read_known(value: &Value, id: i64) -> Result<Self> {
        let state = text(&value["state"]).context("no state")?.to_lowercase();
        let activated = optional_instant(&value["activatedDate"])?;
        let started = optional_instant(&value["startDate"])?;
        let completed = optional_instant(&value["completeDate"])?;
        let may_be_over = state == "closed" || state == "deleted";
        Ok(Self {
            id,
            board: id_number(&value["originBoardId"]).or_else(|| id_number(&value["boardId"])),
            start: activated.or(started),
            end: completed.filter(|_| may_be_over),
            started: state == "active" || state == "closed" || (state == "deleted" && completed.is_some()),
            state,
        })
    }

    /// Whether the sprint has numbers: a future sprint has none (case 41); the
    /// report of one that was deleted is kept (case 24).
    pub(crate) fn has_report(&self) -> bool {
        self.started
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state == "closed"
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.state == "deleted"
    }
}

/// What a board says about its issues.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    pub(crate) id: i64,
    pub(crate) estimation_field: String,
    pub(crate) estimation_name: Option<String>,
    /// The statuses of each column; the last column is Done. Empty when unknown.
    columns: Vec<BTreeSet<String>>,
    /// The sprints that the board lists, those of other boards too (case 25).
    sprints: BTreeSet<i64>,
}

impl Board {
    /// A board of which nothing but its id is known.
    pub(crate) fn unknown(id: i64) -> Self {
        Self {
            id,
            estimation_field: STORY_POINTS.to_owned(),
            estimation_name: None,
            columns: Vec::new(),
            sprints: BTreeSet::new(),
        }
    }

    pub(crate) fn read(value: &Value) -> Result<Self> {
        let id = id_number(&value["id"]).context("a board without id")?;
        let configuration = &value["configuration"];
        let columns = configuration["columnConfig"]["columns"].as_array();
        let field = &configuration["estimation"]["field"];
        Ok(Self {
            id,
            estimation_field: text(&field["fieldId"]).unwrap_or_else(|| STORY_POINTS.to_owned()),
            estimation_name: text(&field["displayName"]),
            columns: columns.into_iter().flatten().map(column_statuses).collect(),
            sprints: value["sprints"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|it| id_number(&it["id"]))
                .collect(),
        })
    }

    /// Whether the board shows a sprint: its own, and those that it lists.
    pub(crate) fn shows(&self, sprint: &Sprint) -> bool {
        sprint.board == Some(self.id) || self.sprints.contains(&sprint.id)
    }

    /// Done(t): in the board's last column (METRICS section 0); `None` where
    /// the columns are not known.
    pub(crate) fn is_done(&self, status: &str) -> Option<bool> {
        self.columns.last().map(|last| last.contains(status))
    }

    /// Whether the status is in no column, so that the issue counts 0 (rule 11).
    pub(crate) fn is_unmapped(&self, status: &str) -> bool {
        !self.columns.is_empty() && !self.columns.iter().any(|column| column.contains(status))
    }
}

fn column_statuses(column: &Value) -> BTreeSet<String> {
    let statuses = column["statuses"].as_array();
    statuses.into_iter().flatten().filter_map(|status| id_text(&status["id"])).collect()
}
