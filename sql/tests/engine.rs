//! What the engine answers, and what it refuses.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use tidemark_sql::{Engine, Error, VIEWS};

fn refusal(sql: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(folder.path()).unwrap();
    engine.query(sql).unwrap_err().to_string()
}

#[test]
fn a_lake_that_is_not_there_yet_has_every_view_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(folder.path().join("lake")).unwrap();
    for view in VIEWS {
        let rows: usize = engine.export(view.name).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, 0, "{}", view.name);
    }
}

#[test]
fn an_unknown_table_is_answered_with_those_that_there_are() {
    let message = refusal("SELECT 1 FROM v1_sprints JOIN sprintz USING (sprint_id)");
    assert!(
        message.starts_with("there is no table `sprintz`: there are v1_boards, v1_burndown, v1_carry_over"),
        "{message}"
    );
    let folder = tempfile::tempdir().unwrap();
    let error = Engine::open(folder.path()).unwrap().export("teams").unwrap_err();
    assert!(matches!(error, Error::UnknownTable { .. }));
}

#[test]
fn errors_of_a_query_are_short_and_say_what_is_wrong() {
    for (sql, start) in [
        (
            "SELECT sprint_nam FROM v1_sprints",
            "No field named sprint_nam. Did you mean 'v1_sprints.sprint_name'?",
        ),
        ("SELEC 1", "Expected: an SQL statement, found: SELEC at Line: 1, Column: 1"),
        ("SELECT 'x", "Unterminated string literal at Line: 1, Column: 8"),
        ("SELECT 1; SELECT 2", "The context currently only supports a single SQL statement"),
        (
            "SELECT CAST('x' AS BIGINT)",
            "Arrow error: Cast error: Cannot cast string 'x' to value of Int64 type",
        ),
    ] {
        let message = refusal(sql);
        assert!(message.starts_with(start) && message.len() < 500, "{sql}: {message}");
    }
}

#[test]
fn queries_can_neither_write_nor_reach_files() {
    for (sql, start) in [
        ("CREATE TABLE t AS SELECT 1", "DDL not supported"),
        ("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/etc/passwd'", "DDL not supported"),
        ("CREATE VIEW v AS SELECT 1", "DDL not supported"),
        ("DROP VIEW v1_sprints", "DDL not supported"),
        ("INSERT INTO current_sprints SELECT * FROM current_sprints", "DML not supported"),
        ("COPY v1_sprints TO 'out.csv'", "DML not supported"),
        ("EXPLAIN ANALYZE COPY v1_sprints TO 'out.csv'", "DML not supported"),
        ("SET datafusion.execution.target_partitions = 64", "Statement not supported"),
        ("BEGIN", "Unsupported SQL statement"),
        ("SELECT * FROM '/etc/passwd'", "there is no table `/etc/passwd`"),
        ("SELECT * FROM \"file:///etc/passwd\"", "there is no table `file:///etc/passwd`"),
    ] {
        let message = refusal(sql);
        assert!(message.starts_with(start), "{sql}: {message}");
    }
}

#[test]
fn what_describes_the_tables_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(folder.path()).unwrap();
    assert!(!engine.query("SHOW TABLES").unwrap().is_empty());
    assert!(!engine.query("DESCRIBE v1_sprints").unwrap().is_empty());
    assert!(!engine.query("EXPLAIN SELECT count(*) FROM v1_issues").unwrap().is_empty());
}

#[test]
fn an_engine_may_be_used_and_dropped_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(folder.path()).unwrap();
        assert_eq!(engine.query("SELECT count(*) FROM v1_sprints").unwrap().len(), 1);
    });
}
