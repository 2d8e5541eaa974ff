//! Rows of one table on their way into the serving database.

use std::collections::BTreeMap;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Arguments as _, AssertSqlSafe, SqlSafeStr as _, Transaction};
use tidemark_model::Key;
use tidemark_model::fact::{Kind, Value};
use tidemark_sql::serving::{self, Engine, create, insert, storable};
use tidemark_stream::{Offset, Snapshot, Stored};

use crate::{Error, Export, version};

/// Rows of one statement. SQLite looks for the name of each parameter among those before it, so that the time for a
/// statement grows with the square of its rows: 128 of them take ten times as long per row as 8.
const SQLITE_CHUNK_ROWS: usize = 8;

/// The same for a server, which is asked less often for it. Together they have fewer parameters than the 65,535 that a
/// statement may have.
const POSTGRES_CHUNK_ROWS: usize = 100;

/// Writes rows of one export inside of a transaction.
pub(super) struct Writer<'a> {
    export: &'a Export,
    generation: u64,
    engine: Engine,
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
        engine: Engine,
        transaction: &'a mut Transaction<'static, Any>,
    ) -> Self {
        let chunk_rows = match engine {
            Engine::Sqlite => SQLITE_CHUNK_ROWS,
            Engine::Postgres => POSTGRES_CHUNK_ROWS,
        };
        let full = insert(&export.fact, chunk_rows);
        let arguments = AnyArguments::default();
        Self { export, generation, engine, transaction, chunk_rows, full, arguments, waiting: 0, written: 0 }
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

    /// Writes the whole table in the place of what it held; `same` says whether the columns are still the same.
    pub(super) async fn anew(&mut self, snapshot: &dyn Snapshot, same: bool) -> Result<(), Error> {
        let fact = &self.export.fact;
        if same {
            self.run(format!("DELETE FROM {}", fact.name)).await?;
        } else {
            self.run(format!("DROP TABLE IF EXISTS {}", fact.name)).await?;
            for statement in create(fact, self.engine) {
                self.run(statement).await?;
            }
        }
        for row in snapshot.scan(self.export.table, &Key::default())? {
            let (key, stored) = row?;
            self.put(&key, &stored).await?;
        }
        self.send().await
    }

    async fn put(&mut self, key: &Key, stored: &Stored) -> Result<(), Error> {
        let corrupt = |reason: String| Error::Row { table: self.export.table, key: key.clone(), reason };
        let row = self.export.decode(&stored.json).map_err(|error| corrupt(error.to_string()))?;
        let mut columns = self.export.fact.columns.iter();
        let mut rows = 0;
        let mut failed = None;
        let (arguments, engine) = (&mut self.arguments, self.engine);
        self.export.explode(row.as_ref(), &mut |fact| {
            rows += 1;
            fact.values(&mut |value| {
                let kind = columns.next().map_or(Kind::Text, |column| column.kind);
                failed = bind(arguments, value, kind, engine).err().or(failed.take());
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

    async fn run(&mut self, statement: String) -> Result<(), Error> {
        let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut **self.transaction).await;
        done.map(|_| ()).map_err(|error| serving::Error::from(error).into())
    }
}

type Bound = Result<(), Box<dyn std::error::Error + Send + Sync>>;

fn bind(arguments: &mut AnyArguments, value: Value<'_>, kind: Kind, engine: Engine) -> Bound {
    match value {
        Value::Text(text) => arguments.add(storable(text.to_owned(), engine)),
        Value::Integer(number) => arguments.add(number),
        Value::Float(number) => arguments.add(number),
        Value::Boolean(flag) => arguments.add(i16::from(flag)),
        Value::Timestamp(at) => arguments.add(at.0),
        Value::Null => match kind {
            Kind::Text => arguments.add(None::<String>),
            Kind::Integer | Kind::Timestamp => arguments.add(None::<i64>),
            Kind::Float => arguments.add(None::<f64>),
            Kind::Boolean => arguments.add(None::<i16>),
        },
    }
}
