//! What happens within a second of the start or the close of a sprint.

use super::Organisation;
use super::state::Pool;
use crate::agenda::Event;
use crate::behaviour::Behaviour;
use crate::edge::Edge;
use crate::workflow::Status;

impl Organisation {
    /// Deals a few of the edges to a sprint whose instants are known.
    pub(super) fn schedule_edges(&mut self, sprint: u32) {
        let times = self.sprint(sprint).times;
        let team = usize::from(self.sprint(sprint).team);
        for _ in 0..3 + self.dice.below(3) {
            let edge = self.teams[team].edges.deal(&mut self.dice);
            if let Some((edge, at)) = edge.and_then(|edge| Some((edge, edge.at(&times)?))) {
                self.agenda.put(at, Event::Edge { sprint, edge });
            }
        }
    }

    pub(super) fn edge(&mut self, sprint: u32, edge: Edge) {
        match edge {
            Edge::AddSecondBeforeStart => self.add_at_edge(sprint, Behaviour::AddedSecondBeforeStart),
            Edge::AddAtStart => self.add_at_edge(sprint, Behaviour::AddedAtStart),
            Edge::AddMillisecondAfterStart => self.add_at_edge(sprint, Behaviour::AddedMillisecondAfterStart),
            Edge::RemoveAtStart => self.remove_at_edge(sprint, Behaviour::RemovedAtStart),
            Edge::RemoveMillisecondAfterStart => {
                self.remove_at_edge(sprint, Behaviour::RemovedMillisecondAfterStart)
            }
            Edge::ReestimateSecondBeforeStart => {
                self.reestimate_at_edge(sprint, Behaviour::ReestimatedBeforeStart)
            }
            Edge::ReestimateAtStart => self.reestimate_at_edge(sprint, Behaviour::ReestimatedAtStart),
            Edge::ReestimateMillisecondAfterStart => {
                self.reestimate_at_edge(sprint, Behaviour::ReestimatedMillisecondAfterStart);
            }
            Edge::FinishAtStart => self.finish_at_edge(sprint, Behaviour::DoneAtStart),
            Edge::FinishAtClose => self.finish_at_edge(sprint, Behaviour::DoneAtClose),
            Edge::FinishMillisecondAfterClose => self.finish_after_close(sprint),
        }
    }

    fn add_at_edge(&mut self, sprint: u32, behaviour: Behaviour) {
        let team = self.sprint(sprint).team;
        if let Some(issue) = self.pick(Pool::Backlog(team), |this, issue| this.issue(issue).free()) {
            self.shift(issue, Some(sprint));
            if self.sprint(sprint).active() {
                self.schedule_work(issue, sprint);
            }
            self.count(behaviour);
        }
    }

    fn remove_at_edge(&mut self, sprint: u32, behaviour: Behaviour) {
        if let Some(issue) = self.open_member(sprint) {
            self.shift(issue, None);
            self.count(behaviour);
        }
    }

    fn reestimate_at_edge(&mut self, sprint: u32, behaviour: Behaviour) {
        if let Some(issue) = self.open_member(sprint) {
            let estimate = self.second_guess(issue);
            self.set_estimate(issue, Some(estimate));
            self.count(behaviour);
        }
    }

    fn finish_at_edge(&mut self, sprint: u32, behaviour: Behaviour) {
        if let Some(issue) = self.open_member(sprint) {
            self.set_status(issue, Status::Done, None);
            self.count(behaviour);
        }
    }

    /// One millisecond too late: the close has already left the issue behind.
    fn finish_after_close(&mut self, sprint: u32) {
        let leftover = &self.sprint(sprint).leftover;
        let late = leftover.iter().copied().find(|issue| self.issue(*issue).free());
        if let Some(issue) = late {
            self.set_status(issue, Status::Done, None);
            self.count(Behaviour::DoneMillisecondAfterClose);
        }
    }

    fn open_member(&mut self, sprint: u32) -> Option<u32> {
        self.pick(Pool::Sprint(sprint), |this, issue| this.issue(issue).free() && !this.done(issue))
    }
}
