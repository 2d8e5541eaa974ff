//! How far a live Jira was read: what a cursor says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidemark_model::Timestamp;

use super::walk::Walk;
use crate::Cursor;
use crate::http::Drawn;
use crate::jira::api::ListedBoard;

/// How far it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// What every search is bounded to: with other projects everything is read anew.
    pub(super) scope: String,
    /// When the catalogue was last read, by this machine's clock.
    pub(super) catalogue_at: Timestamp,
    /// Everything that Jira calls updated before this instant has been read, once the backfill is done.
    pub(super) updated_at: Timestamp,
    /// The catalogue that is being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) catalogue: Option<Listing>,
    /// What is left of the first load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) backfill: Option<Backfill>,
    /// The walk that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) walk: Option<Walk>,
    /// The boards that have sprints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) boards: Vec<String>,
    /// The sprints that were not closed when they were last listed, each with a board that listed it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) open_sprints: BTreeMap<String, String>,
    /// When the walk that is under way began, by Jira's clock: all that changed before has been read once it ends.
    #[serde(default)]
    pub(super) walk_at: Timestamp,
    /// What was drawn on the hour's quota by then: a restart goes on from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) drawn: Option<Drawn>,
    /// What the page before cost, in points, where another one follows. What a page has cost that was lost nobody knows: a restart
    /// takes it to be as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page_points: Option<u64>,
}

/// A catalogue that is being read, board by board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// When it was begun, by this machine's clock.
    pub(super) begun_at: Timestamp,
    /// The boards that are still to be read.
    pub(super) left: Vec<ListedBoard>,
    /// Ids and names of the fields that may hold estimates.
    pub(super) estimation: Vec<(String, String)>,
    /// The boards with sprints that have been read, each with the start of its newest sprint.
    pub(super) boards: Vec<(Option<Timestamp>, String)>,
}

/// What is left of the first load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backfill {
    /// The boards whose sprints' issues are still to be read, the next one last.
    pub(super) boards: Vec<String>,
    /// The issues that have been read (after a restart one that two boards have may count twice), and about how many there are.
    pub(super) read: u64,
    pub(super) total: u64,
    /// The issues that the last walk, over everything, has come by.
    #[serde(default)]
    pub(super) passed: u64,
}

impl Place {
    pub(super) fn start(scope: String) -> Self {
        let never = Timestamp(0);
        Self {
            scope,
            catalogue_at: never,
            updated_at: never,
            catalogue: None,
            backfill: None,
            walk: None,
            boards: Vec::new(),
            open_sprints: BTreeMap::new(),
            walk_at: never,
            drawn: None,
            page_points: None,
        }
    }

    /// Reads a cursor; one of another version or another connector begins anew.
    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    /// The instant before which everything has been read.
    pub(super) fn read_until(&self) -> Option<Timestamp> {
        (self.backfill.is_none() && self.updated_at.0 > 0).then_some(self.updated_at)
    }

    /// The issues that the first load has still to read, about; nothing while it is not known.
    pub(super) fn backlog(&self) -> Option<u64> {
        match &self.backfill {
            Some(backfill) => Some(backfill.total.saturating_sub(backfill.read)),
            None => self.read_until().map(|_| 0),
        }
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}
