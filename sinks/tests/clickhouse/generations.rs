//! Logs that begin anew, tasks that share the tables, and logs that are not those that the warehouse knows.

use tidemark_model::facts::BoardSprint;
use tidemark_model::{Key, Row};
use tidemark_sinks::Written;
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::rows::{board_sprint, store_row, stored};
use crate::support::{Half, Warehouse, partition};

fn sprints(store: &MemoryStore, ids: impl IntoIterator<Item = u32>, variant: u32) {
    for id in ids {
        store_row(store, &board_sprint(id, variant), true);
    }
}

fn held(store: &MemoryStore) -> Vec<String> {
    stored::<BoardSprint, BoardSprint>(store.snapshot().as_ref())
}

#[test]
fn a_new_generation_takes_away_what_it_has_no_row_of() {
    let Some(warehouse) = Warehouse::new("a_new_generation_takes_away_what_it_has_no_row_of") else { return };
    let first = MemoryStore::new();
    sprints(&first, 1..=6, 0);
    warehouse.follow(first.snapshot().as_ref(), 1);

    let second = MemoryStore::new();
    sprints(&second, [2, 4], 1);
    let written = warehouse.follow(second.snapshot().as_ref(), 2);
    assert_eq!((written.rows, written.gone), (2, 4));
    assert_eq!(warehouse.shown::<BoardSprint>(), held(&second));
    assert_eq!(warehouse.follow(second.snapshot().as_ref(), 2), Written::default());

    // What was marked may come back by its first change.
    sprints(&second, [5], 1);
    warehouse.follow(second.snapshot().as_ref(), 2);
    assert_eq!(warehouse.shown::<BoardSprint>(), held(&second));
}

/// The first try is cut off after three of five rows, and one of the three goes before the next try.
#[test]
fn what_goes_while_a_generation_is_written_anew_is_gone() {
    let Some(warehouse) = Warehouse::new("what_goes_while_a_generation_is_written_anew_is_gone") else {
        return;
    };
    let store = MemoryStore::new();
    sprints(&store, 1..=5, 0);
    let writer = warehouse.writer().with_page_rows(1);
    warehouse.fault("cut", &format!("'sprints_{}']), 0, 1, 3,", warehouse.step));
    warehouse.wait(writer.follow(store.snapshot().as_ref(), 1, 0)).unwrap_err();
    assert_eq!(warehouse.shown::<BoardSprint>().len(), 3);
    store_row(&store, &board_sprint(2, 0), false);
    let written = warehouse.wait(writer.follow(store.snapshot().as_ref(), 1, 0)).unwrap();
    // The third was written and not counted: 3, 4 and 5.
    assert_eq!((written.rows, written.gone), (3, 1));
    assert_eq!(warehouse.shown::<BoardSprint>(), held(&store));
}

/// Each task has its own store, which counts by itself. Of one that is empty, all rows of its partition go.
#[test]
fn tasks_share_the_tables_and_touch_only_their_own_rows() {
    let Some(warehouse) = Warehouse::new("tasks_share_the_tables_and_touch_only_their_own_rows") else {
        return;
    };
    let halves = |generation: u32| {
        let stores = [MemoryStore::new(), MemoryStore::new()];
        for id in 1..=12 {
            let row = board_sprint(id, generation);
            // The second generation has lost every third sprint.
            if generation == 1 || id % 3 > 0 {
                store_row(&stores[partition(&row.key()) as usize], &row, true);
            }
        }
        stores
    };
    let follow = |stores: &[MemoryStore; 2], task: u32, generation: u64| {
        let half = Half { inner: stores[task as usize].snapshot(), partition: task };
        warehouse.wait(warehouse.writer().follow(&half, generation, task)).unwrap()
    };
    let all = |stores: &[MemoryStore; 2]| {
        let mut rows: Vec<String> = stores.iter().flat_map(held).collect();
        rows.sort();
        rows
    };
    let first = halves(1);
    assert!(first.iter().all(|store| held(store).len() >= 3), "a partition is nearly empty");
    std::thread::scope(|scope| {
        for task in 0..2 {
            let (first, follow) = (&first, &follow);
            scope.spawn(move || follow(first, task, 1));
        }
    });
    assert_eq!(warehouse.shown::<BoardSprint>(), all(&first));

    let second = halves(2);
    follow(&second, 1, 2);
    let mut between: Vec<String> = held(&first[0]).into_iter().chain(held(&second[1])).collect();
    between.sort();
    assert_eq!(warehouse.shown::<BoardSprint>(), between, "one task took the other's rows away");
    follow(&second, 0, 2);
    assert_eq!(warehouse.shown::<BoardSprint>(), all(&second));

    // Deletions are marked with the partition's own offsets.
    let victim =
        first[1].snapshot().scan(BoardSprint::TABLE, &Key::default()).unwrap().next().unwrap().unwrap().1;
    let victim: BoardSprint = serde_json::from_slice(&victim.json).unwrap();
    store_row(&second[1], &victim, false);
    follow(&second, 1, 2);
    assert_eq!(warehouse.shown::<BoardSprint>(), all(&second));
}

/// A task that holds a table whole, but has not heard of all of it, takes away a row that another task then has: the row
/// is newer, whoever comes first.
#[test]
fn a_task_that_lags_behind_cannot_take_away_a_row_of_the_same_generation() {
    let Some(warehouse) =
        Warehouse::new("a_task_that_lags_behind_cannot_take_away_a_row_of_the_same_generation")
    else {
        return;
    };
    let first = MemoryStore::new();
    sprints(&first, 1..=4, 0);
    warehouse.follow(first.snapshot().as_ref(), 1);
    let (heard, lagging) = (MemoryStore::new(), MemoryStore::new());
    sprints(&heard, 1..=4, 1);
    for turn in 0..20 {
        sprints(&lagging, [1], turn);
    }
    // Whoever comes first finds all rows of the generation before.
    for (generation, order) in [(2, [&lagging, &heard]), (3, [&heard, &lagging])] {
        for (task, store) in (0..).zip(order) {
            warehouse.wait(warehouse.writer().follow(store.snapshot().as_ref(), generation, task)).unwrap();
            let shown = warehouse.shown::<BoardSprint>().len();
            let expected = if generation == 2 && task == 0 { 1 } else { 4 };
            assert_eq!(shown, expected, "generation {generation}, after task {task}");
        }
    }
}

#[test]
fn a_log_that_has_lost_what_the_warehouse_has_is_refused() {
    let Some(warehouse) = Warehouse::new("a_log_that_has_lost_what_the_warehouse_has_is_refused") else {
        return;
    };
    let store = MemoryStore::new();
    sprints(&store, 1..=3, 0);
    warehouse.follow(store.snapshot().as_ref(), 4);
    let shorter = MemoryStore::new();
    sprints(&shorter, 1..=2, 0);
    let error = warehouse.try_follow(shorter.snapshot().as_ref(), 4).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("what is written of `board_sprints` goes to change 3, and the log ends with 2"),
        "{error}"
    );
    let error = warehouse.try_follow(shorter.snapshot().as_ref(), 3).unwrap_err();
    assert!(
        error.to_string().contains("of the log's generation 4, and this log is of generation 3"),
        "{error}"
    );
    assert!(!error.is_transient());
    warehouse.follow(shorter.snapshot().as_ref(), 5);
    assert_eq!(warehouse.shown::<BoardSprint>(), held(&shorter));
}
