//! The life of a sprint: created, planned, started, closed, and what was left carried over.

use super::state::Pool;
use super::{FIRST_SPRINT, Happened, Observation, Organisation};
use crate::agenda::{Event, FollowUp};
use crate::behaviour::Behaviour;
use crate::book::{Book, View};
use crate::issue::{IssueType, Place};
use crate::moment::{DAY, HOUR, MINUTE};
use crate::sprint::{Sprint, SprintState};
use crate::timetable::Timetable;
use crate::twist::Twist;

impl Organisation {
    pub(super) fn create_sprint(&mut self, team: u16) {
        let ordinal = u32::try_from(self.sprints.len()).unwrap_or(u32::MAX);
        let place = self.team(team).sprints.len();
        let Some(times) = self.team(team).timetables.get(place).copied() else {
            return;
        };
        let runs = place < self.team(team).run;
        let goal = self.dice.bits();
        let twist = self.team(team).twists.get(&place).copied();
        self.sprints.push(Sprint {
            id: FIRST_SPRINT + ordinal,
            team,
            number: u32::try_from(place + 1).unwrap_or(u32::MAX),
            times,
            state: SprintState::Future,
            empty: runs && self.team(team).pause == Some(place),
            mistaken: self.team(team).mistake == Some(place),
            goal,
            reopening: twist.and_then(Twist::reopening),
            start_edit: twist.and_then(Twist::start_edit),
            deleted: None,
            members: Vec::new(),
            former: Vec::new(),
            leftover: Vec::new(),
            running: false,
            books: self.books(team, &times, twist),
        });
        self.team_mut(team).sprints.push(ordinal);
        self.see(ordinal);
        self.set_dates(ordinal, runs);
    }

    /// The books of a sprint: of its board as it is, of its board as it will be, of another board.
    fn books(&self, team: u16, times: &Timetable, twist: Option<Twist>) -> Vec<Book> {
        let board = self.team(team);
        let mut books = Vec::new();
        match board.reform.filter(|reform| reform.at > self.now) {
            Some(reform) if times.start < reform.at => {
                books.push(Book::new(team, board.lens, View::Present));
                books.push(Book::new(team, reform.lens, View::Restated));
            }
            _ => books.push(Book::new(team, board.newest_lens(), View::Present)),
        }
        if let Some(Twist::Shown(other)) = twist {
            books.push(Book::new(other, self.team(other).lens, View::Elsewhere));
        }
        books
    }

    /// Fills the sprint from the backlog; a few issues are finished before it even starts.
    pub(super) fn plan_sprint(&mut self, sprint: u32) {
        if self.sprint(sprint).empty {
            self.count(Behaviour::EmptySprint);
            return;
        }
        let (team, start) = (self.sprint(sprint).team, self.sprint(sprint).times.start);
        let runs = self.sprint(sprint).number as usize <= self.team(team).run;
        let share = if self.sprint(sprint).mistaken {
            self.dice.between(5, 25)
        } else if runs {
            self.dice.between(65, 95)
        } else {
            self.dice.between(15, 40)
        };
        let wanted = self.team(team).pace * usize::try_from(share).unwrap_or_default() / 100;
        for _ in 0..wanted.max(1) {
            let Some(issue) = self.pick(Pool::Backlog(team), |this, issue| this.issue(issue).free()) else {
                break;
            };
            self.refine(issue);
            self.shift(issue, Some(sprint));
            self.count(Behaviour::PlannedIn);
        }
        let dragged = self.pace.is_none() && self.sprint(sprint).number == 1 && self.dice.chance(500);
        if let Some(issue) = self.sprint(sprint).members.first().copied().filter(|_| dragged) {
            self.drag_along(issue);
        }
        if !runs && !self.sprint(sprint).members.is_empty() {
            self.count(Behaviour::FutureSprintPlanned);
        }
        if runs && !self.sprint(sprint).mistaken {
            self.plan_upsets(sprint, team);
            let latest = start - MINUTE;
            for _ in 0..=self.dice.below(2) {
                let early = self
                    .pick(Pool::Sprint(sprint), |this, issue| this.issue(issue).free() && !this.done(issue));
                if let Some(issue) = early.filter(|_| self.dice.chance(300)) {
                    let at = self.dice.moment(self.now, latest);
                    let then = FollowUp::FinishEarly;
                    self.agenda.put(at, Event::FollowUp { issue, sprint, then });
                }
            }
        }
    }

    /// Nobody ever works on the issue, or dares to throw it out: it goes through all sprints (METRICS case 36).
    fn drag_along(&mut self, issue: u32) {
        let state = self.issue_mut(issue);
        state.stuck = true;
        state.worn = true;
    }

    /// Starts the sprint: every member is committed or was done before (METRICS rule 1, section 1).
    pub(super) fn start_sprint(&mut self, sprint: u32) {
        let team = self.sprint(sprint).team;
        self.sprint_mut(sprint).state = SprintState::Active;
        self.team_mut(team).active = Some(sprint);
        self.see(sprint);
        let times = self.sprint(sprint).times;
        if times.start.on_weekend() {
            self.count(Behaviour::WeekendStart);
        }
        if times.start > times.planned_start + HOUR {
            self.count(Behaviour::LateStart);
        }
        if self.sprint(sprint).start_edit.is_none() {
            self.commit_sprint(sprint);
        }
        for issue in self.sprint(sprint).members.clone() {
            if !self.issue(issue).subtask() && !self.done(issue) {
                self.schedule_work(issue, sprint);
            }
        }
        if let Some(close) = times.close {
            self.agenda.put(close, Event::CloseSprint { sprint });
        }
        self.schedule_incidents(sprint);
    }

    /// Opens the books at the start that counts: every member is committed or was done before.
    pub(super) fn commit_sprint(&mut self, sprint: u32) {
        let start = self.now;
        let state = self.sprint_mut(sprint);
        state.running = true;
        state.books.iter_mut().for_each(|book| book.start = start);
        for issue in self.sprint(sprint).members.clone() {
            let state = &self.issues[issue as usize];
            if state.subtask() {
                continue;
            }
            for book in &mut self.sprints[sprint as usize].books {
                book.commit(issue, state);
            }
            if state.kind == IssueType::Epic {
                self.count(Behaviour::EpicInSprint);
            }
            if self.done(issue) {
                self.count(Behaviour::DoneBeforeStart);
            }
        }
    }

    /// Freezes the report and empties the sprint; its id stays on the issues, without a change (section 0).
    pub(super) fn close_sprint(&mut self, sprint: u32) {
        let team = self.sprint(sprint).team;
        let times = self.sprint(sprint).times;
        let again = self.sprint(sprint).reopening.is_some_and(|reopening| reopening.at > self.now);
        let state = self.sprint_mut(sprint);
        state.state = SprintState::Closed;
        let members = std::mem::take(&mut state.members);
        if again {
            state.former.clone_from(&members);
            self.plan_reopening(sprint);
        } else {
            self.count_undone(sprint, &members);
            self.freeze(sprint);
        }
        if self.team(team).active == Some(sprint) {
            self.team_mut(team).active = None;
        }
        self.see(sprint);
        if self.now == times.start {
            self.count(Behaviour::ZeroLength);
        }
        self.count(match self.now.cmp(&times.planned_end) {
            std::cmp::Ordering::Less => Behaviour::EarlyClose,
            std::cmp::Ordering::Equal => Behaviour::ExactClose,
            std::cmp::Ordering::Greater => Behaviour::LateClose,
        });
        let mut leftover = Vec::new();
        for issue in members {
            if self.release(issue) {
                leftover.push(issue);
            }
        }
        for issue in &leftover {
            if self.dice.chance(130) {
                let at = self.now + self.dice.between(2 * MINUTE, 9 * HOUR);
                let then = FollowUp::FinishAfterClose;
                self.agenda.put(at, Event::FollowUp { issue: *issue, sprint, then });
            }
        }
        self.sprint_mut(sprint).leftover = leftover;
        let at = self.now + self.dice.between(2, 60);
        self.agenda.put(at, Event::CarryOver { sprint });
    }

    /// Ends the books of a sprint that is closed for good.
    fn freeze(&mut self, sprint: u32) {
        let state = &mut self.sprints[sprint as usize];
        state.running = false;
        for book in &mut state.books {
            book.close(self.policy, &self.issues);
        }
        if state.books.iter().any(|book| book.unestimated() > 0) {
            self.count(Behaviour::Unestimated);
        }
    }

    fn count_undone(&mut self, sprint: u32, members: &[u32]) {
        for issue in members.iter().filter(|issue| !self.done(**issue)).copied().collect::<Vec<_>>() {
            let tally = self.sprint(sprint).tally();
            let (done, earlier) = (tally.was_done(issue), tally.was_reopened(issue));
            if done {
                self.count(Behaviour::UndoneAtClose);
            }
            if earlier {
                self.count(Behaviour::UndoneEarlierDoneAtClose);
            }
        }
    }

    /// Appends the next sprint to what was left, in one history each; the rest goes to the backlog without a change.
    pub(super) fn carry_over(&mut self, sprint: u32) {
        let team = self.sprint(sprint).team;
        let sprints = self.team(team).sprints.iter().copied();
        let next = sprints.filter(|other| self.sprint(*other).state == SprintState::Future).min();
        let next = next.filter(|other| !self.sprint(*other).empty);
        for issue in std::mem::take(&mut self.sprint_mut(sprint).leftover) {
            let state = self.issue(issue);
            if state.subtask() || state.settled || state.deleted.is_some() || state.current.is_some() {
                continue;
            }
            let stuck = state.stuck;
            let Some(next) = next.filter(|_| stuck || self.dice.chance(870)) else {
                let at = self.now;
                let state = self.issue_mut(issue);
                state.carried = 0;
                state.let_go = Some(at);
                self.count(Behaviour::BacklogAtClose);
                continue;
            };
            self.shift(issue, Some(next));
            let state = self.issue_mut(issue);
            state.carried += 1;
            let chain = state.carried;
            self.count(Behaviour::CarriedOver);
            if chain == 3 {
                self.count(Behaviour::CarriedThrice);
            }
            if chain == 5 {
                self.count(Behaviour::CarriedFive);
            }
        }
    }

    /// Estimates most of what has no estimate yet, before it is taken into a sprint.
    pub(super) fn refine(&mut self, issue: u32) {
        if self.estimate(issue).is_none() && self.dice.chance(700) {
            let estimate = self.guess();
            self.set_estimate(issue, Some(estimate));
        }
    }

    /// Lets go of a member at the close; true for what was not completed.
    fn release(&mut self, issue: u32) -> bool {
        let status = self.issue(issue).status;
        let done = self.done(issue);
        let mapped = self.team(self.issue(issue).team).lens.columns.mapped(status);
        let subtask = self.issue(issue).subtask();
        let state = self.issue_mut(issue);
        state.current = None;
        state.place = Place::Nowhere;
        if subtask {
            return false;
        }
        let place = self.shelf(issue);
        self.shelve(issue, place);
        if !mapped {
            self.count(Behaviour::UnmappedAtClose);
        }
        if status == crate::workflow::Status::Verified {
            self.count(Behaviour::VerifiedAtClose);
        }
        !done
    }

    fn set_dates(&mut self, sprint: u32, runs: bool) {
        let Timetable { created, start, .. } = self.sprint(sprint).times;
        if !runs {
            self.count(Behaviour::FutureSprint);
            let at = created + self.dice.between(10 * MINUTE, 3 * HOUR);
            self.agenda.put(at, Event::PlanSprint { sprint });
            return;
        }
        let early = self.dice.between(DAY, 3 * DAY);
        let planned = (start - early).max(created + 10 * MINUTE);
        self.agenda.put(planned, Event::PlanSprint { sprint });
        self.agenda.put(start, Event::StartSprint { sprint });
        if let Some(edit) = self.sprint(sprint).start_edit {
            self.agenda.put(edit.start, Event::CommitSprint { sprint });
            self.agenda.put(edit.at, Event::EditStart { sprint });
        } else if !self.sprint(sprint).empty && !self.sprint(sprint).mistaken {
            self.schedule_edges(sprint);
        }
    }

    pub(super) fn see(&mut self, sprint: u32) {
        let at = self.now;
        self.observations.push(Observation::Sprint { at, sprint });
        self.tell(Happened::Sprint { sprint });
    }

    /// What happens between the planning and the start: something long done is put in, something is taken out again.
    fn plan_upsets(&mut self, sprint: u32, team: u16) {
        for _ in 0..=self.dice.below(2) {
            let done = self.pick(Pool::Finished(team), |this, issue| this.issue(issue).free());
            if let Some(issue) = done.filter(|_| self.dice.chance(350)) {
                self.shift(issue, Some(sprint));
            }
        }
        let fickle =
            self.pick(Pool::Sprint(sprint), |this, issue| this.issue(issue).free() && !this.done(issue));
        if let Some(issue) = fickle.filter(|_| self.dice.chance(400)) {
            self.shift(issue, None);
            self.count(Behaviour::RemovedBeforeStart);
        }
    }
}
