//! What is going to happen: events in order of time, and of their making within a millisecond.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::edge::Edge;
use crate::moment::Moment;
use crate::workflow::Phase;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    CreateSprint {
        team: u16,
    },
    PlanSprint {
        sprint: u32,
    },
    StartSprint {
        sprint: u32,
    },
    /// The books are opened at a start that is edited to be another one than it was.
    CommitSprint {
        sprint: u32,
    },
    CloseSprint {
        sprint: u32,
    },
    ReopenSprint {
        sprint: u32,
    },
    EditStart {
        sprint: u32,
    },
    DeleteSprint {
        team: u16,
    },
    /// The board is configured anew.
    ReformBoard {
        team: u16,
    },
    /// Jira moves what was not completed, a few milliseconds after the close.
    CarryOver {
        sprint: u32,
    },
    CreateIssue {
        team: u16,
    },
    /// The next step of work on an issue, as long as it is in that sprint.
    Step {
        issue: u32,
        sprint: u32,
        phase: Phase,
    },
    Edge {
        sprint: u32,
        edge: Edge,
    },
    Incident {
        sprint: u32,
        incident: Incident,
    },
    FollowUp {
        issue: u32,
        sprint: u32,
        then: FollowUp,
    },
    /// An edit that no report cares about.
    Edit {
        issue: u32,
        nth: u16,
    },
    /// Somebody or something edits the issue once a minute, until the end.
    Fidget {
        team: u16,
        issue: Option<u32>,
    },
    /// Someone exports the issue, and the line gets into the archive beside newer ones.
    Export {
        issue: u32,
    },
    /// A small step of an organisation that goes on living.
    Stir,
}

/// Something that happens to some issue of a sprint; which one is chosen when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incident {
    Add,
    Remove,
    RemoveDone,
    RemoveAndReadd,
    RemoveReestimateReadd,
    RemoveDoneAndReadd,
    MoveToParallelSprint,
    Reestimate,
    ReestimateDone,
    SetEstimate,
    ClearEstimate,
    Reopen,
    ReopenEarlierDone,
    AddDone,
    BecomeSubTask,
    MoveKey,
    Delete,
    Unmap,
    Block,
    AddAndEstimateAtOnce,
    FinishAndReopenAtOnce,
    RemoveAndReaddAtOnce,
    DeleteFinished,
    ReestimateFinished,
    AddAndRemove,
    Hide,
    Correct,
    BreakChain,
}

impl Incident {
    /// What does not need an archive to be seen.
    pub(crate) const USUAL: [Self; 25] = [
        Self::Add,
        Self::Remove,
        Self::RemoveDone,
        Self::RemoveAndReadd,
        Self::RemoveReestimateReadd,
        Self::RemoveDoneAndReadd,
        Self::MoveToParallelSprint,
        Self::Reestimate,
        Self::ReestimateDone,
        Self::SetEstimate,
        Self::ClearEstimate,
        Self::Reopen,
        Self::ReopenEarlierDone,
        Self::AddDone,
        Self::BecomeSubTask,
        Self::MoveKey,
        Self::Delete,
        Self::Unmap,
        Self::Block,
        Self::AddAndEstimateAtOnce,
        Self::FinishAndReopenAtOnce,
        Self::RemoveAndReaddAtOnce,
        Self::DeleteFinished,
        Self::ReestimateFinished,
        Self::AddAndRemove,
    ];

    /// What happens where an archive is written.
    pub(crate) const OF_ARCHIVES: [Self; 3] = [Self::Hide, Self::Correct, Self::BreakChain];
}

/// How an incident goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FollowUp {
    Remove,
    Readd,
    ReestimateThenReadd,
    AddDone,
    Reopen,
    Finish,
    BecomeStory,
    Map,
    FinishEarly,
    FinishAfterClose,
    /// Nothing but that the issue is free again.
    Free,
}

/// An event waiting for its time. Starts and closes run after everything else of their millisecond, because the state
/// at S and at E includes the changes at S and at E (METRICS rule 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    at: Moment,
    last: bool,
    number: u64,
    event: Event,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.last, self.number).cmp(&(other.at, other.last, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    made: u64,
}

impl Agenda {
    pub(crate) fn put(&mut self, at: Moment, event: Event) {
        self.made += 1;
        self.entries.push(Reverse(Entry {
            at,
            last: matches!(
                event,
                Event::StartSprint { .. }
                    | Event::CommitSprint { .. }
                    | Event::CloseSprint { .. }
                    | Event::ReopenSprint { .. }
            ),
            number: self.made,
            event,
        }));
    }

    /// Takes the next event at or before `until`.
    pub(crate) fn next(&mut self, until: Moment) -> Option<(Moment, Event)> {
        if self.entries.peek()?.0.at > until {
            return None;
        }
        let Reverse(entry) = self.entries.pop()?;
        Some((entry.at, entry.event))
    }
}

#[cfg(test)]
mod tests {
    use super::{Agenda, Event};
    use crate::moment::Moment;

    #[test]
    fn a_start_runs_after_all_else_of_its_millisecond() {
        let mut agenda = Agenda::default();
        agenda.put(Moment(5), Event::StartSprint { sprint: 0 });
        agenda.put(Moment(5), Event::CreateIssue { team: 0 });
        agenda.put(Moment(6), Event::CreateIssue { team: 1 });
        assert_eq!(agenda.next(Moment(5)), Some((Moment(5), Event::CreateIssue { team: 0 })));
        assert_eq!(agenda.next(Moment(5)), Some((Moment(5), Event::StartSprint { sprint: 0 })));
        assert_eq!(agenda.next(Moment(5)), None);
    }
}
