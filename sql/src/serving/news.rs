//! What was written by others: which boards and sprints it was about, for processes that show them.
//!
//! A writer adds what a batch was about in the batch's own transaction, numbered by partition. Whoever listens remembers
//! the newest number of each partition, and asks for what came since.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Any, Row as _, Transaction};

use super::{Database, Error};

/// So many of them are kept for each partition: whoever has missed more takes everything for changed.
const KEPT: i64 = 1000;

/// A batch about more boards and sprints than this is about everything.
const MOST_NAMES: usize = 2000;

/// What has changed, in ids as `source/native-id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    pub boards: BTreeSet<String>,
    pub sprints: BTreeSet<String>,
    /// Whether it may be anything.
    pub everything: bool,
}

impl Changed {
    fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    fn add(&mut self, other: Self) {
        self.boards.extend(other.boards);
        self.sprints.extend(other.sprints);
        self.everything |= other.everything;
    }

    /// Adds it to the news of a partition, and drops those that are too old. The transaction keeps others from doing so at
    /// the same time.
    pub async fn tell(
        self,
        transaction: &mut Transaction<'static, Any>,
        partition: u32,
    ) -> Result<(), Error> {
        let large = self.boards.len() + self.sprints.len() > MOST_NAMES;
        let told = if large { Self::everything() } else { self };
        let number = "INSERT INTO news_heads (partition, number) VALUES ($1, 1) \
             ON CONFLICT (partition) DO UPDATE SET number = news_heads.number + 1 RETURNING number";
        let number = sqlx::query(number).bind(i64::from(partition)).fetch_one(&mut **transaction).await?;
        let number: i64 = number.try_get(0)?;
        let insert =
            "INSERT INTO news (partition, number, boards, sprints, everything) VALUES ($1, $2, $3, $4, $5)";
        let insert = sqlx::query(insert).bind(i64::from(partition)).bind(number);
        let insert =
            insert.bind(list(&told.boards)).bind(list(&told.sprints)).bind(i16::from(told.everything));
        insert.execute(&mut **transaction).await?;
        let delete = sqlx::query("DELETE FROM news WHERE partition = $1 AND number <= $2");
        delete.bind(i64::from(partition)).bind(number - KEPT).execute(&mut **transaction).await?;
        Ok(())
    }
}

fn list(names: &BTreeSet<String>) -> String {
    serde_json::Value::from_iter(names.iter().cloned()).to_string()
}

/// Listens to what others write. Asking when there is nothing reads one small row for each partition.
#[derive(Debug)]
pub struct News {
    database: Database,
    /// The newest number of each partition that was heard.
    heard: BTreeMap<i64, i64>,
}

impl News {
    /// Listens from now on: what is read from the database after this is as new as what is not heard any more.
    pub async fn open(database: &Database) -> Result<Self, Error> {
        let heard = heads(database).await?;
        Ok(Self { database: database.clone(), heard })
    }

    /// What has changed since the last time, or nothing. After an error nothing has been heard, and it may be asked again.
    ///
    /// Fails with [`Error::Newer`] or [`Error::Outdated`] once the database has been made another than this program knows.
    pub async fn next(&mut self) -> Result<Option<Changed>, Error> {
        let heads = heads(&self.database).await?;
        if heads == self.heard {
            return Ok(None);
        }
        // In a database that was made anew there may be fewer.
        let fewer = self.heard.keys().any(|partition| !heads.contains_key(partition));
        let mut changed = Changed { everything: fewer, ..Changed::default() };
        for (partition, head) in &heads {
            let heard = self.heard.get(partition).copied().unwrap_or_default();
            changed.add(self.since(*partition, heard, *head).await?);
        }
        // What makes tables anew empties them, so that everything is told: then they may be others.
        if changed.everything {
            self.database.expect_schema().await?;
        }
        self.heard = heads;
        Ok(Some(changed))
    }

    /// What was told in a partition after one number, up to another. Where any of it is missing, or numbers have gone back,
    /// as in a database that was restored, it may be anything.
    async fn since(&self, partition: i64, heard: i64, head: i64) -> Result<Changed, Error> {
        if head == heard {
            return Ok(Changed::default());
        }
        let select = "SELECT boards, sprints, everything FROM news \
             WHERE partition = $1 AND number > $2 AND number <= $3 ORDER BY number";
        let rows = sqlx::query(select).bind(partition).bind(heard).bind(head);
        let rows = rows.fetch_all(self.database.pool()).await?;
        if i64::try_from(rows.len()) != Ok(head - heard) {
            return Ok(Changed::everything());
        }
        let mut changed = Changed::default();
        for row in rows {
            let names = |column: &'static str| -> Result<BTreeSet<String>, Error> {
                let text: String = row.try_get(column)?;
                serde_json::from_str(&text).map_err(|_| Error::Row { table: "news", column })
            };
            let everything = row.try_get::<i64, _>("everything")? != 0;
            changed.add(Changed { boards: names("boards")?, sprints: names("sprints")?, everything });
        }
        Ok(changed)
    }
}

/// The newest number of each partition.
async fn heads(database: &Database) -> Result<BTreeMap<i64, i64>, Error> {
    let rows = sqlx::query("SELECT partition, number FROM news_heads").fetch_all(database.pool()).await?;
    let read = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(read.collect::<Result<_, sqlx::Error>>()?)
}
