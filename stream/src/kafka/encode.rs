//! A batch as records: which topic and partition each statement goes to.

use super::cache::RESERVED;
use super::log::Log;
use super::record::{EMPTIED, Record, fitted};
use crate::store::{Batch, RowWrite};
use crate::{Error, codec};

/// What the named values of the log itself start with.
const LOG: &str = "log/";

/// Who writes, and where what only it writes lies.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// What it is called: a part of its transactional id.
    pub(super) name: String,
    /// Where its named values lie, and what its processors emitted.
    pub(super) partition: u32,
}

impl Origin {
    /// What the keys of its named values start with.
    pub(super) fn values(&self) -> Vec<u8> {
        [self.name.as_bytes(), &[0]].concat()
    }

    fn partition(&self) -> i32 {
        number(self.partition)
    }

    /// The records of a batch, in its order. Fails before anything is written where a table is not the log's, or a name
    /// is not for batches.
    pub(super) fn records(
        &self,
        log: &Log,
        batch: Batch,
        processors: &[&'static str],
    ) -> Result<Vec<Record>, Error> {
        let Batch { rows, forgotten, emitted, meta } = batch;
        let all = rows.len() + forgotten.len() + emitted.len() + meta.len();
        let mut records = Vec::with_capacity(all);
        for row in rows {
            row_record(log, row)?.split(&mut records);
        }
        // A log forgets what was taken away by itself.
        for (table, key) in forgotten {
            row_record(log, RowWrite { table, key, json: None, fresh: false })?.split(&mut records);
        }
        let topic = log.names.emitted();
        for (processor, group, value) in emitted {
            if !processors.contains(&processor) {
                return Err(Error::NoTable(processor.to_owned()));
            }
            let key = [processor.as_bytes(), &[0], group.as_bytes()].concat();
            Record::new(&topic, self.partition(), key, value).split(&mut records);
        }
        for (name, value) in meta {
            if name.starts_with(RESERVED) || name.starts_with(LOG) {
                return Err(Error::Reserved(name));
            }
            self.value(log, &name, value).split(&mut records);
        }
        Ok(records)
    }

    /// The record of a named value.
    pub(super) fn value(&self, log: &Log, name: &str, value: Option<Vec<u8>>) -> Record {
        let key = [&self.values(), name.as_bytes()].concat();
        Record::new(&log.names.values(), self.partition(), key, value)
    }
}

fn row_record(log: &Log, row: RowWrite) -> Result<Record, Error> {
    let table = log.table(row.table)?;
    let partition = number(table.partition(&row.key, log.partitions()));
    let damaged = |reason| Error::Corrupt { table: row.table.to_owned(), key: row.key.to_string(), reason };
    let value = row.json.map(codec::readable).transpose().map_err(damaged)?.map(fitted);
    Ok(Record::new(&log.names.table(row.table), partition, row.key.as_bytes().to_vec(), value))
}

/// The record that says: what was written before it is not to be counted as changes any more.
pub(super) fn emptied(topic: &str, partition: u32) -> Record {
    Record::new(topic, number(partition), EMPTIED.to_vec(), Some(b"{}".to_vec()))
}

pub(super) fn number(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}
