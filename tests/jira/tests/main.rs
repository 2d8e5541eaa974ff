//! Every rule of the simulated Jira, asked over HTTP; what is expected was worked out by hand.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod agile;
mod archive;
mod auth;
mod catalogue;
mod changelogs;
mod cloud_search;
mod data_center;
mod faults;
mod jql;
mod limits;
mod receiver;
mod registered;
mod stage;
mod webhooks;
