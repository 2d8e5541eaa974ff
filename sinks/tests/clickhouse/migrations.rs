//! The warehouse's tables: made once, whoever makes them, and refused where they are another version's.

use tidemark_model::facts::{BoardSprint, IssueFact};
use tidemark_sinks::ClickHouse;
use tidemark_sql::clickhouse::schema::Step;
use tidemark_sql::clickhouse::{Connection, Error, Place, Schema, check, migrate};
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::rows::{board_sprint, issue, store_row};
use crate::support::{Warehouse, server};

/// The schema of a later program: one step more, by which sprints get a new table.
fn later(warehouse: &Warehouse) -> Schema {
    let next = Step { number: warehouse.step + 1, facts: &[("sprints", 0)], views: 0 };
    Schema { steps: [warehouse.schema.steps, &[next]].concat().leak() }
}

fn tables(warehouse: &Warehouse) -> Vec<String> {
    let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name";
    warehouse.wait(warehouse.connection().rows(sql)).unwrap()
}

#[test]
fn a_warehouse_is_made_once_and_its_rows_stay() {
    let Some(warehouse) = Warehouse::new("a_warehouse_is_made_once_and_its_rows_stay") else { return };
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 2), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    let before = tables(&warehouse);
    // 12 facts with a table and a layer each, 14 views, positions and steps.
    assert_eq!(before.len(), 12 * 2 + 14 + 2, "{before:?}");
    let synced = warehouse.number(
        "SELECT count() FROM system.tables WHERE database = currentDatabase() \
         AND engine_full LIKE '%fsync_after_insert = 1%' AND engine_full LIKE '%fsync_part_directory = 1%'",
    );
    assert_eq!(synced, 12, "what is inserted into the facts' tables is on disk before it is answered");
    assert_eq!(warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap(), warehouse.step);
    assert_eq!(tables(&warehouse), before);
    assert_eq!(warehouse.shown::<IssueFact>().len(), 1);
    assert_eq!(warehouse.follow(store.snapshot().as_ref(), 1), Default::default());
}

#[test]
fn several_programs_may_make_it_at_once() {
    let Some(warehouse) = Warehouse::absent("several_programs_may_make_it_at_once") else { return };
    std::thread::scope(|scope| {
        let programs: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(migrate(&warehouse.place, &warehouse.schema))
                })
            })
            .collect();
        for program in programs {
            assert_eq!(program.join().unwrap().unwrap(), warehouse.step);
        }
    });
    assert_eq!(tables(&warehouse).len(), 12 * 2 + 14 + 2);
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 2), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_eq!(warehouse.shown::<IssueFact>().len(), 1);
}

#[test]
fn a_fact_that_has_changed_is_written_anew_and_the_others_are_not() {
    let Some(mut warehouse) =
        Warehouse::new("a_fact_that_has_changed_is_written_anew_and_the_others_are_not")
    else {
        return;
    };
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 2), true);
    store_row(&store, &board_sprint(1, 1), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    let (older, writer) = (warehouse.schema, warehouse.writer());
    let (former, next) = (format!("sprints_{}", warehouse.step), format!("sprints_{}", warehouse.step + 1));
    warehouse.schema = later(&warehouse);

    let error = warehouse.try_follow_as(store.snapshot().as_ref()).unwrap_err().to_string();
    assert!(
        error.contains("made by an older tidemark") && error.ends_with("run `tidemark migrate`"),
        "{error}"
    );

    warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap();
    let made = tables(&warehouse);
    assert!(made.contains(&next) && !made.contains(&former), "{made:?}");
    assert!(warehouse.shown::<BoardSprint>().is_empty());
    assert_eq!(warehouse.shown::<IssueFact>().len(), 1);

    // A program of the older version that runs on does not write into what it does not know.
    store_row(&store, &board_sprint(2, 1), true);
    let error = warehouse.wait(writer.follow(store.snapshot().as_ref(), 1, 0)).unwrap_err();
    assert!(error.to_string().contains("made by a newer tidemark") && !error.is_transient(), "{error}");
    for error in [
        warehouse.wait(migrate(&warehouse.place, &older)).unwrap_err(),
        warehouse
            .wait(ClickHouse::open_as(&warehouse.place, older))
            .map(|_| ())
            .map_err(as_server)
            .unwrap_err(),
    ] {
        let (found, newest) = (warehouse.step + 1, warehouse.step);
        assert!(
            error.to_string().ends_with(&format!(
                "made by a newer tidemark (its schema is {found}, this one knows {newest}): run that version, or name \
                 another database"
            )),
            "{error}"
        );
    }

    let written = warehouse.follow(store.snapshot().as_ref(), 1);
    assert_eq!((written.rows, written.anew.as_slice()), (2, &["sprints"][..]));
    assert_eq!(warehouse.shown::<BoardSprint>().len(), 2);
}

fn as_server(error: tidemark_sinks::Error) -> Error {
    match error {
        tidemark_sinks::Error::ClickHouse(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_step_that_was_not_finished_is_finished_by_the_next_program() {
    let Some(warehouse) = Warehouse::new("a_step_that_was_not_finished_is_finished_by_the_next_program")
    else {
        return;
    };
    warehouse.run("TRUNCATE TABLE schema_steps");
    warehouse.run(&format!("INSERT INTO schema_steps VALUES ({}, 0)", warehouse.step));
    warehouse.run("DROP VIEW v1_boards");
    let refused = warehouse.wait(ClickHouse::open_as(&warehouse.place, warehouse.schema)).unwrap_err();
    assert!(refused.to_string().ends_with("has no tables yet: run `tidemark migrate`"), "{refused}");
    warehouse.wait(migrate(&warehouse.place, &warehouse.schema)).unwrap();
    assert!(tables(&warehouse).contains(&"v1_boards".to_owned()));
}

#[test]
fn what_is_wrong_is_said_with_its_remedy() {
    let Some(warehouse) = Warehouse::absent("what_is_wrong_is_said_with_its_remedy") else { return };
    let wrong = |text: &str| {
        let error = warehouse.wait(check(&Place::parse(text).unwrap())).unwrap_err();
        assert!(!error.to_string().contains("tidemark-test"), "{error}");
        (error.to_string(), error.is_transient())
    };
    let (message, transient) = wrong(&warehouse.url);
    assert!(
        message.contains("has no database `tidemark_test_") && message.contains("run `tidemark migrate`"),
        "{message}"
    );
    assert!(!transient);
    let (message, transient) = wrong(&warehouse.url.replace("tidemark-test@", "tidemark-tesd@"));
    assert!(message.ends_with("refused the user or the password: correct them in its URL"), "{message}");
    assert!(!transient);
    let (message, transient) = wrong("clickhouse://ana:tidemark-test@127.0.0.1:1/tidemark");
    assert!(message.contains("127.0.0.1:1") && message.contains("refused"), "{message}");
    assert!(message.ends_with("is the server running, and is this its HTTP port?"), "{message}");
    assert!(transient);

    warehouse.run_outside(&format!("CREATE DATABASE {}", warehouse.place.database()));
    let (message, _) = wrong(&warehouse.url);
    assert!(message.ends_with("has no tables yet: run `tidemark migrate`"), "{message}");
    warehouse.wait(migrate(&warehouse.place, &Schema::CURRENT)).unwrap();
    let said = warehouse.wait(check(&warehouse.place)).unwrap();
    assert!(
        said.starts_with("ClickHouse ") && said.ends_with(&format!("schema {}", Schema::CURRENT.newest())),
        "{said}"
    );
    warehouse.run("INSERT INTO schema_steps VALUES (999, 0)");
    let (message, _) = wrong(&warehouse.url);
    assert!(message.contains("made by a newer tidemark (its schema is 999, this one knows"), "{message}");
}

#[test]
fn what_listens_and_is_no_server_is_not_taken_for_one() {
    if server("what_listens_and_is_no_server_is_not_taken_for_one").is_none() {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            use std::io::{BufRead, BufReader, Write};
            let mut stream = stream.unwrap();
            // An answer before the question would be no HTTP.
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            head.take_while(|line| !line.is_empty()).for_each(drop);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>").ok();
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = Place::parse(&format!("clickhouse://ana:s3cret@127.0.0.1:{port}/tide")).unwrap();
    let error = runtime.block_on(check(&place)).unwrap_err().to_string();
    assert!(error.contains("can't be reached: the answer is `"), "{error}");
    let shown = runtime.block_on(async { format!("{:?}", Connection::new(&place).unwrap()) });
    assert!(!shown.contains("s3cret"), "{shown}");
}
