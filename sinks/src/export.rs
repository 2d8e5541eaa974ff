//! What makes fact rows of table rows.

use std::any::Any;
use std::fmt;

use tidemark_model::Row;
use tidemark_model::board::{Board, Field, Status};
use tidemark_model::fact::{Fact, Value};
use tidemark_model::facts::{
    BoardFact, IssueChangeFact, IssueFact, RejectedFact, Stated, StatedBoard, StatedField, StatedHistory,
    StatedPolicy, StatedSprint, StatedStatus, StatedSuccessors,
};
use tidemark_model::issue::Issue;
use tidemark_model::membership::{SprintIssue, Successors};
use tidemark_model::policy::Policy;
use tidemark_model::rejected::Rejected;
use tidemark_model::sprint::Sprint;
use tidemark_sql::FactTable;

/// A fact whose rows come from rows of type `R`.
pub trait FedBy<R>: Fact {
    /// Puts the fact rows of one table row: none, one or many.
    fn explode(row: &R, put: &mut dyn FnMut(&Self));
}

/// Facts that are tables themselves.
impl<F: Fact + Row> FedBy<F> for F {
    fn explode(row: &F, put: &mut dyn FnMut(&Self)) {
        put(row);
    }
}

impl FedBy<Board> for BoardFact {
    fn explode(board: &Board, put: &mut dyn FnMut(&Self)) {
        put(&Self::of(board));
    }
}

impl FedBy<Rejected> for RejectedFact {
    fn explode(rejected: &Rejected, put: &mut dyn FnMut(&Self)) {
        put(&Self::of(rejected));
    }
}

impl FedBy<Issue> for IssueFact {
    fn explode(issue: &Issue, put: &mut dyn FnMut(&Self)) {
        put(&Self::of(issue));
    }
}

impl FedBy<Issue> for IssueChangeFact {
    fn explode(issue: &Issue, put: &mut dyn FnMut(&Self)) {
        for change in Self::of(issue) {
            put(&change);
        }
    }
}

macro_rules! as_stated {
    ($($row:ty => $fact:ty;)+) => {$(
        impl FedBy<$row> for $fact {
            fn explode(row: &$row, put: &mut dyn FnMut(&Self)) {
                put(&Self::of(row));
            }
        }
    )+};
}

as_stated! {
    Board => StatedBoard;
    Field => StatedField;
    Policy => StatedPolicy;
    Sprint => StatedSprint;
    SprintIssue => StatedHistory;
    Status => StatedStatus;
    Successors => StatedSuccessors;
}

/// The values of a row of some fact.
pub trait Values {
    /// Puts them in the order of the fact's columns.
    fn values(&self, put: &mut dyn FnMut(Value<'_>));
}

impl<F: Fact> Values for F {
    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        Fact::values(self, put);
    }
}

/// A table row of a type that only the exports of its table know.
type Decoded = Result<Box<dyn Any>, serde_json::Error>;

/// A line of [`crate::EXPORTS`]: a fact, and the table that feeds it.
#[derive(Clone, Copy)]
pub struct Export {
    pub fact: FactTable,
    pub table: &'static str,
    decode: fn(&[u8]) -> Decoded,
    explode: fn(&dyn Any, Put<'_>),
}

/// Takes the fact rows of a table row.
pub(crate) type Put<'a> = &'a mut dyn FnMut(&dyn Values);

impl Export {
    /// The fact `F`, fed by the table of `R`.
    pub const fn of<R: Row, F: FedBy<R>>() -> Self {
        Self { fact: FactTable::of::<F>(), table: R::TABLE, decode: decode::<R>, explode: explode::<R, F> }
    }

    /// Reads a row of the table; any export of the same table takes it.
    pub(crate) fn decode(&self, json: &[u8]) -> Decoded {
        (self.decode)(json)
    }

    /// Puts the fact rows of a table row.
    pub(crate) fn explode(&self, row: &dyn Any, put: Put<'_>) {
        (self.explode)(row, put);
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Export({} from {})", self.fact.name, self.table)
    }
}

fn decode<R: Row>(json: &[u8]) -> Decoded {
    Ok(Box::new(serde_json::from_slice::<R>(json)?))
}

fn explode<R: Row, F: FedBy<R>>(row: &dyn Any, put: Put<'_>) {
    let row = row.downcast_ref::<R>();
    debug_assert!(row.is_some(), "exports of one table read rows of different types");
    if let Some(row) = row {
        F::explode(row, &mut |fact| put(fact));
    }
}
