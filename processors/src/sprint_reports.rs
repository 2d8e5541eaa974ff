//! Sprint reports: the sums of a sprint's items on a board.

use serde::Serialize;
use tidemark_model::facts::{BoardSprint, Mode, Outcome, SprintItem, SprintReport};
use tidemark_model::{Key, Points, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

/// One report per board and sprint.
pub struct SprintReports;

impl Processor for SprintReports {
    fn spec(&self) -> Spec {
        Spec {
            name: "sprint_reports",
            version: 1,
            group_parts: 3,
            inputs: &[BoardSprint::TABLE, SprintItem::TABLE],
            globals: &[],
            outputs: &[SprintReport::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(sprint) = tables.get::<BoardSprint>(group) else { return };
        out.push(&report(&sprint, &tables.scan(group)));
    }
}

/// Sums the items of a sprint. A sprint that has not started has no numbers (case 41).
pub fn report(sprint: &BoardSprint, items: &[SprintItem]) -> SprintReport {
    let started = sprint.state != "future";
    let counted: Vec<&SprintItem> = items.iter().filter(|item| item.counted).collect();
    let with = |outcome: Outcome| counted.iter().filter(|item| item.outcome == outcome).count() as i64;
    let now = |number: i64| started.then_some(number);
    let points =
        |of: fn(&SprintItem) -> Points| started.then(|| counted.iter().map(|item| of(item)).sum::<Points>());
    // Unknown as soon as it is unknown for one issue (rule 7).
    let known = |of: fn(&SprintItem) -> Option<Points>| {
        if started { counted.iter().map(|item| of(item)).sum::<OptionSum<Points>>().0 } else { None }
    };
    let entries = |of: fn(&SprintItem) -> Option<i64>| {
        if started { counted.iter().map(|item| of(item)).sum::<OptionSum<i64>>().0 } else { None }
    };
    SprintReport {
        source: sprint.source.clone(),
        board_id: sprint.board_id.clone(),
        sprint_id: sprint.sprint_id.clone(),
        mode: Mode::JiraCloud,
        sprint_name: sprint.sprint_name.clone(),
        state: sprint.state.clone(),
        started_at: sprint.started_at,
        closed_at: sprint.closed_at,
        committed_points: known(|item| item.committed_points),
        committed_issues: entries(|item| item.committed.map(i64::from)),
        added_points: known(|item| item.added_points),
        added_issues: entries(|item| item.added_entries),
        removed_points: known(|item| item.removed_points),
        removed_issues: entries(|item| item.removed_entries),
        reestimated_points: known(|item| item.reestimated_points),
        reestimated_issues: entries(|item| {
            item.reestimated_points.map(|_| i64::from(has_mark(item, "reestimated")))
        }),
        reestimated_added_points: known(|item| item.reestimated_added_points),
        reestimated_done_points: known(|item| item.reestimated_done_points),
        final_scope_points: points(|item| item.final_scope_points),
        final_scope_issues: now(with(Outcome::Completed) + with(Outcome::NotCompleted)),
        completed_points: points(|item| item.completed_points),
        completed_issues: now(with(Outcome::Completed)),
        not_completed_points: points(|item| item.not_completed_points),
        not_completed_issues: now(with(Outcome::NotCompleted)),
        done_before_start_issues: now(with(Outcome::DoneBeforeStart)),
        done_outside_issues: now(with(Outcome::DoneOutside)),
        unestimated_issues: now(counted.iter().filter(|item| item.unestimated).count() as i64),
        quality: quality(sprint, items),
    }
}

/// A sum that is unknown as soon as one part is.
struct OptionSum<T>(Option<T>);

impl<T: std::iter::Sum<T>> std::iter::Sum<Option<T>> for OptionSum<T> {
    fn sum<I: Iterator<Item = Option<T>>>(parts: I) -> Self {
        Self(parts.sum())
    }
}

/// Something to know before trusting a report.
#[derive(Serialize)]
struct Mark {
    mark: &'static str,
    detail: String,
}

fn has_mark(item: &SprintItem, mark: &str) -> bool {
    item.marks.split(' ').any(|found| found == mark)
}

fn quality(sprint: &BoardSprint, items: &[SprintItem]) -> String {
    let mut marks = Vec::new();
    if sprint.board_inferred {
        let detail = "the board's configuration is not known: done is told by the status category, the estimation field is inferred";
        marks.push(Mark { mark: "board_inferred", detail: detail.to_owned() });
    }
    if sprint.state != "future" && sprint.started_at.is_none() {
        let detail = "the source does not say when the sprint started: what was committed is not known";
        marks.push(Mark { mark: "start_missing", detail: detail.to_owned() });
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
        ("deleted", "deleted in the source"),
        ("hidden", "no longer visible in the source: the last known state is kept"),
    ];
    for (mark, what) in of_items {
        let found: Vec<&str> =
            items.iter().filter(|item| has_mark(item, mark)).map(|item| item.issue_key.as_str()).collect();
        if !found.is_empty() {
            marks.push(Mark {
                mark,
                detail: format!("{} of {} issues {what} ({})", found.len(), items.len(), some(&found)),
            });
        }
    }
    serde_json::to_string(&marks).unwrap_or_default()
}

/// The first few names of a list.
fn some(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}
