//! A simulated organisation that tells what happens in it, one thing after the other: what a simulated server stands on.
//!
//! Issues, sprints and boards are told as Jira's APIs would, without what is odd about exports: instants in UTC, numbers
//! as numbers, the oldest history first. Who serves them gives them the form of its flavour.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Value, json};
use tidemark_model::Timestamp;

use crate::archive::{self, catalogue};
use crate::changelog::Item;
use crate::issue::Issue;
use crate::moment::Moment;
use crate::organisation::{FIRST_ISSUE, Happened, Organisation};
use crate::sprint::SprintState;
use crate::{Error, Options, Pace, check, people, words};

/// An organisation that goes on living, step by step.
#[derive(Debug)]
pub struct World {
    organisation: Organisation,
    /// The states of its sprints when they were last told, by ordinal.
    states: HashMap<u32, SprintState>,
}

/// Something that happened, by the id of the issue or sprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    IssueCreated { issue: u32 },
    IssueChanged { issue: u32, history: u32 },
    IssueDeleted { issue: u32 },
    Sprint { sprint: u32, change: SprintChange },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SprintChange {
    Created,
    Started,
    Updated,
    Closed,
    Deleted,
}

impl World {
    /// Founds an organisation whose history ends at `options.until`, and which goes on from there at this pace.
    pub fn found(options: &Options, pace: Pace) -> Result<Self, Error> {
        check(options)?;
        let mut organisation = Organisation::found(options, Some(pace));
        organisation.grow_odd();
        organisation.advance(organisation.until, &mut |_| {});
        organisation.journal = Some(Vec::new());
        let states = (0u32..).zip(&organisation.sprints).map(|(sprint, state)| (sprint, state.state));
        let states = states.collect();
        Ok(Self { organisation, states })
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.organisation.now.0)
    }

    /// Lets the next thing happen that is due until then, and says what came of it; nothing where nothing is due.
    pub fn step(&mut self, until: Timestamp) -> Option<Vec<Happening>> {
        let due = self.organisation.go_on(Moment(until.0));
        due.then(|| self.take())
    }

    /// Deletes an issue and its sub-tasks.
    pub fn delete(&mut self, issue: u32) -> Vec<Happening> {
        if let Some(ordinal) = self.ordinal(issue).filter(|_| self.there(issue)) {
            self.organisation.delete_with_children(ordinal);
        }
        self.take()
    }

    /// Moves an issue to the project with this key, where it gets a new key.
    pub fn move_to(&mut self, issue: u32, project: &str) -> Vec<Happening> {
        let to = self.organisation.teams.iter().position(|team| team.key == project);
        let to = to.and_then(|to| u16::try_from(to).ok());
        if let (Some(ordinal), Some(to)) = (self.ordinal(issue).filter(|_| self.there(issue)), to) {
            self.organisation.move_to(ordinal, to);
        }
        self.take()
    }

    /// The ids of all issues that ever were.
    pub fn issue_ids(&self) -> Range<u32> {
        let count = u32::try_from(self.organisation.issues.len()).unwrap_or(u32::MAX - FIRST_ISSUE);
        FIRST_ISSUE..FIRST_ISSUE + count
    }

    /// The issue is not deleted.
    pub fn there(&self, issue: u32) -> bool {
        self.state(issue).is_some_and(|issue| issue.deleted.is_none())
    }

    /// An issue without its changelog; a deleted one as it was at last.
    pub fn issue(&self, issue: u32) -> Option<Value> {
        archive::plain_issue(&self.organisation, self.state(issue)?).ok()
    }

    /// The histories of an issue, the oldest first.
    pub fn histories(&self, issue: u32) -> Vec<Value> {
        let state = self.state(issue);
        let told = state.map(|state| archive::plain_histories(&self.organisation, state, |_| true));
        told.and_then(Result::ok).unwrap_or_default()
    }

    /// One history of an issue.
    pub fn history(&self, issue: u32, history: u32) -> Option<Value> {
        let told = archive::plain_histories(&self.organisation, self.state(issue)?, |one| one == history);
        told.ok()?.pop()
    }

    /// The keys that an issue had before it was moved.
    pub fn former_keys(&self, issue: u32) -> Vec<String> {
        let changes = self.state(issue).map(|state| state.changes.as_slice()).unwrap_or_default();
        let former = changes.iter().filter_map(|change| match change.item {
            Item::Key(former, _) => Some(archive::key(&self.organisation, former)),
            _ => None,
        });
        former.collect()
    }

    /// All sprints that are not deleted, as the agile API tells them.
    pub fn sprints(&self) -> Vec<Value> {
        let listed = self.organisation.listed_sprints();
        listed.filter_map(|sprint| archive::plain_sprint(&self.organisation, sprint).ok()).collect()
    }

    /// A sprint, also a deleted one.
    pub fn sprint(&self, id: u32) -> Option<Value> {
        let sprint = self.organisation.sprints.iter().find(|sprint| sprint.id == id)?;
        archive::plain_sprint(&self.organisation, sprint).ok()
    }

    /// All boards, each with its `configuration` and its `sprints`.
    pub fn boards(&self) -> Vec<Value> {
        catalogue::boards(&self.organisation)
    }

    pub fn projects(&self) -> Vec<Value> {
        let projects = (0u16..).zip(&self.organisation.teams);
        let project = |(ordinal, team): (u16, &crate::team::Team)| json!({"id": catalogue::project_id(ordinal), "key": team.key, "name": team.name});
        projects.map(project).collect()
    }

    pub fn fields() -> Vec<Value> {
        catalogue::fields()
    }

    pub fn statuses() -> Vec<Value> {
        catalogue::statuses()
    }

    pub fn issue_types() -> Vec<Value> {
        catalogue::issue_types()
    }

    /// The number of the person whom an account id belongs to.
    pub fn person(account: &str) -> Option<u32> {
        words::person_of(account)
    }

    /// The e-mail address of an account, where it shows one.
    pub fn email(account: &str) -> Option<String> {
        let number = words::person_of(account)?;
        let shown = u16::try_from(number).is_ok_and(people::shows_email);
        shown.then(|| words::email(number))
    }

    fn state(&self, issue: u32) -> Option<&Issue> {
        self.ordinal(issue).map(|ordinal| self.organisation.issue(ordinal))
    }

    fn ordinal(&self, issue: u32) -> Option<u32> {
        self.issue_ids().contains(&issue).then(|| issue - FIRST_ISSUE)
    }

    fn take(&mut self) -> Vec<Happening> {
        let told = self.organisation.journal.replace(Vec::new()).unwrap_or_default();
        told.into_iter().map(|happened| self.happening(happened)).collect()
    }

    fn happening(&mut self, happened: Happened) -> Happening {
        match happened {
            Happened::Created { issue } => Happening::IssueCreated { issue: FIRST_ISSUE + issue },
            Happened::Changed { issue, history } => {
                Happening::IssueChanged { issue: FIRST_ISSUE + issue, history }
            }
            Happened::Deleted { issue } => Happening::IssueDeleted { issue: FIRST_ISSUE + issue },
            Happened::Sprint { sprint } => {
                let state = self.organisation.sprint(sprint);
                let (id, new) = (state.id, state.state);
                let change = match (self.states.insert(sprint, new), new) {
                    (None, _) => SprintChange::Created,
                    (Some(SprintState::Future), SprintState::Active) => SprintChange::Started,
                    (Some(SprintState::Active), SprintState::Closed) => SprintChange::Closed,
                    (_, SprintState::Deleted) => SprintChange::Deleted,
                    _ => SprintChange::Updated,
                };
                Happening::Sprint { sprint: id, change }
            }
        }
    }
}
