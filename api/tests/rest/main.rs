//! The REST resources end to end: over the serving database of a simulated organisation, through the router.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../support/mod.rs"]
mod support;

mod carry_over;
mod disciplines;
mod events;
mod explain;
mod forms;
mod hostile;
mod lists;
mod numbers;
mod quality;
mod schema;
mod velocity_windows;
mod versions;
