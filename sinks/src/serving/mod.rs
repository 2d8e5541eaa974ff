//! The writer of the serving database: every batch's rows, and how far they go, in one transaction.
//!
//! A table follows the log by its own position. Where that position says nothing any more (another generation, other
//! columns), the table is written anew, in the same transaction: readers see the old rows until the new ones are whole.

mod sources;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};
use tidemark_model::Key;
use tidemark_sql::serving::{self, Access, Database, Engine, Place, SERVED};
use tidemark_stream::{Offset, Snapshot};

pub use sources::SourceState;

use crate::{EXPORTS, Error, Export, SERVED_ONLY};
use write::Writer;

/// What writers of a server's database wait for each other by: any number that nobody else uses.
const LOCK: i32 = 0x7164_6d6b;

/// The serving database, opened for writing. There is one at a time: who holds the data folder's lock.
#[derive(Debug)]
pub struct Serving {
    database: Database,
}

/// What a batch changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Rows written or taken away.
    pub rows: u64,
    /// The boards that they speak of, as `source/native-id`.
    pub boards: BTreeSet<String>,
    /// The sprints that they speak of, as `source/native-id`.
    pub sprints: BTreeSet<String>,
    /// Whether whole tables were written anew.
    pub everything: bool,
}

/// How far a table follows the log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Position {
    generation: i64,
    position: i64,
    /// The fact's columns that the table was made with.
    columns: String,
}

impl Serving {
    /// Opens the database at `place`, and makes what it lacks.
    pub async fn open(place: &Place) -> Result<Self, Error> {
        let database = Database::open(place, Access::Write).await?;
        let serving = Self { database };
        serving.make().await.map_err(|error| serving.named(error))?;
        Ok(serving)
    }

    async fn make(&self) -> Result<(), Error> {
        self.database.migrate().await?;
        let mut transaction = self.begin().await?;
        for statement in serving::served().flat_map(|fact| serving::create(fact, self.database.engine())) {
            let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await;
            done.map_err(serving::Error::from)?;
        }
        transaction.commit().await.map_err(serving::Error::from)?;
        Ok(())
    }

    /// Begins to write. On a server writers wait for each other here, so that they can't lock each other out later.
    async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        let mut transaction = self.database.pool().begin().await.map_err(serving::Error::from)?;
        if self.database.engine() == Engine::Postgres {
            let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtext(current_schema()), $1)");
            let lock = lock.bind(LOCK).execute(&mut *transaction).await;
            lock.map_err(serving::Error::from)?;
        }
        Ok(transaction)
    }

    /// Copies what has changed since the last time. After an error nothing has, and it may be tried again.
    ///
    /// What the snapshot holds should be on disk before long: a database that is ahead of its log is written anew.
    pub async fn follow(&mut self, snapshot: &dyn Snapshot, generation: u64) -> Result<Followed, Error> {
        self.copy(snapshot, generation).await.map_err(|error| self.named(error))
    }

    /// A disk that is full, said as elsewhere: with the file.
    fn named(&self, error: Error) -> Error {
        match &error {
            Error::Serving(serving) if serving.is_full() => match self.database.place().path() {
                Some(path) => Error::disk("write", path)(io::ErrorKind::StorageFull.into()),
                None => error,
            },
            _ => error,
        }
    }

    async fn copy(&self, snapshot: &dyn Snapshot, generation: u64) -> Result<Followed, Error> {
        let mut transaction = self.begin().await?;
        let mut followed = Followed::default();
        let facts = EXPORTS.iter().filter(|export| SERVED.contains(&export.fact.name));
        for export in facts.chain(SERVED_ONLY) {
            let newest = snapshot.newest(export.table)?;
            let before = position(&mut transaction, export).await?;
            let columns = export.fact.fingerprint().join(", ");
            let now =
                Position { generation: generation.cast_signed(), position: newest.cast_signed(), columns };
            if before.as_ref() == Some(&now) {
                continue;
            }
            let mut writer = Writer::new(export, generation, self.database.engine(), &mut transaction);
            match &before {
                Some(before) if before.leads_to(&now) => {
                    let keys = changed(snapshot, export, before.position.cast_unsigned())?;
                    writer.changes(snapshot, &keys).await?;
                    followed.add(export, keys.keys());
                }
                _ => {
                    let same = before.as_ref().is_some_and(|before| before.columns == now.columns);
                    writer.anew(snapshot, same).await?;
                    followed.everything = true;
                }
            }
            followed.rows += writer.written();
            advance(&mut transaction, export, before, now).await?;
        }
        transaction.commit().await.map_err(serving::Error::from)?;
        Ok(followed)
    }

    pub async fn close(self) {
        self.database.close().await;
    }
}

impl Position {
    /// Whether the changes since this position make the other one.
    fn leads_to(&self, later: &Self) -> bool {
        self.generation == later.generation
            && self.columns == later.columns
            && self.position <= later.position
    }
}

impl Followed {
    /// Whether anything has changed.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 && !self.everything
    }

    /// Keys begin with source and board, and go on with the sprint where there is one; a board's own is source and id.
    fn add<'a>(&mut self, export: &Export, keys: impl Iterator<Item = &'a Key>) {
        let has = |name: &str| export.fact.columns.iter().any(|column| column.name == name);
        for key in keys.filter(|_| has("board_id")) {
            let (Some(source), Some(board)) = (key.part(0), key.part(1)) else { continue };
            if has("sprint_id") {
                self.boards.insert(board.to_owned());
                self.sprints.extend(key.part(2).map(str::to_owned));
            } else {
                self.boards.insert(format!("{source}/{board}"));
            }
        }
    }
}

/// The keys that changed after a position, each with the offset of its newest change.
fn changed(snapshot: &dyn Snapshot, export: &Export, after: Offset) -> Result<BTreeMap<Key, Offset>, Error> {
    let mut keys = BTreeMap::new();
    for change in snapshot.changes(export.table, after)? {
        let change = change?;
        let newest = keys.entry(change.key).or_insert(change.offset);
        *newest = change.offset.max(*newest);
    }
    Ok(keys)
}

async fn position(
    transaction: &mut Transaction<'static, Any>,
    export: &Export,
) -> Result<Option<Position>, Error> {
    let query = sqlx::query("SELECT generation, position, columns FROM positions WHERE name = $1");
    let row = query.bind(export.fact.name).fetch_optional(&mut **transaction).await;
    let read = || -> Result<Option<Position>, sqlx::Error> {
        let Some(row) = row? else { return Ok(None) };
        Ok(Some(Position {
            generation: row.try_get(0)?,
            position: row.try_get(1)?,
            columns: row.try_get(2)?,
        }))
    };
    read().map_err(|error| serving::Error::from(error).into())
}

/// Writes the new position in the place of the one that was read: whoever else wrote meanwhile is found out.
async fn advance(
    transaction: &mut Transaction<'static, Any>,
    export: &Export,
    before: Option<Position>,
    now: Position,
) -> Result<(), Error> {
    let name = export.fact.name;
    let done = match before {
        None => {
            let insert =
                "INSERT INTO positions (generation, position, columns, name) VALUES ($1, $2, $3, $4)";
            let query = sqlx::query(insert).bind(now.generation).bind(now.position).bind(now.columns);
            query.bind(name).execute(&mut **transaction).await
        }
        Some(before) => {
            let update = "UPDATE positions SET generation = $1, position = $2, columns = $3 \
                WHERE name = $4 AND generation = $5 AND position = $6";
            let query = sqlx::query(update).bind(now.generation).bind(now.position).bind(now.columns);
            let query = query.bind(name).bind(before.generation).bind(before.position);
            query.execute(&mut **transaction).await
        }
    };
    match done.map_err(serving::Error::from)?.rows_affected() {
        1 => Ok(()),
        _ => Err(Error::OtherWriter { table: name }),
    }
}
