//! The facts that leave the program, one file per subject.

mod board;
mod carry_over;
mod discipline;
mod issue;
mod ledger;
mod rejected;
mod report;
mod sprint;
mod sprint_item;
mod stated;
mod velocity;

pub use board::BoardFact;
pub use carry_over::CarryOver;
pub use discipline::SprintDiscipline;
pub use issue::{IssueChangeFact, IssueFact};
pub use ledger::{EntryKind, LedgerEntry};
pub use rejected::RejectedFact;
pub use report::{Mode, SprintReport};
pub use sprint::BoardSprint;
pub use sprint_item::{Outcome, SprintItem};
pub use stated::{
    Stated, StatedBoard, StatedField, StatedHistory, StatedPolicy, StatedSprint, StatedStatus,
    StatedSuccessors,
};
pub use velocity::{Velocity, VelocityWindow};

#[cfg(test)]
mod tests {
    use crate::fact::{Column, Fact};

    fn check<F: Fact>() {
        let names: Vec<&str> = F::COLUMNS.iter().map(|column| column.name).collect();
        for key in F::KEY {
            let column: &Column = F::COLUMNS.iter().find(|column| column.name == *key).unwrap();
            assert!(!column.nullable, "{}.{key} is a key and may not be null", F::NAME);
        }
        for column in F::COLUMNS {
            assert_eq!(
                names.iter().filter(|name| **name == column.name).count(),
                1,
                "{}.{}",
                F::NAME,
                column.name
            );
            assert!(column.doc.trim().len() > 10, "{}.{} needs a sentence", F::NAME, column.name);
        }
    }

    #[test]
    fn every_fact_has_documented_columns_and_a_key_without_nulls() {
        check::<super::BoardFact>();
        check::<super::BoardSprint>();
        check::<super::CarryOver>();
        check::<super::SprintDiscipline>();
        check::<super::VelocityWindow>();
        check::<super::IssueFact>();
        check::<super::IssueChangeFact>();
        check::<super::LedgerEntry>();
        check::<super::RejectedFact>();
        check::<super::SprintItem>();
        check::<super::SprintReport>();
        check::<super::Velocity>();
        check::<super::StatedBoard>();
        check::<super::StatedHistory>();
    }
}
