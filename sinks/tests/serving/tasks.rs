//! Tasks that write side by side: each its own rows, whatever it has heard of the others' and whenever.

use std::sync::atomic::{AtomicUsize, Ordering};

use tidemark_model::board::Board;
use tidemark_model::facts::BoardSprint;
use tidemark_sinks::{Error, Serving};
use tidemark_sql::serving::Place;

use crate::log::SharedLog;
use crate::scratch::Scratch;
use crate::support::{block_on, board, held, shown_boards, shown_sprints, sprint};

on_each_engine! {
    tasks_fill_a_table_together_and_leave_each_others_rows_alone
    a_task_that_knows_old_rows_of_others_brings_none_back
    another_number_of_partitions_moves_rows_and_loses_none
    a_task_of_an_older_generation_is_past
    another_log_replaces_all_rows_whatever_its_offsets
    who_was_overtaken_writes_nothing_more
    what_a_log_has_lost_is_taken_away_by_whoever_has_read_it_to_the_end
}

const PARTITIONS: usize = 4;

async fn follow_all(place: &Place, log: &SharedLog) {
    let serving = Serving::open(place).await.unwrap();
    for task in 0..log.partitions() {
        serving.for_task().follow(&log.task(task), log.generation, task).await.unwrap();
    }
    serving.close().await;
}

/// The rows that all partitions hold.
fn sprints(log: &SharedLog) -> Vec<BoardSprint> {
    let partitions = 0..log.partitions();
    let mut rows: Vec<BoardSprint> = partitions.flat_map(|at| held(log.now(at).as_ref())).collect();
    rows.sort_by_key(|row| (row.board_id.clone(), row.sprint_id.clone()));
    rows
}

fn boards(log: &SharedLog) -> Vec<(String, String)> {
    let partitions = 0..log.partitions();
    let rows = partitions.flat_map(|at| held::<Board>(log.now(at).as_ref()));
    let mut rows: Vec<(String, String)> = rows.map(|board| (board.source, board.name)).collect();
    rows.sort();
    rows
}

async fn assert_shown(place: &Place, log: &SharedLog, when: &str) {
    assert_eq!(shown_sprints(place).await, sprints(log), "{when}");
    assert_eq!(shown_boards(place).await, boards(log), "{when}");
}

/// Twelve boards with a sprint each, and five boards that are known everywhere.
fn filled(log: &SharedLog, name: u8) {
    (0..12).for_each(|number| log.write(&sprint(number, number, name), true));
    (0..5).for_each(|source| log.write(&board(source, name), true));
}

fn tasks_fill_a_table_together_and_leave_each_others_rows_alone(scratch: &Scratch) {
    let place = &scratch.place;
    let log = SharedLog::new("log", 1, PARTITIONS);
    filled(&log, 1);
    let busy: std::collections::BTreeSet<u32> =
        (0..12).map(|number| log.partition_of(&sprint(number, number, 1))).collect();
    assert!(busy.len() > 2, "rows have to lie in several partitions: {busy:?}");
    block_on(async {
        follow_all(place, &log).await;
        assert_shown(place, &log, "at first").await;
        log.write(&sprint(3, 3, 9), true);
        log.write(&sprint(4, 4, 0), false);
        log.write(&board(2, 9), true);
        log.write(&board(3, 0), false);
        follow_all(place, &log).await;
        assert_shown(place, &log, "after changes").await;
        // The same rows in another generation, in which some have gone.
        let next = SharedLog::new("log", 2, PARTITIONS);
        filled(&next, 2);
        next.write(&sprint(5, 5, 0), false);
        next.write(&board(1, 0), false);
        follow_all(place, &next).await;
        assert_shown(place, &next, "in another generation").await;
    });
}

fn a_task_that_knows_old_rows_of_others_brings_none_back(scratch: &Scratch) {
    let place = &scratch.place;
    let log = SharedLog::new("log", 1, PARTITIONS);
    filled(&log, 1);
    let own = log.partition_of(&board(0, 0));
    let other = (1..5).find(|source| log.partition_of(&board(*source, 0)) != own).unwrap();
    let late: Vec<_> = (0..log.partitions()).map(|partition| log.now(partition)).collect();
    // Another task's board goes, and a board of its comes, before the late task writes for the first time.
    log.write(&board(other, 0), false);
    let owner = log.partition_of(&board(other, 0));
    let new = (5..50).find(|source| log.partition_of(&board(*source, 0)) == owner).unwrap();
    log.write(&board(new, 7), true);
    block_on(async {
        let serving = Serving::open(place).await.unwrap();
        for task in (0..log.partitions()).filter(|task| *task != own) {
            serving.for_task().follow(&log.task(task), 1, task).await.unwrap();
        }
        serving.for_task().follow(&log.late_task(own, &late), 1, own).await.unwrap();
        assert_shown(place, &log, "nothing came back, nothing went").await;
        serving.close().await;
    });
}

fn another_number_of_partitions_moves_rows_and_loses_none(scratch: &Scratch) {
    let place = &scratch.place;
    let small = SharedLog::new("log", 1, 2);
    filled(&small, 1);
    let large = SharedLog::new("log", 2, 5);
    filled(&large, 2);
    large.write(&sprint(6, 6, 0), false);
    let again = SharedLog::new("log", 3, 3);
    filled(&again, 3);
    again.write(&board(4, 0), false);
    block_on(async {
        for log in [small, large, again] {
            follow_all(place, &log).await;
            assert_shown(place, &log, "all tasks have written").await;
        }
    });
}

fn a_task_of_an_older_generation_is_past(scratch: &Scratch) {
    let place = &scratch.place;
    let old = SharedLog::new("log", 1, PARTITIONS);
    filled(&old, 1);
    let new = SharedLog::new("log", 2, PARTITIONS);
    filled(&new, 2);
    (0..12).for_each(|number| new.write(&sprint(number, number, 0), number % 2 == 0));
    block_on(async {
        follow_all(place, &old).await;
        let serving = Serving::open(place).await.unwrap();
        let mut late = serving.for_task();
        late.follow(&old.task(3), 1, 3).await.unwrap();
        serving.for_task().follow(&new.task(0), 2, 0).await.unwrap();
        // It has not been told of the new generation, and its own position still says the old one.
        (0..12).for_each(|number| old.write(&sprint(number, number, 5), true));
        let error = late.follow(&old.task(3), 1, 3).await.unwrap_err();
        assert!(matches!(error, Error::Past { generation: 1 }), "{error}");
        assert!(!error.is_transient());
        for task in 1..4 {
            serving.for_task().follow(&new.task(task), 2, task).await.unwrap();
        }
        assert_shown(place, &new, "the new generation").await;
        serving.close().await;
    });
}

fn another_log_replaces_all_rows_whatever_its_offsets(scratch: &Scratch) {
    let place = &scratch.place;
    let old = SharedLog::new("log", 7, PARTITIONS);
    filled(&old, 1);
    filled(&old, 2);
    // A log that was made anew begins with the first generation and offset.
    let new = SharedLog::new("another", 1, PARTITIONS);
    (0..3).for_each(|number| new.write(&sprint(number, number, 3), true));
    new.write(&board(0, 3), true);
    block_on(async {
        follow_all(place, &old).await;
        follow_all(place, &new).await;
        assert_shown(place, &new, "nothing of the old log is left").await;
    });
}

fn who_was_overtaken_writes_nothing_more(scratch: &Scratch) {
    let place = &scratch.place;
    let log = SharedLog::new("log", 1, 1);
    filled(&log, 1);
    block_on(async {
        let serving = Serving::open(place).await.unwrap();
        let (mut late, mut owner) = (serving.for_task(), serving.for_task());
        late.follow(&log.task(0), 1, 0).await.unwrap();
        let old = vec![log.now(0)];
        log.write(&sprint(1, 1, 8), true);
        owner.follow(&log.task(0), 1, 0).await.unwrap();
        let error = late.follow(&log.late_task(0, &old), 1, 0).await.unwrap_err();
        assert!(matches!(error, Error::OtherWriter { table: "sprints" }), "{error}");
        assert_shown(place, &log, "the newer rows stay").await;
        // Whoever has read less of the log than the database knows finds that out.
        let error = serving.for_task().follow(&log.late_task(0, &old), 1, 0).await.unwrap_err();
        assert!(matches!(error, Error::Ahead { .. }), "{error}");
        assert_shown(place, &log, "the newer rows stay once more").await;
        // Who owns it goes on, and so does whoever takes it over from there.
        log.write(&sprint(2, 2, 8), true);
        owner.follow(&log.task(0), 1, 0).await.unwrap();
        assert!(serving.for_task().follow(&log.task(0), 1, 0).await.unwrap().is_empty());
        assert_shown(place, &log, "the owner's rows").await;
        serving.close().await;
    });
}

fn what_a_log_has_lost_is_taken_away_by_whoever_has_read_it_to_the_end(scratch: &Scratch) {
    let place = &scratch.place;
    let log = SharedLog::new("log", 1, 1);
    filled(&log, 1);
    let old = vec![log.now(0)];
    log.write(&sprint(1, 1, 8), true);
    block_on(async {
        let serving = Serving::open(place).await.unwrap();
        serving.for_task().follow(&log.task(0), 1, 0).await.unwrap();
        let followed = serving.for_task_at_end().follow(&log.late_task(0, &old), 1, 0).await.unwrap();
        assert!(followed.everything);
        let mut kept: Vec<BoardSprint> = held(old[0].as_ref());
        kept.sort_by_key(|row| (row.board_id.clone(), row.sprint_id.clone()));
        assert_eq!(shown_sprints(place).await, kept);
        serving.close().await;
    });
}

/// Four tasks in threads of their own, each with its own connections, which write to each other's partitions of the log, and
/// of which one or another writes its share anew.
#[test]
fn tasks_at_once_never_lock_each_other_out_on_postgres() {
    let Some(scratch) = Scratch::schema() else { return };
    let log = SharedLog::new("log", 1, PARTITIONS);
    filled(&log, 0);
    let batches = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for task in 0..log.partitions() {
            let (log, scratch, batches) = (&log, &scratch, &batches);
            scope.spawn(move || {
                block_on(async {
                    let serving = Serving::open(&scratch.place).await.unwrap();
                    let mut writer = serving.for_task();
                    for round in 0..40_u8 {
                        for number in 0..40 {
                            let present = !(number ^ round).is_multiple_of(7);
                            log.write(&sprint(number, number, round), present);
                        }
                        log.write(&board(round % 9, round), !round.is_multiple_of(5));
                        let followed = writer.follow(&log.task(task), 1, task).await.unwrap();
                        batches.fetch_add(usize::from(!followed.is_empty()), Ordering::Relaxed);
                        if round % 8 == 7 {
                            // Its positions are gone: its share is written anew, beside the others.
                            scratch.run(&format!("DELETE FROM positions WHERE partition = {task}"));
                        }
                    }
                    serving.close().await;
                });
            });
        }
    });
    block_on(async {
        follow_all(&scratch.place, &log).await;
        assert_shown(&scratch.place, &log, "in the end").await;
    });
    assert!(batches.load(Ordering::Relaxed) > 100, "tasks have written many times");
}
