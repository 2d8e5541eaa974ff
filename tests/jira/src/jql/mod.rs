//! Jira's query language, as far as clients need it, over what the search index knows of issues.
//!
//! `lex` and `parse` make a [`Query`] of a text, `check` refuses what does not exist, `hold` says whether an issue is
//! meant, `order` which comes first. Errors have Jira's words.

mod check;
mod dates;
mod field;
mod hold;
mod lex;
mod narrow;
mod order;
mod parse;
#[cfg(test)]
mod tests;

use tidemark_model::Timestamp;

pub(crate) use self::check::{Known, check};
pub(crate) use self::field::Field;
pub(crate) use self::hold::holds;
pub(crate) use self::narrow::narrow;
pub(crate) use self::order::{Place, place};
pub(crate) use self::parse::parse;
use crate::zone::Zone;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    /// Nothing means every issue.
    pub(crate) clause: Option<Clause>,
    pub(crate) order: Vec<Sort>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) field: Field,
    pub(crate) descending: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Term(Term),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) field: Field,
    /// The field as it was written, for errors.
    pub(crate) named: String,
    pub(crate) op: Op,
    pub(crate) operands: Vec<Operand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// `=`, `in` and `is`.
    Is,
    /// `!=`, `not in` and `is not`.
    IsNot,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Empty,
    Number(i64),
    Text(String),
    Function(String),
}

/// What relative and local dates depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a Zone,
}

impl Op {
    /// The operator that holds where this one does not, of issues that have a value.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Is => Self::IsNot,
            Self::IsNot => Self::Is,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    pub(crate) fn compares(self) -> bool {
        !matches!(self, Self::Is | Self::IsNot)
    }

    /// Whether a value that stands so to the operand is meant.
    pub(crate) fn accepts(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Is => ordering.is_eq(),
            Self::IsNot => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Clause {
    /// Jira moves a `NOT` down to the operators, so that issues without a value are meant by neither.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::And(parts) => Self::Or(parts.into_iter().map(Self::negated).collect()),
            Self::Or(parts) => Self::And(parts.into_iter().map(Self::negated).collect()),
            Self::Term(term) => Self::Term(Term { op: term.op.negated(), ..term }),
        }
    }

    pub(crate) fn terms(&self) -> Vec<&Term> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::terms).collect(),
            Self::Term(term) => vec![term],
        }
    }
}
