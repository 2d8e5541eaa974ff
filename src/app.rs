//! The parts put together: which tables there are, which processors run over them, where they lie.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use tidemark_connectors::Connector;
use tidemark_connectors::archive::Archive;
use tidemark_connectors::jira::live::Jira;
use tidemark_ingest::Translate;
use tidemark_ingest::calls::{Caller, Credentials, Destination};
use tidemark_model::asked::Asked;
use tidemark_model::delivery::Delivery;
use tidemark_model::policy::Policy;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::{Key, Row};
use tidemark_sinks::Serving;
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::store::{Batch, Durability, RowWrite, Store};
use tidemark_stream::{Processor, Runner, codec, tables};

use crate::config::{Config, Origin, Source};
use crate::fleet::Failed;
use crate::outlets::{Outlets, Writer};
use crate::progress::Progress;

/// The named value that holds the log's generation.
const GENERATION: &str = "log/generation";

/// The named value that tells the log from others.
const ID: &str = "log/id";

/// Tables that no processor alone writes: what sources say, the webhooks that were received and what they ask for, what is
/// rejected, and the configuration's policy.
pub(crate) const INPUTS: [&str; 5] =
    [Asked::TABLE, Delivery::TABLE, Raw::TABLE, Rejected::TABLE, Policy::TABLE];

/// The one partition of an embedded log.
pub(crate) const WHOLE: u32 = 0;

/// An embedded installation, opened for writing.
pub(crate) struct App {
    /// Open until the process ends: closing it would wait for compactions, which go on at the next start as well.
    /// What was acknowledged is on disk, and the lock goes with the process.
    pub(crate) store: &'static EmbeddedStore,
    pub(crate) processors: Vec<Box<dyn Processor>>,
    pub(crate) outlets: Outlets,
}

/// Every processor: the translation first.
pub(crate) fn processors() -> Vec<Box<dyn Processor>> {
    let mut all: Vec<Box<dyn Processor>> = vec![Box::new(Translate)];
    all.extend(tidemark_processors::processors());
    all
}

/// The connector of a source.
pub(crate) fn connector(name: &str, source: &Source) -> anyhow::Result<Arc<dyn Connector>> {
    Ok(match &source.origin {
        Origin::Jira(jira) => {
            let token = jira.token.expose().trim().to_owned();
            let credentials = match jira.email.clone() {
                Some(user) => Credentials::Basic { user, token },
                None => Credentials::Bearer(token),
            };
            let destination = Destination { endpoint: jira.endpoint.clone(), credentials };
            let caller = Caller::new(name, destination, jira.quota_share)?;
            Arc::new(Jira::new(name, Arc::new(caller), jira.options.clone()))
        }
        Origin::JiraArchive { path } => Arc::new(Archive::new(name, path)),
        Origin::Simulation(simulation) => Arc::clone(simulation) as Arc<dyn Connector>,
    })
}

/// The connectors of all sources, by name.
pub(crate) fn connectors(config: &Config) -> anyhow::Result<BTreeMap<String, Arc<dyn Connector>>> {
    let sources = config.sources.iter();
    sources.map(|(name, source)| Ok((name.clone(), connector(name, source)?))).collect()
}

/// Makes the configured policy the one that numbers are computed by.
pub(crate) fn adopt(store: &dyn Store, policy: &Policy) -> Result<(), Failed> {
    let key = policy.key();
    let stored = store.snapshot().get(Policy::TABLE, &key)?;
    let stored = stored.map(|stored| tables::decode::<Policy>(&key, &stored.json)).transpose()?;
    // Where none is stored, the default holds.
    if *policy == stored.unwrap_or_default() {
        return Ok(());
    }
    let json = serde_json::to_vec(policy).map_err(anyhow::Error::from)?;
    let row = RowWrite { table: Policy::TABLE, key, json: Some(codec::pack_tight(json)), fresh: false };
    Ok(store.commit(Batch { rows: vec![row], ..Batch::default() }, Durability::Synced)?)
}

/// Takes away what processors rejected: they will say it again if it still holds. What was rejected while it was read
/// is an input and stays.
pub(crate) fn forget_derived_rejections(store: &dyn Store) -> Result<(), tidemark_stream::Error> {
    let mut batch = Batch::default();
    for row in store.snapshot().keys_after(Rejected::TABLE, &Key::default())? {
        let key = row?;
        let inputs = [Stage::Read.as_str(), Stage::Receive.as_str()];
        if !key.part(1).is_some_and(|stage| inputs.contains(&stage)) {
            batch.rows.push(RowWrite { table: Rejected::TABLE, key, json: None, fresh: false });
        }
    }
    store.commit(batch, Durability::Synced)
}

impl App {
    /// Opens the data folder for writing; another process that does so is named.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let processors = processors();
        let specs: Vec<_> = processors.iter().map(|processor| processor.spec()).collect();
        let mut tables: Vec<&'static str> =
            specs.iter().flat_map(|spec| spec.outputs).copied().chain(INPUTS).collect();
        tables.sort_unstable();
        tables.dedup();
        let names: Vec<&'static str> = specs.iter().map(|spec| spec.name).collect();
        let store = EmbeddedStore::open(&config.storage.data_dir, &tables, &names)?;
        let outlets = Outlets::of(config);
        begin(&store, &outlets)?;
        Ok(Self { store: Box::leak(Box::new(store)), processors, outlets })
    }

    /// Processes everything to the end, and brings the lake and the serving database up to it.
    pub(crate) fn process(&self, progress: &mut Progress) -> anyhow::Result<()> {
        let runner = Runner::new(self.store, &self.processors);
        let mut phase = Phase::start("");
        runner.run(&mut |name, step| {
            if phase.name != name {
                phase = Phase::start(name);
            }
            phase.groups += step.groups;
            progress.say(|| format!("computing {name}: {} groups", phase.groups));
        })?;
        drop(phase);
        std::thread::scope(|scope| {
            let serving = scope.spawn(|| self.follow());
            let runtime = crate::outlets::runtime()?;
            self.flush(&self.outlets.writer(runtime.handle())?, progress)?;
            serving.join().map_err(|_| anyhow::anyhow!("the serving database's thread panicked"))?
        })
    }

    /// Brings the serving database up to what the tables say.
    fn follow(&self) -> anyhow::Result<()> {
        let _phase = Phase::start("serving");
        let runtime = crate::outlets::runtime()?;
        runtime.block_on(async {
            let mut serving = self.serving().await?;
            serving.follow(self.store.snapshot().as_ref(), self.generation()?, WHOLE).await?;
            serving.close().await;
            Ok(())
        })
    }

    /// The serving database, opened for writing.
    pub(crate) async fn serving(&self) -> anyhow::Result<Serving> {
        Ok(self.outlets.serving().await?)
    }

    /// Brings the warehouse up to what the tables say; the number of rows written. The tables are on disk first, so that
    /// the warehouse is never ahead of them.
    pub(crate) fn flush(&self, writer: &Writer, progress: &mut Progress) -> anyhow::Result<u64> {
        self.store.sync()?;
        let generation = self.generation()?;
        let snapshot = self.store.snapshot();
        let _phase = Phase::start("warehouse");
        Ok(writer.flush(snapshot.as_ref(), generation, WHOLE, progress)?)
    }

    /// The generation of the log: rows of an older one are older, whatever their offsets.
    pub(crate) fn generation(&self) -> anyhow::Result<u64> {
        let stored = self.store.snapshot().meta(GENERATION)?;
        let Some(bytes) = stored else { return Ok(1) };
        let text = String::from_utf8(bytes).context("the log's generation is damaged")?;
        text.parse().with_context(|| format!("the log's generation is damaged: `{text}`"))
    }

    /// Raises the generation above what it is, and to no less than `least`: what was copied of the log is then written anew.
    pub(crate) fn raise_generation(&self, least: u64) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        batch.set_meta(GENERATION, (self.generation()? + 1).max(least).to_string());
        Ok(self.store.commit(batch, Durability::Synced)?)
    }
}

/// Gives a new log its name, and a generation that is later than what the warehouse was written from.
fn begin(store: &EmbeddedStore, outlets: &Outlets) -> anyhow::Result<()> {
    if store.snapshot().meta(ID)?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::default();
    // A log of an older version has a generation, and no name yet.
    if store.snapshot().meta(GENERATION)?.is_none() && store.snapshot().newest(Raw::TABLE)? == 0 {
        let newest = outlets.newest_generation(crate::outlets::runtime()?.handle())?;
        batch.set_meta(GENERATION, (newest + 1).to_string());
    }
    batch.set_meta(ID, uuid::Uuid::new_v4().simple().to_string());
    Ok(store.commit(batch, Durability::Synced)?)
}

/// One processor's share of the work, for the log.
pub(crate) struct Phase {
    name: &'static str,
    groups: usize,
    started: Instant,
}

impl Phase {
    pub(crate) fn start(name: &'static str) -> Self {
        Self { name, groups: 0, started: Instant::now() }
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            let duration_s = self.started.elapsed().as_secs_f64();
            tracing::info!(
                phase.name = self.name,
                phase.groups = self.groups,
                duration_s,
                "phase {} is done",
                self.name
            );
        }
    }
}
