//! What was done to the serving database, in order: each step is taken once, and a newer program's steps are refused.
//!
//! The facts' tables are made from their declarations. When a declaration changes, a new migration names its
//! fingerprint, so that an older program does not take the tables for its own (a test says when one is missing).

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr as _, SqlStr};

#[cfg(test)]
use super::served;
use super::{Database, Error};
#[cfg(test)]
use crate::catalogue::digest;

/// The steps by their numbers. A step that was released never changes.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "positions and sources", include_str!("../../migrations/0001_positions_and_sources.sql")),
    (2, "facts", include_str!("../../migrations/0002_facts.sql")),
];

impl Database {
    /// Takes the steps that are missing; they are taken once, whoever else does so at the same time. Says the number of
    /// the last one.
    pub async fn migrate(&self) -> Result<i64, Error> {
        let steps = STEPS.iter().map(|(number, name, sql)| {
            let sql: SqlStr = (*sql).into_sql_str();
            Migration::new(*number, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
        });
        let newest = STEPS.last().map_or(0, |(number, ..)| *number);
        let place = self.place().to_string();
        match Migrator::with_migrations(steps.collect()).run(self.pool()).await {
            Ok(()) => Ok(newest),
            Err(MigrateError::VersionMissing(found)) => Err(Error::Newer { place, found, newest }),
            Err(MigrateError::Execute(error)) => Err(Error::Failed(error)),
            Err(error) => Err(Error::Open { place, reason: error.to_string() }),
        }
    }
}

/// What all served facts look like, in one number.
#[cfg(test)]
fn fingerprint() -> u64 {
    digest(served().flat_map(|fact| std::iter::once(fact.name.to_owned()).chain(fact.fingerprint())))
}

#[cfg(test)]
mod tests {
    use super::{STEPS, fingerprint};

    #[test]
    fn steps_are_numbered_in_order() {
        for ((number, ..), expected) in STEPS.iter().zip(1..) {
            assert_eq!(*number, expected);
        }
    }

    #[test]
    fn the_newest_step_for_facts_names_what_they_look_like() {
        let wanted = format!("-- {:016x}", fingerprint());
        let named = STEPS.iter().rev().find(|(_, name, _)| *name == "facts").unwrap();
        assert!(
            named.2.lines().any(|line| line == wanted),
            "the columns of served facts have changed: add a step named `facts` with the line `{wanted}`"
        );
    }
}
