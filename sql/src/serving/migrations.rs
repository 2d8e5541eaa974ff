//! What was done to the serving database, in order: each step is taken once, and a newer program's steps are refused.
//! sqlx's migrator takes them and keeps the account.
//!
//! The facts' tables are made from their declarations, and made anew, empty, where a declaration has changed: all rows come
//! from the log. When a declaration changes, a new step names its fingerprint, so that an older program does not take the
//! tables for its own (a test says when one is missing).

use sqlx::migrate::{AppliedMigration, Migrate as _, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Any, AssertSqlSafe, Row as _, SqlSafeStr as _, Transaction};
use tidemark_model::time::{Clock as _, SystemClock};

use super::{Database, Engine, Error, Lock, create, made_from, served};

/// The step after which positions have a time.
const CURRENCY: i64 = 3;

/// The steps by their numbers. A step that was released never changes.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "positions, news and sources", include_str!("../../migrations/0001_positions_news_and_sources.sql")),
    (2, "facts", include_str!("../../migrations/0002_facts.sql")),
    (
        CURRENCY,
        "when positions were current",
        include_str!("../../migrations/0003_when_positions_were_current.sql"),
    ),
    (4, "calls of sources", include_str!("../../migrations/0004_calls_of_sources.sql")),
    (5, "how far sources are read", include_str!("../../migrations/0005_how_far_sources_are_read.sql")),
    (6, "time left and tokens", include_str!("../../migrations/0006_time_left_and_tokens.sql")),
];

/// The tables that steps make, besides those of facts.
pub(super) const OWN_TABLES: [&str; 6] = ["fact_tables", "news", "news_heads", "positions", TAKEN, "sources"];

/// The table of the steps that were taken, as the migrator names it.
const TAKEN: &str = "_sqlx_migrations";
/// The table that held them before.
const FORMER: &str = "schema_steps";

/// What a database's tables are to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// They are those that it knows; the number is that of the last step.
    Current(i64),
    /// They are to be made, or made others: why.
    Outdated(String),
    /// A newer program has made them; the number is that of its last step.
    Newer(i64),
}

fn newest() -> i64 {
    STEPS.last().map_or(0, |(number, ..)| *number)
}

impl Database {
    /// Makes the tables what this program knows: takes the steps that are missing, and makes the tables of facts whose
    /// declarations have changed anew, which their writers then fill again. Says the number of the last step.
    ///
    /// All of it is one transaction, and nobody else writes meanwhile: it may be done twice, and twice at once. Fails with
    /// [`Error::Newer`] where a newer program has been at work, and with [`Error::Open`] where there are tables that are not
    /// Tidemark's; then nothing has changed.
    pub async fn migrate(&self) -> Result<i64, Error> {
        let mut transaction = self.write(Lock::All).await?;
        transaction.ensure_migrations_table(TAKEN).await.map_err(|error| self.migration(error))?;
        self.take_over_former(&mut transaction).await?;
        let taken = steps(&mut transaction).await?;
        if let Some(found) = taken.iter().copied().max().filter(|found| *found > newest()) {
            return Err(self.newer(found));
        }
        // What `run` calls, whose bounds a future that is sent between threads can't meet.
        let done = migrator().run_direct(None, &mut *transaction, false).await;
        done.map_err(|error| self.migration(error))?;
        if !taken.contains(&CURRENCY) {
            let update = sqlx::query("UPDATE positions SET followed_at = $1");
            update.bind(SystemClock.now().0).execute(&mut *transaction).await?;
        }
        self.make_facts(&mut transaction).await?;
        transaction.commit().await?;
        Ok(newest())
    }

    /// Takes the account over that was kept before sqlx's migrator kept it: of the steps from 1 to a number.
    async fn take_over_former(&self, transaction: &mut Transaction<'static, Any>) -> Result<(), Error> {
        if !self.exists(FORMER, transaction).await? {
            return Ok(());
        }
        let last = format!("SELECT COALESCE(max(number), 0) FROM {FORMER}");
        let last: i64 = sqlx::query(AssertSqlSafe(last)).fetch_one(&mut **transaction).await?.try_get(0)?;
        if last > newest() {
            return Err(self.newer(last));
        }
        if last > 0 {
            let skipped = migrator().run_direct(Some(last), &mut **transaction, true).await;
            skipped.map_err(|error| self.migration(error))?;
        }
        sqlx::query(AssertSqlSafe(format!("DROP TABLE {FORMER}"))).execute(&mut **transaction).await?;
        Ok(())
    }

    /// Makes the facts' tables that are not there or were made from other declarations. How far they followed the log is
    /// forgotten with their rows, so that each task writes its share again; and that happens here and nowhere else, once:
    /// were it left to the tasks, the second would find the first one's rows and empty the table again.
    async fn make_facts(&self, transaction: &mut Transaction<'static, Any>) -> Result<(), Error> {
        let made = made(transaction).await?;
        for (name, _) in made.iter().filter(|(name, _)| served().all(|fact| fact.name != name)) {
            forget(transaction, name).await?;
        }
        for fact in served() {
            let wanted = made_from(fact, self.engine());
            match made.iter().find(|(name, _)| name == fact.name) {
                Some((_, found)) if *found == wanted => continue,
                Some(_) => forget(transaction, fact.name).await?,
                None => {}
            }
            for statement in create(fact, self.engine()) {
                let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await;
                done.map_err(|error| self.made(error))?;
            }
            let insert = sqlx::query("INSERT INTO fact_tables (name, made_from) VALUES ($1, $2)");
            insert.bind(fact.name).bind(wanted).execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Whether there is a table of this name.
    async fn exists(&self, table: &str, transaction: &mut Transaction<'static, Any>) -> Result<bool, Error> {
        let count = match self.engine() {
            Engine::Sqlite => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
            Engine::Postgres => {
                "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = $1"
            }
        };
        let count = sqlx::query(count).bind(table.to_owned()).fetch_one(&mut **transaction).await?;
        Ok(count.try_get::<i64, _>(0)? > 0)
    }

    /// What the tables are to this program, without changing anything.
    pub async fn state(&self) -> Result<State, Error> {
        let mut transaction = self.pool().begin().await?;
        if !self.exists(TAKEN, &mut transaction).await? {
            return Ok(State::Outdated("it has none of Tidemark's tables".to_owned()));
        }
        self.state_in(&mut transaction).await
    }

    /// The same, where it is known that there are tables of Tidemark's, as seen by a transaction.
    pub async fn state_in(&self, transaction: &mut Transaction<'static, Any>) -> Result<State, Error> {
        let taken = steps(transaction).await?;
        let last = taken.into_iter().max().unwrap_or_default();
        if last > newest() {
            return Ok(State::Newer(last));
        }
        if last < newest() {
            let newest = newest();
            return Ok(State::Outdated(format!("its schema is {last}, this one knows {newest}")));
        }
        let made = made(transaction).await?;
        let differs = served().find(|fact| {
            let wanted = made_from(fact, self.engine());
            !made.iter().any(|(name, found)| name == fact.name && *found == wanted)
        });
        Ok(match differs {
            Some(fact) => State::Outdated(format!("its table `{}` has other columns", fact.name)),
            None => State::Current(last),
        })
    }

    /// Fails where the tables are not those that this program knows.
    pub async fn expect_schema(&self) -> Result<(), Error> {
        let state = self.state().await?;
        self.expect_state(state)
    }

    /// The error that a state of the tables is to whoever needs them.
    pub fn expect_state(&self, state: State) -> Result<(), Error> {
        match state {
            State::Current(_) => Ok(()),
            State::Newer(found) => Err(self.newer(found)),
            State::Outdated(reason) => Err(Error::Outdated {
                place: self.place().to_string(),
                reason,
                remedy: match self.engine() {
                    Engine::Sqlite => "tidemark sync",
                    Engine::Postgres => "tidemark migrate",
                },
            }),
        }
    }

    fn newer(&self, found: i64) -> Error {
        Error::Newer { place: self.place().to_string(), found, newest: newest() }
    }

    /// Why a step was not taken.
    fn migration(&self, error: MigrateError) -> Error {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => self.made(error),
            MigrateError::VersionMismatch(number) => {
                self.foreign(&format!("its step {number} is another than this program's"))
            }
            error => self.foreign(&error.to_string()),
        }
    }

    /// Why a table was not made.
    fn made(&self, error: sqlx::Error) -> Error {
        match &error {
            sqlx::Error::Database(why)
                if why.code().as_deref() == Some("42P07") || why.message().contains("already exists") =>
            {
                self.foreign(why.message())
            }
            _ => error.into(),
        }
    }

    /// What is in the way of this program's tables is not taken away.
    fn foreign(&self, reason: &str) -> Error {
        let remedy = match self.engine() {
            Engine::Sqlite => "remove the file, which is then made anew",
            Engine::Postgres => "name a database or schema of its own, or drop what is there",
        };
        Error::Open {
            place: self.place().to_string(),
            reason: format!("{reason}, and was not made by this program: {remedy}"),
            transient: false,
        }
    }
}

fn migrator() -> Migrator {
    let step = |(number, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(STEPS.iter().map(step).collect());
    // Whoever migrates has the tables for itself already.
    migrator.set_locking(false);
    migrator
}

/// The numbers of the steps that were taken.
async fn steps(transaction: &mut Transaction<'static, Any>) -> Result<Vec<i64>, Error> {
    let taken: Result<Vec<AppliedMigration>, _> = transaction.list_applied_migrations(TAKEN).await;
    match taken {
        Ok(taken) => Ok(taken.into_iter().map(|step| step.version).collect()),
        Err(MigrateError::Execute(error)) => Err(error.into()),
        Err(error) => Err(sqlx::Error::from(error).into()),
    }
}

/// The facts' tables that there are, each with what it was made from.
async fn made(transaction: &mut Transaction<'static, Any>) -> Result<Vec<(String, String)>, Error> {
    let rows = sqlx::query("SELECT name, made_from FROM fact_tables ORDER BY name");
    let rows = rows.fetch_all(&mut **transaction).await?;
    let read = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(read.collect::<Result<_, sqlx::Error>>()?)
}

/// Takes a fact's table away, with how far it followed the log.
async fn forget(transaction: &mut Transaction<'static, Any>, name: &str) -> Result<(), Error> {
    let drop = format!("DROP TABLE \"{}\"", name.replace('"', "\"\""));
    sqlx::query(AssertSqlSafe(drop)).execute(&mut **transaction).await?;
    for table in ["positions", "fact_tables"] {
        let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE name = $1")));
        delete.bind(name.to_owned()).execute(&mut **transaction).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Engine, STEPS, create, served};
    use crate::catalogue::digest;

    #[test]
    fn steps_are_numbered_in_order() {
        for ((number, ..), expected) in STEPS.iter().zip(1..) {
            assert_eq!(*number, expected);
        }
    }

    #[test]
    fn the_newest_step_for_facts_names_what_they_look_like() {
        let tables = [Engine::Sqlite, Engine::Postgres]
            .map(|engine| served().flat_map(|fact| create(fact, engine)).collect::<Vec<_>>());
        let wanted = format!("-- {:016x}", digest(tables.concat()));
        let named = STEPS.iter().rev().find(|(_, name, _)| *name == "facts").unwrap();
        assert!(
            named.2.lines().any(|line| line == wanted),
            "the tables of served facts have changed: add a step named `facts` with the line `{wanted}`"
        );
    }
}
