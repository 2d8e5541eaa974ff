//! What some boards and sprints go through once: drawn at the founding, and carried out when its time has come.

use super::{Observation, Organisation};
use crate::agenda::{Event, FollowUp, Incident};
use crate::behaviour::Behaviour;
use crate::book::View;
use crate::changelog::Item;
use crate::issue::Place;
use crate::lens::EstimationField;
use crate::moment::{DAY, HOUR, MINUTE};
use crate::sprint::SprintState;
use crate::twist::{self, Twist};

impl Organisation {
    /// Draws what becomes of boards and sprints. The sprints drawn are over well before the end.
    pub(super) fn plan_twists(&mut self) {
        for team in 0..u16::try_from(self.teams.len()).unwrap_or(u16::MAX) {
            if self.dice.chance(350) {
                self.plan_reform(team);
            }
        }
        for team in 0..u16::try_from(self.teams.len()).unwrap_or(u16::MAX) {
            self.plan_sprint_twists(team);
            if self.dice.chance(400) {
                let at = self.until - self.dice.between(HOUR, 12 * DAY);
                self.agenda.put(at, Event::DeleteSprint { team });
            }
            if self.dice.chance(400) {
                let at = self.until - self.dice.between(30, 50) * MINUTE;
                self.agenda.put(at, Event::Fidget { team, issue: None });
            }
        }
    }

    fn plan_reform(&mut self, team: u16) {
        let held = self.team(team).run;
        let place = 1 + self.dice.below(held.saturating_sub(2));
        let close = self.team(team).timetables.get(place).and_then(|sprint| sprint.close);
        // The place of a mistake is not the moment before it.
        let Some(close) = close.filter(|_| self.team(team).mistake != Some(place)) else { return };
        let lens = self.team(team).lens;
        let reform = twist::reform(lens, close, &mut self.dice);
        self.team_mut(team).reform = Some(reform);
        self.agenda.put(reform.at, Event::ReformBoard { team });
        // Sprints that are already planned then are seen through the new lens alone.
        let at = self.team(team).timetables.first().map(|first| first.created);
        if let Some(at) = at {
            self.observations.push(Observation::Board { at, team, lens });
        }
    }

    fn plan_sprint_twists(&mut self, team: u16) {
        let reformed = self.team(team).reform.is_some();
        for (kind, chance) in [(0, 550), (1, 550), (2, 350)] {
            let place = 1 + self.dice.below(self.team(team).run.saturating_sub(2));
            let taken = self.team(team).twists.contains_key(&place)
                || [self.team(team).mistake, self.team(team).pause].contains(&Some(place));
            if taken || !self.dice.chance(chance) {
                continue;
            }
            let twist = match kind {
                0 if !reformed => self.draw_reopening(team, place),
                1 if !self.team(team).activates => self.draw_start_edit(team, place),
                2 if !reformed => self.draw_other_board(team),
                _ => None,
            };
            if let Some(twist) = twist {
                self.team_mut(team).twists.insert(place, twist);
            }
        }
    }

    fn draw_reopening(&mut self, team: u16, place: usize) -> Option<Twist> {
        let board = self.team(team);
        let next = place + 1 + usize::from(board.mistake == Some(place + 1));
        let (sprint, next) = (*board.timetables.get(place)?, *board.timetables.get(next)?);
        twist::reopening(&sprint, &next, &mut self.dice).map(Twist::Reopened)
    }

    fn draw_start_edit(&mut self, team: u16, place: usize) -> Option<Twist> {
        let board = self.team(team);
        let former = place - 1 - usize::from(board.mistake == Some(place - 1));
        // Whether this one was active when the former was reopened, would be anyone's guess.
        if board.twists.contains_key(&former) {
            return None;
        }
        let (former, sprint) = (*board.timetables.get(former)?, *board.timetables.get(place)?);
        twist::start_edit(&former, &sprint, &mut self.dice).map(Twist::StartEdited)
    }

    /// Another board whose configuration never changes.
    fn draw_other_board(&mut self, team: u16) -> Option<Twist> {
        let count = self.teams.len();
        let other = (usize::from(team) + 1 + self.dice.below(count.saturating_sub(1))) % count;
        let fits = other != usize::from(team) && self.teams[other].reform.is_none();
        let other = u16::try_from(other).ok().filter(|_| fits)?;
        self.count(Behaviour::ShownElsewhere);
        Some(Twist::Shown(other))
    }

    pub(super) fn edit_start(&mut self, sprint: u32) {
        self.see(sprint);
        self.count(Behaviour::StartEdited);
    }

    /// Configures a board anew: what was done may be open now, and is counted by another field.
    pub(super) fn reform_board(&mut self, team: u16) {
        let Some(reform) = self.team(team).reform else { return };
        let former = std::mem::replace(&mut self.team_mut(team).lens, reform.lens);
        self.observations.push(Observation::Board { at: self.now, team, lens: reform.lens });
        let known: Vec<u32> = {
            let board = self.team(team);
            let open = board.sprints.iter().flat_map(|sprint| &self.sprint(*sprint).members);
            board.backlog.iter().chain(&board.finished).chain(open).copied().collect()
        };
        for issue in &known {
            if matches!(self.issue(*issue).place, Place::Backlog | Place::Finished) {
                let place = self.shelf(*issue);
                self.shelve(*issue, place);
            }
        }
        if reform.lens.columns != former.columns {
            self.count(Behaviour::ColumnsChanged);
        }
        if reform.lens.field != former.field {
            self.count(Behaviour::EstimationChanged);
            self.copy_estimates(&known);
        }
    }

    /// An administrator copies the estimates of what is still open into the new field.
    fn copy_estimates(&mut self, issues: &[u32]) {
        let (from, to) = (EstimationField::StoryPoints, EstimationField::StoryPointEstimate);
        for issue in issues.iter().copied().filter(|issue| !self.done(*issue)).collect::<Vec<_>>() {
            let state = self.issue(issue);
            let (old, new) = (state.estimates[from.place()], state.estimates[to.place()]);
            if state.free() && old.is_some() && old != new {
                self.set_estimate_in(to, issue, old);
            }
        }
    }

    pub(super) fn plan_reopening(&mut self, sprint: u32) {
        if let Some(reopening) = self.sprint(sprint).reopening {
            self.agenda.put(reopening.at, Event::ReopenSprint { sprint });
            self.agenda.put(reopening.close, Event::CloseSprint { sprint });
        }
    }

    /// Opens a closed sprint again: what is by now in another active sprint is removed from this one, the rest is in it
    /// as it was before (METRICS case 23).
    pub(super) fn reopen_sprint(&mut self, sprint: u32) {
        let Some(reopening) = self.sprint(sprint).reopening else { return };
        self.sprint_mut(sprint).state = SprintState::Active;
        self.see(sprint);
        self.count(Behaviour::SprintReopened);
        for issue in std::mem::take(&mut self.sprint_mut(sprint).former) {
            let state = self.issue(issue);
            if state.deleted.is_some() || !self.lists.sprints(state.sprints).contains(&sprint) {
                continue;
            }
            let mut others = self.lists.sprints(state.sprints).iter().filter(|other| **other != sprint);
            if others.any(|other| self.sprint(*other).active()) {
                self.leave_sprint(issue, sprint);
                self.count(Behaviour::RemovedAtReopening);
                // What becomes of it while it is in both is nobody's definition.
                if self.issue(issue).free() {
                    self.issue_mut(issue).reserved = true;
                    let then = FollowUp::Free;
                    self.agenda.put(reopening.close + 1, Event::FollowUp { issue, sprint, then });
                }
            } else if state.current.is_none() && !state.subtask() {
                self.issue_mut(issue).current = Some(sprint);
                self.shelve(issue, Place::Sprint(sprint));
                self.count(Behaviour::BackAtReopening);
                if !self.done(issue) {
                    self.schedule_work(issue, sprint);
                }
            }
        }
        self.stir_reopened(sprint);
    }

    /// People reopen a sprint to set something right.
    fn stir_reopened(&mut self, sprint: u32) {
        const RIGHTED: [Incident; 6] = [
            Incident::Add,
            Incident::Remove,
            Incident::Reestimate,
            Incident::ReestimateDone,
            Incident::Reopen,
            Incident::RemoveDone,
        ];
        let Some(reopening) = self.sprint(sprint).reopening else { return };
        for _ in 0..2 + self.dice.below(3) {
            let incident = self.dice.one_of(&RIGHTED);
            let at = self.dice.moment(self.now + MINUTE, reopening.close - MINUTE);
            self.agenda.put(at, Event::Incident { sprint, incident });
        }
    }

    /// Deletes a closed sprint: its issues lose it, its report is kept (METRICS case 24).
    pub(super) fn delete_sprint(&mut self, team: u16) {
        let sprints = self.team(team).sprints.clone();
        let plain = sprints.into_iter().filter(|sprint| {
            let state = self.sprint(*sprint);
            let place = state.number as usize - 1;
            let reopened =
                |former: usize| matches!(self.team(team).twists.get(&former), Some(Twist::Reopened(_)));
            // Nor one that was running when another was reopened: whether it was would be hard to tell later.
            let special = (place.saturating_sub(2)..=place).any(reopened) || state.mistaken || state.empty;
            let shown = state.books.iter().any(|book| book.view == View::Elsewhere);
            state.state == SprintState::Closed && !special && !shown
        });
        let plain: Vec<u32> = plain.collect();
        let drawn = self.dice.below(plain.len());
        let Some(sprint) = plain.get(drawn).copied() else { return };
        let ordinals = 0..u32::try_from(self.issues.len()).unwrap_or(u32::MAX);
        let holds = |issue: &u32| self.lists.sprints(self.issue(*issue).sprints).contains(&sprint);
        let there = |issue: &u32| self.issue(*issue).deleted.is_none();
        let members: Vec<u32> = ordinals.filter(there).filter(holds).collect();
        // An issue that will never change again cannot lose a sprint.
        if members.iter().any(|issue| self.issue(*issue).settled) {
            return;
        }
        for issue in members {
            let from = self.issue(issue).sprints;
            let sprints = self.lists.without(from, sprint);
            self.record(issue, &[Item::Sprint(from, sprints)]);
            self.issue_mut(issue).sprints = sprints;
        }
        let now = self.now;
        let state = self.sprint_mut(sprint);
        state.state = SprintState::Deleted;
        state.deleted = Some(now);
        self.see(sprint);
        self.count(Behaviour::SprintDeleted);
    }
}
