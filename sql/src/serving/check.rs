//! Whether the serving database can be used, before anything depends on it.

use sqlx::Row as _;

use super::{Access, Database, Engine, Error, Place, State};

/// Opens the database at `place` for reading and looks at what it needs to be. Says what it is, such as
/// `PostgreSQL 15.18, schema 2`; the error says what is wrong with it and what to do, and never shows a password.
///
/// A file that is not there yet is no fault: whoever writes first makes it.
pub async fn check(place: &Place) -> Result<String, Error> {
    if let Some(path) = place.path()
        && path.try_exists().is_ok_and(|exists| !exists)
    {
        return Ok("a new file".to_owned());
    }
    let database = Database::connect(place, Access::Read).await?;
    let checked = looked_at(&database).await;
    database.close().await;
    checked.map_err(|error| match error {
        Error::Failed(error) => Error::open(place, &error),
        error => error,
    })
}

async fn looked_at(database: &Database) -> Result<String, Error> {
    let state = database.state().await?;
    let name = match database.engine() {
        Engine::Sqlite => {
            // A file of an older program is brought up to date by whoever writes next.
            if let State::Outdated(reason) = &state {
                return Ok(format!("SQLite, to be migrated by the next run: {reason}"));
            }
            "SQLite".to_owned()
        }
        Engine::Postgres => postgres(database).await?,
    };
    let State::Current(last) = state else {
        database.expect_state(state)?;
        return Ok(name);
    };
    Ok(format!("{name}, schema {last}"))
}

/// The server's name and version, where it is one that can be written.
async fn postgres(database: &Database) -> Result<String, Error> {
    let unfit = |reason: &str| Error::Open {
        place: database.place().to_string(),
        reason: reason.to_owned(),
        transient: false,
    };
    let select = "SELECT current_setting('server_version'), current_setting('server_encoding'), \
         CAST(pg_is_in_recovery() AS INTEGER), coalesce(CAST(current_schema() AS TEXT), '')";
    let row = sqlx::query(select).fetch_one(database.pool()).await?;
    let (version, encoding): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let (standby, schema): (i64, String) = (row.try_get(2)?, row.try_get(3)?);
    if encoding != "UTF8" {
        return Err(unfit(&format!(
            "its encoding is {encoding}, which can't hold every text: create one with `ENCODING 'UTF8'`"
        )));
    }
    if standby != 0 {
        return Err(unfit("it is a standby, which can't be written: name the primary"));
    }
    if schema.is_empty() {
        return Err(unfit("no schema of its `search_path` exists: create one, or name another"));
    }
    Ok(format!("PostgreSQL {version}"))
}
