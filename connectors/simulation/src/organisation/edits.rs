//! Edits that no report cares about, as many as bring an issue to the changes aimed at; and the life of sub-tasks.

use super::Organisation;
use crate::agenda::Event;
use crate::behaviour::Behaviour;
use crate::changelog::Item;
use crate::issue::Place;
use crate::lens::EstimationField;
use crate::moment::MINUTE;
use crate::workflow::{Category, Status};

impl Organisation {
    /// Edits the issue unless enough has happened to it by now, and plans the next edit.
    pub(super) fn edit(&mut self, issue: u32, nth: u16) {
        let state = self.issue(issue);
        if state.deleted.is_some() || state.settled {
            return;
        }
        let aim = if self.now > self.until { 0 } else { state.aim };
        // The first call only opens the series.
        if nth > 0 && state.histories < nth {
            self.edit_something(issue);
        }
        if nth >= aim {
            return;
        }
        let left = self.until.0 - self.now.0;
        let gap = left / i64::from(aim - nth + 1);
        let at = self.now + self.dice.between(MINUTE, (2 * gap).max(MINUTE));
        self.agenda.put(at.min(self.until), Event::Edit { issue, nth: nth + 1 });
    }

    /// One of the edits, by chance.
    pub(super) fn edit_something(&mut self, issue: u32) {
        let state = self.issue(issue);
        if state.subtask() && !state.reserved && self.dice.chance(400) {
            return self.edit_subtask(issue);
        }
        let state = self.issue(issue);
        if state.place == Place::Backlog && state.free() && self.dice.chance(60) {
            let field = self.team(self.issue(issue).team).newest_lens().field;
            if self.dice.chance(500) && field == EstimationField::StoryPointEstimate {
                let estimate = self.second_guess_in(field, issue);
                return self.set_estimate_in(field, issue, Some(estimate));
            }
            let estimate = self.second_guess(issue);
            return self.set_estimate(issue, Some(estimate));
        }
        match self.dice.below(10) {
            0 | 1 => self.edit_priority(issue),
            2 | 3 => self.edit_labels(issue),
            4 => self.edit_component(issue),
            5 => self.edit_title(issue),
            6 => self.edit_assignee(issue),
            7 => self.edit_discipline(issue),
            8 => self.edit_description(issue),
            _ => {
                let higher = self.dice.chance(500);
                self.record(issue, &[Item::Rank(higher)]);
            }
        }
    }

    /// A sub-task goes its own way; no number of a report shows it.
    fn edit_subtask(&mut self, issue: u32) {
        if self.dice.chance(120) {
            let estimate = self.second_guess(issue);
            return self.set_estimate(issue, Some(estimate));
        }
        let next = match self.issue(issue).status {
            Status::ToDo => Status::InProgress,
            Status::InProgress => Status::Done,
            status if status.category() == Category::Done => Status::InProgress,
            _ => Status::Done,
        };
        self.set_status(issue, next, None);
    }

    fn edit_priority(&mut self, issue: u32) {
        let former = self.issue(issue).priority;
        let priority = (former + 1 + self.byte(4)) % 5;
        let mut items = vec![Item::Priority(former, priority)];
        if self.dice.chance(150) {
            items.push(Item::Rank(priority < former));
        }
        self.change(issue, &items, |state| state.priority = priority);
    }

    fn edit_labels(&mut self, issue: u32) {
        let former = self.issue(issue).labels;
        let labels = former ^ (1 << self.byte(8));
        self.change(issue, &[Item::Labels(former, labels)], |state| state.labels = labels);
    }

    fn edit_component(&mut self, issue: u32) {
        let component = self.byte(6);
        let bit = 1 << component;
        let put_on = self.issue(issue).components & bit == 0;
        self.change(issue, &[Item::Component(component, put_on)], |state| state.components ^= bit);
    }

    fn edit_title(&mut self, issue: u32) {
        let former = self.issue(issue).title;
        let title = self.dice.bits();
        self.change(issue, &[Item::Summary(former, title)], |state| state.title = title);
    }

    fn edit_description(&mut self, issue: u32) {
        let former = self.issue(issue).description;
        let description = self.dice.bits();
        let item = Item::Description(former, description);
        self.change(issue, &[item], |state| state.description = description);
    }

    fn edit_assignee(&mut self, issue: u32) {
        let former = self.issue(issue).assignee;
        let somebody = self.somebody(self.issue(issue).team);
        let assignee = if former == Some(somebody) { None } else { Some(somebody) };
        self.change(issue, &[Item::Assignee(former, assignee)], |state| state.assignee = assignee);
    }

    /// Boards without the field have nothing to change, so that people are moved instead.
    fn edit_discipline(&mut self, issue: u32) {
        if !self.team(self.issue(issue).team).names_discipline {
            return self.edit_assignee(issue);
        }
        let former = self.issue(issue).discipline;
        let drawn = self.byte(4);
        let discipline = if former == Some(drawn) { None } else { Some(drawn) };
        self.change(issue, &[Item::Discipline(former, discipline)], |state| state.discipline = discipline);
        self.count(Behaviour::DisciplineChanged);
    }
}
