//! How far a fact follows a partition of a log, as the serving database says it.

use std::collections::BTreeMap;

use sqlx::{Any, Row as _, Transaction};
use tidemark_model::Timestamp;
use tidemark_sql::serving;
use tidemark_stream::Snapshot;

use crate::Error;

/// How far a fact follows a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) log: Log,
    pub(super) position: i64,
}

/// A position that was read, with when it was last known to be the log's own.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) position: Position,
    pub(super) followed_at: Option<Timestamp>,
}

/// A state of a log in which offsets count on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    /// Tells it from others; empty where it has no such name.
    id: String,
    generation: i64,
}

/// The named value that tells a log from others.
const ID: &str = "log/id";

impl Log {
    pub(super) fn of(snapshot: &dyn Snapshot, generation: u64) -> Result<Self, Error> {
        let id = snapshot.meta(ID)?.unwrap_or_default();
        Ok(Self { id: String::from_utf8_lossy(&id).into_owned(), generation: generation.cast_signed() })
    }
}

impl Position {
    /// Whether the changes since this position make the other one.
    pub(super) fn leads_to(&self, later: &Self) -> bool {
        self.log == later.log && self.position <= later.position
    }
}

/// Where the facts are in one partition, by name.
pub(super) async fn read(
    transaction: &mut Transaction<'static, Any>,
    partition: u32,
) -> Result<BTreeMap<String, Found>, Error> {
    let select = "SELECT name, log, generation, position, followed_at FROM positions WHERE partition = $1";
    let rows = sqlx::query(select).bind(i64::from(partition)).fetch_all(&mut **transaction).await;
    let read = |rows: Vec<sqlx::any::AnyRow>| -> Result<BTreeMap<_, _>, sqlx::Error> {
        let position = |row: sqlx::any::AnyRow| {
            let log = Log { id: row.try_get(1)?, generation: row.try_get(2)? };
            let position = Position { log, position: row.try_get(3)? };
            let followed_at = row.try_get::<Option<i64>, _>(4)?.map(Timestamp);
            Ok((row.try_get(0)?, Found { position, followed_at }))
        };
        rows.into_iter().map(position).collect()
    };
    Ok(rows.and_then(read).map_err(serving::Error::from)?)
}

/// Whether any task follows a later generation of the same log: what this one says is past.
pub(super) async fn is_past(transaction: &mut Transaction<'static, Any>, log: &Log) -> Result<bool, Error> {
    if log.id.is_empty() {
        return Ok(false);
    }
    let select = sqlx::query("SELECT count(*) FROM positions WHERE log = $1 AND generation > $2");
    let select = select.bind(log.id.clone()).bind(log.generation);
    let row = select.fetch_one(&mut **transaction).await.map_err(serving::Error::from)?;
    Ok(row.try_get::<i64, _>(0).map_err(serving::Error::from)? > 0)
}

/// Whether no other partition was ever followed.
pub(super) async fn is_alone(
    transaction: &mut Transaction<'static, Any>,
    partition: u32,
) -> Result<bool, Error> {
    let select =
        sqlx::query("SELECT count(*) FROM positions WHERE partition <> $1").bind(i64::from(partition));
    let row = select.fetch_one(&mut **transaction).await.map_err(serving::Error::from)?;
    Ok(row.try_get::<i64, _>(0).map_err(serving::Error::from)? == 0)
}

/// Writes the new position in the place of the one that was read: whoever else wrote meanwhile is found out.
pub(super) async fn advance(
    transaction: &mut Transaction<'static, Any>,
    (fact, partition): (&'static str, u32),
    before: Option<&Position>,
    now: &Position,
    followed_at: Option<Timestamp>,
) -> Result<(), Error> {
    let sql = match before {
        None => {
            "INSERT INTO positions (log, generation, position, followed_at, name, partition) \
             VALUES ($1, $2, $3, $4, $5, $6)"
        }
        Some(_) => {
            "UPDATE positions SET log = $1, generation = $2, position = $3, followed_at = $4 \
             WHERE name = $5 AND partition = $6 AND log = $7 AND generation = $8 AND position = $9"
        }
    };
    let query = sqlx::query(sql).bind(now.log.id.clone()).bind(now.log.generation).bind(now.position);
    let query = query.bind(followed_at.map(|at| at.0));
    let mut query = query.bind(fact).bind(i64::from(partition));
    if let Some(before) = before {
        query = query.bind(before.log.id.clone()).bind(before.log.generation).bind(before.position);
    }
    let done = query.execute(&mut **transaction).await.map_err(serving::Error::from)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::OtherWriter { table: fact }) }
}

/// Says that all facts are the log's own in one partition, wherever they are.
pub(super) async fn refresh(
    transaction: &mut Transaction<'static, Any>,
    partition: u32,
    followed_at: Option<Timestamp>,
) -> Result<(), Error> {
    let update = sqlx::query("UPDATE positions SET followed_at = $1 WHERE partition = $2");
    let update = update.bind(followed_at.map(|at| at.0)).bind(i64::from(partition));
    update.execute(&mut **transaction).await.map_err(serving::Error::from)?;
    Ok(())
}
