//! Rejected records as columns.

use crate::fact::fact;
use crate::rejected::{Reason, Rejected, Stage};

fact! {
    /// One row per record that could not be taken, with the reason and the original.
    pub struct RejectedFact = "rejected" by ["source", "stage", "input", "reason"] {
        /// The source's name in the configuration.
        pub source: String,
        /// Where it was rejected: `read`, `translate` or `measure`.
        pub stage: Stage,
        /// Which input: a file and line, or an entity's id.
        pub input: String,
        /// Why: `no_json`, `no_id`, `bad_field`, `bad_estimate`, `unknown_issue` or `unknown_kind`.
        pub reason: Reason,
        /// What is wrong and what to do about it.
        pub detail: String,
        /// The original, as text; empty where it is not UTF-8.
        pub original: String,
        /// The original's bytes in hexadecimal where they are not UTF-8.
        pub original_hex: Option<String>,
    }
}

impl RejectedFact {
    /// The record's columns, from its row.
    pub fn of(rejected: &Rejected) -> Self {
        let Rejected { source, stage, input, reason, detail, original, original_hex } = rejected.clone();
        Self { source, stage, input, reason, detail, original, original_hex }
    }
}
