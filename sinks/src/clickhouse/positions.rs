//! How far the warehouse's tables follow the partitions of the log.

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
}

/// All positions of a warehouse: a few for each task.
#[derive(Debug)]
pub(super) struct Positions(Vec<Stored>);

/// Table, partition, generation, offset, whether it is whole.
type Stored = (String, u32, u64, u64, u8);

impl Positions {
    pub(super) async fn read(connection: &Connection) -> Result<Self, Error> {
        let sql = "SELECT table_name, partition, generation, position, whole FROM positions FINAL";
        Ok(Self(connection.rows(sql).await?))
    }

    /// The position of a table in this generation; the beginning where there is none.
    pub(super) fn of(&self, table: &str, generation: u64, partition: u32) -> Position {
        let found =
            self.0.iter().find(|stored| stored.0 == table && stored.1 == partition && stored.2 == generation);
        found.map_or_else(Position::default, |stored| Position { offset: stored.3, whole: stored.4 == 1 })
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

/// Writes a position of several tables at once. The greater one stays, whoever comes later.
pub(super) async fn write(
    connection: &Connection,
    tables: &[String],
    generation: u64,
    partition: u32,
    position: Position,
) -> Result<(), Error> {
    let Position { offset, whole } = position;
    let whole = u8::from(whole);
    let version = version(generation, offset).cast_unsigned() << 1 | u64::from(whole);
    let tables: Vec<String> = tables.iter().map(|table| format!("'{table}'")).collect();
    connection
        .run(&format!(
            "INSERT INTO positions (table_name, partition, generation, position, whole, version) \
             SELECT arrayJoin([{}]), {partition}, {generation}, {offset}, {whole}, {version}",
            tables.join(", ")
        ))
        .await
}
