//! Whatever the batches, the newest rows are shown, and nothing else.

use proptest::prelude::*;
use tidemark_model::facts::{BoardFact, BoardSprint, RejectedFact};
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_sql::serving::{Access, Database, Place, Select};
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::scratch::Scratch;
use crate::support::{block_on, board, follow, held, shown_sprints, sprint, write};

const SPRINTS: u8 = 6;

on_each_engine! {
    a_batch_names_what_it_changed_and_leaves_the_rest_alone
    a_reader_keeps_its_state_while_the_next_batch_is_written
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
    fn whatever_the_batches_the_newest_rows_are_shown_by_sqlite(acts in acts()) {
        whatever_the_batches(&Scratch::file().place, acts)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whatever_the_batches_the_newest_rows_are_shown_by_postgres(acts in acts()) {
        if let Some(scratch) = Scratch::schema() {
            whatever_the_batches(&scratch.place, acts)?;
        }
    }
}

fn whatever_the_batches(place: &Place, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let store = MemoryStore::new();
    let mut generation = 1;
    block_on(async {
        for act in acts {
            match act {
                Act::State { board, number, name } => write(&store, &sprint(board, number, name), true),
                Act::TakeAway { board, number } => write(&store, &sprint(board, number, 0), false),
                Act::Follow => {
                    follow(place, &store, generation).await;
                }
                Act::NewGeneration => generation += 1,
            }
        }
        follow(place, &store, generation).await;
        prop_assert_eq!(shown_sprints(place).await, held::<BoardSprint>(store.snapshot().as_ref()));
        prop_assert!(follow(place, &store, generation).await.is_empty(), "a second time changes nothing");
        Ok(())
    })
}

fn a_batch_names_what_it_changed_and_leaves_the_rest_alone(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    for number in 0..SPRINTS {
        write(&store, &sprint(1, number, number), true);
    }
    block_on(async {
        let first = follow(place, &store, 1).await;
        assert!(first.everything);
        assert_eq!(first.rows, u64::from(SPRINTS));
        write(&store, &sprint(2, 3, 7), true);
        write(&store, &sprint(1, 0, 0), false);
        write(&store, &board(0, 1), true);
        let detail = "no JSON: mend the line".to_owned();
        let rejected =
            Rejected::new("acme", Stage::Read, "issues.ndjson:3".to_owned(), Reason::NoJson, detail);
        write(&store, &rejected.with_original(b"{\xff"), true);
        let second = follow(place, &store, 1).await;
        assert!(!second.everything);
        assert_eq!(second.rows, 5, "the board is shown, and kept as it is stated");
        assert_eq!(
            second.boards.iter().map(String::as_str).collect::<Vec<_>>(),
            ["acme/1", "acme/2", "acme0/9"]
        );
        assert_eq!(second.sprints.iter().map(String::as_str).collect::<Vec<_>>(), ["acme/0", "acme/3"]);
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut reading = database.read().await.unwrap();
        let boards = reading.rows(&Select::<BoardFact>::all()).await.unwrap();
        assert_eq!(boards[0].board_name, "Payments 1");
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

fn a_reader_keeps_its_state_while_the_next_batch_is_written(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        follow(place, &store, 1).await;
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut reading = database.read().await.unwrap();
        let select = Select::<BoardSprint>::all();
        assert_eq!(reading.count(&select).await.unwrap(), 1);
        write(&store, &sprint(1, 2, 2), true);
        follow(place, &store, 1).await;
        assert_eq!(reading.count(&select).await.unwrap(), 1);
        assert_eq!(database.read().await.unwrap().count(&select).await.unwrap(), 2);
    });
}
