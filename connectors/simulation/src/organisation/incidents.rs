//! What comes between in a running sprint. The issue is chosen when the incident happens, so that it always fits.

use super::Organisation;
use super::state::Pool;
use crate::agenda::{Event, FollowUp, Incident};
use crate::behaviour::Behaviour;
use crate::issue::IssueType;
use crate::moment::{DAY, HOUR, MINUTE};
use crate::workflow::Status;

impl Organisation {
    /// Deals incidents to a sprint that has just started, the more the larger it is.
    pub(super) fn schedule_incidents(&mut self, sprint: u32) {
        if self.sprint(sprint).empty {
            return;
        }
        let times = self.sprint(sprint).times;
        let (from, to) = (times.start + HOUR, times.close.unwrap_or(self.until) - HOUR);
        let team = usize::from(self.sprint(sprint).team);
        for _ in 0..4 + self.sprint(sprint).members.len() / 4 {
            let at = self.dice.office_moment(from, to);
            if let Some(incident) = self.teams[team].incidents.deal(&mut self.dice) {
                self.agenda.put(at, Event::Incident { sprint, incident });
            }
        }
    }

    pub(super) fn incident(&mut self, sprint: u32, incident: Incident) {
        if !self.sprint(sprint).active() {
            return;
        }
        // Where no issue fits, nothing happens.
        let _fitted = match incident {
            Incident::Add => self.add(sprint),
            Incident::AddDone => self.add_done(sprint),
            Incident::AddAndEstimateAtOnce => self.add_and_estimate(sprint),
            Incident::Remove => self.remove(sprint, false),
            Incident::RemoveDone => self.remove(sprint, true),
            Incident::RemoveAndReadd => self.remove_for_now(sprint, false, FollowUp::Readd),
            Incident::RemoveReestimateReadd => {
                self.remove_for_now(sprint, false, FollowUp::ReestimateThenReadd)
            }
            Incident::RemoveDoneAndReadd => self.remove_for_now(sprint, true, FollowUp::Readd),
            Incident::RemoveAndReaddAtOnce => self.remove_and_readd(sprint),
            Incident::MoveToParallelSprint => self.move_to_parallel(sprint),
            Incident::Reestimate => self.reestimate(sprint, false, Behaviour::Reestimated),
            Incident::ReestimateDone => self.reestimate(sprint, true, Behaviour::ReestimatedDone),
            Incident::SetEstimate => self.set_first_estimate(sprint),
            Incident::ClearEstimate => self.clear_estimate(sprint),
            Incident::Reopen => self.reopen(sprint),
            Incident::ReopenEarlierDone => self.reopen_earlier_done(sprint),
            Incident::FinishAndReopenAtOnce => self.finish_and_reopen(sprint),
            Incident::Unmap => self.unmap(sprint),
            Incident::Block => self.block(sprint),
            Incident::BecomeSubTask => self.convert(sprint),
            Incident::MoveKey => self.move_key(sprint),
            Incident::Delete => self.delete_member(sprint),
            Incident::DeleteFinished => self.delete_finished(sprint),
            Incident::ReestimateFinished => self.reestimate_finished(sprint),
            Incident::AddAndRemove => self.add_and_remove(sprint),
            Incident::Hide => self.hide(sprint),
            Incident::Correct => self.correct(sprint),
            Incident::BreakChain => self.break_chain(sprint),
        };
    }

    /// An issue in scope, done or not.
    fn scoped(&mut self, sprint: u32, done: bool) -> Option<u32> {
        self.scoped_where(sprint, done, |_, _| true)
    }

    fn scoped_where(&mut self, sprint: u32, done: bool, also: impl Fn(&Self, u32) -> bool) -> Option<u32> {
        self.pick(Pool::Sprint(sprint), |this, issue| {
            let tally = this.sprint(sprint).tally();
            this.issue(issue).free() && tally.in_scope(issue) && this.done(issue) == done && also(this, issue)
        })
    }

    /// Reserves the issue until the follow-up.
    pub(super) fn follow_with(&mut self, issue: u32, sprint: u32, then: FollowUp) {
        let longest = if self.dice.chance(500) { 2 * HOUR } else { 2 * DAY };
        let at = self.now + self.dice.between(MINUTE, longest);
        self.issue_mut(issue).reserved = true;
        self.agenda.put(at, Event::FollowUp { issue, sprint, then });
    }

    fn add(&mut self, sprint: u32) -> Option<()> {
        let team = self.sprint(sprint).team;
        let issue = self.pick(Pool::Backlog(team), |this, issue| this.issue(issue).free())?;
        self.refine(issue);
        self.shift(issue, Some(sprint));
        self.schedule_work(issue, sprint);
        self.count(Behaviour::AddedAfterStart);
        if self.now.midnight() == self.sprint(sprint).times.start.midnight() {
            self.count(Behaviour::AddedSameDay);
        }
        Some(())
    }

    /// Puts in what soon turns out not to belong there.
    fn add_and_remove(&mut self, sprint: u32) -> Option<()> {
        let team = self.sprint(sprint).team;
        let issue = self.pick(Pool::Backlog(team), |this, issue| this.issue(issue).free())?;
        self.shift(issue, Some(sprint));
        self.count(Behaviour::AddedAfterStart);
        self.follow_with(issue, sprint, FollowUp::Remove);
        Some(())
    }

    /// Puts in what was done outside: long ago, or just now. Never a re-entry, whose present done might be disputed.
    fn add_done(&mut self, sprint: u32) -> Option<()> {
        let team = self.sprint(sprint).team;
        let stranger = |this: &Self, issue: u32| {
            let known = this.sprint(sprint).tally().knows(issue) || this.issue(issue).visited == Some(sprint);
            this.issue(issue).free() && !known
        };
        if self.dice.chance(500) {
            let issue = self.pick(Pool::Finished(team), stranger)?;
            self.follow_with(issue, sprint, FollowUp::AddDone);
        } else {
            let issue = self.pick(Pool::Backlog(team), stranger)?;
            self.set_status(issue, Status::Done, None);
            self.follow_with(issue, sprint, FollowUp::AddDone);
        }
        Some(())
    }

    fn add_and_estimate(&mut self, sprint: u32) -> Option<()> {
        let team = self.sprint(sprint).team;
        let issue = self.pick(Pool::Backlog(team), |this, issue| this.issue(issue).free())?;
        self.shift(issue, Some(sprint));
        let estimate = self.second_guess(issue);
        self.set_estimate(issue, Some(estimate));
        self.schedule_work(issue, sprint);
        self.count(Behaviour::AddedAfterStart);
        Some(())
    }

    fn remove(&mut self, sprint: u32, done: bool) -> Option<()> {
        let issue = self.scoped(sprint, done)?;
        self.shift(issue, None);
        self.count(if done { Behaviour::RemovedDone } else { Behaviour::Removed });
        Some(())
    }

    fn remove_for_now(&mut self, sprint: u32, done: bool, then: FollowUp) -> Option<()> {
        let issue = self.scoped(sprint, done)?;
        self.shift(issue, None);
        self.follow_with(issue, sprint, then);
        Some(())
    }

    fn remove_and_readd(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped(sprint, false)?;
        self.shift(issue, None);
        self.shift(issue, Some(sprint));
        self.count(Behaviour::Readded);
        Some(())
    }

    /// One history drops the id here and adds it there: removed here, added there (METRICS section 5).
    fn move_to_parallel(&mut self, sprint: u32) -> Option<()> {
        let here = self.sprint(sprint).team;
        let count = self.teams.len();
        let start = self.dice.below(count);
        let others = (0..count).map(|step| (start + step) % count).filter(|team| *team != usize::from(here));
        let mut running = others.filter_map(|team| self.teams[team].active);
        let there = running.find(|other| !self.sprint(*other).empty)?;
        let columns = self.team(self.sprint(there).team).lens.columns;
        let issue = self.scoped_where(sprint, false, |this, issue| {
            let status = this.issue(issue).status;
            columns.mapped(status) && !columns.done(status)
        })?;
        self.shift(issue, Some(there));
        self.schedule_work(issue, there);
        self.count(Behaviour::MovedToParallelSprint);
        Some(())
    }

    fn reestimate(&mut self, sprint: u32, done: bool, behaviour: Behaviour) -> Option<()> {
        let issue = self.scoped_where(sprint, done, |this, issue| this.estimate(issue).is_some())?;
        let estimate = self.second_guess(issue);
        self.set_estimate(issue, Some(estimate));
        self.count(behaviour);
        Some(())
    }

    fn set_first_estimate(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped_where(sprint, false, |this, issue| this.estimate(issue).is_none())?;
        let estimate = self.guess();
        self.set_estimate(issue, Some(estimate));
        self.count(Behaviour::EstimateSet);
        Some(())
    }

    /// Never in a status without a column, where a missing estimate and none that counts look alike.
    fn clear_estimate(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped_where(sprint, false, |this, issue| {
            this.estimate(issue).is_some() && this.issue(issue).status != Status::Waiting
        })?;
        self.set_estimate(issue, None);
        self.count(Behaviour::EstimateCleared);
        Some(())
    }

    fn reopen(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped(sprint, true)?;
        self.set_status(issue, Status::InProgress, None);
        self.count(Behaviour::Reopened);
        if self.dice.chance(500) {
            self.follow_with(issue, sprint, FollowUp::Finish);
        }
        Some(())
    }

    /// Reopens what was done before it entered: REOPEN, an addition (METRICS rule 1).
    fn reopen_earlier_done(&mut self, sprint: u32) -> Option<()> {
        let issue = self.pick(Pool::Sprint(sprint), |this, issue| {
            let in_scope = this.sprint(sprint).tally().in_scope(issue);
            this.issue(issue).free() && !in_scope && this.done(issue)
        })?;
        self.set_status(issue, Status::InProgress, None);
        self.count(Behaviour::ReopenedEarlierDone);
        if self.dice.chance(500) {
            self.follow_with(issue, sprint, FollowUp::Finish);
        }
        Some(())
    }

    fn finish_and_reopen(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped(sprint, false)?;
        self.set_status(issue, Status::Done, None);
        self.set_status(issue, Status::InReview, None);
        self.count(Behaviour::Reopened);
        Some(())
    }

    /// Into a status of no column: the issue counts 0 points there (METRICS rule 11).
    fn unmap(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped_where(sprint, false, |this, issue| {
            this.estimate(issue).is_some() && this.issue(issue).status != Status::Waiting
        })?;
        self.set_status(issue, Status::Waiting, None);
        self.count(Behaviour::StatusUnmapped);
        if self.dice.chance(600) {
            self.follow_with(issue, sprint, FollowUp::Map);
        }
        Some(())
    }

    fn block(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped_where(sprint, false, |this, issue| {
            matches!(this.issue(issue).status, Status::ToDo | Status::InProgress | Status::InReview)
        })?;
        self.set_status(issue, Status::Blocked, None);
        Some(())
    }

    fn convert(&mut self, sprint: u32) -> Option<()> {
        let issue = self.scoped_where(sprint, false, |this, issue| {
            let state = this.issue(issue);
            state.children == 0 && state.kind != IssueType::Epic
        })?;
        let parent = self.pick(Pool::Sprint(sprint), |this, other| {
            other != issue && this.issue(other).free() && this.issue(other).kind != IssueType::Epic
        })?;
        let clears = self.dice.chance(500);
        self.become_subtask(issue, parent, clears);
        self.count(Behaviour::BecameSubTask);
        if self.dice.chance(700) {
            self.follow_with(issue, sprint, FollowUp::BecomeStory);
        }
        Some(())
    }

    /// Moves the issue to another project; nothing changes for the sprint (METRICS case 16).
    fn move_key(&mut self, sprint: u32) -> Option<()> {
        let issue = self.pick(Pool::Sprint(sprint), |this, issue| {
            this.issue(issue).free() && this.issue(issue).children == 0
        })?;
        let former = self.issue(issue).key;
        let other = 1 + self.dice.below(self.teams.len().checked_sub(1).filter(|others| *others > 0)?);
        let project = u16::try_from((usize::from(former.project) + other) % self.teams.len()).ok()?;
        self.move_to(issue, project);
        self.count(Behaviour::KeyMoved);
        Some(())
    }

    fn delete_member(&mut self, sprint: u32) -> Option<()> {
        let done = self.dice.chance(200);
        let issue = self.scoped_where(sprint, done, |this, issue| {
            this.issue(issue).children == 0 && this.now >= this.issue(issue).called_created()
        })?;
        self.delete(issue);
        self.count(Behaviour::DeletedInSprint);
        Some(())
    }

    /// Deletes something an earlier sprint completed; that sprint's report keeps it (METRICS case 17).
    fn delete_finished(&mut self, sprint: u32) -> Option<()> {
        let team = self.sprint(sprint).team;
        let issue = self.pick(Pool::Finished(team), |this, issue| {
            let state = this.issue(issue);
            let other_sprint = state.visited.is_some_and(|visited| visited != sprint);
            state.free()
                && state.children == 0
                && this.now >= state.called_created()
                && other_sprint
                && !this.lists.sprints(state.sprints).is_empty()
        })?;
        self.delete(issue);
        self.count(Behaviour::DeletedAfterClose);
        Some(())
    }

    fn reestimate_finished(&mut self, sprint: u32) -> Option<()> {
        let team = self.sprint(sprint).team;
        let issue = self.pick(Pool::Finished(team), |this, issue| {
            let state = this.issue(issue);
            state.free() && !this.lists.sprints(state.sprints).is_empty()
        })?;
        let estimate = self.second_guess(issue);
        self.set_estimate(issue, Some(estimate));
        self.count(Behaviour::ReestimatedAfterClose);
        Some(())
    }
}
