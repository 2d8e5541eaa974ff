//! The serving database follows the tables: whatever the batches, it shows the newest rows, and nothing else.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;

use proptest::prelude::*;
use tidemark_model::facts::{BoardFact, BoardSprint, RejectedFact};
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_model::{Row, Timestamp, board::Board};
use tidemark_sinks::{Followed, Serving};
use tidemark_sql::serving::{Access, Database, Select};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Store};

const SPRINTS: u8 = 6;

fn sprint(board: u8, number: u8, name: u8) -> BoardSprint {
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

fn write<R: Row>(store: &dyn Store, row: &R, present: bool) {
    let json = present.then(|| serde_json::to_vec(row).unwrap());
    let rows = vec![RowWrite { table: R::TABLE, key: row.key(), json, fresh: false }];
    store.commit(Batch { rows, ..Batch::default() }, Durability::Buffered).unwrap();
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn follow(path: &Path, store: &MemoryStore, generation: u64) -> Followed {
    let mut serving = Serving::open(path).await.unwrap();
    let followed = serving.follow(store.snapshot().as_ref(), generation).await.unwrap();
    serving.close().await;
    followed
}

async fn shown(path: &Path) -> Vec<BoardSprint> {
    let database = Database::sqlite(path, Access::Read).await.unwrap();
    let select = Select::<BoardSprint>::all().by("board_id", false).by("sprint_id", false);
    let rows = database.read().await.unwrap().rows(&select).await.unwrap();
    database.close().await;
    rows
}

fn held(store: &MemoryStore) -> Vec<BoardSprint> {
    let snapshot = store.snapshot();
    let rows = snapshot.scan(BoardSprint::TABLE, &tidemark_model::Key::default()).unwrap();
    rows.map(|row| serde_json::from_slice(&row.unwrap().1.json).unwrap()).collect()
}

#[derive(Debug, Clone)]
enum Act {
    State { board: u8, number: u8, name: u8 },
    TakeAway { board: u8, number: u8 },
    Follow,
    NewGeneration,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..3_u8, 0..SPRINTS, 0..9_u8).prop_map(|(board, number, name)| Act::State { board, number, name }),
        2 => (0..3_u8, 0..SPRINTS).prop_map(|(board, number)| Act::TakeAway { board, number }),
        2 => Just(Act::Follow),
        1 => Just(Act::NewGeneration),
    ];
    proptest::collection::vec(act, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_the_batches_the_newest_rows_are_shown(acts in acts()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serving.db");
        let store = MemoryStore::new();
        let mut generation = 1;
        block_on(async {
            for act in acts {
                match act {
                    Act::State { board, number, name } => write(&store, &sprint(board, number, name), true),
                    Act::TakeAway { board, number } => write(&store, &sprint(board, number, 0), false),
                    Act::Follow => { follow(&path, &store, generation).await; }
                    Act::NewGeneration => generation += 1,
                }
            }
            follow(&path, &store, generation).await;
            prop_assert_eq!(shown(&path).await, held(&store));
            prop_assert!(follow(&path, &store, generation).await.is_empty(), "a second time changes nothing");
            Ok(())
        })?;
    }
}

#[test]
fn a_batch_names_what_it_changed_and_leaves_the_rest_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a folder with %, ? and #.db");
    let store = MemoryStore::new();
    for number in 0..SPRINTS {
        write(&store, &sprint(1, number, number), true);
    }
    block_on(async {
        let first = follow(&path, &store, 1).await;
        assert!(first.everything);
        assert_eq!(first.rows, u64::from(SPRINTS));
        write(&store, &sprint(2, 3, 7), true);
        write(&store, &sprint(1, 0, 0), false);
        let board = Board {
            source: "acme".to_owned(),
            id: "9".to_owned(),
            effective_at: Timestamp(0),
            name: "Payments".to_owned(),
            kind: "scrum".to_owned(),
            columns: Vec::new(),
            estimation_field: None,
            shown_sprints: Vec::new(),
        };
        write(&store, &board, true);
        let detail = "no JSON: mend the line".to_owned();
        let rejected =
            Rejected::new("acme", Stage::Read, "issues.ndjson:3".to_owned(), Reason::NoJson, detail);
        write(&store, &rejected.with_original(b"{\xff"), true);
        let second = follow(&path, &store, 1).await;
        assert!(!second.everything);
        assert_eq!(second.rows, 5, "the board is shown, and kept as it is stated");
        assert_eq!(
            second.boards.iter().map(String::as_str).collect::<Vec<_>>(),
            ["acme/1", "acme/2", "acme/9"]
        );
        assert_eq!(second.sprints.iter().map(String::as_str).collect::<Vec<_>>(), ["acme/0", "acme/3"]);
        let database = Database::sqlite(&path, Access::Read).await.unwrap();
        let mut reading = database.read().await.unwrap();
        let boards = reading.rows(&Select::<BoardFact>::all()).await.unwrap();
        assert_eq!(boards[0].board_name, "Payments");
        let found =
            reading.first(Select::<RejectedFact>::all().containing(&["detail"], "MEND")).await.unwrap();
        assert_eq!(found.unwrap().original_hex.as_deref(), Some("7bff"));
        let none =
            reading.count(&Select::<RejectedFact>::all().containing(&["detail"], "m_nd")).await.unwrap();
        assert_eq!(none, 0, "a wildcard is a letter");
        let select = Select::<BoardSprint>::all().is("sprint_id", "' OR 1 = 1 --");
        assert_eq!(reading.count(&select).await.unwrap(), 0, "what is asked for is no SQL");
    });
}

#[test]
fn a_reader_keeps_its_state_while_the_next_batch_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serving.db");
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        follow(&path, &store, 1).await;
        let database = Database::sqlite(&path, Access::Read).await.unwrap();
        let mut reading = database.read().await.unwrap();
        let select = Select::<BoardSprint>::all();
        assert_eq!(reading.count(&select).await.unwrap(), 1);
        write(&store, &sprint(1, 2, 2), true);
        follow(&path, &store, 1).await;
        assert_eq!(reading.count(&select).await.unwrap(), 1);
        assert_eq!(database.read().await.unwrap().count(&select).await.unwrap(), 2);
    });
}
