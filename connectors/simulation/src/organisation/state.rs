//! The only ways to change an issue: each appends to its changelog and tells the tally of the sprint it is in.

use super::{Happened, Observation, Organisation};
use crate::archive::{history, sprint};
use crate::behaviour::Behaviour;
use crate::book::Book;
use crate::changelog::{Change, Item, SprintList};
use crate::discipline::Traits;
use crate::issue::{Issue, IssueType, Place};
use crate::lens::EstimationField;
use crate::moment::DAY;
use crate::people::{self, PEOPLE};
use crate::points::Points;

use crate::workflow::Status;
use crate::zone::Zone;

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
        if to.is_some_and(|entered| self.lists.sprints(from).contains(&entered)) {
            return;
        }
        if let Some(left) = self.issue(issue).current {
            if self.sprint(left).tally().was_added(issue) {
                self.count(Behaviour::AddedAndRemoved);
            }
            sprints = self.lists.without(sprints, left);
            self.leave_sprint(issue, left);
        }
        if let Some(entered) = to {
            sprints = self.lists.with(sprints, entered);
            let team = self.sprint(entered).team;
            self.issue_mut(issue).team = team;
            self.note_detour(issue);
            if from == SprintList::default() && sprint::written_as_text(self.issue(issue).id) {
                self.count(Behaviour::SprintsAsText);
            }
        }
        self.record(issue, &[Item::Sprint(from, sprints)]);
        let now = self.now;
        let state = self.issue_mut(issue);
        state.sprints = sprints;
        state.current = to;
        state.entered = now;
        state.visited = to.or(state.visited);
        let place = to.map_or(self.shelf(issue), Place::Sprint);
        self.shelve(issue, place);
        if let Some(entered) = to {
            self.enter_sprint(issue, entered);
        }
    }

    /// An issue that a close left to the backlog is back on its way (METRICS case 37).
    fn note_detour(&mut self, issue: u32) {
        const CHAIN_BREAKS: i64 = 5 * DAY;
        if let Some(left) = self.issue_mut(issue).let_go.take()
            && self.now > left + CHAIN_BREAKS
        {
            self.count(Behaviour::BacklogDetour);
        }
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
            state.set_status(status, now);
            if former.resolution() != status.resolution() {
                state.resolved = status.resolution().map(|_| now);
            }
        });
        if matches!(self.issue(issue).place, Place::Backlog | Place::Finished) {
            let place = self.shelf(issue);
            self.shelve(issue, place);
        }
    }

    /// The estimate in the field that its board estimates by.
    pub(super) fn estimate(&self, issue: u32) -> Option<Points> {
        let state = self.issue(issue);
        state.estimates[self.team(state.team).lens.field.place()]
    }

    pub(super) fn set_estimate(&mut self, issue: u32, estimate: Option<Points>) {
        let field = self.team(self.issue(issue).team).lens.field;
        self.set_estimate_in(field, issue, estimate);
    }

    pub(super) fn set_estimate_in(&mut self, field: EstimationField, issue: u32, estimate: Option<Points>) {
        let former = self.issue(issue).estimates[field.place()];
        let typed = field == EstimationField::StoryPoints && self.types_estimate(estimate);
        self.change(issue, &[Item::Estimate(field, former, estimate)], |state| {
            state.estimates[field.place()] = estimate;
            if field == EstimationField::StoryPoints {
                state.typed_estimate = typed;
            }
        });
    }

    /// Makes an issue a sub-task of another: REMOVE (METRICS rule 5, case 15). Jira either clears the sprint in the
    /// same history or leaves the field as it was.
    pub(super) fn become_subtask(&mut self, issue: u32, parent: u32, clears: bool) {
        self.leave_sprints(issue, IssueType::SubTask);
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
        self.enter_sprints(issue);
    }

    /// Deletes an issue: REMOVE at this moment while its sprint runs, kept after the close (METRICS case 17).
    pub(super) fn delete(&mut self, issue: u32) {
        self.leave_sprints(issue, self.issue(issue).kind);
        self.shelve(issue, Place::Nowhere);
        let at = self.now;
        self.issue_mut(issue).deleted = Some(at);
        self.observations.push(Observation::Deleted { at, issue });
        self.tell(Happened::Deleted { issue });
    }

    /// Keeps an issue as it was when it was last to be seen.
    pub(super) fn observe_hidden(&mut self, issue: u32) {
        self.observations.push(Observation::Hidden { at: self.now, issue });
    }

    /// Changes an issue that stays where it is, and lets the tallies follow.
    pub(super) fn change(&mut self, issue: u32, items: &[Item], mutate: impl FnOnce(&mut Issue)) {
        self.record(issue, items);
        let before = self.issue(issue).aspect();
        mutate(self.issue_mut(issue));
        let after = self.issue(issue).aspect();
        if before != after {
            self.each_book(issue, |book, _| {
                book.tally.follow(issue, book.lens.weigh(before), book.lens.weigh(after));
            });
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
        self.count_history(issue, items, history);
        self.touch(issue);
        self.tell(Happened::Changed { issue, history });
        let wears = self.pace.is_some();
        let state = self.issue_mut(issue);
        state.histories = state.histories.saturating_add(1);
        state.worn |= wears && state.histories >= WORN;
        state.changes.extend(items.iter().map(|item| Change { at, history, author, item: *item }));
    }

    /// Counts what is noteworthy of a history that is about to be appended.
    fn count_history(&mut self, issue: u32, items: &[Item], history: u32) {
        const MANY: u16 = 100;
        const VERY_MANY: u16 = 1000;
        let state = self.issue(issue);
        let (at, zone) = (self.now, Zone::of_issue(state.id));
        let far = zone == Zone::Ahead || zone == Zone::Behind;
        let noteworthy = [
            (state.changes.last().is_some_and(|change| change.at == at), Behaviour::SameMillisecond),
            (state.changes.is_empty() && at < state.called_created(), Behaviour::Imported),
            (state.changes.is_empty() && far, Behaviour::FarZone),
            (zone.offset(at) != zone.offset(state.created), Behaviour::SummerTime),
            (state.histories == MANY, Behaviour::ManyChanges),
            (state.histories == VERY_MANY, Behaviour::VeryManyChanges),
            (history::written_as_text(history), Behaviour::ItemsAsText),
        ];
        for (_, behaviour) in noteworthy.into_iter().filter(|(shown, _)| *shown) {
            self.count(behaviour);
        }
        for item in items {
            if let Item::Assignee(_, Some(person)) = *item
                && let Some(behaviour) = people::fate(person).behaviour()
            {
                self.count(behaviour);
            }
        }
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
        self.team(state.team).lens.columns.done(state.status)
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

    /// Enters the issue into the books of one of its sprints. Sub-tasks are counted in none (METRICS rule 5).
    pub(super) fn enter_sprint(&mut self, issue: u32, sprint: u32) {
        let now = self.now;
        self.books_of(issue, sprint, |book, state| book.enter(issue, state, now));
    }

    pub(super) fn leave_sprint(&mut self, issue: u32, sprint: u32) {
        self.books_of(issue, sprint, |book, state| book.leave(issue, state, state.traits()));
    }

    fn enter_sprints(&mut self, issue: u32) {
        let now = self.now;
        self.each_book(issue, |book, state| book.enter(issue, state, now));
    }

    /// Takes the issue out of all its sprints, at the moment in which it becomes one of this type, or stops to be.
    fn leave_sprints(&mut self, issue: u32, kind: IssueType) {
        self.each_book(issue, |book, state| book.leave(issue, state, Traits { kind, ..state.traits() }));
    }

    fn books_of(&mut self, issue: u32, sprint: u32, mut tell: impl FnMut(&mut Book, &Issue)) {
        let (state, sprint) = (&self.issues[issue as usize], &mut self.sprints[sprint as usize]);
        if sprint.running && !state.subtask() {
            sprint.books.iter_mut().for_each(|book| tell(book, state));
        }
    }

    /// Tells the books of all running sprints that the issue is in.
    fn each_book(&mut self, issue: u32, mut tell: impl FnMut(&mut Book, &Issue)) {
        let state = &self.issues[issue as usize];
        if state.subtask() {
            return;
        }
        for sprint in self.lists.sprints(state.sprints) {
            let sprint = &mut self.sprints[*sprint as usize];
            if sprint.running {
                sprint.books.iter_mut().for_each(|book| tell(book, state));
            }
        }
    }
}
