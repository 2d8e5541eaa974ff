//! What webhooks have told, until it has been read as a whole: a history that the whole changelog holds and present fields
//! that are no newer than those that were read are not needed any more, nor are webhooks that could not be taken. What the
//! whole does not hold stays.

use std::collections::BTreeMap;

use tidemark_connectors::jira::hook::BEGINNING;
use tidemark_connectors::jira::mended::{inputs_about, is_mended};
use tidemark_connectors::jira::split::KeptChangelog;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::{Key, Row};
use tidemark_stream::store::{RowWrite, Snapshot};
use tidemark_stream::{Error, tables};

/// The rows that these records take the place of.
pub(crate) fn superseded<'a>(
    snapshot: &dyn Snapshot,
    records: impl Iterator<Item = &'a Raw>,
) -> Result<Vec<RowWrite>, Error> {
    let mut gone = Vec::new();
    let whole = records.filter(|raw| raw.kind == RawKind::Issue && raw.variant.is_empty());
    for raw in whole.filter(|raw| matches!(raw.part, RawPart::Snapshot | RawPart::Changelog)) {
        let own = raw.key();
        let prefix = Key::of([&raw.source, raw.kind.as_str(), &raw.id, raw.part.as_str()]);
        let histories = match raw.part {
            RawPart::Changelog => serde_json::from_str::<KeptChangelog<'_>>(raw.payload.get())
                .map(|kept| kept.histories)
                .unwrap_or_default(),
            _ => BTreeMap::new(),
        };
        for row in snapshot.scan(Raw::TABLE, &prefix)? {
            let (key, _) = row?;
            let Some(variant) = key.part(4).filter(|variant| !variant.is_empty() && key != own) else {
                continue;
            };
            let held = match raw.part {
                RawPart::Changelog => {
                    let number = variant.split_once('-').map_or(variant, |(number, _)| number);
                    number.parse().is_ok_and(|id: i64| id == BEGINNING || histories.contains_key(&id))
                }
                // The variant begins with the instant of the fields.
                _ => variant
                    .split_once('-')
                    .is_some_and(|(at, _)| at.parse().is_ok_and(|at: i64| at <= raw.at.0)),
            };
            if held {
                gone.push(RowWrite { table: Raw::TABLE, key, json: None, fresh: false });
            }
        }
    }
    Ok(gone)
}

/// The rejected webhooks that these records, which were read, make good.
pub(crate) fn mended(snapshot: &dyn Snapshot, source: &str, records: &[Raw]) -> Result<Vec<RowWrite>, Error> {
    let mut gone = Vec::new();
    let received = Key::of([source, Stage::Receive.as_str()]);
    let mut read: Option<BTreeMap<String, Vec<&Raw>>> = None;
    // Their keys tell which of them to read; mostly there are none.
    for key in snapshot.keys_after(Rejected::TABLE, &received)? {
        let key = key?;
        if !key.starts_with(&received) {
            break;
        }
        let read = read.get_or_insert_with(|| {
            let mut by_input: BTreeMap<String, Vec<&Raw>> = BTreeMap::new();
            for raw in records {
                by_input.entry(inputs_about(raw.kind, &raw.id)).or_default().push(raw);
            }
            by_input
        });
        let input = key.part(2).unwrap_or_default();
        let about = input.find(": webhook ").and_then(|at| input.get(..at + ": webhook ".len()));
        let Some(records) = about.and_then(|about| read.get(about)) else { continue };
        let Some(stored) = snapshot.get(Rejected::TABLE, &key)? else { continue };
        let rejected: Rejected = tables::decode(&key, &stored.json)?;
        if records.iter().any(|raw| is_mended(&rejected, raw)) {
            gone.push(RowWrite { table: Rejected::TABLE, key, json: None, fresh: false });
        }
    }
    Ok(gone)
}
