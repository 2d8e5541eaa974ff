//! How incidents go on, minutes to days later.

use super::Organisation;
use crate::agenda::FollowUp;
use crate::behaviour::Behaviour;
use crate::workflow::Status;

impl Organisation {
    /// Goes on with an incident; whatever happened meanwhile, the issue is free again.
    pub(super) fn follow_up(&mut self, issue: u32, sprint: u32, then: FollowUp) {
        if self.issue(issue).deleted.is_some() || self.issue(issue).settled {
            return;
        }
        self.unreserve(issue, then);
        if self.issue(issue).reserved {
            return;
        }
        match then {
            FollowUp::Remove => self.take_out(issue, sprint),
            FollowUp::Free => {}
            FollowUp::Readd => self.readd(issue, sprint),
            FollowUp::ReestimateThenReadd => self.reestimate_then_readd(issue, sprint),
            FollowUp::AddDone => self.put_in_done(issue, sprint),
            FollowUp::Reopen => self.reopen_done_outside(issue, sprint),
            FollowUp::Finish => self.finish_again(issue, sprint),
            FollowUp::BecomeStory => self.convert_back(issue, sprint),
            FollowUp::Map => self.map_again(issue),
            FollowUp::FinishEarly => self.finish_early(issue, sprint),
            FollowUp::FinishAfterClose => self.finish_later(issue, sprint),
        }
    }

    /// Only the follow-ups that reserved the issue free it.
    fn unreserve(&mut self, issue: u32, then: FollowUp) {
        if !matches!(then, FollowUp::FinishEarly | FollowUp::FinishAfterClose) {
            self.issue_mut(issue).reserved = false;
        }
    }

    fn take_out(&mut self, issue: u32, sprint: u32) {
        if self.issue(issue).current == Some(sprint) && self.sprint(sprint).active() {
            self.shift(issue, None);
            self.count(Behaviour::Removed);
        }
    }

    fn readd(&mut self, issue: u32, sprint: u32) {
        let state = self.issue(issue);
        if state.subtask() || state.current.is_some() || !self.sprint(sprint).active() {
            return;
        }
        let done = self.done(issue);
        self.shift(issue, Some(sprint));
        self.count(if done { Behaviour::ReaddedDone } else { Behaviour::Readded });
    }

    fn reestimate_then_readd(&mut self, issue: u32, sprint: u32) {
        let estimate = self.second_guess(issue);
        self.set_estimate(issue, Some(estimate));
        if self.sprint(sprint).active() {
            self.count(Behaviour::ReaddedReestimated);
            self.follow_with(issue, sprint, FollowUp::Readd);
        }
    }

    fn put_in_done(&mut self, issue: u32, sprint: u32) {
        if !self.sprint(sprint).active() {
            return;
        }
        self.shift(issue, Some(sprint));
        self.count(Behaviour::DoneOutside);
        if self.dice.chance(350) {
            self.follow_with(issue, sprint, FollowUp::Reopen);
        }
    }

    fn reopen_done_outside(&mut self, issue: u32, sprint: u32) {
        if self.issue(issue).current == Some(sprint) {
            self.set_status(issue, Status::InProgress, None);
            self.count(Behaviour::ReopenedDoneOutside);
            self.schedule_work(issue, sprint);
        }
    }

    fn finish_again(&mut self, issue: u32, sprint: u32) {
        if self.issue(issue).current == Some(sprint) && !self.done(issue) {
            self.set_status(issue, Status::Done, None);
        }
    }

    /// Makes the sub-task a story again while the sprint still runs; where the sprint had been cleared, it is put in
    /// again a little later.
    fn convert_back(&mut self, issue: u32, sprint: u32) {
        if !self.sprint(sprint).active() {
            return;
        }
        self.become_story(issue);
        self.count(Behaviour::BecameStoryAgain);
        if self.issue(issue).current.is_none() {
            self.follow_with(issue, sprint, FollowUp::Readd);
        }
    }

    fn map_again(&mut self, issue: u32) {
        if self.issue(issue).status == Status::Waiting {
            self.set_status(issue, Status::InProgress, None);
            self.count(Behaviour::StatusMappedAgain);
        }
    }

    fn finish_early(&mut self, issue: u32, sprint: u32) {
        if self.issue(issue).current == Some(sprint) && !self.done(issue) {
            self.set_status(issue, Status::Done, None);
        }
    }

    /// The same day, but too late: the sprint is closed, the issue is in the backlog or in the next sprint.
    fn finish_later(&mut self, issue: u32, sprint: u32) {
        let state = self.issue(issue);
        let running = state.current.is_some_and(|sprint| self.sprint(sprint).active());
        if !running && !state.subtask() && !self.done(issue) {
            self.set_status(issue, Status::Done, None);
            self.count(Behaviour::DoneAfterClose);
            let close = self.sprint(sprint).closed_at(self.now);
            if close.is_some_and(|close| close.midnight() == self.now.midnight()) {
                self.count(Behaviour::DoneSameDayAfterClose);
            }
        }
    }
}
