//! The embedded lake, written and asked.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod lake;
mod rows;
mod support;
mod views;
