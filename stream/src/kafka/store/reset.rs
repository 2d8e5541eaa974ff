//! Emptying tables of a log: each row is taken away, and then the table's changes are.

use tidemark_model::Key;

use super::{KafkaStore, RESET};
use crate::Error;
use crate::kafka::encode::{emptied, number};
use crate::kafka::record::Record;
use crate::store::{Reset, Store};

/// Rows that are taken away in one transaction.
const ROWS: usize = 10_000;

impl KafkaStore {
    /// Finishes a reset that was interrupted.
    pub(super) fn finish_reset(&self) -> Result<(), Error> {
        let Some(intent) = self.snapshot().meta(RESET)? else { return Ok(()) };
        let reset = serde_json::from_slice(&intent).map_err(|error| Error::Corrupt {
            table: "meta".to_owned(),
            key: RESET.to_owned(),
            reason: error.to_string(),
        })?;
        self.empty(&reset)
    }

    pub(super) fn empty(&self, reset: &Reset) -> Result<(), Error> {
        let snapshot = self.snapshot();
        let partitions = self.partitions();
        let mut records = Vec::new();
        let mut ends = Vec::new();
        for table in reset.tables.iter().map(|name| self.log.table(name)) {
            let table = table?;
            let topic = self.log.names.table(table.name);
            for key in snapshot.keys_after(table.name, &Key::default())? {
                let key = key?;
                let partition = table.partition(&key, self.log.partitions());
                if partitions.contains(&partition) {
                    records.push(Record::new(&topic, number(partition), key.as_bytes().to_vec(), None));
                    self.full(&mut records)?;
                }
            }
            ends.extend(partitions.iter().map(|partition| emptied(&topic, *partition)));
        }
        for processor in
            self.processors.iter().filter(|name| reset.processors.iter().any(|reset| reset == *name))
        {
            for group in snapshot.emitted_after(processor, &Key::default())? {
                let key = [processor.as_bytes(), &[0], group?.as_bytes()].concat();
                records.push(Record::new(
                    &self.log.names.emitted(),
                    number(self.origin.partition),
                    key,
                    None,
                ));
                self.full(&mut records)?;
            }
        }
        for prefix in &reset.meta_prefixes {
            let names = self.cache.meta_beneath(prefix)?.into_iter().map(|(name, _)| name);
            let kept =
                |name: &String| !name.starts_with(crate::kafka::cache::RESERVED) && !name.starts_with("log/");
            records.extend(names.filter(kept).map(|name| self.origin.value(&self.log, &name, None)));
        }
        // Last, so that what is taken away is taken away by whoever reads this.
        records.extend(ends);
        records.push(self.origin.value(&self.log, RESET, None));
        self.transact(records)
    }

    fn full(&self, records: &mut Vec<Record>) -> Result<(), Error> {
        if records.len() < ROWS { Ok(()) } else { self.transact(std::mem::take(records)) }
    }
}
