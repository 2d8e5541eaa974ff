//! What a server and the way to it do wrong: nothing is lost, and nothing counts twice.

use tidemark_model::facts::{BoardSprint, IssueChangeFact};
use tidemark_model::issue::Issue;
use tidemark_sinks::ClickHouse;
use tidemark_sql::clickhouse::Place;
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::rows::{board_sprint, issue, store_row, stored};
use crate::support::Warehouse;

/// Faults of the way and of the server that pass by themselves, and where they strike.
const PASSING: &[(&str, &str)] = &[
    ("lose", "INSERT INTO sprints_"),
    ("lose", "INSERT INTO issue_changes_"),
    ("lose", "positions"),
    ("cut", "INSERT INTO sprints_"),
    ("cut", "positions"),
    ("unavailable", "INSERT INTO sprints_"),
    ("unavailable", "positions"),
    ("fail?code=252&name=TOO_MANY_PARTS", "INSERT INTO sprints_"),
    ("fail?code=241&name=MEMORY_LIMIT_EXCEEDED", "INSERT INTO issue_changes_"),
    ("fail?code=159&name=TIMEOUT_EXCEEDED", "positions"),
    ("fail?code=242&name=TABLE_IS_READ_ONLY", "positions"),
    ("lose", "SELECT hex(_key)"),
];

#[test]
fn what_fails_for_a_while_is_done_later_and_once() {
    let Some(warehouse) = Warehouse::new("what_fails_for_a_while_is_done_later_and_once") else { return };
    let step = warehouse.step;
    let store = MemoryStore::new();
    for (turn, (kind, place)) in (1..).zip(PASSING) {
        store_row(&store, &issue(turn % 3, turn, turn % 4), true);
        store_row(&store, &board_sprint(turn % 5, turn), true);
        store_row(&store, &board_sprint((turn + 1) % 5, turn), turn % 2 == 0);
        let containing = match *place {
            // The statement names the tables that the position is of.
            "positions" => format!("SELECT arrayJoin(['sprints_{step}']), 0, "),
            "SELECT hex(_key)" => format!("SELECT hex(_key), _version FROM sprints_{step} FINAL"),
            insert => format!("{insert}{step} "),
        };
        // Each turn is a generation, so that every statement is made.
        let generation = u64::from(turn);
        warehouse.fault(kind, &containing);
        let error = warehouse.try_follow(store.snapshot().as_ref(), generation).unwrap_err();
        assert!(error.is_transient(), "{kind} at {place}: {error}");
        let written = warehouse.follow(store.snapshot().as_ref(), generation);
        assert!(!written.anew.is_empty(), "{kind} at {place}");
        let snapshot = store.snapshot();
        let snapshot = snapshot.as_ref();
        assert_eq!(
            warehouse.shown::<BoardSprint>(),
            stored::<BoardSprint, BoardSprint>(snapshot),
            "{kind} at {place}"
        );
        assert_eq!(
            warehouse.shown::<IssueChangeFact>(),
            stored::<Issue, IssueChangeFact>(snapshot),
            "{kind} at {place}"
        );
    }
}

#[test]
fn a_page_that_the_server_refuses_is_named() {
    let Some(warehouse) = Warehouse::new("a_page_that_the_server_refuses_is_named") else { return };
    let store = MemoryStore::new();
    for id in 1..=3 {
        store_row(&store, &board_sprint(id, 0), true);
    }
    warehouse
        .fault("fail?code=6&name=CANNOT_PARSE_TEXT", &format!("INSERT INTO sprints_{} ", warehouse.step));
    let error = warehouse.try_follow(store.snapshot().as_ref(), 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "3 rows of `sprints`, from acme/acme/1/acme/1 to acme/acme/0/acme/3, can't be written: \
         the warehouse failed: as the test asked (CANNOT_PARSE_TEXT)"
    );
    assert!(!error.is_transient());
}

#[test]
fn a_server_that_is_away_or_has_another_password_is_told_apart_without_it() {
    let Some(warehouse) =
        Warehouse::new("a_server_that_is_away_or_has_another_password_is_told_apart_without_it")
    else {
        return;
    };
    for (url, transient) in [
        ("clickhouse://tidemark:tidemark-test@127.0.0.1:1/tidemark".to_owned(), true),
        (warehouse.url.replace("tidemark-test@", "tidemark-tesd@"), false),
    ] {
        let place = Place::parse(&url).unwrap();
        let error = warehouse.wait(ClickHouse::open_as(&place, warehouse.schema)).unwrap_err();
        assert_eq!(error.is_transient(), transient, "{error}");
        assert!(!format!("{error} {error:?}").contains("tidemark-tes"), "{error:?}");
    }
}
