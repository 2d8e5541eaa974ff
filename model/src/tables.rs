//! Every table there is, with what decides where its rows lie.

use crate::Row;
use crate::asked::Asked;
use crate::board::{Board, Field, IssueTypeRow, Status};
use crate::delivery::Delivery;
use crate::facts::{
    BoardSprint, CarryOver, LedgerEntry, SprintDiscipline, SprintItem, SprintReport, Velocity, VelocityWindow,
};
use crate::issue::Issue;
use crate::membership::{Inherited, Kin, MovedOn, Offspring, SprintIssue, Successor, Successors};
use crate::people::{EmailShown, KnownEmails};
use crate::policy::Policy;
use crate::raw::Raw;
use crate::rejected::Rejected;
use crate::sprint::Sprint;
use crate::sums::{ClosedSprint, Contribution, DisciplineTotal, Leg, Subtotal};

/// A table, and how many leading parts of its keys decide the partition of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub place: usize,
}

impl Table {
    const fn of<R: Row>() -> Self {
        Self { name: R::TABLE, place: R::PLACE }
    }
}

/// Every table, sorted by the names of its rows: a new type of rows is a line here.
pub const TABLES: &[Table] = &[
    Table::of::<Asked>(),
    Table::of::<BoardSprint>(),
    Table::of::<Board>(),
    Table::of::<CarryOver>(),
    Table::of::<ClosedSprint>(),
    Table::of::<Contribution>(),
    Table::of::<Delivery>(),
    Table::of::<DisciplineTotal>(),
    Table::of::<EmailShown>(),
    Table::of::<Field>(),
    Table::of::<Inherited>(),
    Table::of::<IssueTypeRow>(),
    Table::of::<Issue>(),
    Table::of::<Kin>(),
    Table::of::<KnownEmails>(),
    Table::of::<LedgerEntry>(),
    Table::of::<Leg>(),
    Table::of::<MovedOn>(),
    Table::of::<Offspring>(),
    Table::of::<Policy>(),
    Table::of::<Raw>(),
    Table::of::<Rejected>(),
    Table::of::<SprintDiscipline>(),
    Table::of::<SprintIssue>(),
    Table::of::<SprintItem>(),
    Table::of::<SprintReport>(),
    Table::of::<Sprint>(),
    Table::of::<Status>(),
    Table::of::<Subtotal>(),
    Table::of::<Successor>(),
    Table::of::<Successors>(),
    Table::of::<VelocityWindow>(),
    Table::of::<Velocity>(),
];

#[cfg(test)]
mod tests {
    use super::TABLES;

    #[test]
    fn names_are_distinct_and_fit_a_topic() {
        let mut names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        assert!(names.iter().all(|name| name.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLES.len());
        assert!(TABLES.iter().all(|table| table.place > 0), "a row without a place lies nowhere");
    }
}
