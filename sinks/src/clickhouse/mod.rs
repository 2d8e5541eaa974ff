//! The writer of a warehouse on a ClickHouse server: pages of changes, and how far they go.
//!
//! A task follows its partition of each table by its own positions. A page of changes is one `INSERT` of one block per fact,
//! which the server writes whole or not at all; the position is written after it. Whatever is interrupted is done again from
//! the last position, and changes nothing that was done before, since the server keeps the newest version of each key (see
//! [`tidemark_sql::clickhouse`]). Nothing is read before it is written, so that tasks of several processes write side by side.
//!
//! **Anew.** Where there is no position of this generation and table, all changes are written from the first one on: of each
//! living row that is its row, of each row that was taken away its mark. What the warehouse has from older generations, and
//! the log has no word of, is marked after that, with the generation's lowest version: lower than any row's, so that a task
//! that has not heard of another's row yet cannot take it away. Until then the position says that it is not whole.
//!
//! The same is done where nobody has looked at a position for so long that the log may have forgotten what was taken away since
//! (see the module `absence`). What is left then is of this generation as well: its mark is one version higher than the row,
//! as that of the change at the earliest that took it away, and lower than that of any change which brings it back.
//!
//! **No row of its own can be refused.** Values leave as Arrow columns of the types that the table has, made from Rust values
//! of these types: a row of the log that is none is named before anything is sent ([`Error::Row`]). A page that the server
//! refuses nevertheless is named with its first and last key ([`Error::Page`]).

mod block;
mod pages;
mod positions;

use tidemark_model::Key;
use tidemark_sql::clickhouse::{self, Connection, Place, Schema, require};
use tidemark_stream::{Offset, Snapshot};

use crate::absence::Absence;
use crate::{EXPORTS, Error, Export, version};
use block::Block;
use pages::{Limits, Page};
use positions::{Position, Positions};

/// Keys of one question for what is left that the log has no row of.
const SWEEP_ROWS: usize = 10_000;

/// A warehouse, opened for writing. Any number of tasks and processes may write at once, each its own partitions.
#[derive(Debug, Clone)]
pub struct ClickHouse {
    connection: Connection,
    schema: Schema,
    limits: Limits,
}

/// What a call has written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Table rows written; one that feeds two facts counts twice.
    pub rows: u64,
    /// Marks of rows that are gone.
    pub gone: u64,
    /// `INSERT`s of rows or marks.
    pub inserts: u64,
    /// The facts that were written anew.
    pub anew: Vec<&'static str>,
}

impl ClickHouse {
    /// Opens the warehouse; fails where its tables are not those of this version.
    pub async fn open(place: &Place) -> Result<Self, Error> {
        Self::open_as(place, Schema::CURRENT).await
    }

    /// The same for tables that another schema makes.
    pub async fn open_as(place: &Place, schema: Schema) -> Result<Self, Error> {
        let connection = Connection::new(place)?;
        require(&connection, &schema).await?;
        Ok(Self { connection, schema, limits: Limits::default() })
    }

    /// The same with smaller pages, of at most so many table rows.
    #[must_use]
    pub fn with_page_rows(mut self, rows: usize) -> Self {
        self.limits.rows = rows;
        self
    }

    /// Writes what has changed in a partition since the last time, up to the snapshot; where it was never written, all of it.
    /// It may be called again after any error, and goes on where it was.
    ///
    /// What the snapshot holds has to be on disk before: of what a log has lost, the warehouse would keep the newer versions.
    /// The generation has to be raised when a log's tables are emptied or the log is another one.
    pub async fn follow(
        &self,
        snapshot: &dyn Snapshot,
        generation: u64,
        partition: u32,
    ) -> Result<Written, Error> {
        let positions = Positions::read(&self.connection).await?;
        let mut written = Written::default();
        for exports in EXPORTS.chunk_by(|one, next| one.table == next.table) {
            for (position, exports) in self.by_position(exports, &positions, (generation, partition))? {
                let mut task =
                    Task { warehouse: self, snapshot, generation, partition, exports, written: &mut written };
                task.run(position).await?;
            }
        }
        Ok(written)
    }

    /// The newest generation of any log that has written the warehouse, 0 where none has: another log has to be of a later
    /// one.
    pub async fn newest_generation(&self) -> Result<u64, Error> {
        Ok(Positions::read(&self.connection).await?.newest())
    }

    /// The exports of one table, those together that follow it from the same position.
    fn by_position(
        &self,
        exports: &'static [Export],
        positions: &Positions,
        (generation, partition): (u64, u32),
    ) -> Result<Vec<(Position, Vec<&'static Export>)>, Error> {
        let mut groups: Vec<(Position, Vec<&Export>)> = Vec::new();
        for export in exports {
            let fact = export.fact.name;
            let table = self.schema.table(fact);
            if let Some(found) = positions.newest_generation(&table).filter(|found| *found > generation) {
                return Err(Error::OlderLog { fact, found, generation });
            }
            let position = positions.of(&table, generation, partition);
            match groups.iter_mut().find(|(other, _)| *other == position) {
                Some((_, exports)) => exports.push(export),
                None => groups.push((position, vec![export])),
            }
        }
        Ok(groups)
    }
}

/// The writing of facts of one table that follow it from the same position.
struct Task<'a> {
    warehouse: &'a ClickHouse,
    snapshot: &'a dyn Snapshot,
    generation: u64,
    partition: u32,
    exports: Vec<&'static Export>,
    written: &'a mut Written,
}

impl Task<'_> {
    async fn run(&mut self, mut position: Position) -> Result<(), Error> {
        let Some(first) = self.exports.first() else { return Ok(()) };
        let newest = self.snapshot.newest(first.table)?;
        let followed_at = self.snapshot.followed_at()?;
        let absence = Absence::between(position.followed_at, followed_at);
        position.followed_at = followed_at;
        if absence == Absence::TooLong {
            return self.again(position).await;
        }
        if position.offset > newest {
            return Err(Error::Ahead { table: first.table, position: position.offset, newest });
        }
        if position.whole && position.offset == newest {
            return if absence == Absence::Due { self.advance(position).await } else { Ok(()) };
        }
        if !position.whole {
            self.written.anew.extend(self.exports.iter().map(|export| export.fact.name));
        }
        while let Some(page) = self.page(position.offset)? {
            position.offset = page.position;
            self.send(page).await?;
            self.advance(position).await?;
        }
        if !position.whole {
            self.sweep(version(self.generation, 0)).await?;
            self.advance(Position { whole: true, ..position }).await?;
        }
        Ok(())
    }

    /// Writes everything once more, and takes away what the log has no row of, up to what `position` and the snapshot have had:
    /// what is newer is another task's, which knows more. Until then the position stays.
    async fn again(&mut self, position: Position) -> Result<(), Error> {
        self.written.anew.extend(self.exports.iter().map(|export| export.fact.name));
        let Some(first) = self.exports.first() else { return Ok(()) };
        let newest = self.snapshot.newest(first.table)?;
        let mut written = 0;
        while let Some(page) = self.page(written)? {
            written = page.position;
            self.send(page).await?;
        }
        self.sweep(version(self.generation, position.offset.max(newest) + 1)).await?;
        if position.offset > newest {
            // The log has forgotten its last change: that a row was taken away.
            positions::forget(&self.warehouse.connection, &self.tables(), self.partition).await?;
        }
        self.advance(Position { offset: newest, whole: true, ..position }).await
    }

    fn page(&self, after: Offset) -> Result<Option<Page>, Error> {
        pages::read(self.snapshot, &self.exports, self.generation, after, self.warehouse.limits)
    }

    async fn send(&mut self, page: Page) -> Result<(), Error> {
        for (export, block) in self.exports.clone().into_iter().zip(page.blocks) {
            self.insert(export, block).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, export: &Export, mut block: Block) -> Result<(), Error> {
        let Some((first, last)) = block.span() else { return Ok(()) };
        let warehouse = self.warehouse;
        let (rows, gone) = (block.rows(), block.gone());
        let encoded = block
            .encode()
            .map_err(|error| Error::Columns { fact: export.fact.name, reason: error.to_string() })?;
        let sql = block::insert(&export.fact, &warehouse.schema.table(export.fact.name));
        if let Err(error) = warehouse.connection.insert(&sql, &encoded).await {
            if error.exception() == Some("UNKNOWN_TABLE") {
                // A newer program has made the tables anew.
                require(&warehouse.connection, &warehouse.schema).await?;
            }
            return Err(match error {
                clickhouse::Error::Server { .. } if !error.is_transient() => Error::Page {
                    fact: export.fact.name,
                    rows: rows + gone,
                    first,
                    last,
                    source: Box::new(error),
                },
                error => error.into(),
            });
        }
        self.written.rows += rows;
        self.written.gone += gone;
        self.written.inserts += 1;
        Ok(())
    }

    async fn advance(&self, position: Position) -> Result<(), Error> {
        let (connection, tables) = (&self.warehouse.connection, self.tables());
        Ok(positions::write(connection, &tables, self.generation, self.partition, position).await?)
    }

    fn tables(&self) -> Vec<String> {
        self.exports.iter().map(|export| self.warehouse.schema.table(export.fact.name)).collect()
    }

    /// Marks what the warehouse has of versions below a limit and the log has no row of, where this snapshot would hold it.
    async fn sweep(&mut self, below: i64) -> Result<(), Error> {
        for index in 0..self.exports.len() {
            self.sweep_one(self.exports[index], below).await?;
        }
        Ok(())
    }

    async fn sweep_one(&mut self, export: &'static Export, below: i64) -> Result<(), Error> {
        let table = self.warehouse.schema.table(export.fact.name);
        let oldest = version(self.generation, 0);
        let mut after = Key::default();
        loop {
            let sql = format!(
                "SELECT hex(_key), _version FROM {table} FINAL WHERE _version < {below} AND _key > unhex('{}') \
                 ORDER BY _key LIMIT {SWEEP_ROWS}",
                hex(after.as_bytes())
            );
            let left: Vec<(String, u64)> = self.warehouse.connection.rows(&sql).await?;
            let left =
                left.iter().map(|(text, version)| (Key::from_bytes(unhex(text)), version.cast_signed()));
            let left: Vec<(Key, i64)> = left.collect();
            let mut block = Block::new(&export.fact);
            for (key, version) in &left {
                if self.snapshot.owns(export.table, key) && self.snapshot.get(export.table, key)?.is_none() {
                    block.push_gone(key, oldest.max(version + 1));
                }
            }
            self.insert(export, block).await?;
            match left.last() {
                Some((last, _)) if left.len() == SWEEP_ROWS => after = last.clone(),
                _ => return Ok(()),
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The bytes of pairs of hexadecimal digits, as the server writes them.
fn unhex(text: &str) -> Vec<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::{hex, unhex};

    #[test]
    fn keys_come_back_from_their_digits() {
        assert_eq!(hex(b"a\0\xff"), "6100FF");
        assert_eq!(unhex("6100FF"), b"a\0\xff");
    }
}
