//! The only ways to change an issue: each appends to its changelog and tells the tally of the sprint it is in.

use super::{Observation, Organisation};
use crate::behaviour::Behaviour;
use crate::changelog::{Change, Item};
use crate::issue::{Issue, IssueType, Place};
use crate::points::Points;
use crate::tally::Weight;
use crate::team::PEOPLE;
use crate::workflow::{Columns, Status};

/// The histories after which an issue of an organisation that goes on living is let alone: others are there.
const WORN: u16 = 300;

/// Where to look for an issue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pool {
    Backlog(u16),
    Finished(u16),
    Sprint(u32),
}

impl Organisation {
    /// Moves an issue out of its open sprint, into another, or both, in one history. Closed sprints stay in the list.
    pub(super) fn shift(&mut self, issue: u32, to: Option<u32>) {
        let from = self.issue(issue).sprints;
        let mut sprints = from;
        if let Some(left) = self.issue(issue).current {
            sprints = self.lists.without(sprints, left);
            self.leave_tally(issue);
        }
        if let Some(entered) = to {
            sprints = self.lists.with(sprints, entered);
            let team = self.sprint(entered).team;
            self.issue_mut(issue).team = team;
        }
        self.record(issue, &[Item::Sprint(from, sprints)]);
        let state = self.issue_mut(issue);
        state.sprints = sprints;
        state.current = to;
        state.visited = to.or(state.visited);
        let place = to.map_or(self.shelf(issue), Place::Sprint);
        self.shelve(issue, place);
        self.enter_tally(issue);
    }

    /// Sets the status and, where the workflow does, the resolution, in one history.
    pub(super) fn set_status(&mut self, issue: u32, status: Status, with: Option<Item>) {
        let state = self.issue(issue);
        let former = state.status;
        let mut items = vec![Item::Status(former, status)];
        if former.resolution() != status.resolution() {
            items.push(Item::Resolution(former.resolution(), status.resolution()));
        }
        items.extend(with);
        let now = self.now;
        self.change(issue, &items, |state| {
            state.status = status;
            if former.resolution() != status.resolution() {
                state.resolved = status.resolution().map(|_| now);
            }
        });
        if matches!(self.issue(issue).place, Place::Backlog | Place::Finished) {
            let place = self.shelf(issue);
            self.shelve(issue, place);
        }
    }

    pub(super) fn set_estimate(&mut self, issue: u32, estimate: Option<Points>) {
        let former = self.issue(issue).estimate;
        let typed = self.types_estimate(estimate);
        self.change(issue, &[Item::Estimate(former, estimate)], |state| {
            state.estimate = estimate;
            state.typed_estimate = typed;
        });
    }

    /// Makes an issue a sub-task of another: REMOVE (METRICS rule 5, case 15). Jira either clears the sprint in the
    /// same history or leaves the field as it was.
    pub(super) fn become_subtask(&mut self, issue: u32, parent: u32, clears: bool) {
        self.leave_tally(issue);
        let state = self.issue(issue);
        let mut items =
            vec![Item::Type(state.kind, IssueType::SubTask), Item::Parent(state.parent, Some(parent))];
        let from = state.sprints;
        if let Some(current) = state.current.filter(|_| clears) {
            let sprints = self.lists.without(from, current);
            items.push(Item::Sprint(from, sprints));
            let state = self.issue_mut(issue);
            state.sprints = sprints;
            state.current = None;
            self.shelve(issue, Place::Nowhere);
        }
        self.record(issue, &items);
        let state = self.issue_mut(issue);
        state.kind = IssueType::SubTask;
        state.parent = Some(parent);
        self.issue_mut(parent).children += 1;
    }

    /// Makes a converted sub-task a story again: ADD when its sprint field still holds the sprint.
    pub(super) fn become_story(&mut self, issue: u32) {
        let parent = self.issue(issue).parent;
        self.record(issue, &[Item::Type(IssueType::SubTask, IssueType::Story), Item::Parent(parent, None)]);
        let state = self.issue_mut(issue);
        state.kind = IssueType::Story;
        state.parent = None;
        if let Some(parent) = parent {
            self.issue_mut(parent).children -= 1;
        }
        if self.issue(issue).current.is_none() {
            let place = self.shelf(issue);
            self.shelve(issue, place);
        }
        self.enter_tally(issue);
    }

    /// Deletes an issue: REMOVE at this moment while its sprint runs, kept after the close (METRICS case 17).
    pub(super) fn delete(&mut self, issue: u32) {
        self.leave_tally(issue);
        self.shelve(issue, Place::Nowhere);
        let at = self.now;
        self.issue_mut(issue).deleted = Some(at);
        self.observations.push(Observation::Deleted { at, issue });
    }

    /// Changes an issue that stays where it is, and lets the tally follow.
    pub(super) fn change(&mut self, issue: u32, items: &[Item], mutate: impl FnOnce(&mut Issue)) {
        let running = self.running_sprint(issue);
        let columns = running.map(|sprint| self.team(self.sprint(sprint).team).columns);
        let before = columns.map(|columns| weigh(self.issue(issue), columns));
        self.record(issue, items);
        mutate(self.issue_mut(issue));
        let after = columns.map(|columns| weigh(self.issue(issue), columns));
        if let (Some(sprint), Some(before), Some(after)) = (running, before, after) {
            self.sprint_mut(sprint).tally.follow(issue, before, after);
        }
    }

    /// Appends one history.
    pub(super) fn record(&mut self, issue: u32, items: &[Item]) {
        self.last_history += 1 + self.dice.bits() % 2;
        self.histories += 1;
        let (at, history) = (self.now, self.last_history);
        let author = self.somebody(self.issue(issue).team);
        if items.len() > 1 {
            self.count(Behaviour::SeveralItems);
        }
        if self.issue(issue).changes.last().is_some_and(|change| change.at == at) {
            self.count(Behaviour::SameMillisecond);
        }
        self.touch(issue);
        let wears = self.pace.is_some();
        let state = self.issue_mut(issue);
        state.histories = state.histories.saturating_add(1);
        state.worn = wears && state.histories >= WORN;
        state.changes.extend(items.iter().map(|item| Change { at, history, author, item: *item }));
    }

    pub(super) fn somebody(&mut self, team: u16) -> u16 {
        let member = u16::try_from(self.dice.below(usize::from(PEOPLE))).unwrap_or_default();
        team.saturating_mul(PEOPLE).saturating_add(member)
    }

    /// Finds an issue that suits, from a random one on.
    pub(super) fn pick(&mut self, pool: Pool, suits: impl Fn(&Self, u32) -> bool) -> Option<u32> {
        const PROBES: usize = 400;
        let start = self.dice.below(self.pool(pool).len());
        let pool = self.pool(pool);
        let mut order = pool.iter().cycle().skip(start).take(pool.len().min(PROBES));
        order.find(|issue| suits(self, **issue)).copied()
    }

    /// Done on the board of the team that has it.
    pub(super) fn done(&self, issue: u32) -> bool {
        let state = self.issue(issue);
        self.team(state.team).columns.done(state.status)
    }

    pub(super) fn enter_tally(&mut self, issue: u32) {
        if let Some(sprint) = self.running_sprint(issue) {
            let weight = self.weight_in(sprint, issue);
            self.sprint_mut(sprint).tally.enter(issue, weight);
        }
    }

    pub(super) fn weight_in(&self, sprint: u32, issue: u32) -> Weight {
        weigh(self.issue(issue), self.team(self.sprint(sprint).team).columns)
    }

    /// Puts an issue where planning finds it.
    pub(super) fn shelve(&mut self, issue: u32, place: Place) {
        let (former, slot) = (self.issue(issue).place, self.issue(issue).slot as usize);
        if former == place && place != Place::Nowhere {
            return;
        }
        if let Some(pool) = self.shelf_of(issue, former) {
            pool.swap_remove(slot);
            if let Some(moved) = pool.get(slot).copied() {
                self.issue_mut(moved).slot = u32::try_from(slot).unwrap_or_default();
            }
        }
        self.issue_mut(issue).place = place;
        if let Some(pool) = self.shelf_of(issue, place) {
            pool.push(issue);
            let slot = u32::try_from(pool.len() - 1).unwrap_or_default();
            self.issue_mut(issue).slot = slot;
        }
    }

    /// The place of an issue that is in no open sprint.
    pub(super) fn shelf(&self, issue: u32) -> Place {
        if self.done(issue) { Place::Finished } else { Place::Backlog }
    }

    fn shelf_of(&mut self, issue: u32, place: Place) -> Option<&mut Vec<u32>> {
        let team = self.issue(issue).team;
        match place {
            Place::Nowhere => None,
            Place::Backlog => Some(&mut self.team_mut(team).backlog),
            Place::Finished => Some(&mut self.team_mut(team).finished),
            Place::Sprint(sprint) => Some(&mut self.sprint_mut(sprint).members),
        }
    }

    fn pool(&self, pool: Pool) -> &[u32] {
        match pool {
            Pool::Backlog(team) => &self.team(team).backlog,
            Pool::Finished(team) => &self.team(team).finished,
            Pool::Sprint(sprint) => &self.sprint(sprint).members,
        }
    }

    /// The active sprint that counts the issue; sub-tasks are counted in none (METRICS rule 5).
    fn running_sprint(&self, issue: u32) -> Option<u32> {
        let state = self.issue(issue);
        let current = state.current.filter(|sprint| self.sprint(*sprint).active());
        current.filter(|_| !state.subtask())
    }

    fn leave_tally(&mut self, issue: u32) {
        if let Some(sprint) = self.running_sprint(issue) {
            let weight = self.weight_in(sprint, issue);
            self.sprint_mut(sprint).tally.leave(issue, weight);
        }
    }
}

fn weigh(issue: &Issue, columns: Columns) -> Weight {
    let mapped = columns.mapped(issue.status);
    Weight {
        points: issue.estimate.filter(|_| mapped).unwrap_or(Points::ZERO),
        done: columns.done(issue.status),
        unestimated: issue.estimate.is_none(),
    }
}
