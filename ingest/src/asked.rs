//! What webhooks ask for, until a pull has heeded it: whoever receives them writes it down, and whoever polls reads it, be it
//! another process or one that was started since.

use tidemark_connectors::Receiver;
use tidemark_model::asked::Asked;
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, Snapshot, Store};
use tidemark_stream::{Error, tables};

/// What a pull that begins was asked for and has not heeded yet.
pub(crate) struct Wish<'a> {
    receiver: &'a dyn Receiver,
    source: &'a str,
    delivery: String,
}

impl<'a> Wish<'a> {
    /// Looks whether anything is asked for, and hands it on.
    pub(crate) fn of(
        source: &'a str,
        receiver: Option<&'a dyn Receiver>,
        snapshot: &dyn Snapshot,
    ) -> Result<Option<Self>, Error> {
        let Some(receiver) = receiver else { return Ok(None) };
        let key = Key::of([source]);
        let Some(stored) = snapshot.get(Asked::TABLE, &key)? else { return Ok(None) };
        let Asked { delivery, event, .. } = tables::decode(&key, &stored.json)?;
        if snapshot.meta(&heeded_name(source))?.is_some_and(|heeded| heeded == delivery.as_bytes()) {
            return Ok(None);
        }
        tracing::debug!(source.name = source, event, "a webhook asks for what {source} is made of");
        receiver.ask();
        Ok(Some(Self { receiver, source, delivery }))
    }

    /// The pull has ended: what it was asked for is done, unless it did not come to it.
    pub(crate) fn end(self, store: &dyn Store) -> Result<(), Error> {
        if self.receiver.is_asked() {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.set_meta(heeded_name(self.source), self.delivery);
        store.commit(batch, Durability::Synced)
    }
}

/// The named value that says which delivery's wish was heeded last.
fn heeded_name(source: &str) -> String {
    format!("heeded/{source}")
}
