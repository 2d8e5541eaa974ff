//! An installation on a log that processes share: what each of them opens, and as whom.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tidemark_model::Row;
use tidemark_model::asked::Asked;
use tidemark_model::delivery::Delivery;
use tidemark_model::policy::Policy;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::Rejected;
use tidemark_model::tables::TABLES;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_stream::kafka::{
    Actor, Failure, Group, Halt, Held, KafkaStore, Log, Opening, Renewal, Settings, Size, Standing,
    TableSpec, Worker,
};
use tidemark_stream::store::Table;
use tidemark_stream::{Error, Processor, Runner};

use crate::app::{INPUTS, adopt, forget_derived_rejections, processors};
use crate::config::{Config, Log as Place};
use crate::outlets::Outlets;

/// The one writer of the configuration's policy.
const CONFIGURATION: &str = "configuration";

/// What the processes of an installation on Kafka have in common.
pub(crate) struct Fleet {
    settings: Settings,
    size: Size,
    tables: Vec<TableSpec>,
    /// What every task holds.
    held: Vec<(Table, Held)>,
    pub(crate) processors: Vec<Box<dyn Processor>>,
    names: Vec<&'static str>,
    caches: PathBuf,
    /// Tells this process's data folder from those of others.
    instance: String,
    clock: Arc<dyn Clock>,
    /// Asked when the program is: what waits for the log gives up then.
    pub(crate) halt: Halt,
    pub(crate) outlets: Outlets,
    /// Whether this process has made its policy the one that numbers are computed by.
    adopted: Mutex<bool>,
}

/// Hears how it stands with tasks.
pub(crate) type Told<'a> = dyn Fn(u32, Standing) + Sync + 'a;

/// Why work on a log ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Log(#[from] Error),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl Failure for Failed {
    fn of_log(&self) -> Option<&Error> {
        match self {
            Self::Log(error) => Some(error),
            Self::Other(_) => None,
        }
    }
}

impl From<tidemark_ingest::Error> for Failed {
    fn from(error: tidemark_ingest::Error) -> Self {
        match error {
            tidemark_ingest::Error::Store(error) => Self::Log(error),
            other => Self::Other(other.into()),
        }
    }
}

impl From<tidemark_sinks::Error> for Failed {
    fn from(error: tidemark_sinks::Error) -> Self {
        match error {
            tidemark_sinks::Error::Store(error) => Self::Log(error),
            other => Self::Other(other.into()),
        }
    }
}

/// The name of a data folder: the one that it has, or a new one. A folder that can't be written has a new one each time.
fn instance(folder: &Path) -> String {
    let path = folder.join("instance");
    let known = std::fs::read_to_string(&path).ok().map(|name| name.trim().to_owned());
    known.filter(|name| !name.is_empty()).unwrap_or_else(|| {
        let name = uuid::Uuid::new_v4().simple().to_string();
        if let Err(error) = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, &name)) {
            tracing::debug!(%error, "the name of this process's folder can't be written");
        }
        name
    })
}

impl Fleet {
    /// The installation that a configuration names, if its log is on Kafka.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        let Place::Kafka(settings) = &config.storage.log else { return None };
        let processors = processors();
        let specs: Vec<_> = processors.iter().map(|processor| processor.spec()).collect();
        let held = |table: &'static str| {
            let known_everywhere = specs.iter().any(|spec| spec.globals.contains(&table));
            (table, if known_everywhere { Held::All } else { Held::Own })
        };
        let held = TABLES.iter().map(|table| held(table.name)).collect();
        let names = specs.iter().map(|spec| spec.name).collect();
        let halt = Halt::default();
        Some(Self {
            settings: settings.clone().until(&halt),
            halt,
            size: config.storage.size(),
            tables: TABLES.iter().map(|table| TableSpec { name: table.name, place: table.place }).collect(),
            held,
            processors,
            names,
            caches: config.storage.data_dir.join("caches"),
            instance: instance(&config.storage.data_dir),
            clock: Arc::new(SystemClock),
            outlets: Outlets::of(config),
            adopted: Mutex::default(),
        })
    }

    /// How the log is reached.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The log, as `tidemark migrate` made it.
    pub(crate) fn open(&self) -> Result<Log, Error> {
        Log::open(self.settings.clone(), &self.tables)
    }

    /// Makes what is missing of the log; a new one is later than what the warehouse was written from.
    pub(crate) fn migrate(&self, newest_generation: u64) -> Result<Log, Error> {
        Log::migrate(self.settings.clone(), &self.tables, self.size, newest_generation + 1)
    }

    /// A member of the group that computes.
    pub(crate) fn computing<'a>(
        &'a self,
        log: &'a Log,
        caches: &'a PathBuf,
        told: &'a Told<'a>,
    ) -> Worker<'a> {
        self.worker(log, ("processors", Actor::Task), caches, told)
    }

    /// A member of a group that copies rows elsewhere.
    pub(crate) fn following<'a>(
        &'a self,
        log: &'a Log,
        group: &'static str,
        caches: &'a PathBuf,
        told: &'a Told<'a>,
    ) -> Worker<'a> {
        self.worker(log, (group, Actor::Follower), caches, told)
    }

    fn worker<'a>(
        &'a self,
        log: &'a Log,
        (name, actor): (&'static str, fn(u32) -> Actor),
        caches: &'a PathBuf,
        standing: &'a Told<'a>,
    ) -> Worker<'a> {
        let group = Group { log, name, member: None };
        let (held, processors, clock) = (&self.held, &self.names, &self.clock);
        Worker { group, actor, held, processors, caches, clock, standing }
    }

    /// Where a group's caches lie.
    pub(crate) fn caches(&self, group: &str) -> PathBuf {
        self.caches.join(group)
    }

    /// The store that a source is pulled into.
    pub(crate) fn source(&self, log: &Log, source: &str) -> Result<KafkaStore, Error> {
        let tables = [Asked::TABLE, Raw::TABLE, Rejected::TABLE];
        self.named(log, &format!("pull-{source}"), &tables.map(|table| (table, Held::All)))
    }

    /// The store that this process writes webhooks into, under a name that is its folder's.
    pub(crate) fn receiver(&self, log: &Log) -> Result<KafkaStore, Error> {
        self.named(log, &format!("hooks-{}", self.instance), &[(Delivery::TABLE, Held::All)])
    }

    fn named(&self, log: &Log, name: &str, held: &[(Table, Held)]) -> Result<KafkaStore, Error> {
        let actor = &Actor::Named(name.to_owned());
        let caches = &self.caches("writers");
        KafkaStore::open(log, Opening { actor, held, processors: &[], caches, clock: &self.clock })
    }

    /// What `tidemark backup` reads: the inputs, whole.
    pub(crate) fn inputs(&self, log: &Log) -> Result<KafkaStore, Error> {
        self.observer(log, CONFIGURATION, &INPUTS.map(|table| (table, Held::All)))
    }

    /// How far a source was pulled.
    pub(crate) fn cursor(&self, log: &Log, source: &str) -> Result<Option<String>, Error> {
        tidemark_ingest::backup::cursor(&self.observer(log, &format!("pull-{source}"), &[])?, source)
    }

    fn observer(&self, log: &Log, name: &str, held: &[(Table, Held)]) -> Result<KafkaStore, Error> {
        let actor = &Actor::Observer(name.to_owned());
        let caches = &self.caches("readers");
        KafkaStore::open(log, Opening { actor, held, processors: &[], caches, clock: &self.clock })
    }

    /// The task of a partition, for reading only.
    pub(crate) fn follower(&self, log: &Log, partition: u32) -> Result<KafkaStore, Error> {
        let actor = &Actor::Follower(partition);
        let (held, processors, clock) = (&self.held, &self.names, &self.clock);
        KafkaStore::open(log, Opening { actor, held, processors, caches: &self.caches("readers"), clock })
    }

    /// Makes the configured policy the one that numbers are computed by: once. A process that finds its log again has nothing
    /// new to say, and others may have been configured otherwise meanwhile.
    pub(crate) fn adopt(&self, log: &Log, policy: &Policy) -> Result<(), Failed> {
        // Several roles of a process begin with this, on one cache.
        let mut adopted = self.adopted.lock().unwrap_or_else(PoisonError::into_inner);
        if !*adopted {
            let store = self.named(log, CONFIGURATION, &[(Policy::TABLE, Held::All)])?;
            adopt(&store, policy)?;
            *adopted = true;
        }
        Ok(())
    }

    /// Empties all that is computed, so that tasks compute it anew, and raises the log's generation.
    pub(crate) fn renew(&self) -> Result<Log, Error> {
        let mut log = Log::open_emptied(self.settings.clone(), &self.tables)?;
        let caches = self.caches("renewal");
        let (held, processors, clock) = (&self.held, &self.names, &self.clock);
        let renewal = Renewal { held, processors, caches: &caches, clock };
        log.renew(renewal, &|store| {
            Runner::new(store, &self.processors).forget(&INPUTS)?;
            forget_derived_rejections(store)
        })?;
        // They are copies of what there was before.
        if let Err(error) = std::fs::remove_dir_all(&caches) {
            tracing::debug!(%error, "caches of a replay are left in {}", caches.display());
        }
        Ok(log)
    }
}
