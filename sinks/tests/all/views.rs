//! The views over a small lake.

use std::collections::BTreeSet;

use crate::rows::{board_sprint, entry, issue, lines, store_row};
use crate::support::flush;
use tidemark_model::facts::EntryKind;
use tidemark_sinks::Lake;
use tidemark_sql::format::{Format, write};
use tidemark_sql::{Engine, FACTS, VIEWS};
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

fn engine(store: &MemoryStore, folder: &tempfile::TempDir) -> Engine {
    let mut lake = Lake::open(folder.path()).unwrap();
    lake.flush(store.snapshot().as_ref(), flush(1), &mut |_| ()).unwrap();
    Engine::open(folder.path()).unwrap()
}

/// Three issues are committed with 5, 3 and 0.1 points: scope 8.1, remaining 8.1. After 10 minutes the first is done
/// and the second re-estimated from 3 to 5: scope +2 = 10.1, remaining -5 +2 = 5.1, completed 5. After 20 minutes the
/// second is removed: scope -5 = 5.1, remaining -5 = 0.1. After 30 minutes the third is done: remaining 0, completed
/// 5.1.
#[test]
fn the_burndown_adds_up_the_ledger() {
    let (folder, store) = (tempfile::tempdir().unwrap(), MemoryStore::new());
    let entries = [
        entry(1, 0, EntryKind::Commit, [5.0, 5.0, 0.0], [1, 1, 0]),
        entry(2, 0, EntryKind::Commit, [3.0, 3.0, 0.0], [1, 1, 0]),
        entry(3, 0, EntryKind::Commit, [0.1, 0.1, 0.0], [1, 1, 0]),
        entry(1, 10, EntryKind::Done, [0.0, -5.0, 5.0], [0, -1, 1]),
        entry(2, 10, EntryKind::Reestimate, [2.0, 2.0, 0.0], [0, 0, 0]),
        entry(2, 20, EntryKind::Remove, [-5.0, -5.0, 0.0], [-1, -1, 0]),
        entry(3, 30, EntryKind::Done, [0.0, -0.1, 0.1], [0, -1, 1]),
    ];
    entries.iter().for_each(|entry| store_row(&store, entry, true));
    let engine = engine(&store, &folder);
    let rows = engine.export("burndown").unwrap();
    let mut out = Vec::new();
    write(Format::Csv, &rows.schema(), rows, &mut out).unwrap();
    let expected = "\
source,board_id,sprint_id,at,entries,scope_points_change,remaining_points_change,completed_points_change,\
scope_issues_change,remaining_issues_change,completed_issues_change,\
scope_points,remaining_points,completed_points,scope_issues,remaining_issues,completed_issues
acme,acme/1,acme/7,2026-03-02T09:15:00.000Z,3,8.1,8.1,0,3,3,0,8.1,8.1,0,3,3,0
acme,acme/1,acme/7,2026-03-02T09:25:00.000Z,2,2,-3,5,0,-1,1,10.1,5.1,5,3,2,1
acme,acme/1,acme/7,2026-03-02T09:35:00.000Z,1,-5,-5,0,-1,-1,0,5.1,0.1,5,2,1,1
acme,acme/1,acme/7,2026-03-02T09:45:00.000Z,1,0,-0.1,0.1,0,-1,1,5.1,0,5.1,2,0,2
";
    assert_eq!(String::from_utf8(out).unwrap().replace("\r\n", "\n"), expected);
}

#[test]
fn every_column_of_a_fact_appears_in_its_view() {
    let (folder, store) = (tempfile::tempdir().unwrap(), MemoryStore::new());
    store_row(&store, &issue(1, 1, 2), true);
    store_row(&store, &board_sprint(1, 1), true);
    for lake in ["empty", "filled"] {
        let engine =
            if lake == "empty" { Engine::open(folder.path()).unwrap() } else { engine(&store, &folder) };
        for view in VIEWS {
            let schema = engine.stream(&format!("SELECT * FROM {}", view.name)).unwrap().schema();
            let shown: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            let declared: Vec<&str> = view.columns().iter().map(|column| column.name).collect();
            assert_eq!(shown, declared, "{} of the {lake} lake", view.name);
            for (field, column) in schema.fields().iter().zip(view.columns()) {
                let declared = tidemark_sql::catalogue::data_type(column.kind);
                assert_eq!(*field.data_type(), declared, "{}.{} of the {lake} lake", view.name, column.name);
            }
        }
    }
    let facts: BTreeSet<&str> = VIEWS.iter().filter_map(|view| view.fact().map(|fact| fact.name)).collect();
    assert_eq!(facts, FACTS.iter().map(|fact| fact.name).collect(), "a fact without a view");
}

#[test]
fn instants_compare_with_text_in_utc() {
    let (folder, store) = (tempfile::tempdir().unwrap(), MemoryStore::new());
    store_row(&store, &board_sprint(1, 1), true);
    let engine = engine(&store, &folder);
    for (condition, rows) in [
        ("started_at = '2026-03-02T09:15:00Z'", 1),
        ("started_at >= '2026-03-02 09:15:00'", 1),
        ("closed_at > '2026-03-02T10:15:00+01:00'", 1),
        ("closed_at > '2026-03-03'", 0),
    ] {
        let sql = format!("SELECT sprint_id FROM v1_sprints WHERE {condition}");
        assert_eq!(lines(&engine.query(&sql).unwrap()).len(), rows, "{condition}");
    }
}
