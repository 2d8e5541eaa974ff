//! A database that nobody wrote for longer than the log remembers what was taken away.

use tidemark_model::Timestamp;
use tidemark_model::time::{Clock as _, SystemClock};
use tidemark_sinks::{Error, Followed, Serving};
use tidemark_sql::serving::{Access, Database, Place};
use tidemark_stream::Store as _;
use tidemark_stream::memory::MemoryStore;

use crate::forgetful::{DAY_MS, Forgetful};
use crate::log::SharedLog;
use crate::scratch::Scratch;
use crate::support::{block_on, shown_sprints, sprint, write};

on_each_engine! {
    what_was_taken_away_and_forgotten_goes_after_fifteen_days_without_a_look
    a_log_that_has_forgotten_its_last_change_is_followed_on_after_so_long
    positions_without_a_time_count_as_of_the_migration
}

/// What the tasks of two partitions write on a day.
async fn follow(place: &Place, log: &SharedLog, followed_at: Timestamp) -> Vec<Result<Followed, Error>> {
    let serving = Serving::open(place).await.unwrap();
    let mut followed = Vec::new();
    for task in 0..2 {
        let snapshot = Forgetful { inner: Box::new(log.task(task)), followed_at };
        followed.push(serving.for_task().follow(&snapshot, 1, task).await);
    }
    serving.close().await;
    followed
}

fn day(day: i64) -> Timestamp {
    Timestamp(day * DAY_MS)
}

/// The numbers of the sprints that are shown.
async fn sprints(place: &Place) -> Vec<String> {
    shown_sprints(place).await.into_iter().map(|sprint| sprint.sprint_id).collect()
}

fn what_was_taken_away_and_forgotten_goes_after_fifteen_days_without_a_look(scratch: &Scratch) {
    let place = &scratch.place;
    let log = SharedLog::new("log", 1, 2);
    let (own, other) = (sprint(1, 1, 1), sprint(2, 1, 1));
    assert_ne!(log.partition_of(&own), log.partition_of(&other), "each task has a row");
    log.write(&own, true);
    log.write(&other, true);
    log.write(&sprint(1, 2, 1), true);
    block_on(async {
        follow(place, &log, day(100)).await.into_iter().for_each(|followed| drop(followed.unwrap()));
        assert_eq!(sprints(place).await, ["acme/1", "acme/2", "acme/1"]);
        // The log forgets the first; what comes after it is heard of.
        log.write(&own, false);
        log.write(&sprint(1, 3, 1), true);
        follow(place, &log, day(114)).await.into_iter().for_each(|followed| drop(followed.unwrap()));
        assert_eq!(sprints(place).await, ["acme/1", "acme/2", "acme/3", "acme/1"], "it was not heard of");
        // 28 days after the first look, and 14 after the last: nothing has changed, and that is remembered.
        for followed in follow(place, &log, day(128)).await {
            assert!(followed.unwrap().is_empty());
        }
        for followed in follow(place, &log, day(143)).await {
            assert!(followed.unwrap().is_empty());
        }
        assert_eq!(sprints(place).await.len(), 4);
        for followed in follow(place, &log, Timestamp(day(158).0 + 1)).await {
            assert!(followed.unwrap().everything);
        }
        assert_eq!(sprints(place).await, ["acme/2", "acme/3", "acme/1"]);
        for followed in follow(place, &log, day(159)).await {
            assert!(followed.unwrap().is_empty(), "it is done once");
        }
    });
}

fn a_log_that_has_forgotten_its_last_change_is_followed_on_after_so_long(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    write(&store, &sprint(1, 2, 1), true);
    write(&store, &sprint(1, 2, 1), false);
    let remembering = store.snapshot();
    block_on(async {
        let serving = Serving::open(place).await.unwrap();
        serving.for_task().follow(remembering.as_ref(), 1, 0).await.unwrap();
        let forgetful = |days| Forgetful { inner: store.snapshot(), followed_at: day(days) };
        // A position of a log that remembers has no time, and gets one with the next change.
        scratch.run(&format!("UPDATE positions SET followed_at = {}", day(100).0));
        let error = serving.for_task().follow(&forgetful(115), 1, 0).await.unwrap_err();
        assert!(matches!(error, Error::Ahead { position: 3, newest: 1, .. }), "{error}");
        assert!(serving.for_task().follow(&forgetful(116), 1, 0).await.unwrap().everything);
        assert!(serving.for_task().follow(&forgetful(117), 1, 0).await.unwrap().is_empty());
        write(&store, &sprint(1, 3, 1), true);
        serving.for_task().follow(&forgetful(117), 1, 0).await.unwrap();
        assert_eq!(sprints(place).await, ["acme/1", "acme/3"]);
        serving.close().await;
    });
}

fn positions_without_a_time_count_as_of_the_migration(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        for (days, more_ms, everything) in [(15, 0, false), (15, 1, true)] {
            let serving = Serving::open(place).await.unwrap();
            serving.for_task().follow(store.snapshot().as_ref(), 1, 0).await.unwrap();
            serving.close().await;
            // As the steps before left it.
            scratch.run("ALTER TABLE positions DROP COLUMN followed_at");
            scratch.run("DELETE FROM _sqlx_migrations WHERE version = 3");
            let database = Database::open(place, Access::Write).await.unwrap();
            let before = SystemClock.now();
            database.migrate().await.unwrap();
            let after = SystemClock.now();
            database.close().await;
            let migrated = if everything { after } else { before };
            let followed_at = Timestamp(migrated.0 + days * DAY_MS + more_ms);
            let serving = Serving::open(place).await.unwrap();
            let snapshot = Forgetful { inner: store.snapshot(), followed_at };
            let followed = serving.for_task().follow(&snapshot, 1, 0).await.unwrap();
            assert_eq!(followed.everything, everything);
            serving.close().await;
        }
    });
}
