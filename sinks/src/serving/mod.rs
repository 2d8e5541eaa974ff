//! The writer of the serving database: every batch's rows, and how far they go, in one transaction.
//!
//! # Whose rows
//!
//! A log may lie in partitions, each followed by a task of its own, in whichever process; an embedded log is one, 0. Facts
//! follow each partition by a position. **Each row is written by one task alone**, that of the partition which the row's key
//! names ([`Snapshot::owns`]), also in tables that every task holds whole. So tasks write side by side without an order
//! between them, and no task takes away or brings back what another knows better: a task that has not heard of another's
//! newest rows yet has no say in them, however late it is.
//!
//! # Changes, or anew
//!
//! Where the position says how far the rows go, the changes since are copied. Where it says nothing any more, the task
//! writes its share of the table anew, in the same transaction: readers see the old rows until the new ones are whole. That
//! is so for another log, another generation (in which rows may lie in other partitions), a log that has lost its newest
//! batches, a table that [`Database::migrate`] has made anew, and a position that nobody has looked at for so long that the log
//! may have forgotten what was taken away since (see the module `absence`). All rows that the task owns *now* go, whoever wrote them,
//! and those of its snapshot come: a version tells rows of one log apart and says nothing of a row of a lost batch, so
//! versions decide nothing here. Nobody else writes meanwhile: a task that still follows an older generation may own the same
//! rows, and finds afterwards that it is past.
//!
//! # Who is late
//!
//! A task that has lost its partition without knowing may still be at work. Its position was moved on by another, which it
//! finds out before it writes ([`Error::OtherWriter`]), since it remembers how far it had come itself.

mod position;
mod sources;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use sqlx::{Any, Transaction};
use tidemark_model::Key;
use tidemark_sql::serving::{self, Access, Changed, Database, Engine, Lock, Place, SERVED};
use tidemark_stream::{Offset, Snapshot};

pub use sources::SourceState;

use crate::absence::Absence;
use crate::{EXPORTS, Error, Export, SERVED_ONLY};
use position::{Log, Position};
use write::Writer;

/// The serving database, opened for writing. An embedded log has one writer at a time: who holds the data folder's lock. On
/// a log that is shared there is one for each task, from [`Self::for_task`].
#[derive(Debug)]
pub struct Serving {
    database: Database,
    /// How far this writer has come, by partition and fact.
    known: BTreeMap<(u32, &'static str), Position>,
    /// Whether what the database knows and a snapshot does not is lost: else somebody may have read on further.
    at_end: bool,
}

/// What a batch changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Rows written or taken away.
    pub rows: u64,
    /// The boards that they speak of, as `source/native-id`.
    pub boards: BTreeSet<String>,
    /// The sprints that they speak of, as `source/native-id`.
    pub sprints: BTreeSet<String>,
    /// Whether whole tables were written anew.
    pub everything: bool,
}

/// What a batch comes to, with the positions that it leads to.
type Copied = (Followed, BTreeMap<(u32, &'static str), Position>);

impl Serving {
    /// Opens the database at `place`. A file is made and migrated if need be; a server's tables have to be there as this
    /// program knows them, since several programs use them: [`Database::migrate`] makes them.
    ///
    /// Fails where it cannot be opened, and on a server where the tables are others ([`serving::Error::Outdated`],
    /// [`serving::Error::Newer`]).
    pub async fn open(place: &Place) -> Result<Self, Error> {
        let database = Database::open(place, Access::Write).await?;
        let serving = Self { database, known: BTreeMap::new(), at_end: true };
        match serving.make().await.map_err(|error| serving.named(error)) {
            Ok(()) => Ok(serving),
            Err(error) => {
                serving.close().await;
                Err(error)
            }
        }
    }

    async fn make(&self) -> Result<(), Error> {
        match self.database.engine() {
            Engine::Sqlite => self.database.migrate().await.map(|_| ())?,
            Engine::Postgres => self.database.expect_schema().await?,
        }
        Ok(())
    }

    /// A writer for a task that takes a partition over, over the same connections. It knows nothing of what others wrote
    /// before, so that every time that a partition comes needs one.
    #[must_use]
    pub fn for_task(&self) -> Self {
        Self { database: self.database.clone(), known: BTreeMap::new(), at_end: false }
    }

    /// The same for snapshots of everything that is committed: a database that is ahead of them has what the log has lost,
    /// and is written anew.
    #[must_use]
    pub fn for_task_at_end(&self) -> Self {
        Self { at_end: true, ..self.for_task() }
    }

    /// Copies what has changed in a partition since the last time. An embedded log is one partition: 0.
    ///
    /// What the snapshot holds should be on disk before long: a database that is ahead of its log is written anew.
    ///
    /// After an error nothing has changed, and it may be tried again; where a commit's answer was lost, it may have been made,
    /// which the next try finds out. [`Error::OtherWriter`] and [`Error::Past`] say that somebody else has taken over: then
    /// this writer is of no more use. [`Error::Ahead`] says that somebody has read the log further than the snapshot goes.
    pub async fn follow(
        &mut self,
        snapshot: &dyn Snapshot,
        generation: u64,
        partition: u32,
    ) -> Result<Followed, Error> {
        let log = Log::of(snapshot, generation)?;
        let source = Source { snapshot, generation, partition, log };
        // Shares are written anew while nobody else writes. Whether one has to be is known when its position has been read.
        let copied = match self.copy(&source, Lock::Partition(partition)).await {
            Ok(None) => self.copy(&source, Lock::All).await,
            copied => copied,
        };
        match copied.map_err(|error| self.named(error))? {
            Some((followed, positions)) => {
                self.known.extend(positions);
                Ok(followed)
            }
            None => Ok(Followed::default()),
        }
    }

    /// A disk that is full, said as elsewhere: with the file.
    fn named(&self, error: Error) -> Error {
        match &error {
            Error::Serving(serving) if serving.is_full() => match self.database.place().path() {
                Some(path) => Error::disk("write", path)(io::ErrorKind::StorageFull.into()),
                None => error,
            },
            _ => error,
        }
    }

    /// Copies what has changed; nothing where something is to be written anew and others may write meanwhile.
    async fn copy(&mut self, source: &Source<'_>, lock: Lock) -> Result<Option<Copied>, Error> {
        let Source { snapshot, partition, .. } = *source;
        let mut transaction = self.database.write(lock).await?;
        let state = self.database.state_in(&mut transaction).await?;
        self.database.expect_state(state)?;
        if position::is_past(&mut transaction, &source.log).await? {
            return Err(Error::Past { generation: source.generation });
        }
        let mut before = position::read(&mut transaction, partition).await?;
        let followed_at = snapshot.followed_at()?;
        let mut due = false;
        let mut followed = Followed::default();
        let mut positions = BTreeMap::new();
        let facts = EXPORTS.iter().filter(|export| SERVED.contains(&export.fact.name));
        for export in facts.chain(SERVED_ONLY) {
            let fact = export.fact.name;
            let newest = snapshot.newest(export.table)?.cast_signed();
            let now = Position { log: source.log.clone(), position: newest };
            let found = before.remove(fact);
            let absence = found.as_ref().map(|found| Absence::between(found.followed_at, followed_at));
            let too_long = absence == Some(Absence::TooLong);
            due |= absence == Some(Absence::Due);
            let before = found.map(|found| found.position);
            self.expect_own((partition, fact), before.as_ref())?;
            // After so long a log may end before what was taken away last, which it has forgotten.
            let may_be_ahead = !self.at_end && !too_long;
            if let Some(before) = before.as_ref().filter(|before| may_be_ahead && now.leads_to(before))
                && *before != now
            {
                let (position, newest) = (before.position.cast_unsigned(), now.position.cast_unsigned());
                return Err(Error::Ahead { table: export.table, position, newest });
            }
            if too_long || before.as_ref() != Some(&now) {
                let leads = before.as_ref().filter(|before| !too_long && before.leads_to(&now));
                let mut writer =
                    Writer::new(export, source.generation, &mut transaction, self.database.engine());
                match leads {
                    Some(before) => {
                        let keys = changed(snapshot, export, before.position.cast_unsigned())?;
                        writer.changes(snapshot, &keys).await?;
                        followed.add(export, keys.keys());
                    }
                    None if lock != Lock::All => return Ok(None),
                    None => {
                        writer.anew(snapshot, partition).await?;
                        followed.everything = true;
                    }
                }
                followed.rows += writer.written();
                let place = (fact, partition);
                position::advance(&mut transaction, place, before.as_ref(), &now, followed_at).await?;
            }
            positions.insert((partition, fact), now);
        }
        if due {
            position::refresh(&mut transaction, partition, followed_at).await?;
        }
        if !followed.is_empty() {
            followed.told().tell(&mut transaction, partition).await?;
        }
        self.commit(transaction, partition).await?;
        Ok(Some((followed, positions)))
    }

    /// Fails where somebody else has moved a position on that this writer had brought there. One that has gone back is one
    /// of a server that has lost its newest commits.
    fn expect_own(&self, fact: (u32, &'static str), found: Option<&Position>) -> Result<(), Error> {
        match (self.known.get(&fact), found) {
            (Some(known), Some(found)) if !found.leads_to(known) => Err(Error::OtherWriter { table: fact.1 }),
            _ => Ok(()),
        }
    }

    /// Commits; where the answer is lost, nothing is known any more of how far this writer has come.
    async fn commit(&mut self, transaction: Transaction<'static, Any>, partition: u32) -> Result<(), Error> {
        let done = transaction.commit().await;
        if done.is_err() {
            self.known.retain(|(known, _), _| *known != partition);
        }
        Ok(done.map_err(serving::Error::from)?)
    }

    /// Closes the connections, also those of writers for tasks.
    pub async fn close(self) {
        self.database.close().await;
    }
}

/// What is followed.
struct Source<'a> {
    snapshot: &'a dyn Snapshot,
    generation: u64,
    partition: u32,
    log: Log,
}

impl Followed {
    /// Whether anything has changed.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 && !self.everything
    }

    /// What other processes hear of it.
    fn told(&self) -> Changed {
        Changed { boards: self.boards.clone(), sprints: self.sprints.clone(), everything: self.everything }
    }

    /// Keys begin with source and board, and go on with the sprint where there is one; a board's own is source and id.
    fn add<'a>(&mut self, export: &Export, keys: impl Iterator<Item = &'a Key>) {
        let has = |name: &str| export.fact.columns.iter().any(|column| column.name == name);
        for key in keys.filter(|_| has("board_id")) {
            let (Some(source), Some(board)) = (key.part(0), key.part(1)) else { continue };
            if has("sprint_id") {
                self.boards.insert(board.to_owned());
                self.sprints.extend(key.part(2).map(str::to_owned));
            } else {
                self.boards.insert(format!("{source}/{board}"));
            }
        }
    }
}

/// The keys that changed after a position, each with the offset of its newest change.
fn changed(snapshot: &dyn Snapshot, export: &Export, after: Offset) -> Result<BTreeMap<Key, Offset>, Error> {
    let mut keys = BTreeMap::new();
    for change in snapshot.changes(export.table, after)? {
        let change = change?;
        let newest = keys.entry(change.key).or_insert(change.offset);
        *newest = change.offset.max(*newest);
    }
    Ok(keys)
}
