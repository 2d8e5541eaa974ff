//! Whether the serving database can be used, before anything depends on it.

use std::collections::BTreeSet;

use sqlx::Row as _;

use super::migrations::OWN_TABLES;
use super::{Access, Database, Engine, Error, Place, State, served};

/// Opens the database at `place` for reading and looks at what it needs to be, and whether its user may write it. Says what it is, such as
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
    let name = match database.engine() {
        Engine::Sqlite => "SQLite".to_owned(),
        Engine::Postgres => {
            let name = postgres(database).await?;
            // Who may not read its tables can't tell which they are.
            writable(database).await?;
            name
        }
    };
    match database.state().await? {
        State::Current(last) => Ok(format!("{name}, schema {last}")),
        // A file of an older program is brought up to date by whoever writes next.
        State::Outdated(reason) if database.engine() == Engine::Sqlite => {
            Ok(format!("{name}, to be migrated by the next run: {reason}"))
        }
        state => database.expect_state(state).map(|()| name),
    }
}

/// What writing needs of each table.
const RIGHTS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// The tables of the schema in use on which the user lacks a right.
const LACKING: &str = "\
SELECT CAST(tablename AS TEXT), CAST(current_user AS TEXT), CAST(current_schema() AS TEXT) FROM pg_catalog.pg_tables
WHERE schemaname = current_schema()
    AND NOT has_table_privilege(concat(quote_ident(schemaname), '.', quote_ident(tablename)), $1)
ORDER BY tablename";

/// Fails where the user may not write Tidemark's tables, with the statement that lets it.
async fn writable(database: &Database) -> Result<(), Error> {
    let ours =
        |table: &String| OWN_TABLES.contains(&table.as_str()) || served().any(|fact| fact.name == table);
    let (mut rights, mut tables) = (Vec::new(), BTreeSet::new());
    let (mut user, mut schema) = (String::new(), String::new());
    for right in RIGHTS {
        let mut lacks = false;
        for row in sqlx::query(LACKING).bind(right).fetch_all(database.pool()).await? {
            let table: String = row.try_get(0)?;
            if ours(&table) {
                (user, schema) = (row.try_get(1)?, row.try_get(2)?);
                lacks = true;
                tables.insert(table);
            }
        }
        if lacks {
            rights.push(right);
        }
    }
    let Some(first) = tables.first() else { return Ok(()) };
    let rights = rights.join(", ");
    let others = match tables.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} other tables"),
    };
    let (user, schema) = (quoted(&user), quoted(&schema));
    let reason = format!(
        "its user may not {rights} on `{first}`{others}: run `GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {user}` \
         there, as their owner"
    );
    Err(Error::Open { place: database.place().to_string(), reason, transient: false })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
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
