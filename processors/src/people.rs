//! Whose the e-mail addresses are that the policy names people by.
//!
//! A source shows an address with the issues that are assigned to its account now, and in no history. What any issue shows
//! holds for the account wherever it is assigned, so that a sprint that is over keeps its disciplines when its issues go
//! on to other people (METRICS rule 10).

use std::collections::BTreeSet;

use tidemark_model::people::{EmailShown, KnownEmails};
use tidemark_model::policy::Policy;
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

/// One row per account with an address that the policy names.
pub struct KnownEmailsProcessor;

impl Processor for KnownEmailsProcessor {
    fn spec(&self) -> Spec {
        Spec {
            name: "known_emails",
            version: 1,
            // Source and account.
            group_parts: 2,
            inputs: &[EmailShown::TABLE],
            globals: &[Policy::TABLE],
            outputs: &[KnownEmails::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let policies = tables.global::<Policy>();
        let people =
            policies.values().flat_map(|policy| &policy.teams).flat_map(|team| team.disciplines.values());
        let named: BTreeSet<String> = people
            .flatten()
            .filter(|person| person.contains('@'))
            .map(|person| person.to_lowercase())
            .collect();
        // Where nobody is named by an address, the issues of an account need not be looked through.
        if named.is_empty() {
            return;
        }
        let shown = tables.scan::<EmailShown>(group);
        let emails: BTreeSet<String> = shown
            .iter()
            .map(|shown| shown.email.to_lowercase())
            .filter(|email| named.contains(email))
            .collect();
        let Some(EmailShown { source, account_id, .. }) = shown.into_iter().next() else { return };
        if !emails.is_empty() {
            out.push(&KnownEmails { source, account_id, emails });
        }
    }
}
