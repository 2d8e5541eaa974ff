//! What `deploy/` says is true of the program: its files parse, the commands, keys, views, columns and metrics that they
//! name exist, and what they come to is as safe as it is said to be.
//!
//! The tools that belong to these files (Helm, Docker's compose, linters, Kubernetes' schemas) are asked where
//! `TIDEMARK_TEST_DEPLOY_TOOLS` names the folder that `tests/deploy/tools` fills; tests that need one are skipped by name
//! without it. Tests that ask a ClickHouse need `TIDEMARK_TEST_CLICKHOUSE`, as everywhere.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod chart;
mod commands;
mod compose;
mod dashboards;
mod files;
mod manifests;
mod metrics;
mod settings;
mod tools;
