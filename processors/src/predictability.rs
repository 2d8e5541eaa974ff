//! The say/do family (METRICS section 4): each name is its definition. A ratio without a denominator is not known, which
//! is neither 0 nor 100 %.

use tidemark_model::sums::Sums;

/// The ratios of a sprint in both units.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shares {
    pub points: Family,
    pub issues: Family,
}

/// The ratios in one unit; nothing where there is no denominator, or a history is missing (METRICS rule 7).
#[derive(Debug, Clone, Copy, Default)]
pub struct Family {
    /// What was kept of the commitment, in the numbers that it was made with.
    pub commitment_reliability: Option<f64>,
    /// All that was completed, against the commitment.
    pub delivery_ratio: Option<f64>,
    /// How much of what is in scope at the end is completed; this needs no history.
    pub completion_rate: Option<f64>,
    /// How much of what was completed had been committed.
    pub planned_share: Option<f64>,
    /// How much the scope was changed, whether it grew or shrank.
    pub scope_change: Option<f64>,
    /// By how much the scope grew.
    pub scope_change_net: Option<f64>,
}

/// What the ratios are made of, in points or in issues.
struct Part {
    committed: f64,
    added: f64,
    removed: f64,
    final_scope: f64,
    completed: f64,
    /// What was committed and is completed: as it was committed, and as it is now.
    kept_initial: f64,
    kept: f64,
}

impl Shares {
    pub fn of(sums: &Sums) -> Self {
        let points = Part {
            committed: sums.committed.points.to_f64(),
            added: sums.added.points.to_f64(),
            removed: sums.removed.points.to_f64(),
            final_scope: sums.final_scope.points.to_f64(),
            completed: sums.completed.points.to_f64(),
            kept_initial: sums.completed_committed_initial.points.to_f64(),
            kept: sums.completed_committed.points.to_f64(),
        };
        let issues = Part {
            committed: sums.committed.issues as f64,
            added: sums.added.issues as f64,
            removed: sums.removed.issues as f64,
            final_scope: sums.final_scope.issues as f64,
            completed: sums.completed.issues as f64,
            kept_initial: sums.completed_committed.issues as f64,
            kept: sums.completed_committed.issues as f64,
        };
        let has_history = sums.unknown == 0;
        Self { points: points.family(has_history), issues: issues.family(has_history) }
    }
}

impl Part {
    fn family(&self, has_history: bool) -> Family {
        let known = |part: f64, whole: f64| ratio(part, whole).filter(|_| has_history);
        Family {
            commitment_reliability: known(self.kept_initial, self.committed),
            delivery_ratio: known(self.completed, self.committed),
            completion_rate: ratio(self.completed, self.final_scope),
            planned_share: known(self.kept, self.completed),
            scope_change: known(self.added + self.removed, self.committed),
            scope_change_net: known(self.added - self.removed, self.committed),
        }
    }
}

/// Part ÷ whole; nothing where the whole is nothing.
pub(crate) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| part / whole)
}
