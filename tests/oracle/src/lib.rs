//! A second, independent reading of the sprint metrics.
//!
//! It turns an archive of issues and sprints into sprint reports (mode
//! `jira_cloud`, sub-tasks excluded) in the most naive way: every issue's
//! states are replayed into a full list, and each sprint walks that list. It
//! is slow and shares nothing with the implementation it checks; the only
//! common ground is the text of METRICS.

mod archive;
mod issue;
mod json;
mod ledger;
mod moments;
mod points;
mod report;
mod sprint;
mod timeline;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

pub use crate::points::Points;
pub use crate::report::{Entry, IssueCounts, Item, Kind, Outcome, PointSums, Report};

use crate::archive::Archive;
use crate::sprint::Board;
use crate::timeline::{Step, timeline, with_inherited_sprints};

/// The reports of all sprints of an archive that have started, sorted by
/// board and sprint. Each belongs to the board the sprint was made on.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn reports(dir: &Path) -> Result<Vec<Report>> {
    let archive = Archive::read(dir)?;
    // What an issue's estimate is depends on the board.
    let mut timelines: BTreeMap<i64, BTreeMap<String, Vec<Step>>> = BTreeMap::new();
    let mut reports = Vec::new();
    for sprint in &archive.sprints {
        let Some(board) = sprint.board else { continue };
        let board = archive.boards.get(&board).cloned().unwrap_or_else(|| Board::unknown(board));
        let steps = timelines.entry(board.id).or_insert_with(|| states(&archive, &board));
        reports.extend(ledger::report(&archive, &board, sprint, steps));
    }
    reports.sort_by_key(|report| (report.board, report.sprint));
    Ok(reports)
}

/// The states of all issues, by issue id.
fn states(archive: &Archive, board: &Board) -> BTreeMap<String, Vec<Step>> {
    let issues = archive.issues.iter();
    let own: BTreeMap<String, Vec<Step>> =
        issues.map(|(id, issue)| (id.clone(), timeline(archive, board, issue))).collect();
    own.iter().map(|(id, steps)| (id.clone(), with_inherited_sprints(archive, steps, &own))).collect()
}
