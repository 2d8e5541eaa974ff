//! A live Jira, in both of its dialects, against the archive of the same organisation: whatever happens on the way, every
//! view says the same.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod boards;
mod bodies;
mod changes;
mod described;
mod faults;
mod halfway;
mod hooks;
mod killed;
mod lag;
mod load;
mod midst;
mod progress;
mod quota;
mod sending;
mod shared_log;
mod support;
mod upkeep;
