//! What Tidemark measures: one file per subject, and one line each in [`processors`].
//!
//! A processor reads tables and writes tables; its rows are a pure function of them. The data's path:
//!
//! ```text
//! issues ─► subtasks ─► sprint_issues ─► sprint_ledger ─┬─► totals ─► sprint_reports ─► velocity
//! sprints, boards ─► board_sprints ─────────────────────┴─────────────────┘
//!                                       sprint_ledger ───► carry_over
//! ```
//!
//! Definitions are those of `METRICS.md`, beside `src`; where a rule of it decides, the code names the rule.

pub mod board_sprints;
pub mod burndown;
pub mod carry_over;
pub mod claims;
mod contribution;
pub mod explain;
pub mod fields;
pub mod issue_part;
pub mod ledger;
pub mod people;
pub mod predictability;
pub mod recount;
pub mod reopened;
pub mod rules;
pub mod sprint_issues;
pub mod sprint_ledger;
pub mod sprint_reports;
pub mod subtasks;
pub mod totals;
pub mod velocity;

use tidemark_stream::Processor;

/// Every processor, each after those whose tables it reads.
pub fn processors() -> Vec<Box<dyn Processor>> {
    vec![
        Box::new(people::KnownEmailsProcessor),
        Box::new(subtasks::InheritedProcessor),
        Box::new(subtasks::OffspringProcessor),
        Box::new(sprint_issues::SprintIssues),
        Box::new(board_sprints::BoardSprints),
        Box::new(reopened::SuccessorProcessor),
        Box::new(reopened::SuccessorsProcessor),
        Box::new(sprint_ledger::SprintLedger),
        Box::new(totals::Subtotals),
        Box::new(totals::DisciplineTotals),
        Box::new(sprint_reports::SprintReports),
        Box::new(velocity::VelocityProcessor),
        Box::new(carry_over::CarryOverProcessor),
    ]
}

/// The order of ids of one kind: those of Jira are numbers, and 9 comes before 10.
pub(crate) fn by_number(id: &str) -> (usize, &str) {
    (id.len(), id)
}
