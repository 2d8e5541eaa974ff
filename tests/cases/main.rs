//! The edge cases of METRICS section 17, each told as what happens to an issue in Jira, and held against the report
//! that was worked out by hand: every expectation is derived in a comment from the rule that decides.
//!
//! A report is written as what is not 0 in it, so that the whole of it is compared. Rule 1 and the sums of the ledger
//! are checked for every report of every test.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod archive;
mod arrivals;
mod boards;
mod chains;
mod disciplines;
mod done;
mod entering;
mod estimates;
mod gone;
mod histories;
mod jira;
mod kinds;
mod leaving;
mod sprints;
mod times;
mod told;
