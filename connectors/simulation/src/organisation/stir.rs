//! The small steps of an organisation that goes on living: seconds apart, each in one of the running sprints or in a
//! backlog. They keep every sprint between two bounds, so that it is worth watching for days: what is done grows with
//! the sprint's time, some issues are always open, and the scope neither empties nor swells.

use super::Organisation;
use super::state::Pool;
use crate::agenda::{Event, Incident};
use crate::behaviour::Behaviour;
use crate::changelog::Item;
use crate::workflow::Status;

/// There are always more open issues than this, or there soon are again.
const FEW: i64 = 3;

/// How a running sprint stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    sprint: u32,
    open: i64,
    /// More is done than becomes its time.
    ahead: bool,
    /// Less is done than becomes its time.
    behind: bool,
    small: bool,
    large: bool,
}

impl Organisation {
    /// Takes one small step, and plans the next.
    pub(super) fn stir(&mut self) {
        let Some(pace) = self.pace else { return };
        let gap = self.dice.between(1, 2 * i64::from(pace.step_ms.max(1)) - 1);
        self.agenda.put(self.now + gap, Event::Stir);
        let running = self.sprints.iter().zip(0u32..).filter(|(sprint, _)| sprint.active() && !sprint.empty);
        let running: Vec<u32> = running.map(|(_, ordinal)| ordinal).collect();
        let drawn = self.dice.below(running.len());
        match running.get(drawn).copied().filter(|_| self.dice.chance(880)) {
            Some(sprint) => self.stir_sprint(sprint),
            None => self.stir_backlog(),
        }
    }

    fn stir_sprint(&mut self, sprint: u32) {
        let standing = self.standing(sprint);
        let before = self.histories;
        match self.dice.below(1000) {
            _ if standing.open <= FEW && standing.large => self.reopen_some(sprint),
            _ if standing.open <= FEW || standing.small => self.incident(sprint, Incident::Add),
            0..400 => self.move_on(standing),
            400..440 => self.reopen_some(sprint),
            440..520 if standing.ahead => self.reopen_some(sprint),
            440..520 => self.move_on(standing),
            520..660 => self.incident(sprint, Incident::Reestimate),
            660..680 => self.incident(sprint, Incident::SetEstimate),
            680..705 if standing.large => self.incident(sprint, Incident::Remove),
            680..700 => self.incident(sprint, Incident::Add),
            700..705 => self.create_issue(self.sprint(sprint).team),
            705..730 => self.incident(sprint, Incident::Remove),
            730..734 => self.deal_incident(sprint),
            734 => self.incident(sprint, Incident::Delete),
            _ => self.edit_some(Pool::Sprint(sprint)),
        }
        // Where nothing fits any more, something new comes in.
        if self.histories == before {
            self.incident(sprint, Incident::Add);
        }
        if self.histories == before {
            self.create_issue(self.sprint(sprint).team);
        }
    }

    /// Keeps the backlog in stock, and changes something in it.
    fn stir_backlog(&mut self) {
        let Ok(team) = u16::try_from(self.dice.below(self.teams.len())) else { return };
        let short = self.team(team).backlog.len() < 3 * self.team(team).pace;
        if short || self.dice.chance(10) {
            self.create_issue(team);
        } else {
            self.edit_some(Pool::Backlog(team));
        }
    }

    fn standing(&self, sprint: u32) -> Standing {
        let state = self.sprint(sprint);
        let (scope, done) = state.tally().sizes();
        let length = (state.times.planned_end.0 - state.times.start.0).max(1);
        let passed = ((self.now.0 - state.times.start.0) * 1000 / length).clamp(0, 1000);
        let fitting = 60 + passed * 3 / 4;
        let share = done * 1000 / scope.max(1);
        let usual = i64::try_from(self.team(state.team).pace.max(8)).unwrap_or(i64::MAX);
        Standing {
            sprint,
            open: scope - done,
            ahead: share > fitting + 60,
            behind: share < fitting - 60,
            small: scope < usual * 2 / 3,
            large: scope > usual * 4 / 3,
        }
    }

    /// Moves an open issue over the board: mostly forward, into the last column only as fast as becomes the sprint.
    fn move_on(&mut self, standing: Standing) {
        let sprint = standing.sprint;
        let Some(issue) = self.pick(Pool::Sprint(sprint), |this, issue| {
            this.issue(issue).free() && this.sprint(sprint).tally().in_scope(issue) && !this.done(issue)
        }) else {
            return;
        };
        let finishes = if standing.behind { 900 } else { 350 };
        let finishes = !standing.ahead && self.dice.chance(finishes);
        let state = self.issue(issue);
        let (former, unassigned) = (state.status, state.assignee.is_none());
        let verifies = self.team(state.team).lens.columns.verifies();
        let next = match (former, self.dice.below(10)) {
            (Status::ToDo | Status::Blocked | Status::Waiting, _) => Status::InProgress,
            (Status::InProgress, 0) => Status::Blocked,
            (Status::InProgress, 1) => Status::ToDo,
            (Status::InProgress, _) => Status::InReview,
            (Status::InReview, 0..4) if verifies => Status::Verified,
            _ if finishes => Status::Done,
            _ => Status::InProgress,
        };
        let taken =
            (former == Status::ToDo && unassigned).then(|| Some(self.somebody(self.issue(issue).team)));
        if let Some(somebody) = taken {
            self.issue_mut(issue).assignee = somebody;
        }
        self.set_status(issue, next, taken.map(|somebody| Item::Assignee(None, somebody)));
    }

    /// Reopens an issue that was done in the sprint.
    fn reopen_some(&mut self, sprint: u32) {
        let done = self.pick(Pool::Sprint(sprint), |this, issue| {
            let tally = this.sprint(sprint).tally();
            this.issue(issue).free() && tally.in_scope(issue) && this.done(issue)
        });
        if let Some(issue) = done {
            self.set_status(issue, Status::InProgress, None);
            self.count(Behaviour::Reopened);
        }
    }

    fn deal_incident(&mut self, sprint: u32) {
        let team = usize::from(self.sprint(sprint).team);
        if let Some(incident) = self.teams[team].incidents.deal(&mut self.dice) {
            self.incident(sprint, incident);
        }
    }

    fn edit_some(&mut self, pool: Pool) {
        if let Some(issue) = self.pick(pool, |this, issue| this.issue(issue).free()) {
            self.edit_something(issue);
        }
    }
}
