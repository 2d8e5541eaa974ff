//! What is odd about single issues, or about the way they get into an archive.

use super::Organisation;
use super::state::Pool;
use crate::agenda::Event;
use crate::archive::{self, Export};
use crate::behaviour::Behaviour;
use crate::changelog::Item;
use crate::issue::Place;
use crate::moment::{DAY, HOUR, MINUTE};
use crate::points::Points;

impl Organisation {
    /// Draws the oddities of an issue that has just been created.
    pub(super) fn make_odd(&mut self, issue: u32) {
        // Of an issue that is in no sprint without a change, nothing is known before its first change.
        if self.issue(issue).place == Place::Backlog && self.dice.chance(30) {
            let imported = self.now + self.dice.between(DAY, 25 * DAY);
            self.issue_mut(issue).imported = Some(imported.min(self.until));
        }
        if self.dice.chance(25) {
            let at = self.dice.moment(self.now, self.until - HOUR);
            self.agenda.put(at, Event::Export { issue });
        }
        // The oldest issue of a board may have an automation that never lets go of it.
        let oldest = self.issue(issue).key.number == 1;
        let aim = match self.dice.below(20) {
            0..7 => 140,
            7 => 1_100,
            _ => 0,
        };
        if oldest && !self.issue(issue).subtask() {
            let state = self.issue_mut(issue);
            state.aim = state.aim.max(aim);
        }
    }

    /// Keeps the issue as it is now, as a line that gets into the archive beside newer ones.
    pub(super) fn export(&mut self, issue: u32) {
        // An issue that is going to be imported is not there yet.
        let state = self.issue(issue);
        if state.listed()
            && self.now >= state.called_created()
            && let Ok(line) = archive::issue(self, self.issue(issue), self.now)
        {
            let histories = self.issue(issue).histories;
            self.exports.push(Export { issue, histories, line });
        }
    }

    /// One edit a minute until the end, while the archive is being read.
    pub(super) fn fidget(&mut self, team: u16, issue: Option<u32>) {
        let pool = self.team(team).active.map_or(Pool::Backlog(team), Pool::Sprint);
        let issue = issue.or_else(|| self.pick(pool, |this, issue| this.issue(issue).free()));
        let Some(issue) = issue.filter(|issue| self.issue(*issue).free()) else { return };
        if self.dice.chance(250) && self.estimate(issue).is_some() {
            let estimate = self.second_guess(issue);
            self.set_estimate(issue, Some(estimate));
        } else {
            let higher = self.dice.chance(500);
            self.record(issue, &[Item::Rank(higher)]);
        }
        if self.dice.chance(100) {
            self.export(issue);
        }
        let next = self.now + MINUTE;
        if next <= self.until {
            self.agenda.put(next, Event::Fidget { team, issue: Some(issue) });
        } else {
            self.count(Behaviour::UpdatedEveryMinute);
        }
    }

    /// The account that reads may no longer see the issue: its last known state is kept (METRICS case 18).
    pub(super) fn hide(&mut self, sprint: u32) -> Option<()> {
        let done = self.dice.chance(300);
        let issue = self.settling(sprint, |this, issue| this.done(issue) == done)?;
        let at = self.now;
        let state = self.issue_mut(issue);
        state.settled = true;
        state.hidden = Some(at);
        self.observe_hidden(issue);
        self.count(Behaviour::Hidden);
        Some(())
    }

    /// A script sets estimate, labels and assignee without a history, together with an edit that is the issue's last: what is present is
    /// true from the moment of the last update on (METRICS case 29).
    pub(super) fn correct(&mut self, sprint: u32) -> Option<()> {
        let done = self.dice.chance(500);
        let issue =
            self.settling(sprint, |this, issue| this.done(issue) == done && this.estimated_before(issue))?;
        let field = self.team(self.issue(issue).team).lens.field;
        let estimate = if self.dice.chance(200) { None } else { Some(self.second_guess(issue)) };
        let higher = self.dice.chance(500);
        let (label, somebody) = (1 << self.byte(8), self.somebody(self.issue(issue).team));
        let labelled = self.changed_before(issue, |item| matches!(item, Item::Labels(..)));
        let assigned = self.changed_before(issue, |item| matches!(item, Item::Assignee(..)));
        self.change(issue, &[Item::Rank(higher)], |state| {
            state.estimates[field.place()] = estimate;
            state.typed_estimate = false;
            if labelled {
                state.labels ^= label;
            }
            if assigned {
                state.assignee = Some(somebody);
            }
            state.settled = true;
        });
        self.count(Behaviour::Corrected);
        Some(())
    }

    /// A history whose `from` is not what the one before led to: `to` wins (METRICS case 29).
    pub(super) fn break_chain(&mut self, sprint: u32) -> Option<()> {
        let issue = self.pick(Pool::Sprint(sprint), |this, issue| {
            let in_scope = this.sprint(sprint).tally().in_scope(issue);
            this.issue(issue).free() && in_scope && this.estimated_before(issue)
        })?;
        let field = self.team(self.issue(issue).team).lens.field;
        let former = self.estimate(issue);
        let estimate = self.second_guess(issue);
        let wrong = Points::whole(21);
        let item = Item::Estimate(field, Some(wrong).filter(|wrong| Some(*wrong) != former), Some(estimate));
        self.change(issue, &[item], |state| {
            state.estimates[field.place()] = Some(estimate);
            state.typed_estimate = false;
        });
        self.count(Behaviour::BrokenChain);
        Some(())
    }

    /// A history has changed its estimate.
    fn estimated_before(&self, issue: u32) -> bool {
        let field = self.team(self.issue(issue).team).lens.field;
        self.changed_before(issue, |item| matches!(item, Item::Estimate(changed, ..) if changed == field))
    }

    /// A history has changed the field: else the present value was always there (METRICS rule 4).
    fn changed_before(&self, issue: u32, of_field: impl Fn(Item) -> bool) -> bool {
        self.issue(issue).changes.iter().any(|change| of_field(change.item))
    }

    /// An issue in scope that may be let alone for good.
    fn settling(&mut self, sprint: u32, suits: impl Fn(&Self, u32) -> bool) -> Option<u32> {
        self.pick(Pool::Sprint(sprint), |this, issue| {
            let state = this.issue(issue);
            state.free()
                && state.children == 0
                && this.now >= state.called_created()
                && this.sprint(sprint).tally().in_scope(issue)
                && suits(this, issue)
        })
    }
}
