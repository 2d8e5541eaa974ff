//! The present state of an issue, changed by events and written as Jira's snapshot of it.

use crate::changelog::{Change, SprintList};
use crate::lens::EstimationField;
use crate::moment::Moment;
use crate::points::Points;
use crate::workflow::{Columns, Status};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssueType {
    Story,
    Task,
    Bug,
    Epic,
    SubTask,
}

impl IssueType {
    pub(crate) const ALL: [Self; 5] = [Self::Story, Self::Task, Self::Bug, Self::Epic, Self::SubTask];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Epic => "10000",
            Self::Story => "10001",
            Self::Task => "10002",
            Self::SubTask => "10003",
            Self::Bug => "10004",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Epic => "Epic",
            Self::Story => "Story",
            Self::Task => "Task",
            Self::SubTask => "Sub-task",
            Self::Bug => "Bug",
        }
    }
}

/// A project by ordinal and the issue's number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) project: u16,
    pub(crate) number: u32,
}

/// Where an issue lies, as far as planning can find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Sub-tasks and deleted issues.
    Nowhere,
    /// In no open sprint and not done.
    Backlog,
    /// In no open sprint and done.
    Finished,
    /// In the open (future or active) sprint of this ordinal.
    Sprint(u32),
}

/// An issue; other issues and sprints are referred to by ordinal.
#[derive(Debug)]
pub(crate) struct Issue {
    pub(crate) id: u32,
    pub(crate) key: Key,
    pub(crate) team: u16,
    pub(crate) kind: IssueType,
    pub(crate) status: Status,
    pub(crate) resolved: Option<Moment>,
    /// When the present done began, by the columns that may judge it.
    pub(crate) done_since: [Moment; Columns::ALL.len()],
    /// By estimation field.
    pub(crate) estimates: [Option<Points>; EstimationField::ALL.len()],
    /// The present story points are delivered as text.
    pub(crate) typed_estimate: bool,
    /// All sprints the issue is in, closed ones included.
    pub(crate) sprints: SprintList,
    /// The open one among them.
    pub(crate) current: Option<u32>,
    /// When it came into that one.
    pub(crate) entered: Moment,
    /// The open sprint it was last in; decides whether an entry is a re-entry.
    pub(crate) visited: Option<u32>,
    pub(crate) parent: Option<u32>,
    pub(crate) children: u16,
    pub(crate) created: Moment,
    /// It was imported, history and all, and calls this moment its creation.
    pub(crate) imported: Option<Moment>,
    pub(crate) deleted: Option<Moment>,
    /// From then on it is not to be seen by whoever reads the archive.
    pub(crate) hidden: Option<Moment>,
    pub(crate) reporter: u16,
    pub(crate) assignee: Option<u16>,
    pub(crate) discipline: Option<u8>,
    pub(crate) priority: u8,
    pub(crate) labels: u8,
    pub(crate) components: u8,
    pub(crate) title: u32,
    pub(crate) description: u32,
    pub(crate) place: Place,
    pub(crate) slot: u32,
    /// A follow-up is due; nothing else may touch scope, status or estimate until then.
    pub(crate) reserved: bool,
    /// Nothing will ever happen to it again.
    pub(crate) settled: bool,
    /// Work on it never ends: it is carried from sprint to sprint.
    pub(crate) stuck: bool,
    /// The sprints it was carried out of in a row.
    pub(crate) carried: u16,
    /// When a sprint was closed that left it to the backlog, until another takes it.
    pub(crate) let_go: Option<Moment>,
    /// The histories aimed at, and those it has.
    pub(crate) aim: u16,
    pub(crate) histories: u16,
    /// It is let alone, so much has happened to it; or nothing ever will.
    pub(crate) worn: bool,
    pub(crate) changes: Vec<Change>,
}

/// What a board looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Aspect {
    pub(crate) status: Status,
    pub(crate) estimates: [Option<Points>; EstimationField::ALL.len()],
}

impl Issue {
    pub(crate) fn aspect(&self) -> Aspect {
        Aspect { status: self.status, estimates: self.estimates }
    }

    pub(crate) fn subtask(&self) -> bool {
        self.kind == IssueType::SubTask
    }

    pub(crate) fn updated(&self) -> Moment {
        self.changes.last().map_or(self.called_created(), |change| change.at.max(self.called_created()))
    }

    /// The creation as Jira tells it; an imported issue may have changed before (METRICS case 34).
    pub(crate) fn called_created(&self) -> Moment {
        self.imported.unwrap_or(self.created)
    }

    pub(crate) fn set_status(&mut self, status: Status, now: Moment) {
        for columns in Columns::ALL {
            if columns.done(status) && !columns.done(self.status) {
                self.done_since[columns as usize] = now;
            }
        }
        self.status = status;
    }

    /// It is among the issues that can be listed.
    pub(crate) fn listed(&self) -> bool {
        self.deleted.is_none() && self.hidden.is_none()
    }

    /// Free for whatever comes to people's minds.
    pub(crate) fn free(&self) -> bool {
        !self.reserved && !self.worn && !self.settled && !self.subtask() && self.deleted.is_none()
    }
}
