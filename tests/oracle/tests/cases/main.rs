//! The cases of METRICS section 17 as small archives. Every expectation is
//! worked out by hand from the definitions, not taken from a run.

mod carry;
mod changes;
mod corpus;
mod data;
mod disciplines;
mod entries;
mod laws;
mod maker;
mod modes;
mod predictability;
mod reopened;
mod subtasks;
mod velocity;
