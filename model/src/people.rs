//! The e-mail addresses of people's accounts, as far as issues show them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Key, Row};

/// Says that an issue shows an address of the account that it is assigned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailShown {
    pub source: String,
    pub account_id: String,
    pub issue_id: String,
    pub email: String,
}

/// The addresses of an account that the policy names, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEmails {
    pub source: String,
    pub account_id: String,
    pub emails: BTreeSet<String>,
}

impl Row for EmailShown {
    const TABLE: &'static str = "emails_shown";
    /// By account.
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.account_id, &self.issue_id])
    }
}

impl Row for KnownEmails {
    const TABLE: &'static str = "known_emails";
    const PLACE: usize = 2;

    fn key(&self) -> Key {
        Key::of([&self.source, &self.account_id])
    }
}
