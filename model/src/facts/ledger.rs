//! The sprint ledger: every change of a sprint's scope and of its completed work, with the change it comes from.

use crate::fact::{fact, text_enum};
use crate::{Key, Points, Row, Timestamp};

text_enum! {
    /// What a ledger entry records (METRICS rule 1).
    pub enum EntryKind {
        /// In the sprint and not done at its start.
        Commit = "COMMIT",
        /// Entered after the start.
        Add = "ADD",
        /// Left the sprint.
        Remove = "REMOVE",
        /// The estimate changed while in scope, also by mapping or unmapping the status.
        Reestimate = "REESTIMATE",
        /// Became done in scope.
        Done = "DONE",
        /// Became not done again; where the issue was done before it entered, it enters the scope by this.
        Reopen = "REOPEN",
        /// Was done when the sprint started: counts nothing.
        DoneBeforeStart = "DONE_BEFORE_START",
        /// Was done when it entered the running sprint: counts nothing.
        DoneOutside = "DONE_OUTSIDE",
        /// Was in scope and not done when the sprint was closed. Changes nothing.
        CarryOut = "CARRY_OUT",
        /// Came from the former sprint, where it was not completed. Changes nothing.
        CarryIn = "CARRY_IN",
    }
}

fact! {
    /// One row per entry: one change of one issue's standing in a sprint. Sums of `scope_points` give the final scope,
    /// of `completed_points` the completed work, of `remaining_points` the burndown.
    pub struct LedgerEntry = "ledger" by ["board_id", "sprint_id", "issue_id", "entry"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The board, as `source/native-id`.
        pub board_id: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The issue, as `source/native-id`.
        pub issue_id: String,
        /// Position among the issue's entries in this sprint, from 1; 0 for `CARRY_IN`.
        pub entry: i64,
        /// The issue's present key.
        pub issue_key: String,
        /// When it happened; the sprint's start for what was true at the start.
        pub at: Timestamp,
        /// `COMMIT`, `ADD`, `REMOVE`, `REESTIMATE`, `DONE`, `REOPEN`, `DONE_BEFORE_START`, `DONE_OUTSIDE`, `CARRY_OUT` or
        /// `CARRY_IN`.
        pub kind: EntryKind,
        /// Why, where the kind alone does not say it: `created`, `deleted`, `type`, `unmapped`,
        /// `mapped`, `subtask` (a sub-task's estimate), `correction`, `moved_on` (into another sprint, before this one was
        /// reopened).
        pub reason: Option<String>,
        /// Who made the change, as the source names them; for what was true at the start, who had put the issue into the
        /// sprint, or had finished it. Null where no change is known.
        pub actor: Option<String>,
        /// The change that happened, as `history id:item`; null for what was true at the start, for
        /// creation, deletion, and what happens at a reopening or a close.
        pub change_id: Option<String>,
        /// The change by which the issue was in the sprint, or no more; null where it was created so.
        pub sprint_change_id: Option<String>,
        /// The change by which it was done, or not done any more; null where it was created so.
        pub done_change_id: Option<String>,
        /// The change by which it had its estimate, or none any more; null where it was created so.
        pub estimate_change_id: Option<String>,
        /// The issue's own points before; entering and leaving the sprint do not change them.
        pub before_points: Points,
        /// The issue's own points after.
        pub after_points: Points,
        /// Change of the sprint's scope, in points.
        pub scope_points: Points,
        /// Change of the remaining work (in scope and not done), in points.
        pub remaining_points: Points,
        /// Change of the completed work (in scope and done), in points.
        pub completed_points: Points,
        /// Change of the number of issues in scope: 1, 0 or -1.
        pub scope_issues: i64,
        /// Change of the number of issues in scope and not done.
        pub remaining_issues: i64,
        /// Change of the number of issues in scope and done.
        pub completed_issues: i64,
    }
}

impl Row for LedgerEntry {
    const TABLE: &'static str = "ledger";
    /// By board.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([
            &self.source,
            &self.board_id,
            &self.sprint_id,
            &self.issue_id,
            &format!("{:06}", self.entry),
        ])
    }
}
