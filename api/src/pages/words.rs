//! Words for what the facts say in codes.

use tidemark_model::facts::{EntryKind, Outcome};
use tidemark_model::rejected::{Reason, Stage};
use tidemark_processors::explain::{Number, Unit};

/// A number of a sprint's report.
pub(super) fn number(number: Number) -> &'static str {
    match number {
        Number::Committed => "committed",
        Number::Added => "added",
        Number::Removed => "removed",
        Number::Reestimated => "re-estimated",
        Number::ReestimatedAdded => "re-estimated after being added",
        Number::ReestimatedDone => "re-estimated after being done",
        Number::FinalScope => "final scope",
        Number::Completed => "completed",
        Number::NotCompleted => "not completed",
        Number::CompletedCommitted => "committed and completed",
        Number::CompletedCommittedInitial => "committed and completed, as estimated at the start",
        Number::DoneBeforeStart => "done before the start",
        Number::DoneOutside => "done outside the sprint",
        Number::Unestimated => "not estimated",
        Number::CommitmentReliability => "commitment reliability",
        Number::DeliveryRatio => "delivery ratio",
        Number::CompletionRate => "completion rate",
        Number::PlannedShare => "planned share",
        Number::ScopeChange => "scope change",
        Number::ScopeChangeNet => "net scope change",
    }
}

/// What numbers count, as a switch has it.
pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Points => "Points",
        Unit::Issues => "Issues",
    }
}

/// A ledger entry's kind.
pub(super) fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Commit => "committed",
        EntryKind::Add => "added",
        EntryKind::Remove => "removed",
        EntryKind::Reestimate => "re-estimated",
        EntryKind::Done => "done",
        EntryKind::Reopen => "reopened",
        EntryKind::DoneBeforeStart => "done before the start",
        EntryKind::DoneOutside => "done outside the sprint",
        EntryKind::CarryIn => "carried in",
        EntryKind::CarryOut => "carried out",
    }
}

/// Why, where the kind alone does not say it.
pub(super) fn entry_reason(reason: &str) -> &str {
    match reason {
        "created" => "created in the sprint",
        "deleted" => "the issue was deleted",
        "type" => "its type changed",
        "unmapped" => "its status left the board's columns",
        "mapped" => "its status came into the board's columns",
        "subtask" => "a sub-task's estimate changed",
        "moved_on" => "it had moved on when the sprint was reopened",
        "correction" => "corrected: the history did not lead to the present value",
        other => other,
    }
}

/// How an issue ended, as a heading.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "Completed",
        Outcome::NotCompleted => "Not completed",
        Outcome::Removed => "Removed",
        Outcome::DoneOutside => "Done outside the sprint",
        Outcome::DoneBeforeStart => "Done before the start",
        Outcome::Planned => "Planned",
    }
}

/// What the outcome means.
pub(super) fn outcome_meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "In scope and done at the end",
        Outcome::NotCompleted => "In scope and not done at the end",
        Outcome::Removed => "Was in scope and left it",
        Outcome::DoneOutside => "Already done when it entered the sprint: it counts nothing",
        Outcome::DoneBeforeStart => "Already done when the sprint started: it counts nothing",
        Outcome::Planned => "In a sprint that has not started",
    }
}

/// Something to know before trusting a number.
pub(super) fn mark(mark: &str) -> &str {
    match mark {
        "board_inferred" => "Board configuration unknown",
        "start_missing" => "Start unknown",
        "history_missing" => "History missing",
        "identity_broken" => "Numbers do not add up",
        "stale_source" => "Source is behind",
        "unestimated" => "Not all estimated",
        "unmapped" => "Status in no column",
        "changelog_disagrees" => "History corrected",
        "estimate_unreadable" => "Estimate unreadable",
        "deleted" => "Deleted",
        "hidden" => "No longer visible",
        "moved" => "Moved elsewhere",
        other => other,
    }
}

/// Where a record was rejected.
pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "while it was read",
        Stage::Receive => "when it was received",
        Stage::Translate => "while it was translated",
        Stage::Measure => "while it was measured",
    }
}

/// Why a record was rejected.
pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NoJson => "It is no JSON",
        Reason::NoId => "It has no id",
        Reason::BadField => "A field is missing or of the wrong type",
        Reason::BadEstimate => "An estimate is no number",
        Reason::UnknownIssue => "It names an issue that the source does not hold",
        Reason::UnknownKind => "Its kind is not known",
    }
}

/// A number with its noun: `1 issue`, `2 issues`.
pub(super) fn counted(number: i64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
