//! How far a fact follows a partition of a log, as the serving database says it.

use std::collections::BTreeMap;

use sqlx::{Any, Row as _, Transaction};
use tidemark_sql::serving;
use tidemark_stream::Snapshot;

use crate::Error;

/// How far a fact follows a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) log: Log,
    pub(super) position: i64,
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
) -> Result<BTreeMap<String, Position>, Error> {
    let select = "SELECT name, log, generation, position FROM positions WHERE partition = $1";
    let rows = sqlx::query(select).bind(i64::from(partition)).fetch_all(&mut **transaction).await;
    let read = |rows: Vec<sqlx::any::AnyRow>| -> Result<BTreeMap<_, _>, sqlx::Error> {
        let position = |row: sqlx::any::AnyRow| {
            let log = Log { id: row.try_get(1)?, generation: row.try_get(2)? };
            Ok((row.try_get(0)?, Position { log, position: row.try_get(3)? }))
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
) -> Result<(), Error> {
    let sql = match before {
        None => {
            "INSERT INTO positions (log, generation, position, name, partition) VALUES ($1, $2, $3, $4, $5)"
        }
        Some(_) => {
            "UPDATE positions SET log = $1, generation = $2, position = $3 \
             WHERE name = $4 AND partition = $5 AND log = $6 AND generation = $7 AND position = $8"
        }
    };
    let query = sqlx::query(sql).bind(now.log.id.clone()).bind(now.log.generation).bind(now.position);
    let mut query = query.bind(fact).bind(i64::from(partition));
    if let Some(before) = before {
        query = query.bind(before.log.id.clone()).bind(before.log.generation).bind(before.position);
    }
    let done = query.execute(&mut **transaction).await.map_err(serving::Error::from)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::OtherWriter { table: fact }) }
}
