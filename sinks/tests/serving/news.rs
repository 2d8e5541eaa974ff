//! What other processes hear of a batch, once and not before its rows can be read.

use tidemark_sinks::Serving;
use tidemark_sql::serving::{Access, Changed, Database, News};
use tidemark_stream::memory::MemoryStore;

use crate::log::SharedLog;
use crate::scratch::Scratch;
use crate::support::{block_on, board, follow, sprint, write};

on_each_engine! {
    what_a_batch_was_about_is_heard_once
    who_has_missed_too_much_takes_everything_for_changed
    a_batch_about_very_much_is_about_everything
}

/// As many batches of a partition as are kept.
const KEPT: u64 = 1000;

fn names(changed: &Changed) -> (Vec<&str>, Vec<&str>, bool) {
    (
        changed.boards.iter().map(String::as_str).collect(),
        changed.sprints.iter().map(String::as_str).collect(),
        changed.everything,
    )
}

fn what_a_batch_was_about_is_heard_once(scratch: &Scratch) {
    let place = &scratch.place;
    let log = SharedLog::new("log", 1, 4);
    (0..12).for_each(|number| log.write(&sprint(number, number, 1), true));
    block_on(async {
        let serving = Serving::open(place).await.unwrap();
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut from_the_start = News::open(&database).await.unwrap();
        assert_eq!(from_the_start.next().await.unwrap(), None);
        let mut writers: Vec<Serving> = (0..4).map(|_| serving.for_task()).collect();
        for (task, writer) in (0..).zip(&mut writers) {
            writer.follow(&log.task(task), 1, task).await.unwrap();
        }
        assert!(from_the_start.next().await.unwrap().unwrap().everything);
        let mut late = News::open(&database).await.unwrap();
        for round in 2..4 {
            log.write(&sprint(3, 3, round), true);
            log.write(&sprint(8, 8, round), true);
            log.write(&board(1, round), true);
            for (task, writer) in (0..).zip(&mut writers) {
                writer.follow(&log.task(task), 1, task).await.unwrap();
            }
        }
        for news in [&mut from_the_start, &mut late] {
            let heard = news.next().await.unwrap().unwrap();
            assert_eq!(names(&heard), (vec!["acme/3", "acme/8", "acme1/9"], vec!["acme/3", "acme/8"], false));
            assert_eq!(news.next().await.unwrap(), None, "it is heard once");
        }
        // A batch that brings nothing is no news.
        for (task, writer) in (0..).zip(&mut writers) {
            assert!(writer.follow(&log.task(task), 1, task).await.unwrap().is_empty());
        }
        assert_eq!(late.next().await.unwrap(), None);
        database.close().await;
        serving.close().await;
    });
}

fn who_has_missed_too_much_takes_everything_for_changed(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        follow(place, &store, 1).await;
        let database = Database::open(place, Access::Read).await.unwrap();
        let (mut just, mut gap) =
            (News::open(&database).await.unwrap(), News::open(&database).await.unwrap());
        // Batches that others have written meanwhile: as many as are kept, the last by the program itself.
        scratch.run(&format!(
            "WITH RECURSIVE batches (number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM batches WHERE number < {KEPT}) \
             INSERT INTO news SELECT 0, number, '[\"acme/' || number || '\"]', '[]', 0 FROM batches"
        ));
        scratch.run(&format!("UPDATE news_heads SET number = {KEPT}"));
        write(&store, &sprint(1, 1, 2), true);
        follow(place, &store, 1).await;
        let heard = just.next().await.unwrap().unwrap();
        assert_eq!((heard.boards.len(), heard.everything), (KEPT as usize, false), "1 heard, {KEPT} kept");
        write(&store, &sprint(1, 1, 3), true);
        follow(place, &store, 1).await;
        assert!(gap.next().await.unwrap().unwrap().everything, "one is missing");
        let heard = just.next().await.unwrap().unwrap();
        assert_eq!(names(&heard), (vec!["acme/1"], vec!["acme/1"], false));
        // A database that was put back, or made anew.
        scratch.run("UPDATE news_heads SET number = 3");
        assert!(just.next().await.unwrap().unwrap().everything, "it has gone back");
        scratch.run("DELETE FROM news_heads");
        assert!(just.next().await.unwrap().unwrap().everything, "it is gone");
        assert_eq!(just.next().await.unwrap(), None);
        database.close().await;
    });
}

fn a_batch_about_very_much_is_about_everything(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    block_on(async {
        follow(place, &store, 1).await;
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut news = News::open(&database).await.unwrap();
        for number in 0..2100_u32 {
            let row =
                tidemark_model::facts::BoardSprint { sprint_id: format!("acme/{number}"), ..sprint(1, 1, 1) };
            write(&store, &row, true);
        }
        let followed = follow(place, &store, 1).await;
        assert_eq!((followed.sprints.len(), followed.everything), (2100, false));
        assert_eq!(news.next().await.unwrap(), Some(Changed { everything: true, ..Changed::default() }));
        database.close().await;
    });
}
