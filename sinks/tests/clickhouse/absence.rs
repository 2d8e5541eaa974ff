//! A warehouse that nobody wrote for longer than the log remembers what was taken away.

use tidemark_model::facts::{BoardSprint, IssueFact};
use tidemark_model::issue::Issue;
use tidemark_model::time::{Clock as _, SystemClock};
use tidemark_model::{Row, Timestamp};
use tidemark_sinks::{Error, Written};
use tidemark_sql::clickhouse::migrate;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Snapshot, Store};

use crate::forgetful::{DAY_MS, Forgetful};
use crate::rows::{board_sprint, issue, store_row, stored};
use crate::support::{Half, Warehouse, partition};

fn day(day: i64) -> Timestamp {
    Timestamp(day * DAY_MS)
}

fn forgetful(store: &MemoryStore, followed_at: Timestamp) -> Forgetful<'_> {
    Forgetful { inner: store.snapshot(), followed_at }
}

fn assert_shows(warehouse: &Warehouse, snapshot: &dyn Snapshot) {
    assert_eq!(warehouse.shown::<IssueFact>(), stored::<Issue, IssueFact>(snapshot));
    assert_eq!(warehouse.shown::<BoardSprint>(), stored::<BoardSprint, BoardSprint>(snapshot));
}

#[test]
fn what_was_taken_away_and_forgotten_goes_after_fifteen_days_without_a_look() {
    let Some(warehouse) =
        Warehouse::new("what_was_taken_away_and_forgotten_goes_after_fifteen_days_without_a_look")
    else {
        return;
    };
    let store = MemoryStore::new();
    for id in 1..=3 {
        store_row(&store, &issue(id, 1, 2), true);
        store_row(&store, &board_sprint(id, 0), true);
    }
    warehouse.follow(&forgetful(&store, day(100)), 1);
    // The log forgets that these go; what comes after it is heard of.
    store_row(&store, &issue(2, 1, 2), false);
    store_row(&store, &board_sprint(2, 0), false);
    store_row(&store, &issue(4, 1, 2), true);
    store_row(&store, &board_sprint(4, 0), true);
    warehouse.follow(&forgetful(&store, day(114)), 1);
    assert_eq!((warehouse.shown::<IssueFact>().len(), warehouse.shown::<BoardSprint>().len()), (4, 4));
    // 28 days after the first look, and 14 after the last: nothing has changed, and that is remembered.
    for days in [128, 143] {
        assert_eq!(warehouse.follow(&forgetful(&store, day(days)), 1), Written::default());
    }
    assert_eq!(warehouse.shown::<BoardSprint>().len(), 4);
    let written = warehouse.follow(&forgetful(&store, Timestamp(day(158).0 + 1)), 1);
    // Three issues feed two facts each; each of the three has lost one.
    assert_eq!((written.rows, written.gone, written.anew.len()), (9, 3, 12));
    assert_shows(&warehouse, store.snapshot().as_ref());
    assert_eq!(warehouse.follow(&forgetful(&store, day(159)), 1), Written::default(), "it is done once");
    // What was marked may come back.
    store_row(&store, &board_sprint(2, 1), true);
    warehouse.follow(&forgetful(&store, day(159)), 1);
    assert_shows(&warehouse, store.snapshot().as_ref());
}

#[test]
fn a_task_that_was_away_touches_only_what_is_its_own_and_what_it_has_heard_of() {
    let Some(warehouse) =
        Warehouse::new("a_task_that_was_away_touches_only_what_is_its_own_and_what_it_has_heard_of")
    else {
        return;
    };
    let stores = [MemoryStore::new(), MemoryStore::new()];
    for id in 1..=8 {
        let row = board_sprint(id, 0);
        store_row(&stores[partition(&row.key()) as usize], &row, true);
    }
    let half = |task: u32| Half { inner: stores[task as usize].snapshot(), partition: task };
    let follow = |snapshot: Half<'_>, task: u32, at: Timestamp| {
        let snapshot = Forgetful { inner: Box::new(snapshot), followed_at: at };
        warehouse.wait(warehouse.writer().follow(&snapshot, 1, task)).unwrap()
    };
    (0..2).for_each(|task| drop(follow(half(task), task, day(100))));
    let before = half(0);
    // Another process, which owns the task now, has heard of a row more, and was where the task is only just now.
    let newer = (9..99).map(|id| board_sprint(id, 0)).find(|row| partition(&row.key()) == 0).unwrap();
    store_row(&stores[0], &newer, true);
    follow(half(0), 0, day(100));
    let sprints = format!("table_name = 'sprints_{}'", warehouse.step);
    let at = before.inner.newest(BoardSprint::TABLE).unwrap();
    warehouse.run("ALTER TABLE positions DELETE WHERE partition = 0 SETTINGS mutations_sync = 2");
    warehouse.run(&format!(
        "INSERT INTO positions (table_name, partition, generation, position, whole, version, followed_at) \
         VALUES ('sprints_{}', 0, 1, {at}, 1, 1, {})",
        warehouse.step,
        day(100).0
    ));
    let written = follow(before, 0, day(120));
    assert!(written.anew.contains(&"sprints") && written.gone == 0, "{written:?}");
    assert_eq!(warehouse.shown::<BoardSprint>().len(), 9, "nothing is gone");
    let position = format!("SELECT position FROM positions FINAL WHERE partition = 0 AND {sprints}");
    assert_eq!(warehouse.number(&position), at);
}

#[test]
fn a_log_that_has_forgotten_its_last_change_is_followed_on_after_so_long() {
    let Some(warehouse) =
        Warehouse::new("a_log_that_has_forgotten_its_last_change_is_followed_on_after_so_long")
    else {
        return;
    };
    let store = MemoryStore::new();
    store_row(&store, &board_sprint(1, 0), true);
    store_row(&store, &board_sprint(2, 0), true);
    warehouse.follow(&forgetful(&store, day(100)), 1);
    store_row(&store, &board_sprint(2, 0), false);
    let error = warehouse.try_follow(&forgetful(&store, day(115)), 1).unwrap_err();
    assert!(matches!(error, Error::Ahead { position: 2, newest: 1, .. }), "{error}");
    let written = warehouse.follow(&forgetful(&store, day(116)), 1);
    assert_eq!((written.rows, written.gone), (1, 1));
    assert_eq!(warehouse.follow(&forgetful(&store, day(117)), 1), Written::default());
    store_row(&store, &board_sprint(3, 0), true);
    warehouse.follow(&forgetful(&store, day(117)), 1);
    assert_shows(&warehouse, store.snapshot().as_ref());
}

#[test]
fn positions_without_a_time_count_as_of_the_migration() {
    let Some(warehouse) = Warehouse::new("positions_without_a_time_count_as_of_the_migration") else {
        return;
    };
    let store = MemoryStore::new();
    store_row(&store, &board_sprint(1, 0), true);
    warehouse.follow(&forgetful(&store, day(100)), 1);
    // As the step before left it.
    warehouse.run("ALTER TABLE positions DROP COLUMN followed_at");
    let before = SystemClock.now();
    warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap();
    let after = SystemClock.now();
    assert_eq!(warehouse.number("SELECT count() FROM positions FINAL"), 12);
    let span = format!("followed_at BETWEEN {} AND {}", before.0, after.0);
    assert_eq!(warehouse.number(&format!("SELECT count() FROM positions FINAL WHERE {span}")), 12);
    warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap();
    assert_eq!(warehouse.number(&format!("SELECT count() FROM positions FINAL WHERE {span}")), 12);
    let written = warehouse.follow(&forgetful(&store, Timestamp(after.0 + 15 * DAY_MS + 1)), 1);
    assert_eq!(written.anew.len(), 12);
}
