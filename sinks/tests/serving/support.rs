//! What the tests of the serving database share: rows to store, and the rows that it shows.

use tidemark_model::board::Board;
use tidemark_model::fact::Fact;
use tidemark_model::facts::{BoardFact, BoardSprint};
use tidemark_model::{Key, Row, Timestamp};
use tidemark_sinks::{Followed, Serving};
use tidemark_sql::serving::{Access, Database, Place, Select};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Snapshot, Store};

pub(crate) fn sprint(board: u8, number: u8, name: u8) -> BoardSprint {
    BoardSprint {
        source: "acme".to_owned(),
        board_id: format!("acme/{board}"),
        board_name: None,
        sprint_id: format!("acme/{number}"),
        sprint_name: format!("Sprint '{name}'"),
        state: "active".to_owned(),
        goal: (name.is_multiple_of(2)).then(|| "ship \"it\"; -- or not".to_owned()),
        started_at: Some(Timestamp(1_772_442_900_000 + i64::from(name))),
        planned_end_at: None,
        closed_at: None,
        origin: name.is_multiple_of(3),
        board_inferred: false,
    }
}

/// A board of a source of its own, so that boards lie in different partitions.
pub(crate) fn board(source: u8, name: u8) -> Board {
    Board {
        source: format!("acme{source}"),
        id: "9".to_owned(),
        effective_at: Timestamp(0),
        name: format!("Payments {name}"),
        kind: "scrum".to_owned(),
        columns: Vec::new(),
        estimation_field: None,
        estimation_unsaid: false,
        shown_sprints: Vec::new(),
    }
}

pub(crate) fn write<R: Row>(store: &dyn Store, row: &R, present: bool) {
    let json = present.then(|| serde_json::to_vec(row).unwrap());
    let rows = vec![RowWrite { table: R::TABLE, key: row.key(), json, fresh: false }];
    store.commit(Batch { rows, ..Batch::default() }, Durability::Buffered).unwrap();
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Follows an embedded log with a writer of its own.
pub(crate) async fn follow(place: &Place, store: &MemoryStore, generation: u64) -> Followed {
    let mut serving = Serving::open(place).await.unwrap();
    let followed = serving.follow(store.snapshot().as_ref(), generation, 0).await.unwrap();
    serving.close().await;
    followed
}

pub(crate) async fn shown<F: Fact>(place: &Place, by: [&'static str; 2]) -> Vec<F> {
    let database = Database::open(place, Access::Read).await.unwrap();
    let select = Select::<F>::all().by(by[0], false).by(by[1], false);
    let rows = database.read().await.unwrap().rows(&select).await.unwrap();
    database.close().await;
    rows
}

pub(crate) async fn shown_sprints(place: &Place) -> Vec<BoardSprint> {
    shown(place, ["board_id", "sprint_id"]).await
}

/// The boards' names by their sources.
pub(crate) async fn shown_boards(place: &Place) -> Vec<(String, String)> {
    let boards = shown::<BoardFact>(place, ["source", "board_id"]).await;
    boards.into_iter().map(|board| (board.source, board.board_name)).collect()
}

pub(crate) fn held<R: Row>(snapshot: &dyn Snapshot) -> Vec<R> {
    let rows = snapshot.scan(R::TABLE, &Key::default()).unwrap();
    rows.map(|row| serde_json::from_slice(&row.unwrap().1.json).unwrap()).collect()
}
