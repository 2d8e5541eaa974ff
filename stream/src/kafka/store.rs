//! A store whose writes are transactions of a log, and whose reads are of a local cache that the log feeds.

mod reset;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tidemark_model::time::Clock;
use tidemark_model::{Key, Timestamp};

use super::admin::Admin;
use super::cache::{Cache, Contents, position};
use super::encode::{Origin, number};
use super::feed::{Feed, Kind};
use super::halt::Patience;
use super::log::Log;
use super::place::partition;
use super::producer::Producer;
use super::reader::{Place, Reader, Word};
use super::record::Record;
use super::snapshot::KafkaSnapshot;
use super::topics::LONGEST_ABSENCE_MS;
use crate::Error;
use crate::embedded::EmbeddedStore;
use crate::store::{Batch, Durability, Reset, Snapshot, Store, Table};

/// How long nothing may come while something must. What is committed cannot be read before an older transaction in its
/// partition has ended, and that of a dead writer takes up to 50 s.
const PATIENCE: Duration = Duration::from_secs(75);
const TO_OPEN: Patience = Patience::to_begin(PATIENCE);
const TO_END: Patience = Patience::to_end(PATIENCE);
/// A store makes sure this often that it follows its log to the end; in ms.
const SURE_EVERY_MS: i64 = 3_600_000;
/// The named value that holds a reset while it is under way.
const RESET: &str = "log/reset";

/// Who a store is opened as. Of those who write there is one at a time: a newer one fences the older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The owner of a partition: it runs the processors over the groups that lie in it.
    Task(u32),
    /// Someone who reads what the owner of a partition reads, and its named values, and writes nothing: there may be many.
    Follower(u32),
    /// Someone who owns no partition, as whoever pulls a source. It reads tables whole and writes to all partitions.
    Named(String),
    /// Someone who reads what a named one reads, and its named values, and writes nothing: there may be many.
    Observer(String),
}

impl Actor {
    /// The partition whose changes it is told of.
    pub(super) fn partition(&self) -> Option<u32> {
        match self {
            Self::Task(partition) | Self::Follower(partition) => Some(*partition),
            Self::Named(_) | Self::Observer(_) => None,
        }
    }

    fn origin(&self, partitions: u32) -> Origin {
        match self {
            Self::Task(own) | Self::Follower(own) => Origin { name: format!("task-{own}"), partition: *own },
            Self::Named(name) | Self::Observer(name) => {
                let partition = partition(&Key::of([name]), 1, partitions);
                Origin { name: format!("writer-{name}"), partition }
            }
        }
    }

    fn writes(&self) -> bool {
        matches!(self, Self::Task(_) | Self::Named(_))
    }

    /// The folder of its cache.
    fn folder(&self, caches: &Path) -> PathBuf {
        caches.join(match self {
            Self::Task(own) => format!("task-{own}"),
            Self::Follower(own) => format!("follower-{own}"),
            Self::Named(name) => format!("writer-{name}"),
            Self::Observer(name) => format!("observer-{name}"),
        })
    }
}

/// How much of a table a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The rows of the partition that the writer owns.
    Own,
    /// All rows: of global tables.
    All,
}

/// What a store is opened with.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    pub actor: &'a Actor,
    /// The tables that are read; others can be written, but are not there for reading.
    pub held: &'a [(Table, Held)],
    /// Whose memory of what groups emitted is held.
    pub processors: &'a [&'static str],
    /// Where caches lie, each in a folder of its own, named after its actor.
    pub caches: &'a Path,
    pub clock: &'a Arc<dyn Clock>,
}

/// A store on a log. One thread drives it: it waits for the cluster, and so belongs on no thread of an asynchronous
/// runtime.
pub struct KafkaStore {
    pub(super) log: Log,
    pub(super) actor: Actor,
    origin: Origin,
    pub(super) held: BTreeMap<Table, Held>,
    processors: Vec<&'static str>,
    clock: Arc<dyn Clock>,
    /// Nothing once a write or a read has failed: what the log holds is then known by opening the store again.
    session: Mutex<Option<Session>>,
    /// The session's, for reading without waiting for it.
    cache: Arc<EmbeddedStore>,
}

struct Session {
    hand: Hand,
    reader: Reader,
    feed: Feed,
    cache: Cache,
}

impl KafkaStore {
    /// Takes over as `opening.actor` and reads everything that is committed, from where the cache ends.
    ///
    /// Waits until an earlier owner's open transaction is ended. Fails where the cluster does not answer or refuses, and
    /// where the cache's folder is in use.
    pub fn open(log: &Log, opening: Opening<'_>) -> Result<Self, Error> {
        let origin = opening.actor.origin(log.partitions());
        let folder = opening.actor.folder(opening.caches);
        let tables: Vec<Table> = opening.held.iter().map(|(table, _)| *table).collect();
        let mut held = opening.held.to_vec();
        held.sort_unstable_by_key(|(table, _)| *table);
        let words = format!("{held:?} {:?}", opening.processors);
        let contents = Contents { tables, processors: opening.processors, held: words };
        let mut cache = Cache::open(&folder, &log.identity, &contents, opening.clock.now())?;
        // Before taking over: a log that is being emptied is not for those who compute.
        log.is_current()?;
        let hand = if opening.actor.writes() {
            Hand::Writes(Producer::take_over(&log.settings, &log.names, &origin.name)?)
        } else {
            Hand::Asks(Admin::connect(&log.settings)?)
        };
        let listen = |cache: &Cache| -> Result<(Reader, Feed), Error> {
            let (mut reader, mut feed) = channels(log, &opening, &origin, cache)?;
            let mut listen = |index, word: Word<'_>| feed.hear(index, word, cache);
            reader.hear_until(TO_OPEN, &mut Reader::ended, &mut listen)?;
            feed.write(cache)?;
            Ok((reader, feed))
        };
        let (reader, feed) = match listen(&cache) {
            // The log no longer has the place where the cache ends.
            Err(Error::Unreadable { topic, partition, offset }) => {
                tracing::info!(
                    kafka.topic = topic, kafka.partition = partition, kafka.offset = offset,
                    cache.folder = %folder.display(),
                    "rebuilding the cache: the log does not go on where it ends"
                );
                drop(cache);
                cache = Cache::anew(&folder, &log.identity, &contents, opening.clock.now())?;
                listen(&cache)?
            }
            listened => listened?,
        };
        cache.followed(opening.clock.now())?;
        let store = Arc::clone(&cache.store);
        let this = Self {
            log: log.clone(),
            actor: opening.actor.clone(),
            origin,
            held: held.into_iter().collect(),
            processors: opening.processors.to_vec(),
            clock: Arc::clone(opening.clock),
            session: Mutex::new(Some(Session { hand, reader, feed, cache })),
            cache: store,
        };
        if this.actor.writes() {
            this.finish_reset()?;
        }
        Ok(this)
    }

    /// Takes in what others have written, waiting at most so long for it. Says whether anything has come since it was asked
    /// last, be it now or while something was written: what came with a write may be news for whoever had computed already.
    ///
    /// After an error the store is to be opened again.
    pub fn follow(&self, wait: Duration) -> Result<bool, Error> {
        let now = self.clock.now();
        self.during(|session| {
            let Session { hand, reader, feed, cache } = session;
            if matches!(hand, Hand::Asks(_)) {
                // The owner of the partition takes them away.
                drop(feed.take_leftovers());
            }
            let news = feed.take_news();
            let wait = if news { Duration::ZERO } else { wait };
            reader.hear(wait, &mut |index, word| feed.hear(index, word, cache))?;
            feed.write(cache)?;
            let news = feed.take_news() || news;
            let followed_at = cache.followed_at();
            if now.0 - followed_at.0 >= SURE_EVERY_MS {
                session.catch_up(now)?;
            }
            Ok(news)
        })
    }

    /// Takes in everything that is committed by now.
    ///
    /// After an error the store is to be opened again.
    pub fn catch_up(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.during(|session| session.catch_up(now))
    }

    /// The partition that the store's writer owns.
    pub fn partition(&self) -> Option<u32> {
        self.actor.partition()
    }

    /// Does something with the log; after an error nothing more can be done.
    fn during<T>(&self, work: impl FnOnce(&mut Session) -> Result<T, Error>) -> Result<T, Error> {
        let mut slot: MutexGuard<'_, Option<Session>> =
            self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = slot.take().ok_or_else(|| Error::Kafka {
            action: format!("writing as {}", self.origin.name),
            reason: "an earlier write or read failed: open it again".to_owned(),
            transient: true,
        })?;
        let done = work(&mut session);
        if done.is_ok() {
            *slot = Some(session);
        }
        done
    }

    fn transact(&self, records: Vec<Record>) -> Result<(), Error> {
        self.during(|session| session.transact(records))
    }

    /// The partitions whose rows this store takes away when it empties a table.
    fn partitions(&self) -> Vec<u32> {
        match self.actor.partition() {
            Some(own) => vec![own],
            None => (0..self.log.partitions()).collect(),
        }
    }
}

/// What a store asks the cluster with, and writes with where it may.
enum Hand {
    Writes(Producer),
    Asks(Admin),
}

impl Hand {
    /// The ends of what is committed in partitions. They are asked by a client of its own since a reader's questions wait
    /// behind its reading.
    fn ends(&self, places: &[&Place]) -> Result<Vec<i64>, Error> {
        match self {
            Self::Writes(producer) => producer.ends(places),
            Self::Asks(admin) => admin.ends(places),
        }
    }
}

impl Session {
    /// Writes records and waits until the cache has them, as far as they are for it: whoever writes reads what it wrote.
    fn transact(&mut self, mut records: Vec<Record>) -> Result<(), Error> {
        let Hand::Writes(producer) = &self.hand else { return Err(Error::ReadOnly) };
        records.extend(self.feed.take_leftovers());
        let started = Instant::now();
        let written = producer.transact(&records)?;
        let write_s = started.elapsed().as_secs_f64();
        let Self { reader, feed, cache, .. } = self;
        let mut all_read = |reader: &Reader| {
            let place = |place: &Place| written.get(&(place.topic.clone(), place.partition)).copied();
            reader.places().all(|at| place(at).is_none_or(|last| last < at.next))
        };
        reader.hear_until(TO_END, &mut all_read, &mut |index, word| feed.hear(index, word, cache))?;
        feed.write(cache)?;
        let duration_s = started.elapsed().as_secs_f64();
        tracing::debug!(records = records.len(), write_s, duration_s, "a transaction is made and read");
        Ok(())
    }

    fn catch_up(&mut self, now: Timestamp) -> Result<(), Error> {
        let Self { hand, reader, feed, cache } = self;
        if now.0 - cache.followed_at().0 > LONGEST_ABSENCE_MS {
            return Err(Error::Kafka {
                action: "following the log".to_owned(),
                reason:
                    "it may have forgotten what was taken away since it was last read: the cache is made anew"
                        .to_owned(),
                transient: true,
            });
        }
        let ends = hand.ends(&reader.places().collect::<Vec<_>>())?;
        reader.look_again(&ends)?;
        reader.hear_until(TO_END, &mut Reader::ended, &mut |index, word| feed.hear(index, word, cache))?;
        feed.write(cache)?;
        cache.followed(now)
    }
}

/// Begins to read all that a store holds, from where its cache ends.
fn channels(
    log: &Log,
    opening: &Opening<'_>,
    origin: &Origin,
    cache: &Cache,
) -> Result<(Reader, Feed), Error> {
    let own = opening.actor.partition();
    let snapshot = cache.store.snapshot();
    let place = |topic: String, partition: u32| {
        let next = position(snapshot.as_ref(), &topic, partition)?;
        Ok(Place { topic, partition: number(partition), next })
    };
    let mut channels: Vec<(Place, Kind, bool)> = Vec::new();
    for (table, held) in opening.held {
        log.table(table)?;
        let partitions = match (held, own) {
            (Held::All, _) => 0..log.partitions(),
            (Held::Own, Some(own)) => own..own + 1,
            (Held::Own, None) => return Err(Error::Unordered((*table).to_owned())),
        };
        for partition in partitions {
            let place = place(log.names.table(table), partition)?;
            channels.push((place, Kind::Rows(table), own == Some(partition)));
        }
    }
    if own.is_some() {
        channels.push((place(log.names.emitted(), origin.partition)?, Kind::Emitted, true));
    }
    channels.push((place(log.names.values(), origin.partition)?, Kind::Values, true));
    // Read from its beginning by everyone: it says whether the log is still the one that was opened.
    channels.push((Place { topic: log.names.identity(), partition: 0, next: 0 }, Kind::Identity, false));
    drop(snapshot);
    let places = channels.iter().map(|(place, ..)| place.clone()).collect();
    let feed = Feed::new(log, channels, opening.processors, origin.values(), cache)?;
    Ok((Reader::open(&log.settings, &log.names, places)?, feed))
}

impl Store for KafkaStore {
    fn snapshot(&self) -> Box<dyn Snapshot + '_> {
        Box::new(KafkaSnapshot { store: self, cache: self.cache.snapshot() })
    }

    /// Makes all writes of a batch in one transaction, however durable they are asked to be, and waits until they can be
    /// read. After an error, which may leave open whether they were made, the store is to be opened again, and the batch
    /// computed anew. [`Error::Fenced`] says that another process has taken over.
    fn commit(&self, batch: Batch, _durability: Durability) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let records = self.origin.records(&self.log, batch, &self.processors)?;
        self.transact(records)
    }

    fn sync(&self) -> Result<(), Error> {
        // What is committed is with the brokers.
        Ok(())
    }

    /// Empties tables as far as they lie in the writer's partition. The tasks of the others must be at rest, and be reset
    /// as well before any goes on: what one of them computes anew, a later reset would take away.
    fn reset(&self, reset: &Reset) -> Result<(), Error> {
        if let Some(unknown) = reset.tables.iter().find(|name| !self.held.contains_key(name.as_str())) {
            return Err(Error::NoTable(unknown.clone()));
        }
        let intent = serde_json::to_vec(reset).unwrap_or_default();
        self.transact(vec![self.origin.value(&self.log, RESET, Some(intent))])?;
        self.empty(reset)
    }

    fn disk_bytes(&self) -> Result<u64, Error> {
        self.cache.disk_bytes()
    }
}
