//! A log that has forgotten what was taken away, as Kafka does after a while.

use tidemark_model::{Key, Timestamp};
use tidemark_stream::store::Scan;
use tidemark_stream::{Change, Error, Offset, Snapshot, Stored, Table};

pub(crate) const DAY_MS: i64 = 24 * 3600 * 1000;

/// A snapshot of such a log by a copy that was whole at some time.
pub(crate) struct Forgetful<'a> {
    pub(crate) inner: Box<dyn Snapshot + 'a>,
    pub(crate) followed_at: Timestamp,
}

type Items<'a, T> = Box<dyn Iterator<Item = Result<T, Error>> + 'a>;

impl Forgetful<'_> {
    fn remembered(&self, table: Table) -> Result<Vec<Change>, Error> {
        let changes: Vec<Change> = self.inner.changes(table, 0)?.collect::<Result<_, _>>()?;
        let is_there = |key: &Key| self.inner.get(table, key).map(|row| row.is_some());
        let remembered = changes.into_iter().map(|change| Ok(is_there(&change.key)?.then_some(change)));
        remembered.filter_map(Result::transpose).collect()
    }
}

impl Snapshot for Forgetful<'_> {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error> {
        self.inner.get(table, key)
    }

    fn holds(&self, table: Table, key: &Key) -> bool {
        self.inner.holds(table, key)
    }

    fn owns(&self, table: Table, key: &Key) -> bool {
        self.inner.owns(table, key)
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error> {
        self.inner.scan(table, prefix)
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error> {
        self.inner.scan_after(table, after)
    }

    fn keys_after(&self, table: Table, after: &Key) -> Result<Items<'_, Key>, Error> {
        self.inner.keys_after(table, after)
    }

    fn changes(&self, table: Table, after: Offset) -> Result<Items<'_, Change>, Error> {
        let remembered = self.remembered(table)?.into_iter().filter(move |change| change.offset > after);
        Ok(Box::new(remembered.map(Ok)))
    }

    fn newest(&self, table: Table) -> Result<Offset, Error> {
        Ok(self.remembered(table)?.last().map_or(0, |change| change.offset))
    }

    fn followed_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(Some(self.followed_at))
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error> {
        self.inner.emitted(processor, group)
    }

    fn emitted_after(&self, processor: &str, after: &Key) -> Result<Items<'_, Key>, Error> {
        self.inner.emitted_after(processor, after)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.meta(name)
    }
}
