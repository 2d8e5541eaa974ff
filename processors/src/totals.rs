//! Totals over a sprint's issues, in bounded steps: parts of a discipline, then the discipline. One changed issue of a
//! sprint of ten thousand is so added up anew with some hundred others, not with all.

use tidemark_model::facts::{Mode, SprintDiscipline};
use tidemark_model::sums::{Contribution, DisciplineTotal, Subtotal, Sum, Sums};
use tidemark_model::{Key, Points, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::predictability::Shares;

/// Sums of parts of a discipline's issues.
pub struct Subtotals;

/// Sums of disciplines, and their part of the sprint's report in every mode.
pub struct DisciplineTotals;

impl Processor for Subtotals {
    fn spec(&self) -> Spec {
        Spec {
            name: "subtotals",
            version: 1,
            // Source, board, sprint, discipline and part.
            group_parts: 5,
            inputs: &[Contribution::TABLE],
            globals: &[],
            outputs: &[Subtotal::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let contributions = tables.scan::<Contribution>(group);
        let mut sum = Sum::default();
        for contribution in &contributions {
            sum.add(&contribution.sum);
        }
        let Some(Contribution { source, board_id, sprint_id, discipline, issue_id, .. }) =
            contributions.into_iter().next()
        else {
            return;
        };
        let part = tidemark_model::sums::part_of(&issue_id);
        out.push(&Subtotal { source, board_id, sprint_id, discipline, part, sum });
    }
}

impl Processor for DisciplineTotals {
    fn spec(&self) -> Spec {
        Spec {
            name: "discipline_totals",
            version: 3,
            // Source, board, sprint and discipline.
            group_parts: 4,
            inputs: &[Subtotal::TABLE],
            globals: &[],
            outputs: &[DisciplineTotal::TABLE, SprintDiscipline::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let subtotals = tables.scan::<Subtotal>(group);
        let mut sum = Sum::default();
        for subtotal in &subtotals {
            sum.add(&subtotal.sum);
        }
        let Some(Subtotal { source, board_id, sprint_id, discipline, .. }) = subtotals.into_iter().next()
        else {
            return;
        };
        let total = DisciplineTotal { source, board_id, sprint_id, discipline, sum };
        for mode in Mode::ALL {
            if let Some(report) = discipline_report(&total, *mode) {
                out.push(&report);
            }
        }
        out.push(&total);
    }
}

/// A discipline's part of a sprint's report; nothing where the sprint has not started and has no numbers (case 41).
///
/// A discipline may have points of sub-tasks and list no issue of its own.
pub fn discipline_report(total: &DisciplineTotal, mode: Mode) -> Option<SprintDiscipline> {
    if total.sum.planned > 0 {
        return None;
    }
    let sums = total.sum.sums.of(mode);
    let known = Known(&sums);
    let Shares { points, issues } = Shares::of(&sums);
    Some(SprintDiscipline {
        source: total.source.clone(),
        board_id: total.board_id.clone(),
        sprint_id: total.sprint_id.clone(),
        mode,
        discipline: total.discipline.clone(),
        committed_points: known.points(sums.committed.points),
        committed_issues: known.issues(sums.committed.issues),
        added_points: known.points(sums.added.points),
        added_issues: known.issues(sums.added.issues),
        removed_points: known.points(sums.removed.points),
        removed_issues: known.issues(sums.removed.issues),
        reestimated_points: known.points(sums.reestimated.points),
        reestimated_issues: known.issues(sums.reestimated.issues),
        reestimated_added_points: known.points(sums.reestimated_added.points),
        reestimated_done_points: known.points(sums.reestimated_done.points),
        final_scope_points: sums.final_scope.points,
        final_scope_issues: sums.final_scope.issues,
        completed_points: sums.completed.points,
        completed_issues: sums.completed.issues,
        not_completed_points: sums.not_completed.points,
        not_completed_issues: sums.not_completed.issues,
        done_before_start_issues: sums.done_before_start,
        done_outside_issues: sums.done_outside,
        unestimated_issues: sums.unestimated,
        completed_committed_points: known.points(sums.completed_committed.points),
        completed_committed_initial_points: known.points(sums.completed_committed_initial.points),
        completed_committed_issues: known.issues(sums.completed_committed.issues),
        commitment_reliability_points: points.commitment_reliability,
        commitment_reliability_issues: issues.commitment_reliability,
        delivery_ratio_points: points.delivery_ratio,
        delivery_ratio_issues: issues.delivery_ratio,
        completion_rate_points: points.completion_rate,
        completion_rate_issues: issues.completion_rate,
        planned_share_points: points.planned_share,
        planned_share_issues: issues.planned_share,
        scope_change_points: points.scope_change,
        scope_change_issues: issues.scope_change,
        scope_change_net_points: points.scope_change_net,
        scope_change_net_issues: issues.scope_change_net,
    })
}

/// Numbers that need a history: unknown as soon as they are unknown for one issue (rule 7).
pub(crate) struct Known<'a>(pub(crate) &'a Sums);

impl Known<'_> {
    pub(crate) fn points(&self, points: Points) -> Option<Points> {
        (self.0.unknown == 0).then_some(points)
    }

    pub(crate) fn issues(&self, issues: i64) -> Option<i64> {
        (self.0.unknown == 0).then_some(issues)
    }
}
