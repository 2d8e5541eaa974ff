//! What an installation cannot compute again, in one file: the raw tables, what was rejected while reading, which webhooks
//! were received, and how far each source was pulled. What the configuration says comes from the configuration.
//!
//! The file is zstd over JSON, a statement after the other, between a first one that says what it is and a last one that says
//! how many there are: a file that was cut short is found out before any of it is used. Payloads stand as they came, with
//! their own line ends. It holds nothing of how a store
//! keeps its rows, so that it moves between logs of every kind and between versions. Restoring merges by the same rules as
//! pulling does: done twice it changes nothing.

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Write};

use serde::{Deserialize, Serialize};
use tidemark_connectors::{Cursor, Page};
use tidemark_model::delivery::Delivery;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, RowWrite, Snapshot, Store};
use tidemark_stream::{codec, tables};

use crate::pull::{From, cursor_name, rows};

/// Raised when older programs could not read the file: they know no deliveries before 2.
const FORMAT: u32 = 2;
const LEVEL: i32 = 6;
/// Statements that are restored in one batch.
const BATCH: usize = 2000;

/// Why a backup can't be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the backup can't be {action}: {reason}")]
    File { action: &'static str, reason: std::io::Error },
    #[error("this is no backup of tidemark's: {0}")]
    Foreign(String),
    #[error(
        "the backup was made by a newer tidemark (its format is {found}, this one knows {FORMAT}): use that version"
    )]
    Newer { found: u32 },
    #[error("the backup is damaged at statement {statement}: {reason}; use another copy of it")]
    Damaged { statement: u64, reason: String },
    #[error(transparent)]
    Store(#[from] tidemark_stream::Error),
}

/// A statement of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// The first one.
    Tidemark {
        format: u32,
        generation: u64,
    },
    Raw(Raw),
    Rejected(Rejected),
    /// Without these a webhook that was recorded by somebody could be sent once more to what is restored.
    Delivery(Delivery),
    /// How far a source was pulled.
    Cursor {
        source: String,
        cursor: String,
    },
    /// The last one: the number of statements between it and the first.
    End {
        statements: u64,
    },
}

/// What a backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Of the log that it was made of: what sinks were written from it is older than what comes after a restore.
    pub generation: u64,
    pub sources: BTreeSet<String>,
    pub statements: u64,
}

/// Writes a backup of everything that `snapshot` holds whole. `cursor` says how far a source was pulled.
pub fn write(
    snapshot: &dyn Snapshot,
    generation: u64,
    cursor: &dyn Fn(&str) -> Result<Option<String>, tidemark_stream::Error>,
    out: impl Write,
) -> Result<Contents, Error> {
    let failed = |reason| Error::File { action: "written", reason };
    let mut out = zstd::Encoder::new(out, LEVEL).map_err(failed)?;
    out.include_checksum(true).map_err(failed)?;
    let mut contents = Contents { generation, ..Contents::default() };
    let mut say = |statement: &Statement, contents: &mut Contents| {
        contents.statements += 1;
        line(&mut out, statement).map_err(failed)
    };
    say(&Statement::Tidemark { format: FORMAT, generation }, &mut contents)?;
    for row in snapshot.scan(Raw::TABLE, &Key::default())? {
        let (key, stored) = row?;
        let raw: Raw = tables::decode(&key, &stored.json)?;
        contents.sources.insert(raw.source.clone());
        say(&Statement::Raw(raw), &mut contents)?;
    }
    for row in snapshot.scan(Rejected::TABLE, &Key::default())? {
        let (key, stored) = row?;
        let rejected: Rejected = tables::decode(&key, &stored.json)?;
        // What processors reject they reject again.
        if matches!(rejected.stage, Stage::Read | Stage::Receive) {
            contents.sources.insert(rejected.source.clone());
            say(&Statement::Rejected(rejected), &mut contents)?;
        }
    }
    for row in snapshot.scan(Delivery::TABLE, &Key::default())? {
        let (key, stored) = row?;
        let delivery: Delivery = tables::decode(&key, &stored.json)?;
        contents.sources.insert(delivery.source.clone());
        say(&Statement::Delivery(delivery), &mut contents)?;
    }
    for source in contents.sources.clone() {
        if let Some(cursor) = cursor(&source)? {
            say(&Statement::Cursor { source, cursor }, &mut contents)?;
        }
    }
    contents.statements -= 1;
    line(&mut out, &Statement::End { statements: contents.statements }).map_err(failed)?;
    out.finish().and_then(|mut out| out.flush()).map_err(failed)?;
    Ok(contents)
}

fn line(out: &mut impl Write, statement: &Statement) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, statement)?;
    out.write_all(b"\n")
}

/// Reads a backup to its end, and gives every statement between the first and the last to `hear`.
pub fn read(
    file: impl Read,
    hear: &mut dyn FnMut(Statement) -> Result<(), Error>,
) -> Result<Contents, Error> {
    let file = zstd::Decoder::new(file).map_err(|error| Error::Foreign(error.to_string()))?;
    let mut contents = Contents::default();
    let mut ended = false;
    let statements = serde_json::Deserializer::from_reader(BufReader::new(file)).into_iter::<Statement>();
    for (number, statement) in statements.enumerate() {
        let number = number as u64;
        let damaged = |reason: String| match number {
            0 => Error::Foreign(reason),
            statement => Error::Damaged { statement, reason },
        };
        let statement = statement.map_err(|error| damaged(error.to_string()))?;
        if ended {
            return Err(damaged("something follows the end".to_owned()));
        }
        match (number, statement) {
            (0, Statement::Tidemark { format, generation }) => {
                if format > FORMAT {
                    return Err(Error::Newer { found: format });
                }
                contents.generation = generation;
            }
            (0, _) | (_, Statement::Tidemark { .. }) => {
                return Err(damaged("the first statement says what it is, and no other does".to_owned()));
            }
            (_, Statement::End { statements }) if statements == contents.statements => ended = true,
            (_, Statement::End { statements }) => {
                return Err(damaged(format!("{statements} were written, {} are here", contents.statements)));
            }
            (_, statement) => {
                contents.statements += 1;
                if let Statement::Cursor { source, .. }
                | Statement::Raw(Raw { source, .. })
                | Statement::Delivery(Delivery { source, .. })
                | Statement::Rejected(Rejected { source, .. }) = &statement
                    && !contents.sources.contains(source)
                {
                    contents.sources.insert(source.clone());
                }
                hear(statement)?;
            }
        }
    }
    if ended {
        return Ok(contents);
    }
    Err(Error::Damaged {
        statement: contents.statements,
        reason: "it ends here, without its last statement".to_owned(),
    })
}

/// Restores a source's statements into a store, batch by batch. Its cursor comes with the last of them, so that a restore
/// that was interrupted leaves a source that is pulled from its beginning.
pub struct Restore<'a> {
    source: String,
    store: &'a dyn Store,
    page: Page,
    deliveries: Vec<Delivery>,
    cursor: Option<String>,
}

impl<'a> Restore<'a> {
    pub fn new(source: impl Into<String>, store: &'a dyn Store) -> Self {
        Self { source: source.into(), store, page: Page::default(), deliveries: Vec::new(), cursor: None }
    }

    /// Takes a statement in, if it is of this source.
    pub fn take(&mut self, statement: &Statement) -> Result<(), Error> {
        match statement {
            Statement::Raw(raw) if raw.source == self.source => self.page.records.push(raw.clone()),
            Statement::Rejected(rejected) if rejected.source == self.source => {
                self.page.rejected.push(rejected.clone());
            }
            Statement::Delivery(delivery) if delivery.source == self.source => {
                self.deliveries.push(delivery.clone());
            }
            Statement::Cursor { source, cursor } if *source == self.source => {
                self.cursor = Some(cursor.clone());
            }
            _ => {}
        }
        let waiting = self.page.records.len() + self.page.rejected.len() + self.deliveries.len();
        if waiting >= BATCH { self.write(None) } else { Ok(()) }
    }

    /// Writes what is left, and the cursor.
    pub fn finish(mut self) -> Result<(), Error> {
        let cursor = self.cursor.take();
        self.write(cursor)
    }

    fn write(&mut self, cursor: Option<String>) -> Result<(), Error> {
        let mut rows = rows(self.store, &self.source, From::Silent, std::mem::take(&mut self.page))?;
        let snapshot = self.store.snapshot();
        for delivery in std::mem::take(&mut self.deliveries) {
            let key = delivery.key();
            // What is known already is as good.
            if snapshot.get(Delivery::TABLE, &key)?.is_none() {
                let json =
                    serde_json::to_vec(&delivery).map_err(|error| Error::Foreign(error.to_string()))?;
                rows.push(RowWrite {
                    table: Delivery::TABLE,
                    key,
                    json: Some(codec::pack(json)),
                    fresh: true,
                });
            }
        }
        let mut batch = Batch { rows, ..Batch::default() };
        if let Some(cursor) = cursor {
            batch.set_meta(cursor_name(&self.source), cursor);
        }
        Ok(self.store.commit(batch, Durability::Synced)?)
    }
}

/// How far a source was pulled into a store.
pub fn cursor(store: &dyn Store, source: &str) -> Result<Option<String>, tidemark_stream::Error> {
    let stored = store.snapshot().meta(&cursor_name(source))?;
    Ok(stored.map(|bytes| Cursor(String::from_utf8_lossy(&bytes).into_owned()).0))
}
