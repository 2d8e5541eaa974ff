//! The cases of METRICS section 17 as small archives. Every expectation is
//! worked out by hand from the definitions, not taken from a run.

mod changes;
mod data;
mod disciplines;
mod entries;
mod maker;
mod modes;
mod predictability;
mod subtasks;
