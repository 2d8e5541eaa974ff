//! What is known of the sources.

use tidemark_model::Timestamp;
use tidemark_model::fact::{Cell, ColumnType, Kind};
use tidemark_sql::serving::Reading;

use crate::error::Error;

/// A source, as whoever polls it left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceState {
    pub name: String,
    /// The configuration's type, such as `jira-archive`.
    pub kind: String,
    /// `reading` for the first time, `current`, or `failing`.
    pub state: String,
    /// Why the last poll failed.
    pub error: Option<String>,
    /// Raw records read so far.
    pub records: i64,
    pub polled_at: Option<Timestamp>,
    pub succeeded_at: Option<Timestamp>,
    /// When a poll last brought something new.
    pub changed_at: Option<Timestamp>,
    /// The calls to its system since the program started, and those that were refused for lack of patience.
    pub calls: i64,
    pub refused_calls: i64,
    /// What is left of its hourly quota, in per mille, where it has one.
    pub quota_left_per_mille: Option<i64>,
    /// How much of the first load has been read, in per mille, while it goes on.
    pub read_per_mille: Option<i64>,
    pub next_poll_at: Option<Timestamp>,
    /// When what is known was last compared with what can be seen.
    pub reconciled_at: Option<Timestamp>,
    /// Issues that were read since the program started.
    pub issues_read: i64,
    /// What reading a thousand issues has cost in calls; nothing where none was read.
    pub calls_per_1000_issues: Option<i64>,
    /// All that the source changed before this instant, by its own clock, has been read.
    pub read_until: Option<Timestamp>,
    /// The issues that the first load has still to read, about.
    pub backlog: Option<i64>,
    /// What somebody should know or do though polls succeed.
    pub notice: Option<String>,
    /// How long the first load still takes, about, in seconds, while it goes on.
    pub time_left_s: Option<i64>,
    /// When the first of the account's tokens expires, as far as its system tells.
    pub token_expires_at: Option<Timestamp>,
    /// Records of the source that could not be taken.
    pub rejected: i64,
}

const SOURCES: &str = "\
SELECT name, kind, state, error, records, polled_at, succeeded_at, changed_at,
    calls, refused_calls, quota_left_per_mille, read_per_mille, next_poll_at, reconciled_at,
    issues_read, read_until, backlog, notice, time_left_s, token_expires_at,
    (SELECT count(*) FROM rejected WHERE rejected.source = sources.name AND _gone = 0)
FROM sources ORDER BY name";

const REJECTIONS: &str = "SELECT stage, reason, count(*) FROM rejected WHERE _gone = 0 GROUP BY stage, reason ORDER BY stage, reason";

const KINDS: [Kind; 21] = [
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Integer,
    Kind::Timestamp,
    Kind::Timestamp,
    Kind::Timestamp,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Timestamp,
    Kind::Timestamp,
    Kind::Integer,
    Kind::Timestamp,
    Kind::Integer,
    Kind::Text,
    Kind::Integer,
    Kind::Timestamp,
    Kind::Integer,
];

/// Every source that was ever polled, by name.
pub async fn sources(reading: &mut Reading) -> Result<Vec<SourceState>, Error> {
    let rows = reading.cells(SOURCES, &[], &KINDS).await?;
    Ok(rows.into_iter().filter_map(state).collect())
}

fn state(row: Vec<Cell>) -> Option<SourceState> {
    let mut cells = row.into_iter();
    let mut text = || Option::<String>::of_cell(cells.next()?);
    let (name, kind, state, error) = (text()??, text()??, text()??, text()?);
    let records = i64::of_cell(cells.next()?)?;
    let mut at = || Option::<Timestamp>::of_cell(cells.next()?);
    let (polled_at, succeeded_at, changed_at) = (at()?, at()?, at()?);
    let calls = i64::of_cell(cells.next()?)?;
    let refused_calls = i64::of_cell(cells.next()?)?;
    let mut share = || Option::<i64>::of_cell(cells.next()?);
    let (quota_left_per_mille, read_per_mille) = (share()?, share()?);
    let mut at = || Option::<Timestamp>::of_cell(cells.next()?);
    let (next_poll_at, reconciled_at) = (at()?, at()?);
    let issues_read = i64::of_cell(cells.next()?)?;
    let read_until = Option::<Timestamp>::of_cell(cells.next()?)?;
    let backlog = Option::<i64>::of_cell(cells.next()?)?;
    let notice = Option::<String>::of_cell(cells.next()?)?;
    let time_left_s = Option::<i64>::of_cell(cells.next()?)?;
    let token_expires_at = Option::<Timestamp>::of_cell(cells.next()?)?;
    let rejected = i64::of_cell(cells.next()?)?;
    Some(SourceState {
        name,
        kind,
        state,
        error,
        records,
        polled_at,
        succeeded_at,
        changed_at,
        calls,
        refused_calls,
        quota_left_per_mille,
        read_per_mille,
        next_poll_at,
        reconciled_at,
        issues_read,
        calls_per_1000_issues: (issues_read > 0).then(|| (calls * 1000 + issues_read / 2) / issues_read),
        read_until,
        backlog,
        notice,
        time_left_s,
        token_expires_at,
        rejected,
    })
}

/// How many records are rejected, by stage and reason.
pub(crate) async fn rejections(reading: &mut Reading) -> Result<Vec<(String, String, i64)>, Error> {
    let rows = reading.cells(REJECTIONS, &[], &[Kind::Text, Kind::Text, Kind::Integer]).await?;
    let count = |row: Vec<Cell>| {
        let mut cells = row.into_iter();
        let mut text = || Option::<String>::of_cell(cells.next()?)?;
        Some((text()?, text()?, i64::of_cell(cells.next()?)?))
    };
    Ok(rows.into_iter().filter_map(count).collect())
}
