//! What a reader answers, and what it refuses.

use std::time::Duration;

use tidemark_sql::Error;
use tidemark_sql::clickhouse::{Limits, Place, Reader, Schema};
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::rows::{board_sprint, issue, lines, store_row};
use crate::support::Warehouse;

fn filled(test: &str) -> Option<Warehouse> {
    let warehouse = Warehouse::new(test)?;
    let store = MemoryStore::new();
    for id in 1..=4 {
        store_row(&store, &board_sprint(id, id), true);
        store_row(&store, &issue(id, id, id), true);
    }
    warehouse.follow(store.snapshot().as_ref(), 1);
    Some(warehouse)
}

/// By hand: sprints 1 and 4 are on board 1, 2 on board 2, 3 on board 0; even ones have a board's name.
#[test]
fn answers_have_the_types_of_the_embedded_engine() {
    let Some(warehouse) = filled("answers_have_the_types_of_the_embedded_engine") else { return };
    for (sql, rows) in [
        ("SELECT count(*) AS n, count(board_name) AS named FROM v1_sprints", vec![r#"{"n":4,"named":2}"#]),
        (
            "SELECT sum(changes) AS s, avg(changes) AS a, max(updated_at) AS m FROM v1_issues",
            // Of issues 1 to 4: 1, 1 + 2, 1 + 2 + 1 and 1 + 2 + 1 + 2 items.
            vec![r#"{"s":14,"a":3.5,"m":"2026-03-02T09:15:00.000Z"}"#],
        ),
        (
            "SELECT sum(changes) AS s, min(status) AS t FROM v1_issues WHERE issue_id = 'none'",
            vec![r#"{"s":null,"t":null}"#],
        ),
        (
            "SELECT board_id, count(*) AS n FROM v1_sprints GROUP BY board_id HAVING count(*) > 1",
            vec![r#"{"board_id":"acme/1","n":2}"#],
        ),
        (
            "SELECT origin FROM v1_sprints WHERE sprint_id = 'acme/1' AND origin AND NOT board_inferred",
            vec![r#"{"origin":true}"#],
        ),
        (
            "SELECT b.board_name AS name FROM v1_sprints a LEFT JOIN v1_sprints b ON b.sprint_id = 'none' || a.sprint_id LIMIT 1",
            vec![r#"{"name":null}"#],
        ),
        ("SELECT CAST(planned_end_at AS VARCHAR) AS t FROM v1_sprints LIMIT 1", vec![r#"{"t":null}"#]),
        (
            "SELECT CAST(date_trunc('month', started_at) AS TIMESTAMP) AS month FROM v1_sprints LIMIT 1",
            vec![r#"{"month":"2026-03-01T00:00:00.000Z"}"#],
        ),
        ("SELECT toDateTime('2026-03-02 09:15:00', 'UTC') AS t", vec![r#"{"t":"2026-03-02T09:15:00.000Z"}"#]),
        ("SELECT CAST(started_at AS DATE) AS d FROM v1_sprints LIMIT 1", vec![r#"{"d":"2026-03-02"}"#]),
        ("SELECT 1 AS a UNION SELECT 1 AS a", vec![r#"{"a":1}"#]),
        ("SELECT sprint_id FROM v1_sprints WHERE sprint_id = 'acme/9'", vec![]),
        ("-- the last\nSELECT 'a;b' AS t; -- sprint", vec![r#"{"t":"a;b"}"#]),
        ("WITH s AS (SELECT sprint_id FROM v1_sprints) SELECT count(*) AS n FROM s", vec![r#"{"n":4}"#]),
    ] {
        assert_eq!(lines(&warehouse.reader().query(sql).unwrap()), rows, "{sql}");
    }
}

#[test]
fn rows_come_in_the_order_that_was_asked_for_and_whole() {
    let Some(warehouse) = filled("rows_come_in_the_order_that_was_asked_for_and_whole") else { return };
    let rows = warehouse.reader().stream("SELECT number AS n FROM numbers(1000000) ORDER BY n DESC").unwrap();
    let mut next = 1_000_000;
    let mut batches = 0;
    for batch in rows {
        let batch = batch.unwrap();
        batches += 1;
        let column = batch.column(0).as_any().downcast_ref::<arrow::array::Int64Array>().unwrap();
        for value in column.values() {
            next -= 1;
            assert_eq!(*value, next);
        }
    }
    assert_eq!(next, 0);
    assert!(batches > 1, "an answer came in one piece");
}

#[test]
fn an_unknown_table_is_answered_with_those_that_there_are() {
    let Some(warehouse) = filled("an_unknown_table_is_answered_with_those_that_there_are") else { return };
    let reader = warehouse.reader();
    let error = reader.query("SELECT 1 FROM v1_sprints JOIN sprintz USING (sprint_id)").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is no table `sprintz`: there are v1_boards, v1_burndown, v1_carry_over"),
        "{error}"
    );
    assert!(matches!(reader.export("teams").unwrap_err(), Error::UnknownTable { .. }));
    warehouse.run("DROP VIEW v1_boards");
    let error = reader.query("SELECT * FROM v1_boards").unwrap_err();
    assert!(
        matches!(&error, Error::Engine(message) if message.ends_with("run `tidemark migrate`")),
        "{error}"
    );
}

#[test]
fn errors_of_a_query_are_short_and_say_what_is_wrong() {
    let Some(warehouse) = filled("errors_of_a_query_are_short_and_say_what_is_wrong") else { return };
    for (sql, start) in [
        ("SELECT sprint_nam FROM v1_sprints", "Unknown expression identifier `sprint_nam`"),
        ("SELEC 1", "Syntax error: failed at position 7"),
        ("SELECT 'x", "Single quoted string is not closed"),
        ("SELECT 1; SELECT 2", "Syntax error (Multi-statements are not allowed)"),
        ("SELECT CAST('x' AS BIGINT)", "Cannot parse string 'x' as Int64"),
        ("", "Syntax error"),
        ("SELECT * FROM elsewhere.sprints", "Database elsewhere does not exist"),
    ] {
        let error = warehouse.reader().query(sql).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, Error::Query(_)), "{sql}: {error:?}");
        assert!(message.starts_with(start) && message.len() < 500, "{sql}: {message}");
    }
}

#[test]
fn queries_can_neither_write_nor_reach_files_or_other_servers() {
    let Some(warehouse) = filled("queries_can_neither_write_nor_reach_files_or_other_servers") else {
        return;
    };
    let reader = warehouse.reader();
    for sql in [
        "CREATE TABLE t (a Int8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE t (a Int8)",
        "CREATE VIEW v AS SELECT 1",
        "DROP VIEW v1_sprints",
        "INSERT INTO positions SELECT * FROM positions",
        "ALTER TABLE positions DELETE WHERE 1",
        "TRUNCATE TABLE positions",
        "SYSTEM RELOAD CONFIG",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT * FROM file('/etc/passwd', 'CSV', 'a String')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1:1', system.one)",
    ] {
        let error = reader.query(sql).unwrap_err();
        assert!(matches!(error, Error::Query(_)), "{sql}: {error:?}");
    }
    assert_eq!(lines(&reader.query("SELECT count(*) AS n FROM v1_sprints").unwrap()), [r#"{"n":4}"#]);
}

#[test]
fn what_describes_the_tables_is_allowed() {
    let Some(warehouse) = filled("what_describes_the_tables_is_allowed") else { return };
    for sql in ["SHOW TABLES", "DESCRIBE v1_sprints", "EXPLAIN SELECT count(*) FROM v1_issues"] {
        assert!(!warehouse.reader().query(sql).unwrap().is_empty(), "{sql}");
    }
}

#[test]
fn a_query_that_needs_too_much_is_stopped() {
    let Some(warehouse) = filled("a_query_that_needs_too_much_is_stopped") else { return };
    let limits = Limits { time: Duration::from_secs(1), memory_bytes: 100 << 20, result_bytes: 1 << 20 };
    let reader = Reader::open_as(&warehouse.place, warehouse.schema, limits).unwrap();
    for (sql, reason) in [
        ("SELECT count(*) FROM numbers(1000000000000) WHERE sin(number) > 2", "Timeout exceeded"),
        ("SELECT number, repeat('x', 100) FROM numbers(1000000)", "Limit for result exceeded"),
        (
            "SELECT count(*) FROM (SELECT number FROM numbers(100000000) GROUP BY number)",
            "(total) memory limit exceeded",
        ),
    ] {
        let error = reader.query(sql).unwrap_err();
        assert!(matches!(error, Error::Query(_)), "{sql}: {error:?}");
        let message = error.to_string();
        assert!(
            message.contains(reason) || message.to_lowercase().contains("memory limit"),
            "{sql}: {message}"
        );
    }
}

#[test]
fn a_server_that_fails_is_not_the_querys_fault() {
    let Some(warehouse) = filled("a_server_that_fails_is_not_the_querys_fault") else { return };
    let reader = warehouse.reader();
    for (kind, transient) in [
        ("cut", true),
        ("unavailable", true),
        ("fail?count=2&code=202&name=TOO_MANY_SIMULTANEOUS_QUERIES", true),
        ("fail?count=2&code=49&name=LOGICAL_ERROR", false),
    ] {
        let own = format!("SELECT {} AS n", warehouse.step);
        warehouse.fault(kind, &own);
        let error = reader.query(&own).unwrap_err();
        assert!(
            matches!(&error, Error::ClickHouse(error) if error.is_transient() == transient),
            "{kind}: {error:?}"
        );
        assert_eq!(lines(&reader.query(&own).unwrap()).len(), 1);
    }
    let away = Place::parse("clickhouse://ana:s3cret@127.0.0.1:1/tide").unwrap();
    let error = Reader::open(&away, Limits::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("the warehouse at clickhouse://127.0.0.1:1/tide can't be reached"),
        "{error}"
    );
}

#[test]
fn a_reader_may_be_used_and_dropped_inside_another_runtime() {
    let Some(warehouse) = Warehouse::current("a_reader_may_be_used_and_dropped_inside_another_runtime")
    else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let reader = Reader::open(&warehouse.place, Limits::default()).unwrap();
        assert_eq!(lines(&reader.query("SELECT count(*) AS n FROM v1_sprints").unwrap()), [r#"{"n":0}"#]);
    });
    let without = Warehouse::absent("a_reader_may_be_used_and_dropped_inside_another_runtime").unwrap();
    let error = Reader::open_as(&without.place, Schema::CURRENT, Limits::default()).unwrap_err();
    assert!(error.to_string().contains("has no database"), "{error}");
}
