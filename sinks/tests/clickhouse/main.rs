//! The warehouse on a ClickHouse server, written and asked. Needs a server, named by `TIDEMARK_TEST_CLICKHOUSE`.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod absence;
mod answers;
mod faults;
mod follow;
#[path = "../forgetful/mod.rs"]
mod forgetful;
mod generations;
mod migrations;
#[path = "../all/rows.rs"]
mod rows;
mod support;
mod views;
