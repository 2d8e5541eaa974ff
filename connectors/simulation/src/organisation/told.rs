//! What an organisation does when somebody follows it thing by thing, and may interfere.

use super::{Happened, Organisation};
use crate::agenda::Event;
use crate::changelog::Item;
use crate::issue::Key;
use crate::moment::{DAY, HOUR, Moment};

impl Organisation {
    /// Lets the next thing happen that is due until then; false where nothing is.
    pub(crate) fn go_on(&mut self, until: Moment) -> bool {
        let Some((at, event)) = self.agenda.next(until) else {
            self.now = self.now.max(until);
            return false;
        };
        self.now = at;
        self.happen(event);
        true
    }

    /// Makes some issues odd, and lets sprints be deleted later on.
    pub(crate) fn grow_odd(&mut self) {
        self.odd = true;
        for team in 0..u16::try_from(self.teams.len()).unwrap_or(u16::MAX) {
            let at = self.until + self.dice.between(HOUR, 6 * DAY);
            if self.dice.chance(500) {
                self.agenda.put(at, Event::DeleteSprint { team });
            }
        }
    }

    /// Moves an issue to another project; false where it is there already.
    pub(crate) fn move_to(&mut self, issue: u32, project: u16) -> bool {
        let former = self.issue(issue).key;
        if former.project == project {
            return false;
        }
        let target = self.team_mut(project);
        target.keys += 1;
        let key = Key { project, number: target.keys };
        let items = [Item::Project(former.project, project), Item::Key(former, key)];
        self.change(issue, &items, |state| state.key = key);
        true
    }

    /// Deletes an issue and its sub-tasks at `now`.
    pub(crate) fn delete_with_children(&mut self, issue: u32) {
        let ordinals = 0..u32::try_from(self.issues.len()).unwrap_or(u32::MAX);
        let children = |other: &u32| {
            let other = self.issue(*other);
            other.parent == Some(issue) && other.deleted.is_none()
        };
        for child in ordinals.filter(children).collect::<Vec<_>>() {
            self.delete(child);
        }
        self.delete(issue);
    }

    pub(super) fn tell(&mut self, happened: Happened) {
        if let Some(journal) = &mut self.journal {
            journal.push(happened);
        }
    }
}
