//! Sprint reports: the sums over a sprint's issues on a board, in every mode, with what is to be known before they are
//! trusted.

use serde::Serialize;
use tidemark_model::facts::{BoardSprint, Mode, SprintReport};
use tidemark_model::sums::{ClosedSprint, DisciplineTotal, Marked, Sum};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::predictability::Shares;
use crate::totals::Known;

/// One report per board, sprint and mode.
pub struct SprintReports;

impl Processor for SprintReports {
    fn spec(&self) -> Spec {
        Spec {
            name: "sprint_reports",
            version: 3,
            group_parts: 3,
            inputs: &[BoardSprint::TABLE, DisciplineTotal::TABLE],
            globals: &[],
            outputs: &[SprintReport::TABLE, ClosedSprint::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(sprint) = tables.get::<BoardSprint>(group) else { return };
        let mut sum = Sum::default();
        for total in tables.scan::<DisciplineTotal>(group) {
            sum.add(&total.sum);
        }
        for mode in Mode::ALL {
            out.push(&report(&sprint, &sum, *mode));
        }
        if let ("closed", Some(closed_at)) = (sprint.state.as_str(), sprint.closed_at) {
            out.push(&ClosedSprint {
                source: sprint.source,
                board_id: sprint.board_id,
                sprint_id: sprint.sprint_id,
                sprint_name: sprint.sprint_name,
                started_at: sprint.started_at,
                closed_at,
                sums: sum.sums,
            });
        }
    }
}

/// A sprint's report in one mode. A sprint that has not started has no numbers (case 41).
pub fn report(sprint: &BoardSprint, sum: &Sum, mode: Mode) -> SprintReport {
    let started = sprint.state != "future";
    let sums = sum.sums.of(mode);
    let known = Known(&sums);
    let points = |points| known.points(points).filter(|_| started);
    let issues = |issues| known.issues(issues).filter(|_| started);
    let now = |number: i64| started.then_some(number);
    let Shares { points: in_points, issues: in_issues } =
        if started { Shares::of(&sums) } else { Shares::default() };
    SprintReport {
        source: sprint.source.clone(),
        board_id: sprint.board_id.clone(),
        sprint_id: sprint.sprint_id.clone(),
        mode,
        sprint_name: sprint.sprint_name.clone(),
        state: sprint.state.clone(),
        started_at: sprint.started_at,
        closed_at: sprint.closed_at,
        committed_points: points(sums.committed.points),
        committed_issues: issues(sums.committed.issues),
        added_points: points(sums.added.points),
        added_issues: issues(sums.added.issues),
        removed_points: points(sums.removed.points),
        removed_issues: issues(sums.removed.issues),
        reestimated_points: points(sums.reestimated.points),
        reestimated_issues: issues(sums.reestimated.issues),
        reestimated_added_points: points(sums.reestimated_added.points),
        reestimated_done_points: points(sums.reestimated_done.points),
        final_scope_points: started.then_some(sums.final_scope.points),
        final_scope_issues: now(sums.final_scope.issues),
        completed_points: started.then_some(sums.completed.points),
        completed_issues: now(sums.completed.issues),
        not_completed_points: started.then_some(sums.not_completed.points),
        not_completed_issues: now(sums.not_completed.issues),
        done_before_start_issues: now(sums.done_before_start),
        done_outside_issues: now(sums.done_outside),
        unestimated_issues: now(sums.unestimated),
        completed_committed_points: points(sums.completed_committed.points),
        completed_committed_initial_points: points(sums.completed_committed_initial.points),
        completed_committed_issues: issues(sums.completed_committed.issues),
        commitment_reliability_points: in_points.commitment_reliability,
        commitment_reliability_issues: in_issues.commitment_reliability,
        delivery_ratio_points: in_points.delivery_ratio,
        delivery_ratio_issues: in_issues.delivery_ratio,
        completion_rate_points: in_points.completion_rate,
        completion_rate_issues: in_issues.completion_rate,
        planned_share_points: in_points.planned_share,
        planned_share_issues: in_issues.planned_share,
        scope_change_points: in_points.scope_change,
        scope_change_issues: in_issues.scope_change,
        scope_change_net_points: in_points.scope_change_net,
        scope_change_net_issues: in_issues.scope_change_net,
        quality: quality(sprint, sum, mode),
    }
}

/// Something to know before trusting a report.
#[derive(Serialize)]
struct Mark {
    mark: &'static str,
    detail: String,
}

/// The first few of the issues that have a mark.
fn named(marked: &Marked) -> String {
    let first: Vec<&str> = marked.first.values().map(String::as_str).collect();
    let more = if marked.issues > first.len() as i64 { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}

fn quality(sprint: &BoardSprint, sum: &Sum, mode: Mode) -> String {
    let mut marks = Vec::new();
    let mut say = |mark, detail: String| marks.push(Mark { mark, detail });
    let sums = sum.sums.of(mode);
    if !sums.balances() {
        let detail = "committed + added − removed + re-estimated is not what is in scope: please report this as a defect";
        say("identity_broken", detail.to_owned());
    } else if let Some(found) = sum.marks.get("identity_broken") {
        let detail =
            format!("the ledger of {} does not add up: please report this as a defect", named(found));
        say("identity_broken", detail);
    }
    if sprint.board_inferred {
        let detail = "the board's configuration is not known: done is told by the status category, the estimation field is inferred";
        say("board_inferred", detail.to_owned());
    }
    if sprint.state != "future" && sprint.started_at.is_none() {
        let detail = "the source does not say when the sprint started: what was committed is not known";
        say("start_missing", detail.to_owned());
    }
    let of_items = [
        (
            "history_missing",
            "without a change history: what was committed, added, removed and re-estimated is not known",
        ),
        (
            "changelog_disagrees",
            "whose history does not lead to the present value: corrected at the last update",
        ),
        ("estimate_unreadable", "with an estimate that is no number: counted as not estimated"),
        ("unmapped", "in a status that lies in no column of the board: counted as 0 points"),
        ("deleted", "deleted in the source"),
        ("hidden", "no longer visible in the source: the last known state is kept"),
        ("moved", "moved to a project that is not read: the last known state is kept"),
    ];
    for (mark, what) in of_items {
        let Some(found) = sum.marks.get(mark) else { continue };
        let detail = format!("{} of {} issues {what} ({})", found.issues, sum.listed, named(found));
        say(mark, detail);
    }
    if sprint.state != "future" && sums.unestimated > 0 {
        let (without, all) = (sums.unestimated, sums.final_scope.issues);
        let share = without as f64 / all.max(1) as f64 * 100.0;
        let detail = format!(
            "{without} of {all} issues in scope ({share:.0}%) are not estimated: they count 0 points"
        );
        say("unestimated", detail);
    }
    serde_json::to_string(&marks).unwrap_or_default()
}
