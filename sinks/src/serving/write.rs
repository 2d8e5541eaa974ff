//! Rows of one table on their way into the serving database.

use std::collections::BTreeMap;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Arguments as _, AssertSqlSafe, Row as _, SqlSafeStr as _, Transaction};
use tidemark_model::Key;
use tidemark_model::fact::{Kind, Value};
use tidemark_sql::serving::{self, Engine, insert, storable};
use tidemark_stream::{Offset, Snapshot, Stored};

use super::position::is_alone;
use crate::{Error, Export, version};

/// Rows of one statement. SQLite looks for the name of each parameter among those before it, so that the time for a
/// statement grows with the square of its rows: 128 of them take ten times as long per row as 8.
const SQLITE_CHUNK_ROWS: usize = 8;

/// The same for a server, which is asked less often for it. Together they have fewer parameters than the 65,535 that a
/// statement may have.
const POSTGRES_CHUNK_ROWS: usize = 100;

/// Keys that are looked at together where some of them are to go.
const KEYS: i64 = 5000;

/// Writes rows of one export inside of a transaction.
pub(super) struct Writer<'a> {
    export: &'a Export,
    generation: u64,
    transaction: &'a mut Transaction<'static, Any>,
    chunk_rows: usize,
    /// The statement for a full chunk.
    full: String,
    arguments: AnyArguments,
    waiting: usize,
    written: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        export: &'a Export,
        generation: u64,
        transaction: &'a mut Transaction<'static, Any>,
        engine: Engine,
    ) -> Self {
        let chunk_rows = match engine {
            Engine::Sqlite => SQLITE_CHUNK_ROWS,
            Engine::Postgres => POSTGRES_CHUNK_ROWS,
        };
        let full = insert(&export.fact, chunk_rows);
        let arguments = AnyArguments::default();
        Self { export, generation, transaction, chunk_rows, full, arguments, waiting: 0, written: 0 }
    }

    /// Rows written or taken away so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Writes the newest rows of changed keys, and marks those that are gone.
    pub(super) async fn changes(
        &mut self,
        snapshot: &dyn Snapshot,
        keys: &BTreeMap<Key, Offset>,
    ) -> Result<(), Error> {
        for (key, offset) in keys {
            match snapshot.get(self.export.table, key)? {
                Some(stored) => self.put(key, &stored).await?,
                None => self.take_away(key, *offset).await?,
            }
        }
        self.send().await
    }

    /// Writes a task's share of the table in the place of what it held; nobody else writes meanwhile.
    pub(super) async fn anew(&mut self, snapshot: &dyn Snapshot, partition: u32) -> Result<(), Error> {
        self.empty(snapshot, partition).await?;
        for row in snapshot.scan(self.export.table, &Key::default())? {
            let (key, stored) = row?;
            if snapshot.owns(self.export.table, &key) {
                self.put(&key, &stored).await?;
            }
        }
        self.send().await
    }

    /// Takes all rows away that the task owns, whoever wrote them.
    async fn empty(&mut self, snapshot: &dyn Snapshot, partition: u32) -> Result<(), Error> {
        let name = self.export.fact.name;
        // Where nobody else ever wrote, all of them; what is another's now comes with its own share.
        if is_alone(self.transaction, partition).await? {
            let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM {name}")));
            delete.execute(&mut **self.transaction).await.map_err(serving::Error::from)?;
            return Ok(());
        }
        let mut after = Vec::new();
        loop {
            let keys = self.keys_after(after).await?;
            let Some(last) = keys.last() else { return Ok(()) };
            after = last.clone();
            let own = |key: &Vec<u8>| snapshot.owns(self.export.table, &Key::from_bytes(key.clone()));
            let own: Vec<Vec<u8>> = keys.into_iter().filter(own).collect();
            for some in own.chunks(self.chunk_rows) {
                let marks: Vec<String> = (1..=some.len()).map(|mark| format!("${mark}")).collect();
                let delete = format!("DELETE FROM {name} WHERE _key IN ({})", marks.join(", "));
                let query = sqlx::query(AssertSqlSafe(delete));
                let query = some.iter().fold(query, |query, key| query.bind(key.clone()));
                let query = query.persistent(some.len() == self.chunk_rows);
                query.execute(&mut **self.transaction).await.map_err(serving::Error::from)?;
            }
        }
    }

    /// Some keys of the table, in order.
    async fn keys_after(&mut self, after: Vec<u8>) -> Result<Vec<Vec<u8>>, Error> {
        let name = self.export.fact.name;
        let select = format!("SELECT _key FROM {name} WHERE _key > $1 ORDER BY _key LIMIT {KEYS}");
        let rows = sqlx::query(AssertSqlSafe(select)).bind(after).fetch_all(&mut **self.transaction).await;
        let keys = rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect());
        Ok(keys.map_err(serving::Error::from)?)
    }

    async fn put(&mut self, key: &Key, stored: &Stored) -> Result<(), Error> {
        let corrupt = |reason: String| Error::Row { table: self.export.table, key: key.clone(), reason };
        let row = self.export.decode(&stored.json).map_err(|error| corrupt(error.to_string()))?;
        let mut columns = self.export.fact.columns.iter();
        let mut rows = 0;
        let mut failed = None;
        let arguments = &mut self.arguments;
        self.export.explode(row.as_ref(), &mut |fact| {
            rows += 1;
            fact.values(&mut |value| {
                let kind = columns.next().map_or(Kind::Text, |column| column.kind);
                failed = bind(arguments, value, kind).err().or(failed.take());
            });
        });
        debug_assert_eq!(
            rows, 1,
            "{} is served, so each of its table rows is one row",
            self.export.fact.name
        );
        let version = version(self.generation, stored.offset);
        let arguments = &mut self.arguments;
        let kept = arguments.add(key.as_bytes().to_vec());
        let kept = kept.and_then(|()| arguments.add(version)).and_then(|()| arguments.add(0_i16));
        if let Some(error) = failed.or(kept.err()) {
            return Err(corrupt(error.to_string()));
        }
        self.waiting += 1;
        if self.waiting == self.chunk_rows { self.send().await } else { Ok(()) }
    }

    /// Writes the rows that wait.
    async fn send(&mut self) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.waiting);
        if rows == 0 {
            return Ok(());
        }
        let sql = if rows == self.chunk_rows { self.full.clone() } else { insert(&self.export.fact, rows) };
        let arguments = std::mem::take(&mut self.arguments);
        let query: Query<'_, Any, AnyArguments> =
            sqlx::query_with(AssertSqlSafe(sql).into_sql_str(), arguments);
        // Chunks that are not full are of many lengths: their statements are not worth keeping.
        let query = query.persistent(rows == self.chunk_rows || rows == 1);
        query.execute(&mut **self.transaction).await.map_err(serving::Error::from)?;
        self.written += rows as u64;
        Ok(())
    }

    async fn take_away(&mut self, key: &Key, offset: Offset) -> Result<(), Error> {
        let update = format!(
            "UPDATE {} SET _gone = 1, _version = $1 WHERE _key = $2 AND _version < $1",
            self.export.fact.name
        );
        let query = sqlx::query(AssertSqlSafe(update));
        let query = query.bind(version(self.generation, offset)).bind(key.as_bytes().to_vec());
        let done = query.execute(&mut **self.transaction).await.map_err(serving::Error::from)?;
        self.written += done.rows_affected();
        Ok(())
    }
}

type Bound = Result<(), Box<dyn std::error::Error + Send + Sync>>;

fn bind(arguments: &mut AnyArguments, value: Value<'_>, kind: Kind) -> Bound {
    match value {
        Value::Text(text) => arguments.add(storable(text)),
        Value::Integer(number) => arguments.add(number),
        // Of zeros a file knows one, which is then the server's as well.
        Value::Float(number) => arguments.add(number + 0.0),
        Value::Boolean(flag) => arguments.add(i16::from(flag)),
        Value::Timestamp(at) => arguments.add(at.0),
        Value::Null => match kind {
            Kind::Text => arguments.add(None::<String>),
            Kind::Integer | Kind::Timestamp => arguments.add(None::<i64>),
            // The driver for both databases takes the one for the other: a statement that a server has prepared with the
            // narrower of the two would refuse every later number.
            Kind::Float => arguments.add(None::<f32>),
            Kind::Boolean => arguments.add(None::<i16>),
        },
    }
}
