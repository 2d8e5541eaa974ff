//! Boards with what is going on on them.

use std::collections::BTreeMap;

use tidemark_model::fact::{Cell, ColumnType, Kind};
use tidemark_model::facts::{BoardFact, BoardSprint, SprintReport, Velocity};
use tidemark_sql::serving::{Reading, Select};

use crate::error::Error;
use crate::quality::{self, Mark};
use crate::stale::Stale;

/// A board, what runs on it, and what it usually completes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BoardSummary {
    pub(crate) source: String,
    /// As `source/native-id`.
    pub(crate) board_id: String,
    /// Nothing where the source does not list its boards.
    pub(crate) board_name: Option<String>,
    /// `scrum`, `kanban` or `simple`; nothing where the source does not list its boards.
    pub(crate) kind: Option<String>,
    /// Its active sprints, the oldest first.
    pub(crate) active: Vec<ActiveSprint>,
    pub(crate) closed_sprints: i64,
    /// The velocity up to its last closed sprint.
    pub(crate) velocity: Option<Velocity>,
}

/// A sprint that runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ActiveSprint {
    pub(crate) sprint: BoardSprint,
    pub(crate) report: Option<SprintReport>,
    /// What to know before trusting the report's numbers.
    pub(crate) marks: Vec<Mark>,
}

/// The boards that have sprints, and how many of them are closed; an empty text means all boards.
const WITH_SPRINTS: &str = "\
SELECT source, board_id, max(board_name), CAST(sum(CASE WHEN state = 'closed' THEN 1 ELSE 0 END) AS BIGINT)
FROM sprints
WHERE _gone = 0 AND ($1 = '' OR board_id = $1)
GROUP BY source, board_id";

/// Every board that its source lists or that has a sprint, sorted by source and name.
pub(crate) async fn boards(reading: &mut Reading, stale: &Stale) -> Result<Vec<BoardSummary>, Error> {
    let mut boards = summaries(reading, stale, None).await?;
    let name = |board: &BoardSummary| board.board_name.as_deref().unwrap_or_default().to_lowercase();
    boards.sort_by_cached_key(|board| (board.source.clone(), name(board), board.board_id.clone()));
    Ok(boards)
}

/// One board.
pub(crate) async fn board(
    reading: &mut Reading,
    board_id: &str,
    stale: &Stale,
) -> Result<BoardSummary, Error> {
    let found = summaries(reading, stale, Some(board_id)).await?.pop();
    found.ok_or_else(|| Error::not_found(format!("there is no board {board_id}")))
}

/// All boards, or the named one.
async fn summaries(
    reading: &mut Reading,
    stale: &Stale,
    only: Option<&str>,
) -> Result<Vec<BoardSummary>, Error> {
    let mut found: BTreeMap<String, BoardSummary> = BTreeMap::new();
    for board in reading.rows(&Select::<BoardFact>::all().is_given("board_id", only)).await? {
        let BoardFact { source, board_id, board_name, kind, .. } = board;
        let summary = summary(source, board_id.clone(), Some(board_name), Some(kind));
        found.insert(board_id, summary);
    }
    let kinds = [Kind::Text, Kind::Text, Kind::Text, Kind::Integer];
    let named = Cell::Text(only.unwrap_or_default().to_owned());
    for row in reading.cells(WITH_SPRINTS, &[named], &kinds).await? {
        if let [Cell::Text(source), Cell::Text(board_id), name, Cell::Integer(closed)] = row.as_slice() {
            let name = Option::<String>::of_cell(name.clone()).flatten();
            let unlisted = || summary(source.clone(), board_id.clone(), name, None);
            found.entry(board_id.clone()).or_insert_with(unlisted).closed_sprints = *closed;
        }
    }
    let reports = Select::<SprintReport>::all().is("state", "active").is("mode", "jira_cloud");
    let mut reports: BTreeMap<(String, String), SprintReport> = reading
        .rows(&reports.is_given("board_id", only))
        .await?
        .into_iter()
        .map(|report| ((report.board_id.clone(), report.sprint_id.clone()), report))
        .collect();
    let active = Select::<BoardSprint>::all().is("state", "active").is_given("board_id", only);
    for sprint in reading.rows(&active.by("started_at", false).by("sprint_id", false)).await? {
        if let Some(board) = found.get_mut(&sprint.board_id) {
            let report = reports.remove(&(sprint.board_id.clone(), sprint.sprint_id.clone()));
            let marks = quality::marks(&sprint, report.as_ref(), stale)?;
            board.active.push(ActiveSprint { sprint, report, marks });
        }
    }
    let velocities = Select::<Velocity>::all().is("mode", "jira_cloud").is_given("board_id", only);
    for velocity in reading.rows(&velocities.by("position", false)).await? {
        if let Some(board) = found.get_mut(&velocity.board_id) {
            board.velocity = Some(velocity);
        }
    }
    Ok(found.into_values().collect())
}

fn summary(
    source: String,
    board_id: String,
    board_name: Option<String>,
    kind: Option<String>,
) -> BoardSummary {
    BoardSummary { source, board_id, board_name, kind, active: Vec::new(), closed_sprints: 0, velocity: None }
}
