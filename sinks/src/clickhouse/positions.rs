//! How far the warehouse's tables follow the partitions of the log.

use tidemark_model::Timestamp;
use tidemark_sql::clickhouse::{Connection, Error};
use tidemark_stream::Offset;

use crate::version;

/// How far a table follows a partition in one generation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Every change up to this one is written.
    pub(super) offset: Offset,
    /// Whether what older generations left is marked.
    pub(super) whole: bool,
    /// When it was last known to be the log's own.
    pub(super) followed_at: Option<Timestamp>,
}

/// All positions of a warehouse: a few for each task.
#[derive(Debug)]
pub(super) struct Positions(Vec<Stored>);

/// Table, partition, generation, offset, whether it is whole, and when it was last the log's own: 0 where that does not matter.
type Stored = (String, u32, u64, u64, u8, i64);

impl Positions {
    pub(super) async fn read(connection: &Connection) -> Result<Self, Error> {
        let sql =
            "SELECT table_name, partition, generation, position, whole, followed_at FROM positions FINAL";
        Ok(Self(connection.rows(sql).await?))
    }

    /// The position of a table in this generation; the beginning where there is none.
    pub(super) fn of(&self, table: &str, generation: u64, partition: u32) -> Position {
        let found =
            self.0.iter().find(|stored| stored.0 == table && stored.1 == partition && stored.2 == generation);
        found.map_or_else(Position::default, |stored| Position {
            offset: stored.3,
            whole: stored.4 == 1,
            followed_at: (stored.5 != 0).then_some(Timestamp(stored.5)),
        })
    }

    /// The newest generation that any task has written of any table.
    pub(super) fn newest(&self) -> u64 {
        self.0.iter().map(|stored| stored.2).max().unwrap_or_default()
    }

    /// The newest generation that any task has written of a table.
    pub(super) fn newest_generation(&self, table: &str) -> Option<u64> {
        self.0.iter().filter(|stored| stored.0 == table).map(|stored| stored.2).max()
    }
}

/// Writes a position of several tables at once. The greater one stays, whoever comes later; of equal ones the later.
pub(super) async fn write(
    connection: &Connection,
    tables: &[String],
    generation: u64,
    partition: u32,
    position: Position,
) -> Result<(), Error> {
    let Position { offset, whole, followed_at } = position;
    let followed_at = followed_at.unwrap_or_default().0;
    let whole = u8::from(whole);
    let version = version(generation, offset).cast_unsigned() << 1 | u64::from(whole);
    connection
        .run(&format!(
            "INSERT INTO positions (table_name, partition, generation, position, whole, version, followed_at) \
             SELECT arrayJoin([{}]), {partition}, {generation}, {offset}, {whole}, {version}, {followed_at}",
            quoted(tables)
        ))
        .await
}

/// Forgets the positions of tables in a partition, so that lower ones can be written.
pub(super) async fn forget(connection: &Connection, tables: &[String], partition: u32) -> Result<(), Error> {
    connection
        .run(&format!(
            "ALTER TABLE positions DELETE WHERE partition = {partition} AND table_name IN ({}) \
             SETTINGS mutations_sync = 2",
            quoted(tables)
        ))
        .await
}

fn quoted(tables: &[String]) -> String {
    let tables: Vec<String> = tables.iter().map(|table| format!("'{table}'")).collect();
    tables.join(", ")
}
