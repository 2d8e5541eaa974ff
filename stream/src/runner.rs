//! The runner: what changed, which groups it touches, what they say now, what differs, and one atomic commit.

mod plan;
mod state;

use std::collections::BTreeMap;
use std::sync::mpsc;

use rayon::prelude::*;
use tidemark_model::{Key, Rows};

use crate::emitted::{Emitted, diff};
use crate::store::{Batch, Durability, Reset, RowWrite, Snapshot, Store, Table};
use crate::tables::{Globals, Tables};
use crate::{Error, Processor, Spec};

use plan::{changed_groups, next_groups};
use state::{Recompute, State};

/// Groups that are computed between two commits: enough to keep the cores busy, few enough to bound the memory and
/// what an interruption costs.
const GROUPS_PER_STEP: usize = 1024;
/// Groups that are worth a core.
const SHARE: usize = 8;
/// A step of fewer groups goes on while people look and webhooks come. Where a large commit holds these up (see
/// [`Store::small_commit`]) it is committed in small pieces, and computed on one core.
const FEW_GROUPS: usize = 2048;
/// Changes that are read between two commits.
const CHANGES_PER_STEP: usize = 8192;

/// What a step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Groups that were computed.
    pub groups: usize,
    /// Rows that were written or taken away.
    pub rows: usize,
}

/// A row of a group that differs from what the store holds (see [`Runner::verify`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub processor: &'static str,
    pub table: String,
    pub key: Key,
    /// `missing`, `different` or `superfluous`.
    pub what: &'static str,
}

/// Says whether it is time to stop.
pub type Stop<'a> = dyn Fn() -> bool + Sync + 'a;

/// Runs processors over a store, in the order that they are given: a processor comes after those whose tables it reads.
pub struct Runner<'a> {
    store: &'a dyn Store,
    processors: &'a [Box<dyn Processor>],
    stop: Option<&'a Stop<'a>>,
}

impl<'a> Runner<'a> {
    pub fn new(store: &'a dyn Store, processors: &'a [Box<dyn Processor>]) -> Self {
        Self { store, processors, stop: None }
    }

    /// Lets a run end early, between two commits, once `stop` says so; the next run goes on there.
    #[must_use]
    pub fn until(self, stop: &'a Stop<'a>) -> Self {
        Self { stop: Some(stop), ..self }
    }

    fn stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop())
    }

    /// Processes everything to the end. `watch` hears of each step, by processor.
    pub fn run(&self, watch: &mut dyn FnMut(&'static str, Progress)) -> Result<Progress, Error> {
        let mut total = Progress::default();
        for processor in self.processors {
            let processor = processor.as_ref();
            while !self.stopped() {
                let step = self.step(processor, &mut |progress| {
                    total.groups += progress.groups;
                    total.rows += progress.rows;
                    watch(processor.spec().name, progress);
                })?;
                if !step {
                    break;
                }
            }
        }
        Ok(total)
    }

    /// Whether everything that the store tells has been computed, by whoever did so.
    pub fn is_done(&self) -> Result<bool, Error> {
        let snapshot = self.store.snapshot();
        let snapshot = snapshot.as_ref();
        for processor in self.processors {
            let spec = processor.spec();
            let state = State::load(snapshot, &spec)?;
            if state.recompute.is_some()
                || state.is_stale(snapshot, &spec)?
                || changed_groups(snapshot, &spec, &state, 1)?.positions != state.positions
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One step of one processor: its changes up to a limit, or a whole recomputation where a global table or the
    /// version changed. Says whether there may be more to do.
    pub fn step(&self, processor: &dyn Processor, watch: &mut dyn FnMut(Progress)) -> Result<bool, Error> {
        let spec = processor.spec();
        let snapshot = self.store.snapshot();
        let snapshot = snapshot.as_ref();
        let mut state = State::load(snapshot, &spec)?;
        if state.is_stale(snapshot, &spec)? {
            state.recompute = Some(Recompute::start(snapshot, &spec)?);
            tracing::debug!(processor = spec.name, "{} computes everything anew", spec.name);
        }
        if state.recompute.is_some() {
            self.recompute(processor, state, snapshot, watch)?;
            return Ok(true);
        }
        let touched = changed_groups(snapshot, &spec, &state, CHANGES_PER_STEP)?;
        if touched.positions == state.positions {
            return Ok(false);
        }
        state.positions = touched.positions;
        let globals = Globals::new(spec.globals);
        let small = self.store.small_commit();
        let gently = small < GROUPS_PER_STEP && touched.groups.len() < FEW_GROUPS;
        let (together, share) = if gently { (small, small) } else { (GROUPS_PER_STEP, SHARE) };
        for chunk in touched.groups.chunks(together) {
            let computed = compute(processor, snapshot, &globals, chunk, share)?;
            let last = chunk.last() == touched.groups.last();
            let progress = self.commit(&spec, computed, last.then_some(&state))?;
            watch(progress);
        }
        if touched.groups.is_empty() {
            self.commit(&spec, Vec::new(), Some(&state))?;
        }
        Ok(true)
    }

    /// Computes every group in bounded chunks, committing a chunk while the next is computed. The cursor is durable, so
    /// that an interrupted recomputation goes on where it was.
    fn recompute(
        &self,
        processor: &dyn Processor,
        mut state: State,
        snapshot: &dyn Snapshot,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let spec = processor.spec();
        let globals = Globals::new(spec.globals);
        let Some(recompute) = state.recompute.clone() else { return Ok(()) };
        std::thread::scope(|scope| {
            // One chunk waits while one is written: more would only take memory.
            let (send, receive) = mpsc::sync_channel::<(Vec<Computed>, State)>(1);
            let (report, reports) = mpsc::channel();
            let writer = scope.spawn(move || -> Result<(), Error> {
                for (computed, state) in receive {
                    let progress = self.commit(&spec, computed, Some(&state))?;
                    // Nobody listens only when the computing side has failed, and that error is returned.
                    report.send(progress).ok();
                }
                Ok(())
            });
            let mut cursor = recompute.cursor.clone();
            let result = loop {
                let step = next_groups(snapshot, &spec, &cursor, GROUPS_PER_STEP)
                    .and_then(|groups| Ok((compute(processor, snapshot, &globals, &groups, SHARE)?, groups)));
                let (computed, groups) = match step {
                    Ok(step) => step,
                    Err(error) => break Err(error),
                };
                let done = groups.len() < GROUPS_PER_STEP;
                if done {
                    state.finish(&recompute);
                } else if let Some(last) = groups.last() {
                    cursor = last.clone();
                    state.recompute = Some(recompute.at(cursor.clone()));
                }
                if send.send((computed, state.clone())).is_err() || done || self.stopped() {
                    break Ok(());
                }
                reports.try_iter().for_each(&mut *watch);
            };
            drop(send);
            let written = writer.join().unwrap_or_else(|_| {
                Err(Error::Corrupt {
                    table: spec.name.to_owned(),
                    key: cursor.to_string(),
                    reason: "the writing thread panicked".to_owned(),
                })
            });
            reports.try_iter().for_each(&mut *watch);
            written.and(result)
        })
    }

    fn commit(&self, spec: &Spec, computed: Vec<Computed>, state: Option<&State>) -> Result<Progress, Error> {
        let mut batch = Batch::default();
        let groups = computed.len();
        for Computed { group, writes, emitted } in computed {
            batch.rows.extend(writes);
            if let Some(value) = emitted {
                batch.emitted.push((spec.name, group, value));
            }
        }
        if let Some(state) = state {
            batch.set_meta(State::name(spec), state.to_bytes());
        }
        let rows = batch.rows.len();
        self.store.commit(batch, Durability::Buffered)?;
        Ok(Progress { groups, rows })
    }

    /// Forgets everything that was computed, so that the next run computes it anew from the tables that no processor
    /// writes. `kept` are outputs that others write to as well: they stay.
    pub fn forget(&self, kept: &[Table]) -> Result<(), Error> {
        let specs = self.processors.iter().map(|processor| processor.spec());
        let outputs = specs.clone().flat_map(|spec| spec.outputs).filter(|table| !kept.contains(table));
        self.store.reset(&Reset {
            tables: outputs.map(|table| (*table).to_owned()).collect(),
            processors: specs.map(|spec| spec.name.to_owned()).collect(),
            meta_prefixes: vec![state::PREFIX.to_owned()],
        })
    }

    /// Computes every group and compares it with what the tables hold, row by row; with `repair` writes what differs. Rows
    /// that the store does not hold (see [`Snapshot::holds`]) are not compared.
    pub fn verify(
        &self,
        repair: bool,
        watch: &mut dyn FnMut(&'static str, Progress),
    ) -> Result<Vec<Difference>, Error> {
        let mut differences = Vec::new();
        for processor in self.processors {
            let spec = processor.spec();
            let globals = Globals::new(spec.globals);
            let mut cursor = Key::default();
            loop {
                let snapshot = self.store.snapshot();
                let groups = next_groups(snapshot.as_ref(), &spec, &cursor, GROUPS_PER_STEP)?;
                let mut batch = Batch::default();
                for group in &groups {
                    let (found, writes, after) =
                        check(processor.as_ref(), snapshot.as_ref(), &globals, group)?;
                    if !found.is_empty() {
                        batch.rows.extend(writes);
                        batch.emitted.push((spec.name, group.clone(), Some(after.to_bytes())));
                    }
                    differences.extend(found);
                }
                watch(spec.name, Progress { groups: groups.len(), rows: batch.rows.len() });
                if repair {
                    self.store.commit(batch, Durability::Synced)?;
                }
                match groups.last() {
                    Some(last) if groups.len() == GROUPS_PER_STEP => cursor = last.clone(),
                    _ => break,
                }
            }
        }
        Ok(differences)
    }
}

/// A group's computed rows, as writes.
struct Computed {
    group: Key,
    writes: Vec<RowWrite>,
    /// What it is then known to have emitted, where that changed.
    emitted: Option<Option<Vec<u8>>>,
}

/// Computes groups, on as many cores as have `share` of them to compute.
fn compute(
    processor: &dyn Processor,
    snapshot: &dyn Snapshot,
    globals: &Globals,
    groups: &[Key],
    share: usize,
) -> Result<Vec<Computed>, Error> {
    let spec = processor.spec();
    groups
        .par_iter()
        .with_min_len(share)
        .map(|group| compute_group(processor, &spec, snapshot, globals, group))
        .collect()
}

fn compute_group(
    processor: &dyn Processor,
    spec: &Spec,
    snapshot: &dyn Snapshot,
    globals: &Globals,
    group: &Key,
) -> Result<Computed, Error> {
    let rows = group_rows(processor, snapshot, globals, group)?;
    let before = load_emitted(snapshot, spec, group)?;
    let (writes, after) = diff(&before, rows.into_vec(), spec.outputs);
    let emitted = (before != after).then(|| (!after.is_empty()).then(|| after.to_bytes()));
    Ok(Computed { group: group.clone(), writes, emitted })
}

fn group_rows(
    processor: &dyn Processor,
    snapshot: &dyn Snapshot,
    globals: &Globals,
    group: &Key,
) -> Result<Rows, Error> {
    let tables = Tables::new(snapshot, globals);
    let mut rows = Rows::default();
    processor.rows(group, &tables, &mut rows);
    tables.into_result()?;
    Ok(rows)
}

fn load_emitted(snapshot: &dyn Snapshot, spec: &Spec, group: &Key) -> Result<Emitted, Error> {
    snapshot
        .emitted(spec.name, group)?
        .map_or_else(|| Ok(Emitted::default()), |bytes| Emitted::from_bytes(&bytes))
}

/// Compares a group's rows with the tables themselves.
fn check(
    processor: &dyn Processor,
    snapshot: &dyn Snapshot,
    globals: &Globals,
    group: &Key,
) -> Result<(Vec<Difference>, Vec<RowWrite>, Emitted), Error> {
    let spec = processor.spec();
    let rows = group_rows(processor, snapshot, globals, group)?.into_vec();
    let before = load_emitted(snapshot, &spec, group)?;
    let after = Emitted::of(&rows);
    let mut expected: BTreeMap<(Table, Key), Vec<u8>> =
        rows.into_iter().map(|row| ((row.table, row.key), row.json)).collect();
    let mut found = Vec::new();
    let mut writes = Vec::new();
    let mut differ = |table: Table, key: &Key, what, json: Option<Vec<u8>>| {
        found.push(Difference { processor: spec.name, table: table.to_owned(), key: key.clone(), what });
        writes.push(RowWrite { table, key: key.clone(), json, fresh: false });
    };
    for (table, key, _) in before.rows() {
        let Some(table) = spec.outputs.iter().find(|name| **name == table) else { continue };
        if !expected.contains_key(&(*table, key.clone())) {
            differ(table, key, "superfluous", None);
        }
    }
    for ((table, key), json) in std::mem::take(&mut expected) {
        match snapshot.get(table, &key)? {
            None if !snapshot.holds(table, &key) => {}
            Some(stored) if stored.json == json => {}
            Some(_) => differ(table, &key, "different", Some(json)),
            None => differ(table, &key, "missing", Some(json)),
        }
    }
    Ok((found, writes, after))
}
