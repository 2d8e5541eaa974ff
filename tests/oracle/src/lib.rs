//! A second, independent reading of the sprint metrics.
//!
//! It turns an archive of issues and sprints into sprint reports, velocity and
//! carry-over under a policy, in the most naive way: every issue's states are
//! replayed into a full list, and each sprint walks that list. It is slow and
//! shares nothing with the implementation it checks; the only common ground is
//! the text of METRICS.

mod archive;
mod carry;
mod discipline;
mod issue;
mod json;
mod ledger;
mod moments;
mod past;
mod people;
mod points;
mod policy;
mod predictability;
mod report;
mod rollup;
mod rows;
mod shares;
mod sights;
mod sprint;
mod tally;
mod timeline;
mod velocity;
mod view;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

pub use crate::carry::Carry;
pub use crate::points::Points;
pub use crate::policy::{Done, Mode, Policy, Rule, Subtasks, Team};
pub use crate::predictability::{
    CommittedIssues, CommittedPoints, CompletedCommitted, Predictability, Ratios,
};
pub use crate::report::{Discipline, Entry, IssueCounts, Item, Kind, Outcome, PointSums, Report};
pub use crate::velocity::{Statistics, Velocity, Window};

use crate::archive::Archive;
use crate::rollup::{subtasks_by_parent, with_sub_estimates};
use crate::sprint::{Board, Sprint};
use crate::timeline::{Step, timeline, with_inherited_sprints};
use crate::view::View;

/// The reports of all sprints of an archive that have started, under the
/// default policy: mode `jira_cloud`, sub-tasks excluded.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn reports(dir: &Path) -> Result<Vec<Report>> {
    reports_with(dir, &Policy::default())
}

/// The reports of all sprints of an archive that have started, sorted by
/// board and sprint: one for each board that shows the sprint.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn reports_with(dir: &Path, policy: &Policy) -> Result<Vec<Report>> {
    let archive = Archive::read(dir)?;
    let mut reports = Vec::new();
    each_board(&archive, policy, |view, sprints, states| {
        reports.extend(sprints.iter().filter_map(|sprint| ledger::report(view, sprint, states)));
    });
    reports.sort_by_key(|report| (report.board, report.sprint));
    Ok(reports)
}

/// The velocity of each board after each of its closed sprints, sorted by
/// board and within it in the order of the closes.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn velocity(dir: &Path, policy: &Policy) -> Result<Vec<Velocity>> {
    let archive = Archive::read(dir)?;
    let mut velocities = Vec::new();
    each_board(&archive, policy, |view, sprints, states| {
        velocities.extend(velocity::of_board(view, sprints, states));
    });
    Ok(velocities)
}

/// What was carried into and out of each started sprint, sorted by board,
/// sprint and issue.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn carry_over(dir: &Path, policy: &Policy) -> Result<Vec<Carry>> {
    let archive = Archive::read(dir)?;
    let mut carries = Vec::new();
    each_board(&archive, policy, |view, sprints, states| {
        carries.extend(carry::of_board(view, sprints, states));
    });
    let order = |carry: &Carry| (carry.board, carry.sprint, carry.issue.clone());
    carries.sort_by_key(order);
    Ok(carries)
}

/// The states of issues, by issue id.
type States = BTreeMap<String, Vec<Step>>;

/// Shows each board with the sprints that it shows, and the states of all
/// issues: what an issue's estimate is depends on the board.
fn each_board(archive: &Archive, policy: &Policy, mut show: impl FnMut(&View<'_>, &[&Sprint], &States)) {
    let mut boards = archive.boards.clone();
    for id in archive.sprints.iter().filter_map(|sprint| sprint.board) {
        boards.entry(id).or_insert_with(|| Board::unknown(id));
    }
    for board in boards.values() {
        let sprints: Vec<&Sprint> = archive.sprints.iter().filter(|sprint| board.shows(sprint)).collect();
        let view = View { archive, policy, board };
        show(&view, &sprints, &states(&view));
    }
}

fn states(view: &View<'_>) -> States {
    let View { archive, policy, board } = *view;
    let issues = archive.issues.iter();
    let own: States = issues.map(|(id, issue)| (id.clone(), timeline(archive, board, issue))).collect();
    let inherited = own.iter().map(|(id, steps)| (id.clone(), with_inherited_sprints(archive, steps, &own)));
    let mut states: States = inherited.collect();
    if policy.subtasks == Subtasks::RollUp {
        for (parent, subtasks) in subtasks_by_parent(archive, &states) {
            if states.contains_key(&parent) {
                let steps = with_sub_estimates(archive, &parent, &subtasks, &states);
                states.insert(parent, steps);
            }
        }
    }
    states
}
