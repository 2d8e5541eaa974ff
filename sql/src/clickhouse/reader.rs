//! Questions to a warehouse on a ClickHouse server, answered as the embedded engine answers them.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use clickhouse::query::BytesCursor;
use futures_util::stream::try_unfold;

use super::error::shortened;
use super::migrate::require;
use super::types::Shape;
use super::{Connection, Error, Place, Schema};
use crate::rows::{Batches, Rows, Threads};
use crate::views::{VIEWS, View};

/// Threads that wait for the server's answers.
const THREADS: usize = 2;

/// How much longer than the server's own limit a piece of an answer is waited for.
const GRACE: Duration = Duration::from_secs(30);

/// What makes the server answer as the embedded engine does: by standard SQL, where it differs by itself.
const SETTINGS: &[(&str, &str)] = &[
    ("aggregate_functions_null_for_empty", "1"),
    ("cast_keep_nullable", "1"),
    ("join_use_nulls", "1"),
    // The connection compresses already, and the decoder knows no other compression.
    ("output_format_arrow_compression_method", "none"),
    ("output_format_arrow_string_as_string", "1"),
    ("prefer_column_name_to_alias", "1"),
    ("result_overflow_mode", "throw"),
    ("session_timezone", "UTC"),
    ("union_default_mode", "DISTINCT"),
];

/// Exceptions that are the server's own; all others are about the query, or about what it needs.
const FAILURES: &[&str] = &[
    "ABORTED",
    "ALL_CONNECTION_TRIES_FAILED",
    "CANNOT_READ_ALL_DATA",
    "CANNOT_SCHEDULE_TASK",
    "CHECKSUM_DOESNT_MATCH",
    "CORRUPTED_DATA",
    "KEEPER_EXCEPTION",
    "LOGICAL_ERROR",
    "NETWORK_ERROR",
    "NOT_ENOUGH_SPACE",
    "NO_FREE_CONNECTION",
    "NO_ZOOKEEPER",
    "POCO_EXCEPTION",
    "QUOTA_EXCEEDED",
    "S3_ERROR",
    "SERVER_OVERLOADED",
    "SOCKET_TIMEOUT",
    "STD_EXCEPTION",
    "SYSTEM_ERROR",
    "TOO_MANY_SIMULTANEOUS_QUERIES",
    "UNKNOWN_EXCEPTION",
    "UNKNOWN_SETTING",
];

/// What one query may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the server may compute.
    pub time: Duration,
    /// What it may hold in memory.
    pub memory_bytes: u64,
    /// How large its result may be, before it is compressed.
    pub result_bytes: u64,
}

impl Default for Limits {
    /// Enough for exports of whole facts.
    fn default() -> Self {
        Self { time: Duration::from_secs(300), memory_bytes: 4 << 30, result_bytes: 8 << 30 }
    }
}

/// SQL over what the warehouse holds at each moment. Its methods block; call them from a thread that may.
///
/// Queries run with `readonly`: they change nothing and reach nothing outside of the server. What else than the views they see
/// of the server is decided by the grants of the URL's user, who must be allowed to change settings.
///
/// A query of the subset that both engines share has the same answer here and there. What differs is the server's own SQL:
/// `/` of two integers is a fraction, a comparison that is shown as a column reads 1 or 0, `date_trunc` to weeks and longer
/// is a date until it is cast to a timestamp, and nulls come last where `ORDER BY` says nothing of them.
pub struct Reader {
    connection: Connection,
    limits: Limits,
    threads: Arc<Threads>,
}

impl Reader {
    /// Opens the warehouse; fails where its tables are not those of this version.
    pub fn open(place: &Place, limits: Limits) -> Result<Self, crate::Error> {
        Self::open_as(place, Schema::CURRENT, limits)
    }

    /// The same for tables that another schema makes.
    pub fn open_as(place: &Place, schema: Schema, limits: Limits) -> Result<Self, crate::Error> {
        let threads = Arc::new(Threads::start(THREADS)?);
        let connection = Connection::new(place)?;
        let asked = connection.clone();
        threads.wait(async move { require(&asked, &schema).await })??;
        let mut connection = connection
            .with_setting("readonly", "1")
            .with_setting("max_execution_time", limits.time.as_secs().max(1).to_string())
            .with_setting("max_memory_usage", limits.memory_bytes.to_string())
            .with_setting("max_result_bytes", limits.result_bytes.to_string());
        for (name, value) in SETTINGS {
            connection = connection.with_setting(name, *value);
        }
        Ok(Self { connection, limits, threads })
    }

    /// All rows of a query, in memory.
    pub fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, crate::Error> {
        self.stream(sql)?.collect()
    }

    /// The rows of a query, as they come.
    pub fn stream(&self, sql: &str) -> Result<Rows, crate::Error> {
        let (connection, limits, sql) = (self.connection.clone(), self.limits, sql.to_owned());
        let asked = self.threads.wait(async move { ask(&connection, limits, &sql).await })?;
        let (schema, batches) = asked.map_err(query_error)?;
        Ok(Rows::new(schema, batches, self.threads.clone()))
    }

    /// All rows of a view (`v1_sprints`, or `sprints` for short), sorted by its key.
    pub fn export(&self, name: &str) -> Result<Rows, crate::Error> {
        self.stream(&View::named(name)?.export_sql())
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// Asks the server; returns once the columns of the answer are known.
async fn ask(connection: &Connection, limits: Limits, sql: &str) -> Result<(SchemaRef, Batches), Error> {
    let types = described(connection, sql).await?;
    let cursor = connection.bytes(sql, "ArrowStream")?;
    let mut answer = Answer {
        connection: connection.clone(),
        cursor,
        decoder: StreamDecoder::new(),
        buffer: Buffer::from(Vec::<u8>::new()),
        wait: limits.time + GRACE,
    };
    let first = answer.next().await?;
    let schema = first.as_ref().map(RecordBatch::schema).or_else(|| answer.decoder.schema());
    let schema = schema.ok_or_else(|| unreadable("it ends before its columns"))?;
    let shape = Shape::new(&schema, &types);
    let schema = shape.schema();
    let rest = try_unfold((answer, first, shape), async |(mut answer, first, shape)| {
        let batch = match first {
            Some(batch) => Some(batch),
            None => answer.next().await.map_err(query_error)?,
        };
        let Some(batch) = batch else { return Ok(None) };
        let batch = shape.batch(&batch)?;
        Ok(Some((batch, (answer, None, shape))))
    });
    Ok((schema, Box::pin(rest)))
}

/// The server's own types of a query's columns; none for what is no query. What is wrong with it is found when it is run.
async fn described(connection: &Connection, sql: &str) -> Result<Vec<String>, Error> {
    let sql = sql.trim_end().trim_end_matches(';');
    let described = connection
        .rows::<(String, String, String, String, String, String, String)>(&format!(
            "DESCRIBE TABLE (\n{sql}\n)"
        ))
        .await;
    match described {
        Ok(columns) => Ok(columns.into_iter().map(|column| column.1).collect()),
        Err(Error::Server { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// An answer on its way.
struct Answer {
    connection: Connection,
    cursor: BytesCursor,
    decoder: StreamDecoder,
    buffer: Buffer,
    wait: Duration,
}

impl Answer {
    async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        loop {
            while !self.buffer.is_empty() {
                if let Some(batch) = self.decoder.decode(&mut self.buffer).map_err(unreadable)? {
                    return Ok(Some(batch));
                }
            }
            let piece = tokio::time::timeout(self.wait, self.cursor.next()).await;
            let piece = piece.unwrap_or(Err(clickhouse::error::Error::TimedOut));
            match piece.map_err(|error| self.connection.told(&error))? {
                Some(piece) => self.buffer = Buffer::from(piece),
                None => {
                    self.decoder.finish().map_err(unreadable)?;
                    return Ok(None);
                }
            }
        }
    }
}

fn unreadable(reason: impl std::fmt::Display) -> Error {
    Error::Answer(shortened(&reason.to_string()))
}

/// Whose fault it is: the query's, or the server's.
fn query_error(error: Error) -> crate::Error {
    match error {
        Error::Server { name, message } if name == "UNKNOWN_TABLE" => unknown_table(&message),
        Error::Server { name, message } if name == "READONLY" => crate::Error::Query(format!(
            "only queries are answered, and nothing outside of the server is reached: {message}"
        )),
        Error::Server { name, message } if !FAILURES.contains(&name.as_str()) => crate::Error::Query(message),
        error => error.into(),
    }
}

/// The server quotes the name.
fn unknown_table(message: &str) -> crate::Error {
    let name = message.split(['\'', '`']).nth(1).unwrap_or(message);
    if VIEWS.iter().any(|view| view.name == name) {
        return crate::Error::Engine(format!("`{name}` is missing in the warehouse: run `tidemark migrate`"));
    }
    crate::Error::unknown_table(name)
}
