//! Reconciling: what is known is compared with what can be seen, and what is missing is looked for.
//!
//! A mass disappearance is more often a permission that was taken away than so many deletions: it stops and asks.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::future::Future;
use std::time::Duration;

use tidemark_connectors::{Connector, Page, Sweep, Unseen};
use tidemark_model::issue::Standing;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::time::Clock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_stream::store::{Batch, Durability, Snapshot, Store};
use tidemark_stream::tables;
use tokio::runtime::Runtime;

use crate::Error;
use crate::pull::{From, rows};
use crate::stop::stopped;

/// Issues that are looked at together: one durable write.
const LOOKED_AT: usize = 50;
/// So many issues may always disappear without a question, and this share of all.
const FEW: usize = 25;
const SHARE: f64 = 0.1;
/// Pages without a new id are passed over, but not for ever.
const MOST_IDLE_PAGES: u32 = 20;

/// What a sweep found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Reconciled {
    /// Issues that can be seen.
    pub seen: usize,
    /// Issues that were known and can't be seen any more.
    pub missing: usize,
    /// Issues that were gone and are seen again.
    pub back: usize,
    /// Issues that can be seen and were not known.
    pub unknown: usize,
    /// Sprints that were deleted.
    pub deleted_sprints: usize,
    /// Whether any row was written.
    pub changed: bool,
}

/// A source to be reconciled.
pub struct Reconcile<'a> {
    pub source: &'a str,
    pub connector: &'a dyn Connector,
    pub store: &'a dyn Store,
    pub clock: &'a dyn Clock,
    /// Whether somebody has said that a mass disappearance is right.
    pub accept: bool,
    /// Whether to stop: then what the source has not answered is not waited for.
    pub stop: &'a dyn Fn() -> bool,
}

impl Reconcile<'_> {
    /// Whether the last sweep is older than `every_ms`; never where a source needs none.
    pub fn is_due(&self, every_ms: i64) -> Result<bool, Error> {
        if self.connector.sweep().is_none() {
            return Ok(false);
        }
        let stored = self.store.snapshot().meta(&self.name())?;
        let last = stored.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<i64>().ok());
        Ok(last.is_none_or(|last| (self.clock.now().0 - last).abs() >= every_ms))
    }

    /// Sweeps the source; nothing where it needs none.
    pub fn run(&self) -> Result<Option<Reconciled>, Error> {
        let Some(sweep) = self.connector.sweep() else { return Ok(None) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| Error::Ended(self.source.to_owned()))?;
        let now = self.clock.now();
        // In this order: what arrives meanwhile can be seen and is not known, never the other way round.
        let known = self.known()?;
        let seen = self.wait(&runtime, seen(sweep))?;
        let is_final = |known: &Known| known.standing == Standing::Deleted && known.is_said;
        let missing =
            known.iter().filter(|(id, known)| known.standing == Standing::Present && !seen.contains(*id));
        let missing: Vec<String> = missing.map(|(id, _)| id.clone()).collect();
        let present = known.values().filter(|known| known.standing == Standing::Present).count();
        let most = FEW.max((present as f64 * SHARE) as usize);
        let all = seen.is_empty() && present > 0;
        if (missing.len() > most || all) && !self.accept {
            return Err(self.disappeared(missing.len(), present));
        }
        let back = known.iter().filter(|(id, known)| {
            known.standing != Standing::Present && !is_final(known) && seen.contains(*id)
        });
        let back: Vec<String> = back.map(|(id, _)| id.clone()).collect();
        let unknown: Vec<String> = seen.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
        let mut found = Reconciled {
            seen: seen.len(),
            missing: missing.len(),
            back: back.len(),
            unknown: unknown.len(),
            deleted_sprints: 0,
            changed: false,
        };
        let all: Vec<String> = [missing, back, unknown].concat();
        for ids in all.chunks(LOOKED_AT) {
            let standing = |id: &String| known.get(id).map_or(Standing::Present, |known| known.standing);
            let unseen = ids.iter().map(|id| self.unseen(id, standing(id)));
            let unseen: Vec<Unseen> = unseen.collect::<Result<_, _>>()?;
            let page = self.wait(&runtime, sweep.look(&unseen, now))?;
            found.changed |= self.commit(page)?;
        }
        let listed = self.wait(&runtime, sweep.sprints())?.ids.into_iter().collect();
        let missing = self.missing_sprints(&listed)?;
        if !missing.is_empty() {
            let page = self.wait(&runtime, sweep.look_at_sprints(&missing, now))?;
            found.deleted_sprints = page.records.len();
            found.changed |= self.commit(page)?;
        }
        let mut batch = Batch::default();
        batch.set_meta(self.name(), now.0.to_string());
        self.store.commit(batch, Durability::Synced)?;
        Ok(Some(found))
    }

    fn wait<T>(
        &self,
        runtime: &Runtime,
        asked: impl Future<Output = Result<T, tidemark_connectors::Error>>,
    ) -> Result<T, Error> {
        runtime.block_on(async {
            tokio::select! {
                answer = asked => Ok(answer?),
                () = stopped(self.stop) => Err(Error::Stopped(self.source.to_owned())),
            }
        })
    }

    fn name(&self) -> String {
        format!("reconciled/{}", self.source)
    }

    fn commit(&self, page: Page) -> Result<bool, Error> {
        let rows = rows(self.store, self.source, From::Telling, page)?;
        let changed = !rows.is_empty();
        if changed {
            self.store.commit(Batch { rows, ..Batch::default() }, Durability::Synced)?;
        }
        Ok(changed)
    }

    /// The issues that are known, by id, and where they are. Keys tell it: no row is read.
    fn known(&self) -> Result<BTreeMap<String, Known>, Error> {
        let prefix = Key::of([self.source, RawKind::Issue.as_str()]);
        let snapshot = self.store.snapshot();
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for key in snapshot.keys_after(Raw::TABLE, &prefix)? {
            let key = key?;
            if !key.starts_with(&prefix) {
                break;
            }
            let (Some(id), Some(part)) = (key.part(2), key.part(3)) else { continue };
            let issue = known.entry(id.to_owned()).or_default();
            if part == RawPart::Gone.as_str() && !issue.is_said {
                *issue = Known::of(key.part(4).unwrap_or_default());
            }
        }
        Ok(known)
    }

    fn unseen(&self, id: &str, standing: Standing) -> Result<Unseen, Error> {
        let snapshot = self.store.snapshot();
        let last = last(snapshot.as_ref(), self.source, RawKind::Issue, id)?;
        Ok(Unseen { id: id.to_owned(), last, standing })
    }

    /// The sprints that are known and not among the `seen` ones.
    fn missing_sprints(&self, seen: &HashSet<String>) -> Result<Vec<Unseen>, Error> {
        let prefix = Key::of([self.source, RawKind::Sprint.as_str()]);
        let snapshot = self.store.snapshot();
        let mut missing = BTreeSet::new();
        for key in snapshot.keys_after(Raw::TABLE, &prefix)? {
            let key = key?;
            if !key.starts_with(&prefix) {
                break;
            }
            missing.extend(key.part(2).filter(|id| !seen.contains(*id)).map(str::to_owned));
        }
        let unseen = missing.into_iter().map(|id| {
            let last = last(snapshot.as_ref(), self.source, RawKind::Sprint, &id)?;
            Ok(Unseen { id, last, standing: Standing::Present })
        });
        unseen.collect()
    }

    fn disappeared(&self, missing: usize, present: usize) -> Error {
        Error::Source(tidemark_connectors::Error::Refused {
            input: format!("the issues of {}", self.source),
            reason: format!(
                "{missing} of {present} can't be seen any more: a permission may have been taken away, or a project archived"
            ),
            remedy: format!(
                "give the account its permissions back; if it is right, run `tidemark sync {} --accept-disappearance`",
                self.source
            ),
            wait: Duration::from_secs(3600),
        })
    }
}

/// Where an issue is, as its rows' keys say.
#[derive(Debug, Clone)]
struct Known {
    standing: Standing,
    /// Whether the source itself has said so: that is final.
    is_said: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self { standing: Standing::Present, is_said: false }
    }
}

impl Known {
    /// Of the variant of a statement: its instant, and where the issue was found then. Later ones come later.
    fn of(variant: &str) -> Self {
        let standing = match variant.split_once('-').map(|(_, standing)| standing) {
            None => return Self { standing: Standing::Deleted, is_said: true },
            Some("deleted") => Standing::Deleted,
            Some("hidden") => Standing::Hidden,
            Some("moved") => Standing::Moved,
            Some(_) => Standing::Present,
        };
        Self { standing, is_said: false }
    }
}

/// The ids of all issues that can be seen.
async fn seen(sweep: &dyn Sweep) -> Result<HashSet<String>, tidemark_connectors::Error> {
    let (mut seen, mut cursor, mut idle) = (HashSet::new(), None, 0);
    loop {
        let page = sweep.ids(cursor).await?;
        let before = seen.len();
        seen.extend(page.ids);
        idle = if seen.len() > before { 0 } else { idle + 1 };
        if idle > MOST_IDLE_PAGES {
            return Err(tidemark_connectors::Error::Busy {
                input: "the sweep of issues".to_owned(),
                reason: "it goes on and on without a new issue".to_owned(),
                wait: Duration::from_secs(600),
            });
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(seen),
        }
    }
}

/// What an issue or a sprint was when it was last read.
fn last(snapshot: &dyn Snapshot, source: &str, kind: RawKind, id: &str) -> Result<Option<String>, Error> {
    let part = if kind == RawKind::Issue { RawPart::Snapshot } else { RawPart::Statement };
    let key = Key::of([source, kind.as_str(), id, part.as_str()]);
    let mut newest: Option<(Timestamp, String)> = None;
    for row in snapshot.scan(Raw::TABLE, &key)? {
        let (key, stored) = row?;
        let raw: Raw = tables::decode(&key, &stored.json)?;
        if newest.as_ref().is_none_or(|(at, _)| *at <= raw.at) {
            newest = Some((raw.at, raw.payload.get().to_owned()));
        }
    }
    Ok(newest.map(|(_, payload)| payload))
}
