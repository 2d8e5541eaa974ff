//! What operators are told of a kind of work: how far each task is, and which tables it wrote last.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tidemark_api::Metrics;
use tidemark_sinks::{EXPORTS, SERVED_ONLY};
use tidemark_stream::kafka::Standing;
use tidemark_stream::store::{Offset, Table};
use tidemark_stream::{Error, Snapshot};

/// The work of keeping the warehouse up to date.
pub(super) const WAREHOUSE: &str = "warehouse";

/// One kind of work, as `/metrics` names it.
pub(super) struct Watch {
    work: &'static str,
    metrics: Metrics,
    /// Up to where each table was seen, by partition.
    seen: Mutex<BTreeMap<(u32, Table), Offset>>,
}

impl Watch {
    pub(super) fn new(work: &'static str, metrics: &Metrics) -> Self {
        Self { work, metrics: metrics.clone(), seen: Mutex::default() }
    }

    pub(super) fn standing(&self, partition: u32, standing: Standing) {
        match standing {
            Standing::Busy => self.metrics.busy(self.work, partition),
            Standing::Idle => self.metrics.idle(self.work, partition),
            Standing::Left => self.metrics.left(self.work, partition),
        }
    }

    /// Everything that a snapshot says is done. What is seen first may be older than this process.
    pub(super) fn wrote(&self, snapshot: &dyn Snapshot, partition: u32) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for table in EXPORTS.iter().chain(SERVED_ONLY).map(|export| export.table) {
            let newest = snapshot.newest(table)?;
            if seen.insert((partition, table), newest).is_some_and(|before| before != newest) {
                self.metrics.wrote(self.work, table);
            }
        }
        Ok(())
    }
}
