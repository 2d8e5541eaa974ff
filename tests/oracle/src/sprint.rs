//! Sprints and boards as the archive holds them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::json::{id_number, id_text, instant, optional_instant, text};

/// The estimation field where no board says another.
pub(crate) const STORY_POINTS: &str = "customfield_10016";

/// A sprint with its newest known dates (METRICS rule 13, case 22).
#[derive(Debug, Clone)]
pub(crate) struct Sprint {
    pub(crate) id: i64,
    pub(crate) board: Option<i64>,
    pub(crate) state: String,
    /// S: the activation where it is known, else the start.
    pub(crate) start: Option<i64>,
    /// E: the last close, where the sprint is closed.
    pub(crate) end: Option<i64>,
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
        Ok(Self {
            id,
            board: id_number(&value["originBoardId"]),
            start: activated.or(started),
            end: completed.filter(|_| state == "closed"),
            state,
        })
    }

    /// Whether the sprint has numbers: a future sprint has none (case 41).
    pub(crate) fn has_report(&self) -> bool {
        self.state == "active" || self.state == "closed"
    }

    /// Whether the sprint was running at an instant.
    pub(crate) fn is_running(&self, at: i64) -> bool {
        let started = self.start.is_some_and(|start| start <= at);
        self.has_report() && started && self.end.is_none_or(|end| at < end)
    }
}

/// One earlier sight of a sprint's state.
#[derive(Debug, Clone)]
pub(crate) struct SprintSight {
    pub(crate) sprint: i64,
    pub(crate) at: i64,
    pub(crate) state: String,
}

impl SprintSight {
    pub(crate) fn read(at: &Value, payload: &Value) -> Result<Self> {
        let sprint = Sprint::read(payload)?;
        Ok(Self { sprint: sprint.id, at: instant(at)?, state: sprint.state })
    }
}

/// The instants at which a sprint was seen reopened: active after it was
/// seen closed (case 23).
pub(crate) fn reopenings(sights: &[SprintSight], sprint: i64) -> Vec<i64> {
    let mut own: Vec<&SprintSight> = sights.iter().filter(|sight| sight.sprint == sprint).collect();
    // Rule 13: never by order of arrival. What was seen twice in one millisecond is a close after a start.
    own.sort_by_key(|sight| sight.at);
    let pairs = own.windows(2);
    let reopened = pairs.filter(|pair| pair[0].state == "closed" && pair[1].state == "active");
    reopened.map(|pair| pair[1].at).collect()
}

/// What a board says about its issues.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    pub(crate) id: i64,
    pub(crate) estimation_field: String,
    pub(crate) estimation_name: Option<String>,
    /// The statuses of each column; the last column is Done. Empty when unknown.
    columns: Vec<BTreeSet<String>>,
}

impl Board {
    /// A board of which nothing but its id is known.
    pub(crate) fn unknown(id: i64) -> Self {
        Self { id, estimation_field: STORY_POINTS.to_owned(), estimation_name: None, columns: Vec::new() }
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
        })
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
