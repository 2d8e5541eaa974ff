//! Work on the issues of a sprint: when it is begun, reviewed, finished, or not finished at all.

use super::Organisation;
use crate::agenda::Event;
use crate::behaviour::Behaviour;
use crate::changelog::Item;
use crate::moment::{HOUR, MINUTE, Moment};
use crate::workflow::{Phase, Status};

/// How the work on an issue in a sprint will go, unless something comes between.
#[derive(Clone, Copy, Debug)]
enum Fate {
    InTime,
    /// After the planned end, before a late close.
    Late,
    Unfinished,
}

impl Organisation {
    /// Plans the steps of an issue in an active sprint.
    pub(super) fn schedule_work(&mut self, issue: u32, sprint: u32) {
        let times = self.sprint(sprint).times;
        let end = self.sprint(sprint).close_from(self.now).unwrap_or(self.until);
        let due = times.planned_end.min(end);
        let columns = self.team(self.sprint(sprint).team).lens.columns;
        let fate = self.fate(issue, end > due + HOUR);
        let (from, to) = match fate {
            Fate::Late => (self.now.max(due), end),
            _ => (self.now, due),
        };
        if from + MINUTE >= to {
            return;
        }
        let finish = self.dice.office_moment(from, to);
        let mut at = |phase, from: Moment, to: Moment| {
            let moment = self.dice.office_moment(from, to);
            self.agenda.put(moment, Event::Step { issue, sprint, phase });
            moment
        };
        let begun = at(Phase::Begin, self.now, finish);
        let reviewed = at(Phase::Review, begun, finish);
        match fate {
            Fate::Unfinished if columns.verifies() && issue.is_multiple_of(2) => {
                at(Phase::Verify, reviewed, finish);
            }
            Fate::Unfinished => {}
            Fate::InTime | Fate::Late => self.schedule_finish(issue, sprint, finish),
        }
    }

    fn schedule_finish(&mut self, issue: u32, sprint: u32, finish: Moment) {
        let phase = if self.dice.chance(140) { Phase::Abandon } else { Phase::Finish };
        self.agenda.put(finish, Event::Step { issue, sprint, phase });
        // Boards without a way to give up finish instead.
        self.agenda.put(finish, Event::Step { issue, sprint, phase: Phase::Finish });
        if self.dice.chance(350) {
            let at = finish + self.dice.between(MINUTE, 30 * HOUR);
            self.agenda.put(at, Event::Step { issue, sprint, phase: Phase::Release });
        }
    }

    fn fate(&mut self, issue: u32, late_close: bool) -> Fate {
        if self.issue(issue).stuck {
            return Fate::Unfinished;
        }
        match self.dice.below(100) {
            0..66 => Fate::InTime,
            66..78 if late_close => Fate::Late,
            66..70 => Fate::InTime,
            _ => Fate::Unfinished,
        }
    }

    /// Takes a step if the issue is still in the sprint and the step leads on.
    pub(super) fn step(&mut self, issue: u32, sprint: u32, phase: Phase) {
        let state = self.issue(issue);
        if !state.free() || state.current != Some(sprint) || !self.sprint(sprint).active() {
            return;
        }
        let columns = self.team(state.team).lens.columns;
        let Some(status) = columns.status_after(phase) else {
            return;
        };
        let (former, done) = (state.status, columns.done(state.status));
        let leads_on = match phase {
            Phase::Begin => former == Status::ToDo,
            Phase::Review => matches!(former, Status::ToDo | Status::InProgress | Status::Blocked),
            Phase::Verify | Phase::Finish | Phase::Abandon => !done,
            Phase::Release => former == Status::Done,
        };
        if !leads_on {
            return;
        }
        let taken = if phase == Phase::Begin && state.assignee.is_none() {
            let somebody = Some(self.somebody(self.issue(issue).team));
            self.issue_mut(issue).assignee = somebody;
            Some(Item::Assignee(None, somebody))
        } else {
            None
        };
        self.set_status(issue, status, taken);
        match phase {
            Phase::Abandon => self.count(Behaviour::Abandoned),
            Phase::Release => self.count(Behaviour::Released),
            _ => {}
        }
        if columns.done(status) && !done && self.now > self.sprint(sprint).times.planned_end {
            self.count(Behaviour::DoneAfterPlannedEnd);
        }
    }
}
