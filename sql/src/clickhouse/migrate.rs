//! Making a warehouse's tables, and telling whether they are there.

use tidemark_model::time::{Clock as _, SystemClock};

use super::schema::{OWN_TABLES, own_columns};
use super::{Connection, Error, Place, Schema};

/// How often a statement is tried that another program got in the way of.
const TRIES: u32 = 10;

/// What a user needs who writes rows and how far they go.
const RIGHTS: [&str; 3] = ["SELECT", "INSERT", "ALTER DELETE"];

/// What two programs that replace one view at the same moment may hear.
const IN_THE_WAY: &[&str] =
    &["ABORTED", "DEADLOCK_AVOIDED", "TABLE_ALREADY_EXISTS", "TIMEOUT_EXCEEDED", "UNKNOWN_TABLE"];

/// Makes the database and all tables and views that are missing; returns the schema's number. It may run twice, and twice at
/// once: every statement says what there is to be, and changes nothing where it is.
pub async fn migrate(place: &Place, schema: &Schema) -> Result<u32, Error> {
    let connection = Connection::new(place)?;
    make_database(&connection).await?;
    for table in OWN_TABLES {
        connection.run(table).await?;
    }
    let newest = schema.newest();
    let steps = recorded(&connection).await?;
    if let Some(found) = steps.iter().map(|(step, _)| *step).max().filter(|found| *found > newest) {
        return Err(Error::Newer { place: place.to_string(), found, newest });
    }
    // An older program is refused from here on.
    record(&connection, schema, 0).await?;
    for column in own_columns(SystemClock.now()) {
        patiently(&connection, &column).await?;
    }
    for statement in schema.statements() {
        patiently(&connection, &statement).await?;
    }
    for table in schema.superseded() {
        connection.run(&format!("DROP TABLE IF EXISTS {table}")).await?;
    }
    record(&connection, schema, 1).await?;
    Ok(newest)
}

/// Fails where the tables are not those that `schema` makes, and says what to do.
pub async fn require(connection: &Connection, schema: &Schema) -> Result<(), Error> {
    let place = || connection.place().to_string();
    let tables = connection
        .rows::<u64>(
            "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'schema_steps'",
        )
        .await?;
    if tables.first() != Some(&1) {
        return Err(Error::NoSchema { place: place() });
    }
    let (steps, newest) = (recorded(connection).await?, schema.newest());
    let begun = steps.iter().map(|(step, _)| *step).max().unwrap_or(0);
    let done = steps.iter().filter(|(_, done)| *done == 1).map(|(step, _)| *step).max().unwrap_or(0);
    if begun > newest {
        return Err(Error::Newer { place: place(), found: begun, newest });
    }
    match done {
        0 => Err(Error::NoSchema { place: place() }),
        found if found < newest => Err(Error::Older { place: place(), found, newest }),
        _ => Ok(()),
    }
}

/// Looks whether the warehouse has this program's tables: what it is, or what is wrong and what helps.
pub async fn expect(place: &Place) -> Result<String, Error> {
    let connection = Connection::new(place)?;
    let versions = connection.outside().rows::<String>("SELECT version()").await?;
    require(&connection, &Schema::CURRENT).await?;
    let version = versions.first().map_or("unknown", String::as_str);
    Ok(format!("ClickHouse {version}, schema {}", Schema::CURRENT.newest()))
}

/// The same, and whether its user may write the tables.
pub async fn check(place: &Place) -> Result<String, Error> {
    let found = expect(place).await?;
    writable(&Connection::new(place)?).await?;
    Ok(found)
}

/// Fails where the user may not do what writing needs, with the statement that lets it.
async fn writable(connection: &Connection) -> Result<(), Error> {
    let place = connection.place();
    let database = identifier(place.database());
    // A profile forbids what grants permit, and the other way round.
    let readonly = connection.rows::<u64>("SELECT toUInt64(getSetting('readonly'))").await?;
    if readonly.first().is_some_and(|readonly| *readonly != 0) {
        return Err(Error::ReadOnly { place: place.to_string() });
    }
    let mut missing = Vec::new();
    for right in RIGHTS {
        match connection.rows::<u8>(&format!("CHECK GRANT {right} ON {database}.*")).await {
            Ok(granted) if granted.first() == Some(&0) => missing.push(right),
            Ok(_) => {}
            // Servers before 24.11 do not know the question: they say it when rows are written.
            Err(error) if error.exception() == Some("SYNTAX_ERROR") => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let (missing, user) = (missing.join(", "), identifier(&place.address().user));
    let grant = format!("GRANT {missing} ON {database}.* TO {user}");
    Err(Error::MayNot { place: place.to_string(), missing, grant })
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

async fn make_database(connection: &Connection) -> Result<(), Error> {
    let name = identifier(connection.place().database());
    let made = connection.outside().run(&format!("CREATE DATABASE IF NOT EXISTS {name}")).await;
    match made {
        // Whoever may not make databases may have been given one.
        Err(error) if error.exception() == Some("ACCESS_DENIED") => connection.run("SELECT 1").await,
        made => made,
    }
}

/// The steps that were begun, and whether they were done.
async fn recorded(connection: &Connection) -> Result<Vec<(u32, u8)>, Error> {
    connection.rows("SELECT step, max(done) FROM schema_steps GROUP BY step").await
}

async fn record(connection: &Connection, schema: &Schema, done: u8) -> Result<(), Error> {
    let steps: Vec<String> = schema.steps.iter().map(|step| format!("({}, {done})", step.number)).collect();
    connection.run(&format!("INSERT INTO schema_steps (step, done) VALUES {}", steps.join(", "))).await
}

/// Runs a statement, again where another program makes the same thing at the same moment.
async fn patiently(connection: &Connection, statement: &str) -> Result<(), Error> {
    let mut tries = 1;
    loop {
        match connection.run(statement).await {
            Err(error)
                if tries < TRIES && error.exception().is_some_and(|name| IN_THE_WAY.contains(&name)) =>
            {
                tries += 1;
            }
            done => return done,
        }
    }
}
