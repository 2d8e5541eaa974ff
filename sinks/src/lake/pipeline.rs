//! Table rows to parts: one thread reads the table and writes the files, others decode and encode in between.
//!
//! Rows go through in chunks of bounded size, so that memory is bounded whatever the table holds. Chunks are cut by
//! the rows alone and appended in order, so that equal rows make equal files.

use std::collections::VecDeque;

use tidemark_model::Key;
use tidemark_stream::Stored;

use super::part::{Encoder, PartWriter, ROW_GROUP_ROWS, RowGroup, refusal};
use crate::columns::Columns;
use crate::{Error, Export, version};

/// The JSON of one chunk. A few chunks are under way at once, each a few times its size while it is encoded.
const CHUNK_BYTES: usize = 16 << 20;

/// The most table rows of a chunk: rows of facts that are not exploded make one row group.
const CHUNK_ROWS: usize = ROW_GROUP_ROWS;

/// Chunks that are decoded and encoded at once.
const WORKERS: usize = 2;

/// The facts of one table on their way into parts, one part per export.
pub(super) struct Pipeline<'a> {
    pub(super) exports: &'a [Export],
    pub(super) encoders: Vec<Encoder>,
    pub(super) parts: Vec<PartWriter>,
    pub(super) generation: u64,
}

type Chunk = Vec<(Key, Stored)>;

/// Per export, the row groups of one chunk.
type Encoded = Vec<Vec<RowGroup>>;

impl Pipeline<'_> {
    /// Writes all rows; `progress` hears how many table rows are written so far. Returns their number.
    pub(super) fn run(
        &mut self,
        rows: impl Iterator<Item = Result<(Key, Stored), Error>>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, Error> {
        let mut chunks = Chunks { rows, failed: false }.peekable();
        let mut done = 0;
        if let Some(first) = chunks.next() {
            if chunks.peek().is_some() {
                return self.run_in_threads(std::iter::once(first).chain(chunks), progress);
            }
            let first = first?;
            done = first.len() as u64;
            let encoded = encode(self.exports, &self.encoders, self.generation, &first);
            self.append(encoded.map_err(|error| self.named(error))?)?;
            progress(done);
        }
        Ok(done)
    }

    /// A thread per chunk, few at a time; their results are taken in the order of the chunks.
    fn run_in_threads(
        &mut self,
        chunks: impl Iterator<Item = Result<Chunk, Error>>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, Error> {
        let (exports, generation) = (self.exports, self.generation);
        let encoders = std::mem::take(&mut self.encoders);
        std::thread::scope(|scope| {
            let mut under_way = VecDeque::new();
            let mut done = 0;
            let mut chunks = chunks.fuse();
            loop {
                let chunk = chunks.next().transpose()?;
                let ended = chunk.is_none();
                if let Some(chunk) = chunk {
                    let encoders = &encoders;
                    under_way.push_back(scope.spawn(move || {
                        encode(exports, encoders, generation, &chunk)
                            .map(|encoded| (chunk.len() as u64, encoded))
                    }));
                }
                if under_way.len() == WORKERS || ended {
                    let Some(oldest) = under_way.pop_front() else { return Ok(done) };
                    let encoded = oldest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                    let (rows, encoded) = encoded.map_err(|error| self.named(error))?;
                    self.append(encoded)?;
                    done += rows;
                    progress(done);
                }
            }
        })
    }

    fn append(&mut self, encoded: Encoded) -> Result<(), Error> {
        for (part, groups) in self.parts.iter_mut().zip(encoded) {
            for group in groups {
                part.append(group)?;
            }
        }
        Ok(())
    }

    /// Names the part in an error of its encoding.
    fn named(&self, error: Refused) -> Error {
        match error {
            Refused::Row(error) => error,
            Refused::Encode(index, error) => refusal(self.parts[index].path(), error),
        }
    }
}

/// Why a chunk cannot be encoded.
enum Refused {
    Row(Error),
    /// The export with this index.
    Encode(usize, parquet::errors::ParquetError),
}

/// Cuts rows into chunks; ends after an error.
struct Chunks<I> {
    rows: I,
    failed: bool,
}

impl<I: Iterator<Item = Result<(Key, Stored), Error>>> Iterator for Chunks<I> {
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while !self.failed && bytes < CHUNK_BYTES && chunk.len() < CHUNK_ROWS {
            match self.rows.next() {
                Some(Ok((key, stored))) => {
                    bytes += stored.json.len();
                    chunk.push((key, stored));
                }
                Some(Err(error)) => {
                    self.failed = true;
                    return Some(Err(error));
                }
                None => break,
            }
        }
        if chunk.is_empty() { None } else { Some(Ok(chunk)) }
    }
}

fn encode(
    exports: &[Export],
    encoders: &[Encoder],
    generation: u64,
    chunk: &Chunk,
) -> Result<Encoded, Refused> {
    let mut columns: Vec<Columns> = exports.iter().map(|export| Columns::new(&export.fact)).collect();
    let mut encoded: Encoded = exports.iter().map(|_| Vec::new()).collect();
    let Some(table) = exports.first() else { return Ok(encoded) };
    let group = |index: usize, columns: &mut Columns| {
        let batch = columns.take().map_err(|error| Refused::Encode(index, error.into()))?;
        encoders[index].encode(&batch).map_err(|error| Refused::Encode(index, error))
    };
    for (key, stored) in chunk {
        let row = table.decode(&stored.json).map_err(|error| {
            Refused::Row(Error::Row { table: table.table, key: key.clone(), reason: error.to_string() })
        })?;
        for (index, export) in exports.iter().enumerate() {
            columns[index].begin(key, version(generation, stored.offset));
            export.explode(row.as_ref(), &mut |fact| columns[index].push(fact));
            if columns[index].rows() >= ROW_GROUP_ROWS {
                encoded[index].push(group(index, &mut columns[index])?);
            }
        }
    }
    for (index, columns) in columns.iter_mut().enumerate() {
        if columns.rows() > 0 {
            encoded[index].push(group(index, columns)?);
        }
    }
    Ok(encoded)
}
