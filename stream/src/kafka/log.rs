//! A log: its topics, and the record that says which log they are.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::admin::Admin;
use super::halt::Patience;
use super::place::TableSpec;
use super::producer::Producer;
use super::reader::{Place, Reader, Word};
use super::record::{Record, nonce};
use super::settings::Settings;
use super::topics::{self, Names, Size};
use crate::Error;

/// What reading the identity may take.
const PATIENCE: Patience = Patience::to_begin(Duration::from_secs(30));
/// How long the broker may take to mark the end of what is committed, and how often that is looked at.
const MARKED: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);
/// The key of the identity, and who writes it.
const IDENTITY: &[u8] = b"log";
const WRITER: &str = "migrate";

/// How often the identity of a new log is tried to be written once more.
const MOST_FAILURES: u32 = 4;
/// Who tries to write.
const CHECK: &str = "check";

/// How this program writes a log: topics, keys, values and what they mean. Raised when a program that knows the number before
/// would read or write something wrong.
const FORMAT: u32 = 1;

/// Which log this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// How it is written; whatever a later one is like, it has this.
    #[serde(default = "unnamed")]
    pub(super) format: u32,
    /// Raised whenever offsets or tables start over: what was copied from an older generation is older.
    pub(super) generation: u64,
    /// Tells this log from others under the same names.
    pub(super) id: String,
    /// Of every topic of tables.
    pub(super) partitions: u32,
    /// Whether tables are being emptied, so that nothing can be computed.
    #[serde(default)]
    pub(super) emptying: bool,
}

/// The format of logs that do not name theirs.
fn unnamed() -> u32 {
    1
}

impl Identity {
    /// Reads an identity; fails where the log is written by a newer program than this.
    pub(super) fn parse(json: &[u8], names: &Names) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Format {
            #[serde(default = "unnamed")]
            format: u32,
        }
        let damaged = |error: serde_json::Error| Error::Corrupt {
            table: names.identity(),
            key: "log".to_owned(),
            reason: error.to_string(),
        };
        let Format { format } = serde_json::from_slice(json).map_err(damaged)?;
        if format > FORMAT {
            return Err(Error::NewerLog { prefix: names.prefix().to_owned(), found: format, known: FORMAT });
        }
        serde_json::from_slice(json).map_err(damaged)
    }
}

/// A log on Kafka, whose topics are as they have to be.
#[derive(Debug, Clone)]
pub struct Log {
    pub(super) settings: Settings,
    pub(super) names: Names,
    pub(super) tables: Vec<TableSpec>,
    pub(super) identity: Identity,
}

impl Log {
    /// Creates the topics that there are not, and the log's identity where there is none: a new log is of the generation
    /// `first`. Of a log that exists, the number of partitions stays what it is. Then opens it.
    ///
    /// Fails where the cluster refuses, and where topics that exist are not as they have to be (see [`Self::open`]).
    pub fn migrate(settings: Settings, tables: &[TableSpec], size: Size, first: u64) -> Result<Self, Error> {
        let names = Names::new(&settings);
        let admin = Admin::connect(&settings)?;
        let found = find(&admin, &settings, &names)?;
        let partitions = found.as_ref().map_or(size.partitions, |identity| identity.partitions);
        topics::create(&admin, &names, tables, Size { partitions, ..size })?;
        if found.is_none() {
            begin(&settings, &names, partitions, first)?;
            wait_for_identity(&settings, &names)?;
        }
        Self::open(settings, tables)
    }

    /// Opens a log that [`Self::migrate`] made.
    ///
    /// Fails with [`Error::Topics`] where topics are not as they have to be, naming all that deviates, with
    /// [`Error::NewerLog`] where a newer program has made it, and, in passing, while the log is being emptied (see [`Self::renew`]).
    pub fn open(settings: Settings, tables: &[TableSpec]) -> Result<Self, Error> {
        let log = Self::open_emptied(settings, tables)?;
        if log.identity.emptying {
            return Err(Error::Kafka {
                action: format!("opening the log `{}`", log.prefix()),
                reason: "it is being replayed; if no `tidemark replay` is running, one was interrupted: run it again"
                    .to_owned(),
                transient: true,
            });
        }
        Ok(log)
    }

    /// As [`Self::open`], for whoever empties the log or goes on with that.
    pub fn open_emptied(settings: Settings, tables: &[TableSpec]) -> Result<Self, Error> {
        let names = Names::new(&settings);
        let admin = Admin::connect(&settings)?;
        let identity = find(&admin, &settings, &names)?;
        let missing = || Error::Kafka {
            action: format!("opening the log `{}` on {}", settings.prefix(), settings.brokers()),
            reason: "there is none yet: run `tidemark migrate`, which makes it".to_owned(),
            transient: false,
        };
        let identity = identity.ok_or_else(missing)?;
        let deviations = topics::deviations(&admin, &names, tables, identity.partitions)?;
        if !deviations.is_empty() {
            return Err(Error::Topics(deviations));
        }
        Ok(Self { settings, names, tables: tables.to_vec(), identity })
    }

    /// What the names of its topics start with.
    pub fn prefix(&self) -> &str {
        self.settings.prefix()
    }

    /// How many tasks share the work.
    pub fn partitions(&self) -> u32 {
        self.identity.partitions
    }

    /// The number of the format that the log is written in.
    pub fn format(&self) -> u32 {
        self.identity.format
    }

    /// The log's generation: rows of an older one are older, whatever their offsets.
    pub fn generation(&self) -> u64 {
        self.identity.generation
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Result<&TableSpec, Error> {
        self.tables.iter().find(|table| table.name == name).ok_or_else(|| Error::NoTable(name.to_owned()))
    }

    /// Raises the generation above what it is, and to no less than `least`: sinks are then written anew, and so is every
    /// cache. Stores that are open fail with [`Error::Renewed`].
    pub fn raise_generation(&mut self, least: u64) -> Result<(), Error> {
        let generation = least.max(self.identity.generation + 1);
        self.state(Identity { generation, emptying: false, ..self.identity.clone() })
    }

    pub(super) fn state(&mut self, identity: Identity) -> Result<(), Error> {
        write(&self.settings, &self.names, &identity)?;
        self.identity = identity;
        Ok(())
    }

    /// Finds out whether this user may write: as a transactional id of its own, to every topic of tables, where nothing is left
    /// that anybody reads. Fails with what is refused and what helps.
    pub fn may_write(&self) -> Result<(), Error> {
        let producer = Producer::take_over(&self.settings, &self.names, CHECK)?;
        let tables = self.tables.iter().map(|table| self.names.table(table.name));
        let mut topics = tables.chain([self.names.emitted(), self.names.values()]);
        topics
            .try_for_each(|topic| producer.try_out(&Record::new(&topic, 0, CHECK.as_bytes().to_vec(), None)))
    }

    /// Whether the log is the one that it was when it was opened.
    pub(super) fn is_current(&self) -> Result<(), Error> {
        match read(&self.settings, &self.names)? {
            Some(found) if found != self.identity => Err(Error::Renewed { found: found.generation }),
            _ => Ok(()),
        }
    }
}

/// Writes the identity of a new log, unless somebody else does so at the same moment.
fn begin(settings: &Settings, names: &Names, partitions: u32, generation: u64) -> Result<(), Error> {
    let mut failures = 0;
    loop {
        // Who takes over after this has read what this has written, and who did before can write no more.
        let writer = Producer::take_over(settings, names, WRITER)?;
        if read(settings, names)?.is_some() {
            return Ok(());
        }
        let id = format!("{:016x}{:016x}", nonce(), nonce());
        let identity = Identity { format: FORMAT, generation, id, partitions, emptying: false };
        match writer.transact(&[record(names, &identity)]) {
            Err(Error::Fenced { .. }) => {}
            // Who is taken over from in the midst of a commit may hear of another reason. What came of it, the next look tells.
            Err(error) if error.is_transient() && failures < MOST_FAILURES => failures += 1,
            written => return written.map(|_| ()),
        }
    }
}

/// What was committed can be read a moment later, when the broker has marked its end.
fn wait_for_identity(settings: &Settings, names: &Names) -> Result<(), Error> {
    let since = Instant::now();
    while read(settings, names)?.is_none() && since.elapsed() < MARKED {
        std::thread::sleep(LOOK);
    }
    Ok(())
}

fn record(names: &Names, identity: &Identity) -> Record {
    let value = serde_json::to_vec(identity).unwrap_or_default();
    Record::new(&names.identity(), 0, IDENTITY.to_vec(), Some(value))
}

fn write(settings: &Settings, names: &Names, identity: &Identity) -> Result<(), Error> {
    Producer::take_over(settings, names, WRITER)?.transact(&[record(names, identity)]).map(|_| ())
}

/// The log's identity, or nothing where there is no log.
fn find(admin: &Admin, settings: &Settings, names: &Names) -> Result<Option<Identity>, Error> {
    let topic = names.identity();
    let exists = admin.topics(&topic)?.iter().any(|(name, _)| *name == topic);
    if exists { read(settings, names) } else { Ok(None) }
}

/// The newest identity that was written, or nothing.
fn read(settings: &Settings, names: &Names) -> Result<Option<Identity>, Error> {
    let place = Place { topic: names.identity(), partition: 0, next: 0 };
    let mut reader = Reader::open_once(settings, names, vec![place])?;
    let mut newest = None;
    reader.hear_until(PATIENCE, &mut Reader::ended, &mut |_, word| {
        if let Word::Record(message) = word {
            newest = rdkafka::Message::payload(message).map(<[u8]>::to_vec);
        }
        Ok(())
    })?;
    newest.map(|json| Identity::parse(&json, names)).transpose()
}
