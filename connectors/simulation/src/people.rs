//! The people of the organisation: some are renamed, leave, or are anonymised (METRICS case 35).

use crate::behaviour::Behaviour;
use crate::moment::{DAY, Moment};
use crate::words;

/// People in a team; the next team's people follow in the numbering.
pub(crate) const PEOPLE: u16 = 7;

/// Who is renamed, is so this long before the archive is written.
pub(crate) const RENAMED_BEFORE: i64 = 45 * DAY;

/// What becomes of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Stays,
    Renamed,
    Leaves,
    Anonymised,
}

impl Fate {
    pub(crate) const fn behaviour(self) -> Option<Behaviour> {
        match self {
            Self::Stays => None,
            Self::Renamed => Some(Behaviour::PersonRenamed),
            Self::Leaves => Some(Behaviour::PersonDeactivated),
            Self::Anonymised => Some(Behaviour::PersonAnonymised),
        }
    }
}

pub(crate) const fn fate(person: u16) -> Fate {
    match (person % PEOPLE, person / PEOPLE % 3) {
        (1, _) => Fate::Renamed,
        (2, 1) => Fate::Anonymised,
        (6, 0) => Fate::Leaves,
        _ => Fate::Stays,
    }
}

/// The name that the account shows now.
pub(crate) fn name(person: u16) -> String {
    match fate(person) {
        Fate::Anonymised => "Former user".to_owned(),
        Fate::Renamed => words::renamed(u32::from(person)),
        Fate::Stays | Fate::Leaves => words::person(u32::from(person)),
    }
}

/// The name that a history of `at` keeps, written down when it was made.
pub(crate) fn name_at(person: u16, at: Moment, until: Moment) -> String {
    if fate(person) == Fate::Renamed && at < until - RENAMED_BEFORE {
        words::person(u32::from(person))
    } else {
        name(person)
    }
}

/// Whether the account can still log in.
pub(crate) const fn active(person: u16) -> bool {
    !matches!(fate(person), Fate::Leaves | Fate::Anonymised)
}

/// How the policy names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    Account,
    Name,
    Email,
    Nowhere,
}

pub(crate) const fn naming(person: u16) -> Naming {
    match person % PEOPLE {
        0..=2 => Naming::Account,
        3 | 4 => Naming::Name,
        5 => Naming::Email,
        _ => Naming::Nowhere,
    }
}

/// Some accounts hide their e-mail address.
pub(crate) const fn shows_email(person: u16) -> bool {
    person % 4 != 2
}

/// Whether both always showed the same name.
pub(crate) fn namesakes(one: u16, other: u16) -> bool {
    let kept = |person| matches!(fate(person), Fate::Stays | Fate::Leaves);
    kept(one) && kept(other) && words::share_name(u32::from(one), u32::from(other))
}
