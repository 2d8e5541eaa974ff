//! The simulated organisation: events in order of time change its state, append to changelogs and move the tallies of
//! the running sprints, all at the same moment. No number is ever read back from a changelog.

mod creation;
mod edges;
mod edits;
mod follow_ups;
mod incidents;
mod oddities;
mod sprints;
mod state;
mod stir;
mod told;
mod twists;
mod work;

use std::collections::{BTreeSet, HashMap};

use crate::Options;
use crate::agenda::{Agenda, Event, Incident};
use crate::archive::Export;
use crate::behaviour::{Behaviour, Behaviours};
use crate::book::Book;
use crate::carry::{self, Carry, Leg, Stage};
use crate::changelog::SprintLists;
use crate::dice::Dice;
use crate::discipline::Policy;
use crate::issue::Issue;
use crate::lens::Lens;
use crate::living::Pace;
use crate::moment::{DAY, HOUR, Moment};
use crate::sprint::Sprint;
use crate::tally::Report;
use crate::team::Team;
use crate::timetable::{Cadence, Timetable};
use crate::twist;

/// The first history id: a few thousand changes later the ids get a digit longer, so that sorting them as text shows.
const FIRST_HISTORY: u32 = 99_000;
/// The first sprint id, for the same reason just below a hundred.
pub(crate) const FIRST_SPRINT: u32 = 96;
pub(crate) const FIRST_ISSUE: u32 = 10_001;

/// Something seen at the time, kept beside the present state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Observation {
    Sprint {
        at: Moment,
        sprint: u32,
    },
    Board {
        at: Moment,
        team: u16,
        lens: Lens,
    },
    Deleted {
        at: Moment,
        issue: u32,
    },
    /// The issue as it was when it was last to be seen.
    Hidden {
        at: Moment,
        issue: u32,
    },
}

impl Observation {
    pub(crate) fn at(self) -> Moment {
        match self {
            Self::Sprint { at, .. }
            | Self::Board { at, .. }
            | Self::Deleted { at, .. }
            | Self::Hidden { at, .. } => at,
        }
    }
}

/// Something that happened to an issue or a sprint, by ordinal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happened {
    Created { issue: u32 },
    Changed { issue: u32, history: u32 },
    Deleted { issue: u32 },
    Sprint { sprint: u32 },
}

#[derive(Debug)]
pub(crate) struct Organisation {
    pub(crate) now: Moment,
    /// Nothing happens after it, unless there is a pace at which the organisation goes on living.
    pub(crate) until: Moment,
    pace: Option<Pace>,
    changes_per_issue: u32,
    dice: Dice,
    agenda: Agenda,
    pub(crate) teams: Vec<Team>,
    pub(crate) sprints: Vec<Sprint>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) lists: SprintLists,
    pub(crate) observations: Vec<Observation>,
    /// Issues as they were at some time, as lines of the archive.
    pub(crate) exports: Vec<Export>,
    /// The issues that were created or changed after `until`, in order of time.
    pub(crate) touched: Vec<(Moment, u32)>,
    /// What happened since it was last taken, if somebody takes it.
    pub(crate) journal: Option<Vec<Happened>>,
    /// Some issues are as odd as in an archive although the organisation goes on living.
    odd: bool,
    pub(crate) behaviours: Behaviours,
    pub(crate) policy: Policy,
    last_history: u32,
    pub(crate) histories: u64,
}

impl Organisation {
    /// Founds the teams and plans when they get work and hold their sprints. With a pace they go on after the end.
    pub(crate) fn found(options: &Options, pace: Option<Pace>) -> Self {
        let mut organisation = Self {
            now: Moment::default(),
            until: Moment(options.until.as_millisecond()),
            pace,
            changes_per_issue: options.changes_per_issue,
            dice: Dice::new(options.seed),
            agenda: Agenda::default(),
            teams: Vec::new(),
            sprints: Vec::new(),
            issues: Vec::new(),
            lists: SprintLists::new(),
            observations: Vec::new(),
            exports: Vec::new(),
            touched: Vec::new(),
            journal: None,
            odd: false,
            behaviours: Behaviours::default(),
            policy: Policy::new(options.seed, options.boards as usize),
            last_history: FIRST_HISTORY,
            histories: 0,
        };
        let mut incidents = Incident::USUAL.to_vec();
        if pace.is_none() {
            incidents.extend(Incident::OF_ARCHIVES);
        }
        let teams = 0..options.boards as usize;
        organisation.teams = teams.map(|team| Team::new(team, &incidents)).collect();
        let paused = organisation.dice.below(options.boards as usize);
        for team in 0..options.boards as usize {
            let share =
                options.issues / options.boards + u32::from((team as u32) < options.issues % options.boards);
            organisation.prepare(team, options.sprints, share);
            if team == paused && options.sprints > 3 {
                let pause = 1 + organisation.dice.below(options.sprints as usize - 2);
                let mistaken = organisation.teams[team].mistake == Some(pause);
                organisation.teams[team].pause = Some(pause - usize::from(mistaken));
            }
        }
        if pace.is_some() {
            organisation.agenda.put(organisation.until + 1, Event::Stir);
        } else {
            organisation.plan_twists();
        }
        organisation
    }

    /// Lets time pass until `until`, in whatever steps that comes; `progress` hears of the issues created.
    pub(crate) fn advance(&mut self, until: Moment, progress: &mut dyn FnMut(u64)) {
        const EVERY: usize = 1000;
        let mut told = 0;
        while let Some((at, event)) = self.agenda.next(until) {
            self.now = at;
            self.happen(event);
            if self.issues.len() >= told + EVERY {
                told = self.issues.len();
                progress(told as u64);
            }
        }
        self.now = self.now.max(until);
        progress(self.issues.len() as u64);
    }

    /// The reports of all sprints that are closed or active now, in order of creation.
    pub(crate) fn reports(&self) -> Vec<Report> {
        let (mut carries, shown) = (self.carries(), self.people_shown());
        let started = self.sprints.iter().filter(|sprint| sprint.started());
        let report = |sprint: &Sprint| Report {
            carry_over: carries.remove(&sprint.id).unwrap_or_default(),
            ..sprint.report(self.policy, &self.issues, &shown)
        };
        started.map(report).collect()
    }

    /// What is carried from sprint to sprint of each board, by sprint.
    fn carries(&self) -> HashMap<u32, Vec<Carry>> {
        let legs: Vec<Vec<Leg>> = self.sprints.iter().map(|sprint| self.legs(sprint)).collect();
        let mut carries = HashMap::new();
        for team in &self.teams {
            let there = |sprint: &Sprint| sprint.started() && sprint.deleted.is_none();
            let stages = team.sprints.iter().filter(|ordinal| there(self.sprint(**ordinal))).map(|ordinal| {
                let sprint = self.sprint(*ordinal);
                let end = sprint.closed_at(self.now);
                Stage { sprint: sprint.id, end, legs: &legs[*ordinal as usize] }
            });
            carries.extend(carry::carries(stages.collect()));
        }
        carries
    }

    /// The legs of a sprint, by the ids of their issues.
    fn legs(&self, sprint: &Sprint) -> Vec<Leg> {
        let legs = sprint.restated().map(Book::legs).unwrap_or_default().into_iter();
        legs.map(|leg| Leg { issue: self.issue(leg.issue).id, ..leg }).collect()
    }

    /// The people with issues that can be seen: their e-mail addresses are, where their accounts show them.
    pub(crate) fn people_shown(&self) -> BTreeSet<u16> {
        self.issues.iter().filter(|issue| issue.listed()).filter_map(|issue| issue.assignee).collect()
    }

    /// The sprints that are still there.
    pub(crate) fn listed_sprints(&self) -> impl Iterator<Item = &Sprint> {
        self.sprints.iter().filter(|sprint| sprint.deleted.is_none())
    }

    pub(crate) fn issue(&self, issue: u32) -> &Issue {
        &self.issues[issue as usize]
    }

    pub(crate) fn sprint(&self, sprint: u32) -> &Sprint {
        &self.sprints[sprint as usize]
    }

    pub(crate) fn team(&self, team: u16) -> &Team {
        &self.teams[usize::from(team)]
    }

    fn issue_mut(&mut self, issue: u32) -> &mut Issue {
        &mut self.issues[issue as usize]
    }

    fn sprint_mut(&mut self, sprint: u32) -> &mut Sprint {
        &mut self.sprints[sprint as usize]
    }

    fn team_mut(&mut self, team: u16) -> &mut Team {
        &mut self.teams[usize::from(team)]
    }

    fn touch(&mut self, issue: u32) {
        if self.now > self.until {
            self.touched.push((self.now, issue));
        }
    }

    fn count(&mut self, behaviour: Behaviour) {
        self.behaviours.count(behaviour);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::CreateSprint { team } => self.create_sprint(team),
            Event::PlanSprint { sprint } => self.plan_sprint(sprint),
            Event::StartSprint { sprint } => self.start_sprint(sprint),
            Event::CommitSprint { sprint } => self.commit_sprint(sprint),
            Event::CloseSprint { sprint } => self.close_sprint(sprint),
            Event::ReopenSprint { sprint } => self.reopen_sprint(sprint),
            Event::EditStart { sprint } => self.edit_start(sprint),
            Event::DeleteSprint { team } => self.delete_sprint(team),
            Event::ReformBoard { team } => self.reform_board(team),
            Event::CarryOver { sprint } => self.carry_over(sprint),
            Event::CreateIssue { team } => self.create_issue(team),
            Event::Step { issue, sprint, phase } => self.step(issue, sprint, phase),
            Event::Edge { sprint, edge } => self.edge(sprint, edge),
            Event::Incident { sprint, incident } => self.incident(sprint, incident),
            Event::FollowUp { issue, sprint, then } => self.follow_up(issue, sprint, then),
            Event::Edit { issue, nth } => self.edit(issue, nth),
            Event::Fidget { team, issue } => self.fidget(team, issue),
            Event::Export { issue } => self.export(issue),
            Event::Stir => self.stir(),
        }
    }

    /// A team's sprints in order, and how many of them are held.
    fn timetables(&mut self, team: usize, cadence: &Cadence) -> (Vec<Timetable>, usize) {
        if self.pace.is_some() {
            let stage = (2 * team + 1) * 500 / self.teams.len();
            let held = cadence.lay_out_on(i64::try_from(stage).unwrap_or_default(), &mut self.dice);
            let run = held.len();
            return (held, run);
        }
        let mut timetables = cadence.lay_out(&mut self.dice);
        self.teams[team].mistake = self.slip_mistake_in(&mut timetables);
        let run = timetables.len();
        for _ in 0..=self.dice.below(2) {
            if let Some(latest) = timetables.last().copied() {
                timetables.push(cadence.future(&latest, &mut self.dice));
            }
        }
        (timetables, run)
    }

    /// Puts a sprint that is started by mistake between two others; it is created after the later one of these.
    fn slip_mistake_in(&mut self, timetables: &mut Vec<Timetable>) -> Option<usize> {
        let drawn = self.dice.chance(400);
        let former =
            self.dice.below(timetables.len().checked_sub(2).filter(|between| drawn && *between > 0)?);
        let (one, next) = (timetables.get(former)?, timetables.get(former + 1)?);
        let mistake = twist::mistake(one, next, &mut self.dice)?;
        timetables.insert(former + 2, mistake);
        Some(former + 2)
    }

    /// Lays out a team's sprints and spreads the arrival of its issues: a stock before the first planning, the rest
    /// as time goes by.
    fn prepare(&mut self, team: usize, sprints: u32, issues: u32) {
        const WEEKS: [i64; 3] = [2, 1, 3];
        let cadence = Cadence { weeks: WEEKS[team % WEEKS.len()], sprints, until: self.until };
        let (timetables, run) = self.timetables(team, &cadence);
        let (Some(first), Ok(number)) = (timetables.first().copied(), u16::try_from(team)) else {
            return;
        };
        for timetable in &timetables {
            self.agenda.put(timetable.created, Event::CreateSprint { team: number });
        }
        let stock = issues * 14 / (10 * (sprints + 1));
        for ordinal in 0..issues {
            let at = if ordinal < stock {
                self.dice.office_moment(first.created - 12 * DAY, first.created - HOUR)
            } else {
                self.dice.office_moment(first.created, self.until - HOUR)
            };
            self.agenda.put(at, Event::CreateIssue { team: number });
        }
        let team = &mut self.teams[team];
        team.timetables = timetables;
        team.run = run;
        team.pace = (issues as usize * 9 / (sprints as usize * 10)).max(3);
    }
}
