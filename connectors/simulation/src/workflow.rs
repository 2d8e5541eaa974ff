//! Statuses and the boards' columns. A board decides by its columns what is done, not by the status category.

/// A status of the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    ToDo,
    InProgress,
    InReview,
    Blocked,
    Verified,
    Done,
    Released,
    WontDo,
    /// Mapped to no column of any board.
    Waiting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    New,
    Indeterminate,
    Done,
}

impl Status {
    pub(crate) const ALL: [Self; 9] = [
        Self::ToDo,
        Self::InProgress,
        Self::InReview,
        Self::Blocked,
        Self::Verified,
        Self::Done,
        Self::Released,
        Self::WontDo,
        Self::Waiting,
    ];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::ToDo => "10000",
            Self::InProgress => "3",
            Self::InReview => "10001",
            Self::Blocked => "10002",
            Self::Done => "10003",
            Self::Waiting => "10004",
            Self::Released => "10005",
            Self::WontDo => "10006",
            Self::Verified => "10007",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ToDo => "To Do",
            Self::InProgress => "In Progress",
            Self::InReview => "In Review",
            Self::Blocked => "Blocked",
            Self::Verified => "Verified",
            Self::Done => "Done",
            Self::Released => "Released",
            Self::WontDo => "Won't Do",
            Self::Waiting => "Waiting for customer",
        }
    }

    pub(crate) const fn category(self) -> Category {
        match self {
            Self::ToDo => Category::New,
            Self::InProgress | Self::InReview | Self::Blocked | Self::Waiting => Category::Indeterminate,
            Self::Verified | Self::Done | Self::Released | Self::WontDo => Category::Done,
        }
    }

    /// The resolution Jira's workflow sets on entering the status; `Verified` awaits the release and has none.
    pub(crate) const fn resolution(self) -> Option<Resolution> {
        match self {
            Self::Done | Self::Released => Some(Resolution::Done),
            Self::WontDo => Some(Resolution::WontDo),
            _ => None,
        }
    }
}

impl Category {
    pub(crate) const fn id(self) -> u8 {
        match self {
            Self::New => 2,
            Self::Indeterminate => 4,
            Self::Done => 3,
        }
    }

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Indeterminate => "indeterminate",
            Self::Done => "done",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "To Do",
            Self::Indeterminate => "In Progress",
            Self::Done => "Done",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Resolution {
    Done,
    WontDo,
}

impl Resolution {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Done => "10000",
            Self::WontDo => "10001",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::WontDo => "Won't Do",
        }
    }
}

/// A step of an issue's way over a board; the board says which status it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Begin,
    Review,
    Verify,
    Finish,
    /// Gives up the issue, where the board has a status for that.
    Abandon,
    Release,
}

/// The columns of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Done alone in the last column.
    Plain,
    /// Done and Released in the last column.
    Releasing,
    /// Verified, of category done, in a middle column; Done and Won't Do in the last.
    Verifying,
    /// `Plain`, later: what is in review is done, and what waits for a customer is in progress.
    PlainTrusting,
    /// `Releasing`, later: what is released is taken off the board.
    ReleasingTidied,
    /// `Verifying`, later: what is verified is done.
    VerifyingTrusting,
}

type Column = (&'static str, &'static [Status]);

const PLAIN: [Column; 4] = [
    ("To Do", &[Status::ToDo]),
    ("In Progress", &[Status::InProgress, Status::Blocked]),
    ("In Review", &[Status::InReview]),
    ("Done", &[Status::Done]),
];
const RELEASING: [Column; 4] = [
    ("To Do", &[Status::ToDo]),
    ("Doing", &[Status::InProgress, Status::Blocked]),
    ("Review", &[Status::InReview]),
    ("Finished", &[Status::Done, Status::Released]),
];
const VERIFYING: [Column; 5] = [
    ("To Do", &[Status::ToDo, Status::Blocked]),
    ("In Progress", &[Status::InProgress]),
    ("In Review", &[Status::InReview]),
    ("Verified", &[Status::Verified]),
    ("Done", &[Status::Done, Status::WontDo]),
];

const PLAIN_TRUSTING: [Column; 3] = [
    ("To Do", &[Status::ToDo]),
    ("In Progress", &[Status::InProgress, Status::Blocked, Status::Waiting]),
    ("Done", &[Status::InReview, Status::Done]),
];
const RELEASING_TIDIED: [Column; 4] = [
    ("To Do", &[Status::ToDo]),
    ("Doing", &[Status::InProgress, Status::Blocked]),
    ("Review", &[Status::InReview]),
    ("Finished", &[Status::Done]),
];
const VERIFYING_TRUSTING: [Column; 4] = [
    ("To Do", &[Status::ToDo, Status::Blocked]),
    ("In Progress", &[Status::InProgress, Status::Waiting]),
    ("In Review", &[Status::InReview]),
    ("Done", &[Status::Verified, Status::Done, Status::WontDo]),
];

impl Columns {
    pub(crate) const ALL: [Self; 6] = [
        Self::Plain,
        Self::Releasing,
        Self::Verifying,
        Self::PlainTrusting,
        Self::ReleasingTidied,
        Self::VerifyingTrusting,
    ];

    pub(crate) const fn of_board(ordinal: usize) -> Self {
        match ordinal % 3 {
            0 => Self::Plain,
            1 => Self::Releasing,
            _ => Self::Verifying,
        }
    }

    pub(crate) const fn list(self) -> &'static [Column] {
        match self {
            Self::Plain => &PLAIN,
            Self::Releasing => &RELEASING,
            Self::Verifying => &VERIFYING,
            Self::PlainTrusting => &PLAIN_TRUSTING,
            Self::ReleasingTidied => &RELEASING_TIDIED,
            Self::VerifyingTrusting => &VERIFYING_TRUSTING,
        }
    }

    /// The columns that the team puts in their place one day.
    pub(crate) const fn later(self) -> Self {
        match self {
            Self::Plain | Self::PlainTrusting => Self::PlainTrusting,
            Self::Releasing | Self::ReleasingTidied => Self::ReleasingTidied,
            Self::Verifying | Self::VerifyingTrusting => Self::VerifyingTrusting,
        }
    }

    pub(crate) const fn verifies(self) -> bool {
        matches!(self, Self::Verifying | Self::VerifyingTrusting)
    }

    /// Done on this board: the status is in the last column.
    pub(crate) fn done(self, status: Status) -> bool {
        self.list().last().is_some_and(|(_, statuses)| statuses.contains(&status))
    }

    /// Mapped to a column; an issue in any other status counts 0 points (METRICS rule 11).
    pub(crate) fn mapped(self, status: Status) -> bool {
        self.list().iter().any(|(_, statuses)| statuses.contains(&status))
    }

    /// The status a step leads to; none where the board has no such step.
    pub(crate) const fn status_after(self, phase: Phase) -> Option<Status> {
        match (phase, self) {
            (Phase::Begin, _) => Some(Status::InProgress),
            (Phase::Review, _) => Some(Status::InReview),
            (Phase::Verify, Self::Verifying | Self::VerifyingTrusting) => Some(Status::Verified),
            (Phase::Finish, _) => Some(Status::Done),
            (Phase::Abandon, Self::Verifying | Self::VerifyingTrusting) => Some(Status::WontDo),
            (Phase::Release, Self::Releasing) => Some(Status::Released),
            _ => None,
        }
    }
}
