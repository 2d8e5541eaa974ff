//! The say/do family (METRICS section 4): each name is its definition. A ratio without a denominator is not known, which
//! is neither 0 nor 100 %.

use tidemark_model::sums::Sums;

/// What the ratios are made of, in points or in issues.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub committed: f64,
    pub added: f64,
    pub removed: f64,
    pub completed: f64,
    /// What was committed and is completed: as it was committed, and as it is now.
    pub completed_committed_initial: f64,
    pub completed_committed: f64,
}

/// The parts of a sprint whose history is known.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    pub points: Part,
    pub issues: Part,
}

impl Parts {
    /// Nothing where a history is missing (METRICS rule 7).
    pub fn of(sums: &Sums) -> Option<Self> {
        let points = Part {
            committed: sums.committed.points.to_f64(),
            added: sums.added.points.to_f64(),
            removed: sums.removed.points.to_f64(),
            completed: sums.completed.points.to_f64(),
            completed_committed_initial: sums.completed_committed_initial.points.to_f64(),
            completed_committed: sums.completed_committed.points.to_f64(),
        };
        let issues = Part {
            committed: sums.committed.issues as f64,
            added: sums.added.issues as f64,
            removed: sums.removed.issues as f64,
            completed: sums.completed.issues as f64,
            completed_committed_initial: sums.completed_committed.issues as f64,
            completed_committed: sums.completed_committed.issues as f64,
        };
        (sums.unknown == 0).then_some(Self { points, issues })
    }
}

impl Part {
    /// What was kept of the commitment, in the numbers that it was made with.
    pub fn commitment_reliability(&self) -> Option<f64> {
        ratio(self.completed_committed_initial, self.committed)
    }

    /// All that was completed, against the commitment.
    pub fn delivery_ratio(&self) -> Option<f64> {
        ratio(self.completed, self.committed)
    }

    /// How much of what was completed had been committed.
    pub fn planned_share(&self) -> Option<f64> {
        ratio(self.completed_committed, self.completed)
    }

    /// How much the scope was changed, whether it grew or shrank.
    pub fn scope_change(&self) -> Option<f64> {
        ratio(self.added + self.removed, self.committed)
    }

    /// By how much the scope grew.
    pub fn scope_change_net(&self) -> Option<f64> {
        ratio(self.added - self.removed, self.committed)
    }
}

/// Part ÷ whole; nothing where the whole is nothing.
pub(crate) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| part / whole)
}
