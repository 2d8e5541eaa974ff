//! The embedded lake: facts as Parquet files in a folder, named by a manifest.
//!
//! ```text
//! lake/manifest.json                     what is true; replaced in one step
//! lake/<fact>/base-000000001.parquet     all rows, as of the position it was written at
//! lake/<fact>/delta-000000002.parquet    the newest rows of the keys that changed since
//! lake/<fact>/delta-000000002.keys.parquet   those keys: what older parts hold of them is dead
//! ```
//!
//! Parts are written aside, then the manifest that names them is renamed in: an interrupted flush leaves the manifest
//! before it. Files that no manifest names live ten minutes longer, for readers that have just read an older one.

mod delta;
mod files;
mod part;
mod pipeline;
mod plan;

use std::path::{Path, PathBuf};

use tidemark_model::{Key, Timestamp};
use tidemark_sql::manifest::{FactParts, Manifest, ManifestError, TableState};
use tidemark_stream::{Snapshot, Table};

use self::delta::DeltaParts;
use self::files::{Aside, Names};
use self::part::{Encoder, PartWriter};
use self::pipeline::Pipeline;
use self::plan::{ChangedKeys, Plan, plans};
use crate::{Error, Export};

/// The lake's writer. There is one at a time: who holds the data folder's lock.
#[derive(Debug)]
pub struct Lake {
    dir: PathBuf,
    /// What is true of the lake; nothing if it has to be written from the start.
    manifest: Option<Manifest>,
    /// The highest sequence that any file's name carries.
    sequence: u64,
}

/// What a flush goes by.
#[derive(Debug, Clone, Copy)]
pub struct Flush {
    /// The log's generation; another one than before writes the lake anew. It must be raised whenever offsets start
    /// again or tables are emptied: their former rows leave no changes behind.
    pub generation: u64,
    /// The time by which unnamed files are old enough to go.
    pub now: Timestamp,
    /// Whether to write bases where deltas would do.
    pub compact: bool,
}

/// What a flush is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub table: Table,
    /// Whether the whole table is written.
    pub base: bool,
    /// Table rows written so far.
    pub rows: u64,
}

/// What a flush has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Tables written whole.
    pub bases: usize,
    /// Tables whose changes were written.
    pub deltas: usize,
    /// Table rows written.
    pub rows: u64,
}

impl Lake {
    /// Opens the lake in a folder, which is made if need be. What cannot be trusted counts as not there.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, Error> {
        let dir = dir.into();
        files::create_folder(&dir)?;
        let manifest = match Manifest::read(&dir) {
            Ok(manifest) => manifest.filter(|manifest| files::all_there(&dir, manifest)),
            Err(ManifestError::Unreadable { path, source }) => return Err(Error::disk("read", path)(source)),
            Err(error) => {
                tracing::warn!(lake.dir = %dir.display(), %error, "lake is written anew");
                None
            }
        };
        let named = manifest.as_ref().map_or(0, |manifest| manifest.sequence);
        let sequence = named.max(files::highest_sequence(&dir)?);
        Ok(Self { dir, manifest, sequence })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the lake holds; nothing before the first flush.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Whether the lake holds every change of the snapshot.
    pub fn is_current(&self, snapshot: &dyn Snapshot, generation: u64) -> Result<bool, Error> {
        let flush = Flush { generation, now: Timestamp::MIN, compact: false };
        Ok(self.manifest.is_some() && plans(&self.base_line(generation), snapshot, flush)?.is_empty())
    }

    /// Brings the lake to the state of the snapshot: bases where much changed, deltas where little did, nothing where
    /// nothing did. All tables change in one step. After an error the lake is as it was, and may be flushed again.
    ///
    /// What the snapshot holds has to be on disk before: a lake that is ahead of its log would keep what the log lost.
    pub fn flush(
        &mut self,
        snapshot: &dyn Snapshot,
        flush: Flush,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Flushed, Error> {
        let mut manifest = self.base_line(flush.generation);
        let plans = plans(&manifest, snapshot, flush)?;
        let mut flushed = Flushed::default();
        if !plans.is_empty() {
            self.sequence += 1;
            manifest.sequence = self.sequence;
            let mut aside = Aside::default();
            for plan in plans {
                let mut work = Work { lake: self, snapshot, flush, aside: &mut aside, progress };
                flushed.rows += match plan {
                    Plan::Base { table, exports, position } => {
                        flushed.bases += 1;
                        work.base(table, exports, position, &mut manifest)?
                    }
                    Plan::Delta { table, exports, position, keys } => {
                        flushed.deltas += 1;
                        work.delta((table, exports), position, keys, &mut manifest)?
                    }
                };
            }
            self.commit(manifest, aside, flush.now)?;
        }
        if let Some(manifest) = &self.manifest {
            files::remove_old(&self.dir, manifest, flush.now)?;
        }
        Ok(flushed)
    }

    /// The manifest that a flush starts from.
    fn base_line(&self, generation: u64) -> Manifest {
        let trusted = self.manifest.clone().filter(|manifest| manifest.generation == generation);
        trusted.unwrap_or_else(|| Manifest::empty(generation))
    }

    fn commit(&mut self, manifest: Manifest, aside: Aside, now: Timestamp) -> Result<(), Error> {
        aside.sync_folders()?;
        if let Some(old) = &self.manifest {
            files::retire(&self.dir, old, &manifest, now);
        }
        files::write_manifest(&self.dir, &manifest, aside)?;
        // From here on readers see it, whatever happens to the folder's own sync.
        self.manifest = Some(manifest);
        files::sync_folder(&self.dir)
    }
}

/// One flush under way.
struct Work<'a> {
    lake: &'a Lake,
    snapshot: &'a dyn Snapshot,
    flush: Flush,
    aside: &'a mut Aside,
    progress: &'a mut dyn FnMut(Progress),
}

impl Work<'_> {
    /// Writes a table whole.
    fn base(
        &mut self,
        table: Table,
        exports: &[Export],
        position: u64,
        manifest: &mut Manifest,
    ) -> Result<u64, Error> {
        let names = Names::base(manifest.sequence);
        let mut pipeline = self.pipeline(exports, &names)?;
        let rows = self.snapshot.scan(table, &Key::default())?.map(|row| row.map_err(Error::from));
        let progress = &mut *self.progress;
        let rows = pipeline.run(rows, &mut |rows| progress(Progress { table, base: true, rows }))?;
        for (export, part) in exports.iter().zip(pipeline.parts) {
            let base = part.finish()?.into_iter().collect();
            let parts = FactParts { columns: export.fact.fingerprint(), base, deltas: Vec::new() };
            manifest.facts.insert(export.fact.name.to_owned(), parts);
        }
        manifest.tables.insert(table.to_owned(), TableState { position, base_rows: rows, delta_keys: 0 });
        Ok(rows)
    }

    /// Writes what changed in a table.
    fn delta(
        &mut self,
        (table, exports): (Table, &[Export]),
        position: u64,
        keys: ChangedKeys,
        manifest: &mut Manifest,
    ) -> Result<u64, Error> {
        let names = Names::delta(manifest.sequence);
        let mut pipeline = self.pipeline(exports, &names)?;
        let mut delta = DeltaParts::new(self.snapshot, table, &keys);
        let progress = &mut *self.progress;
        let rows = pipeline.run(&mut delta, &mut |rows| progress(Progress { table, base: false, rows }))?;
        let superseded = delta.superseded(self.flush.generation);
        for (export, part) in exports.iter().zip(pipeline.parts) {
            let folder = self.lake.dir.join(export.fact.name);
            let path = self.aside.add(&folder, &names.keys)?;
            let entry = delta::write(part, path, &superseded)?;
            manifest.facts.entry(export.fact.name.to_owned()).or_default().deltas.extend(entry);
        }
        if let Some(state) = manifest.tables.get_mut(table) {
            state.position = position;
            state.delta_keys += keys.len() as u64;
        }
        Ok(rows)
    }

    fn pipeline<'e>(&mut self, exports: &'e [Export], names: &Names) -> Result<Pipeline<'e>, Error> {
        let mut pipeline =
            Pipeline { exports, encoders: Vec::new(), parts: Vec::new(), generation: self.flush.generation };
        for export in exports {
            let path = self.aside.add(&self.lake.dir.join(export.fact.name), &names.rows)?;
            let schema = export.fact.lake_schema();
            pipeline
                .encoders
                .push(Encoder::new(schema.clone()).map_err(|error| part::refusal(&path, error))?);
            pipeline.parts.push(PartWriter::new(path, schema));
        }
        Ok(pipeline)
    }
}
