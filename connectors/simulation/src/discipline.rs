//! Whose work an issue is: read from its fields by the rules of the organisation's policy, which is written beside the
//! archive as the piece of configuration that says the same.

use std::collections::BTreeSet;

use crate::issue::{Issue, IssueType};
use crate::people::{self, Naming, PEOPLE};
use crate::words;

/// What decides an issue's discipline, as it is at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) kind: IssueType,
    pub(crate) assignee: Option<u16>,
    /// The option of the field `Discipline`.
    pub(crate) option: Option<u8>,
    pub(crate) components: u8,
    pub(crate) labels: u8,
}

impl Issue {
    pub(crate) fn traits(&self) -> Traits {
        Traits {
            kind: self.kind,
            assignee: self.assignee,
            option: self.discipline,
            components: self.components,
            labels: self.labels,
        }
    }
}

/// A rule; the first that decides an issue's discipline wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Field,
    Component(u8, &'static str),
    Label(u8, &'static str),
    IssueType(IssueType, &'static str),
    Assignee,
}

/// Of an issue that no rule decides.
pub(crate) const UNASSIGNED: &str = "unassigned";

/// The disciplines that people are of.
pub(crate) const DISCIPLINES: [&str; 4] = ["backend", "frontend", "qa", "design"];

const BY_ASSIGNEE: &[Rule] = &[Rule::Assignee];
const BY_ANYTHING: &[Rule] = &[
    Rule::Field,
    Rule::Component(0, "backend"),
    Rule::Label(1, "frontend"),
    Rule::IssueType(IssueType::Bug, "qa"),
    Rule::Assignee,
];
const BY_PEOPLE_FIRST: &[Rule] =
    &[Rule::Assignee, Rule::Component(3, "mobile"), Rule::Label(0, "backend"), Rule::Label(6, "frontend")];
const BY_TEXT: &[Rule] = &[
    Rule::Label(5, "research"),
    Rule::Component(4, "backend"),
    Rule::Field,
    Rule::IssueType(IssueType::Epic, "planning"),
];

/// The rules of an organisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    rules: &'static [Rule],
    boards: u16,
}

/// A discipline as far as it is known before it is known who has issues in the end: an e-mail address is shown with the
/// issues that are a person's now, so that one who is named by it is known only while some issue is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: &'static str,
    /// If this person's address is shown in the end, it is this one.
    pub(crate) if_shown: Option<(u16, &'static str)>,
}

impl Found {
    /// The discipline, where these people's addresses are shown.
    pub(crate) fn name(self, shown: &BTreeSet<u16>) -> &'static str {
        let of_person = self.if_shown.filter(|(person, _)| shown.contains(person));
        of_person.map_or(self.name, |(_, name)| name)
    }
}

impl Policy {
    pub(crate) fn new(seed: u64, boards: usize) -> Self {
        let rules = [BY_TEXT, BY_ANYTHING, BY_ASSIGNEE, BY_PEOPLE_FIRST];
        let drawn = usize::try_from(seed % rules.len() as u64).unwrap_or_default();
        Self { rules: rules[drawn], boards: u16::try_from(boards).unwrap_or(u16::MAX) }
    }

    pub(crate) fn discipline(self, board: u16, traits: Traits) -> Found {
        let mut if_shown = None;
        for rule in self.rules {
            let name = match *rule {
                Rule::Field => traits.option.map(|option| words::DISCIPLINES[usize::from(option)]),
                Rule::Component(component, name) => bit(traits.components, component).then_some(name),
                Rule::Label(label, name) => bit(traits.labels, label).then_some(name),
                Rule::IssueType(kind, name) => (traits.kind == kind).then_some(name),
                Rule::Assignee => {
                    let found = traits.assignee.map(|person| self.of_person(board, person));
                    match found {
                        Some((Naming::Email, name)) => {
                            if_shown = traits.assignee.zip(name);
                            None
                        }
                        found => found.and_then(|(_, name)| name),
                    }
                }
            };
            if let Some(name) = name {
                return Found { name, if_shown };
            }
        }
        Found { name: UNASSIGNED, if_shown }
    }

    /// The teams that have a board: its own, and the first team has the last board as well.
    fn teams_of(self, board: u16) -> impl Iterator<Item = u16> {
        let guests = (board > 0 && board + 1 == self.boards && self.boards <= MOST_SHARING).then_some(0);
        [board].into_iter().chain(guests)
    }

    pub(crate) fn boards_of(self, team: u16) -> impl Iterator<Item = u16> {
        (0..self.boards).filter(move |board| self.teams_of(*board).any(|other| other == team))
    }

    /// How a person is named in the teams of a board, and their discipline; by a name that someone else has, too.
    fn of_person(self, board: u16, person: u16) -> (Naming, Option<&'static str>) {
        for team in self.teams_of(board) {
            for member in team * PEOPLE..(team + 1) * PEOPLE {
                let naming = people::naming(member);
                let same = match naming {
                    Naming::Account => member == person,
                    Naming::Email => member == person && people::shows_email(person),
                    Naming::Name => people::namesakes(member, person),
                    Naming::Nowhere => false,
                };
                if same {
                    return (naming, Some(discipline_of(member)));
                }
            }
        }
        (Naming::Nowhere, None)
    }

    /// The rules as lines of configuration; none where they are the usual ones.
    pub(crate) fn rules(self) -> &'static [Rule] {
        if self.rules == BY_ASSIGNEE { &[] } else { self.rules }
    }
}

/// In larger organisations, two of one name might meet on a shared board.
const MOST_SHARING: u16 = 20;

pub(crate) fn discipline_of(person: u16) -> &'static str {
    DISCIPLINES[usize::from(person % PEOPLE + person / PEOPLE) % DISCIPLINES.len()]
}

fn bit(mask: u8, place: u8) -> bool {
    mask & (1 << place) != 0
}
