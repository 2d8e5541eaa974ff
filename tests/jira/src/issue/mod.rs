//! Issues as this Jira answers with them.

mod bulk;
mod changelog;
mod fields;
mod one;
mod payload;
mod person;
mod sprint;

pub(crate) use self::bulk::{changelogs, issues};
pub(crate) use self::changelog::{history, item, page as changelog_page};
pub(crate) use self::fields::Wanted;
pub(crate) use self::one::{find, get};
pub(crate) use self::payload::{Histories, Shape, payload};
pub(crate) use self::person::person;
pub(crate) use self::sprint::agile as agile_sprint;
