//! What is known of the sources, for the page that shows it.

use tidemark_model::Timestamp;
use tidemark_sql::serving::{self, Lock, storable};

use super::Serving;
use crate::Error;

/// A source, as whoever polls it knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

const UPSERT: &str = "\
INSERT INTO sources (name, kind, state, error, records, polled_at, succeeded_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, state = excluded.state, error = excluded.error,
    records = excluded.records, polled_at = excluded.polled_at, succeeded_at = excluded.succeeded_at,
    changed_at = excluded.changed_at";

impl Serving {
    /// Writes what is known of the sources, and forgets those that are not among them.
    pub async fn states(&self, states: &[SourceState]) -> Result<(), Error> {
        self.write_states(states).await.map_err(|error| self.named(error))
    }

    async fn write_states(&self, states: &[SourceState]) -> Result<(), Error> {
        let failed = |error: sqlx::Error| Error::from(serving::Error::from(error));
        let mut transaction = self.database.write(Lock::Sources).await?;
        for state in states {
            let ms = |at: Option<Timestamp>| at.map(|at| at.0);
            let query = sqlx::query(UPSERT).bind(state.name.clone()).bind(state.kind).bind(state.state);
            let query = query.bind(state.error.as_deref().map(storable)).bind(state.records.cast_signed());
            let query =
                query.bind(ms(state.polled_at)).bind(ms(state.succeeded_at)).bind(ms(state.changed_at));
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        let names = sqlx::query_scalar::<_, String>("SELECT name FROM sources");
        for name in names.fetch_all(&mut *transaction).await.map_err(failed)? {
            if !states.iter().any(|state| state.name == name) {
                let delete = sqlx::query("DELETE FROM sources WHERE name = $1").bind(name);
                delete.execute(&mut *transaction).await.map_err(failed)?;
            }
        }
        transaction.commit().await.map_err(failed)
    }
}
