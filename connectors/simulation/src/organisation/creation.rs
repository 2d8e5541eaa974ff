//! Issues come to be, some of them right inside a running sprint.

use super::state::Pool;
use super::{FIRST_ISSUE, Happened, Organisation};
use crate::agenda::Event;
use crate::behaviour::Behaviour;
use crate::changelog::SprintList;
use crate::issue::{Issue, IssueType, Key, Place};
use crate::lens::EstimationField;
use crate::moment::HOUR;
use crate::points::Points;
use crate::words::{self, Oddity};
use crate::workflow::Status;

const USUAL_ESTIMATES: [Points; 10] = [
    Points::whole(1),
    Points::whole(2),
    Points::whole(2),
    Points::whole(3),
    Points::whole(3),
    Points::whole(5),
    Points::whole(5),
    Points::whole(8),
    Points::whole(8),
    Points::whole(13),
];
const FRACTIONS: [Points; 7] = [
    Points::millionths(500_000),
    Points::millionths(1_500_000),
    Points::millionths(2_500_000),
    Points::millionths(250_000),
    Points::millionths(1_100_000),
    Points::millionths(333_333),
    Points::millionths(2_700_000),
];
/// The fractions of an organisation that people look at.
const HALVES: [Points; 2] = [Points::millionths(500_000), Points::millionths(1_500_000)];
const THOUSAND: Points = Points::whole(1000);

impl Organisation {
    pub(super) fn create_issue(&mut self, team: u16) {
        let ordinal = u32::try_from(self.issues.len()).unwrap_or(u32::MAX);
        let parent = if self.dice.chance(90) { self.parent_in(team) } else { None };
        let kind = if parent.is_some() { IssueType::SubTask } else { self.kind() };
        let issue = self.new_issue(ordinal, team, kind);
        self.issues.push(issue);
        self.touch(ordinal);
        self.tell(Happened::Created { issue: ordinal });
        if let Some(parent) = parent {
            self.place_subtask(ordinal, parent);
        } else {
            self.place_issue(ordinal);
        }
        let title = match words::oddity(self.issue(ordinal).title) {
            Oddity::None => None,
            Oddity::Markup => Some(Behaviour::MarkupTitle),
            Oddity::Foreign => Some(Behaviour::ForeignTitle),
            Oddity::Long => Some(Behaviour::LongTitle),
        };
        if let Some(title) = title {
            self.count(title);
        }
        if self.pace.is_none() || self.odd && self.now < self.until - HOUR {
            self.make_odd(ordinal);
        }
        if self.issue(ordinal).aim > 0 {
            self.agenda.put(self.now, Event::Edit { issue: ordinal, nth: 0 });
        }
    }

    /// An estimate as teams give them: mostly Fibonacci numbers, some fractions, a zero or a thousand now and then.
    pub(super) fn guess(&mut self) -> Points {
        let value = match self.dice.below(1000) {
            0..12 => Points::ZERO,
            // A thousand would hide everything else on a chart.
            12..22 if self.pace.is_none() => THOUSAND,
            12..110 if self.pace.is_some() => self.dice.one_of(&HALVES),
            12..110 => self.dice.one_of(&FRACTIONS),
            _ => self.dice.one_of(&USUAL_ESTIMATES),
        };
        if value.fractional() {
            self.count(Behaviour::FractionalEstimate);
        }
        value
    }

    /// An estimate other than the one the issue has.
    pub(super) fn second_guess(&mut self, issue: u32) -> Points {
        let field = self.team(self.issue(issue).team).lens.field;
        self.second_guess_in(field, issue)
    }

    pub(super) fn second_guess_in(&mut self, field: EstimationField, issue: u32) -> Points {
        loop {
            let value = self.guess();
            if Some(value) != self.issue(issue).estimates[field.place()] {
                return value;
            }
        }
    }

    /// Whether the present estimate will be delivered as text (METRICS rule 9).
    pub(super) fn types_estimate(&mut self, estimate: Option<Points>) -> bool {
        let Some(value) = estimate else {
            return false;
        };
        if value >= THOUSAND {
            self.count(Behaviour::TypedThousand);
            return true;
        }
        let typed = self.dice.chance(50);
        if typed {
            self.count(Behaviour::TypedEstimate);
        }
        typed
    }

    fn new_issue(&mut self, ordinal: u32, team: u16, kind: IssueType) -> Issue {
        let estimated = self.dice.chance(if kind == IssueType::SubTask { 300 } else { 480 });
        let estimate = if estimated { Some(self.guess()) } else { None };
        let typed_estimate = self.types_estimate(estimate);
        let assigned = self.dice.chance(500);
        let disciplined = self.team(team).names_discipline && self.dice.chance(600);
        let spread = self.dice.between(40, 160);
        let aim = (i64::from(self.changes_per_issue) * spread + 50) / 100;
        // Where a board is going to estimate by another field, people try it out before.
        let tries = self.team(team).newest_lens().field == EstimationField::StoryPointEstimate;
        let second = if tries && self.dice.chance(400) { Some(self.guess()) } else { None };
        let project = self.team_mut(team);
        project.keys += 1;
        let number = project.keys;
        Issue {
            id: FIRST_ISSUE + ordinal,
            key: Key { project: team, number },
            team,
            kind,
            status: Status::ToDo,
            resolved: None,
            done_since: Default::default(),
            estimates: [estimate, second],
            typed_estimate,
            sprints: SprintList::default(),
            current: None,
            entered: self.now,
            visited: None,
            parent: None,
            children: 0,
            created: self.now,
            imported: None,
            deleted: None,
            hidden: None,
            reporter: self.somebody(team),
            assignee: if assigned { Some(self.somebody(team)) } else { None },
            discipline: if disciplined { Some(self.byte(4)) } else { None },
            priority: self.byte(5),
            labels: self.byte(256) & self.byte(256) & self.byte(256),
            components: if self.dice.chance(300) { 1 << self.byte(6) } else { 0 },
            title: self.title(ordinal),
            description: self.dice.bits(),
            place: Place::Nowhere,
            slot: 0,
            reserved: false,
            settled: false,
            stuck: self.dice.chance(60),
            carried: 0,
            let_go: None,
            aim: u16::try_from(aim).unwrap_or(u16::MAX),
            histories: 0,
            worn: false,
            changes: Vec::new(),
        }
    }

    /// Where people watch, some titles are as hostile as titles can be.
    fn title(&mut self, ordinal: u32) -> u32 {
        let drawn = self.dice.bits();
        self.pace.and_then(|_| words::hostile(ordinal)).unwrap_or(drawn)
    }

    pub(super) fn byte(&mut self, limit: usize) -> u8 {
        u8::try_from(self.dice.below(limit)).unwrap_or_default()
    }

    /// Sub-tasks have no sprint of their own: theirs is the parent's (METRICS rule 5).
    fn place_subtask(&mut self, issue: u32, parent: u32) {
        self.issue_mut(parent).children += 1;
        self.issue_mut(issue).parent = Some(parent);
        self.count(Behaviour::SubTaskCreated);
        if self.estimate(issue).is_some() {
            self.count(Behaviour::SubTaskWithPoints);
            if self.issue(parent).current.is_some() {
                self.count(Behaviour::SubTaskWithPointsInSprint);
            }
        }
    }

    /// Most issues go to the backlog; some are created in the active sprint, without any Sprint change (METRICS rule 4):
    /// half of them where people watch.
    fn place_issue(&mut self, issue: u32) {
        let team = self.issue(issue).team;
        let active = self.team(team).active.filter(|sprint| !self.sprint(*sprint).empty);
        let likely = if self.now > self.until { 500 } else { 90 };
        let Some(sprint) = active.filter(|_| self.dice.chance(likely)) else {
            self.shelve(issue, Place::Backlog);
            return;
        };
        let sprints = self.lists.with(SprintList::default(), sprint);
        let state = self.issue_mut(issue);
        state.sprints = sprints;
        state.current = Some(sprint);
        state.visited = Some(sprint);
        self.shelve(issue, Place::Sprint(sprint));
        self.enter_sprint(issue, sprint);
        self.count(Behaviour::CreatedInSprint);
        self.schedule_work(issue, sprint);
    }

    fn kind(&mut self) -> IssueType {
        match self.dice.below(100) {
            0..5 => IssueType::Epic,
            5..55 => IssueType::Story,
            55..80 => IssueType::Task,
            _ => IssueType::Bug,
        }
    }

    fn parent_in(&mut self, team: u16) -> Option<u32> {
        let pool = self.team(team).active.map_or(Pool::Backlog(team), Pool::Sprint);
        self.pick(pool, |organisation, issue| {
            let state = organisation.issue(issue);
            state.free() && state.kind != IssueType::Epic
        })
    }
}
