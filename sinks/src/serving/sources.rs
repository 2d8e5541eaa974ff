//! What is known of the sources, for the page that shows it.

use std::time::Duration;

use tidemark_model::Timestamp;
use tidemark_sql::serving::{self, Lock, storable};

use super::Serving;
use crate::Error;

/// A source, as whoever polls it knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceState {
    /// The source's name in the configuration.
    pub name: String,
    /// The configuration's type, such as `jira-archive`.
    pub kind: &'static str,
    /// `reading` for the first time, `current`, or `failing`.
    pub state: &'static str,
    /// Why the last poll failed.
    pub error: Option<String>,
    /// Raw records read since the program started.
    pub records: u64,
    pub polled_at: Option<Timestamp>,
    pub succeeded_at: Option<Timestamp>,
    /// When a poll last brought something new.
    pub changed_at: Option<Timestamp>,
    /// The calls to its system since the program started, and those that were refused for lack of patience.
    pub calls: u64,
    pub refused_calls: u64,
    /// What is left of its hourly quota, in per mille, where it has one.
    pub quota_left_per_mille: Option<u32>,
    /// How much of the first load has been read, in per mille, while it goes on.
    pub read_per_mille: Option<u32>,
    /// When it is asked next.
    pub next_poll_at: Option<Timestamp>,
    /// When what is known was last compared with what can be seen.
    pub reconciled_at: Option<Timestamp>,
    /// Issues that were read since the program started.
    pub issues_read: u64,
    /// All that the source changed before this instant, by its own clock, has been read.
    pub read_until: Option<Timestamp>,
    /// The issues that the first load has still to read, about.
    pub backlog: Option<u64>,
    /// What somebody should know or do though polls succeed.
    pub notice: Option<String>,
    /// How long the first load still takes, about, while it goes on.
    pub time_left: Option<Duration>,
    /// When the first of the account's tokens expires, as far as its system tells.
    pub token_expires_at: Option<Timestamp>,
}

const UPSERT: &str = "\
INSERT INTO sources (name, kind, state, error, records, polled_at, succeeded_at, changed_at,
    calls, refused_calls, quota_left_per_mille, read_per_mille, next_poll_at, reconciled_at,
    issues_read, read_until, backlog, notice, time_left_s, token_expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT (name) DO UPDATE SET kind = excluded.kind,
    state = CASE WHEN excluded.polled_at IS NULL THEN sources.state ELSE excluded.state END,
    error = CASE WHEN excluded.polled_at IS NULL THEN sources.error ELSE excluded.error END,
    records = excluded.records, polled_at = COALESCE(excluded.polled_at, sources.polled_at),
    succeeded_at = COALESCE(excluded.succeeded_at, sources.succeeded_at),
    changed_at = COALESCE(excluded.changed_at, sources.changed_at), calls = excluded.calls, refused_calls = excluded.refused_calls,
    quota_left_per_mille = excluded.quota_left_per_mille, read_per_mille = excluded.read_per_mille,
    next_poll_at = excluded.next_poll_at,
    reconciled_at = COALESCE(excluded.reconciled_at, sources.reconciled_at),
    issues_read = excluded.issues_read, read_until = COALESCE(excluded.read_until, sources.read_until), backlog = excluded.backlog,
    notice = excluded.notice, time_left_s = excluded.time_left_s,
    token_expires_at = excluded.token_expires_at";

impl Serving {
    /// Writes what is known of sources, and forgets those that are not among the `configured` ones.
    pub async fn states(&self, states: &[SourceState], configured: &[String]) -> Result<(), Error> {
        self.write_states(states, configured).await.map_err(|error| self.named(error))
    }

    async fn write_states(&self, states: &[SourceState], configured: &[String]) -> Result<(), Error> {
        let failed = |error: sqlx::Error| Error::from(serving::Error::from(error));
        let mut transaction = self.database.write(Lock::Sources).await?;
        for state in states {
            let ms = |at: Option<Timestamp>| at.map(|at| at.0);
            let query = sqlx::query(UPSERT).bind(state.name.clone()).bind(state.kind).bind(state.state);
            let query = query.bind(state.error.as_deref().map(storable)).bind(state.records.cast_signed());
            let query =
                query.bind(ms(state.polled_at)).bind(ms(state.succeeded_at)).bind(ms(state.changed_at));
            let query = query.bind(state.calls.cast_signed()).bind(state.refused_calls.cast_signed());
            let query = query.bind(state.quota_left_per_mille.map(i64::from));
            let query = query.bind(state.read_per_mille.map(i64::from));
            let query = query.bind(ms(state.next_poll_at)).bind(ms(state.reconciled_at));
            let query = query.bind(state.issues_read.cast_signed()).bind(ms(state.read_until));
            let query = query.bind(state.backlog.map(u64::cast_signed));
            let query = query.bind(state.notice.as_deref().map(storable));
            let query = query.bind(state.time_left.map(|left| left.as_secs().cast_signed()));
            let query = query.bind(ms(state.token_expires_at));
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        let names = sqlx::query_scalar::<_, String>("SELECT name FROM sources");
        for name in names.fetch_all(&mut *transaction).await.map_err(failed)? {
            if !configured.contains(&name) {
                let delete = sqlx::query("DELETE FROM sources WHERE name = $1").bind(name);
                delete.execute(&mut *transaction).await.map_err(failed)?;
            }
        }
        transaction.commit().await.map_err(failed)
    }
}
