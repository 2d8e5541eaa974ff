//! Why a number of a sprint's report is what it is: the issues that it is the sum of, each with its share, the ledger
//! entries that make the share, and the change that each entry comes from.
//!
//! What is explained is a report with the items and the ledger that it was made of; how they were come by does not matter:
//! rows that are stored, or a [`crate::recount`]. The sum of the shares must be the report's number, and the explanation
//! says whether it is.

use std::collections::BTreeMap;

use tidemark_model::Points;
use tidemark_model::facts::{EntryKind, LedgerEntry, SprintItem, SprintReport};

mod number;
mod share;
mod unknown;

pub use number::{Fraction, Number, Unit, Value};

/// An issue's account with a sprint: what it contributes, and by which entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub item: SprintItem,
    /// In their order; none where the issue has no history.
    pub entries: Vec<LedgerEntry>,
    /// The unit that it counts in, where it does not count in both.
    pub only: Option<Unit>,
    /// The sub-task whose estimate this is, as `source/native-id`, where estimates are rolled up and split by discipline.
    pub subtask_id: Option<String>,
}

/// A number, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub number: Number,
    pub unit: Unit,
    /// What the report says; nothing where it is not known.
    pub value: Option<Value>,
    /// What the shares come to; nothing where the number is not known.
    pub sum: Option<Value>,
    /// Why the number is not known.
    pub unknown: Option<String>,
    /// What a ratio is made of, each part explained in its turn: first what is above the line, then what is below it.
    pub fraction: Option<Fraction>,
    pub parts: Vec<Explanation>,
    /// The issues of a sum, by id.
    pub shares: Vec<Share>,
}

/// An issue's share of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    pub issue_id: String,
    pub issue_key: String,
    pub summary: String,
    pub issue_type: String,
    pub discipline: String,
    /// The sub-task whose estimate it is, where that is a part of its parent's.
    pub subtask_id: Option<String>,
    /// In the number's unit.
    pub amount: Points,
    /// The entries that make it; none where the issue has no history.
    pub steps: Vec<Step>,
    /// What else says so, where no entry does: the issue's present fields.
    pub basis: Option<String>,
}

/// What one ledger entry adds to a share.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub amount: Points,
    pub entry: LedgerEntry,
}

impl Explanation {
    /// Whether the shares come to what the report says; nothing where that is not known.
    pub fn agrees(&self) -> Option<bool> {
        self.value.map(|value| self.sum.is_some_and(|sum| sum.agrees(value)))
    }
}

/// The earlier changes that an entry's amount comes from, each with what it did: what happened at that moment is not
/// among them.
pub fn owed_to(entry: &LedgerEntry) -> Vec<(&'static str, &str)> {
    let sprint = ("put into the sprint by", &entry.sprint_change_id);
    let done = ("done by", &entry.done_change_id);
    let estimate = ("estimated by", &entry.estimate_change_id);
    let owed = match entry.kind {
        EntryKind::Commit => vec![sprint, estimate],
        EntryKind::DoneBeforeStart | EntryKind::DoneOutside => vec![done],
        EntryKind::CarryIn | EntryKind::CarryOut => Vec::new(),
        EntryKind::Add | EntryKind::Remove | EntryKind::Reestimate | EntryKind::Done | EntryKind::Reopen => {
            vec![estimate]
        }
    };
    let known = owed.into_iter().filter_map(|(what, change)| Some((what, change.as_deref()?)));
    known.filter(|(_, change)| entry.change_id.as_deref() != Some(*change)).collect()
}

/// The accounts of a sprint's issues, from the rows of its items and of its ledger.
pub fn pieces(items: Vec<SprintItem>, entries: Vec<LedgerEntry>) -> Vec<Piece> {
    let mut by_issue: BTreeMap<String, Vec<LedgerEntry>> = BTreeMap::new();
    for entry in entries {
        by_issue.entry(entry.issue_id.clone()).or_default().push(entry);
    }
    let mut pieces: Vec<Piece> = items
        .into_iter()
        .map(|item| {
            let mut entries = by_issue.remove(&item.issue_id).unwrap_or_default();
            entries.sort_by_key(|entry| entry.entry);
            Piece { item, entries, only: None, subtask_id: None }
        })
        .collect();
    pieces.sort_by(|one, other| one.item.issue_id.cmp(&other.item.issue_id));
    pieces
}

/// Every number of a report, in each unit that the report says it in.
pub fn numbers() -> impl Iterator<Item = (Number, Unit)> {
    let all = Unit::ALL.iter().flat_map(|unit| Number::ALL.iter().map(|number| (*number, *unit)));
    all.filter(|(number, unit)| number.counts(*unit))
}

/// Explains a number that the report says in this unit.
pub fn explain(report: &SprintReport, pieces: &[Piece], number: Number, unit: Unit) -> Explanation {
    let value = number.of(report, unit);
    let fraction = number.fraction(unit);
    let parts: Vec<Explanation> = fraction.map_or_else(Vec::new, |fraction| {
        let numbers = fraction.over.iter().chain([&fraction.under]);
        numbers.map(|part| explain(report, pieces, *part, unit)).collect()
    });
    let unknown = value.is_none().then(|| unknown::reason(report, pieces, &parts));
    let shares = if fraction.is_none() && value.is_some() {
        let shares = pieces.iter().filter(|piece| piece.item.counted);
        shares.filter_map(|piece| share::share(piece, report.mode, number, unit)).collect()
    } else {
        Vec::new()
    };
    let sum = match fraction {
        _ if value.is_none() => None,
        None => Some(Value::Sum(shares.iter().map(|share: &Share| share.amount).sum())),
        Some(fraction) => ratio(fraction, &parts).map(Value::Ratio),
    };
    Explanation { number, unit, value, sum, unknown, fraction, parts, shares }
}

/// The ratio of what the parts come to.
fn ratio(fraction: Fraction, parts: &[Explanation]) -> Option<f64> {
    let sums: Option<Vec<Points>> = parts
        .iter()
        .map(|part| match part.sum {
            Some(Value::Sum(sum)) => Some(sum),
            _ => None,
        })
        .collect();
    let (under, over) = sums.as_deref()?.split_last()?;
    fraction.of(over, *under)
}

#[cfg(test)]
mod tests;
