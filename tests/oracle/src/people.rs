//! Who issues are assigned to, and the e-mail addresses of their accounts.

use std::collections::{BTreeMap, BTreeSet};

use crate::issue::Issue;
use crate::json::text;

/// Somebody an issue is assigned to: the account is the identity, the name is
/// the one that was told with it.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
}

pub(crate) fn present_assignee(issue: &Issue) -> Option<Person> {
    let assignee = issue.field("assignee");
    let ids = [&assignee["accountId"], &assignee["key"], &assignee["name"]];
    let id = ids.into_iter().find_map(text)?;
    Some(Person { id, name: text(&assignee["displayName"]).unwrap_or_default() })
}

/// The e-mail addresses of accounts, as the present assignees of all issues
/// show them.
#[derive(Debug, Default)]
pub(crate) struct Emails(BTreeMap<String, BTreeSet<String>>);

impl Emails {
    pub(crate) fn shown_by<'a>(issues: impl Iterator<Item = &'a Issue>) -> Self {
        let mut emails: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for issue in issues {
            let email = text(&issue.field("assignee")["emailAddress"]);
            if let (Some(person), Some(email)) = (present_assignee(issue), email) {
                emails.entry(person.id).or_default().insert(email);
            }
        }
        Self(emails)
    }

    /// The addresses of an account, which may have had several.
    pub(crate) fn of(&self, account: &str) -> impl Iterator<Item = &String> {
        self.0.get(account).into_iter().flatten()
    }
}
