//! The views over a warehouse: what they show, by which columns and types.

use tidemark_model::fact::Kind;
use tidemark_model::facts::EntryKind;
use tidemark_sql::format::{Format, write};
use tidemark_sql::{VIEWS, catalogue};
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::rows::{board_sprint, entry, issue, lines, store_row};
use crate::support::Warehouse;

fn csv(warehouse: &Warehouse, view: &str) -> String {
    let rows = warehouse.reader().export(view).unwrap();
    let mut out = Vec::new();
    write(Format::Csv, &rows.schema(), rows, &mut out).unwrap();
    String::from_utf8(out).unwrap().replace("\r\n", "\n")
}

/// Three issues are committed with 5, 3 and 0.1 points: scope 8.1, remaining 8.1. After 10 minutes the first is done
/// and the second re-estimated from 3 to 5: scope +2 = 10.1, remaining -5 +2 = 5.1, completed 5. After 20 minutes the
/// second is removed: scope -5 = 5.1, remaining -5 = 0.1. After 30 minutes the third is done: remaining 0, completed
/// 5.1. That the first was carried over counts nothing.
#[test]
fn the_burndown_adds_up_the_ledger() {
    let Some(warehouse) = Warehouse::new("the_burndown_adds_up_the_ledger") else { return };
    let store = MemoryStore::new();
    let entries = [
        entry(1, 0, EntryKind::Commit, [5.0, 5.0, 0.0], [1, 1, 0]),
        entry(2, 0, EntryKind::Commit, [3.0, 3.0, 0.0], [1, 1, 0]),
        entry(3, 0, EntryKind::Commit, [0.1, 0.1, 0.0], [1, 1, 0]),
        entry(1, 5, EntryKind::CarryIn, [0.0, 0.0, 0.0], [0, 0, 0]),
        entry(1, 10, EntryKind::Done, [0.0, -5.0, 5.0], [0, -1, 1]),
        entry(2, 10, EntryKind::Reestimate, [2.0, 2.0, 0.0], [0, 0, 0]),
        entry(2, 20, EntryKind::Remove, [-5.0, -5.0, 0.0], [-1, -1, 0]),
        entry(3, 30, EntryKind::Done, [0.0, -0.1, 0.1], [0, -1, 1]),
    ];
    entries.iter().for_each(|entry| store_row(&store, entry, true));
    warehouse.follow(store.snapshot().as_ref(), 1);
    let expected = "\
source,board_id,sprint_id,at,entries,scope_points_change,remaining_points_change,completed_points_change,\
scope_issues_change,remaining_issues_change,completed_issues_change,\
scope_points,remaining_points,completed_points,scope_issues,remaining_issues,completed_issues
acme,acme/1,acme/7,2026-03-02T09:15:00.000Z,3,8.1,8.1,0,3,3,0,8.1,8.1,0,3,3,0
acme,acme/1,acme/7,2026-03-02T09:25:00.000Z,2,2,-3,5,0,-1,1,10.1,5.1,5,3,2,1
acme,acme/1,acme/7,2026-03-02T09:35:00.000Z,1,-5,-5,0,-1,-1,0,5.1,0.1,5,2,1,1
acme,acme/1,acme/7,2026-03-02T09:45:00.000Z,1,0,-0.1,0.1,0,-1,1,5.1,0,5.1,2,0,2
";
    assert_eq!(csv(&warehouse, "burndown"), expected);
}

/// Issue 1 has two changes, of one item and of two; the fields of even numbers have ids.
#[test]
fn exploded_and_plain_facts_read_as_they_were_declared() {
    let Some(warehouse) = Warehouse::new("exploded_and_plain_facts_read_as_they_were_declared") else {
        return;
    };
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 2), true);
    store_row(&store, &board_sprint(1, 1), true);
    store_row(&store, &board_sprint(2, 2), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_eq!(
        csv(&warehouse, "v1_issue_changes"),
        "\
source,issue_id,issue_key,at,history_id,item,actor,field_id,field,from_value,from_text,to_value,to_text
acme,acme/1,ACME-1,2026-03-02T09:15:00.000Z,1,0,,status,Status,,0,1,1
acme,acme/1,ACME-1,2026-03-02T09:15:01.000Z,2,0,Ana,Status,Status,,1,2,1
acme,acme/1,ACME-1,2026-03-02T09:15:01.000Z,2,1,Ana,Sprint,Sprint,,1,2,1
"
    );
    assert_eq!(
        csv(&warehouse, "sprints"),
        "\
source,board_id,board_name,sprint_id,sprint_name,state,goal,started_at,planned_end_at,closed_at,origin,board_inferred
acme,acme/1,,acme/1,Sprint 1,closed,,2026-03-02T09:15:00.000Z,,2026-03-02T09:15:00.001Z,true,false
acme,acme/2,Payments,acme/2,Sprint 2,closed,,2026-03-02T09:15:00.000Z,,2026-03-02T09:15:00.002Z,true,false
"
    );
}

#[test]
fn every_view_has_the_declared_columns_in_their_order_and_types() {
    let Some(warehouse) = Warehouse::new("every_view_has_the_declared_columns_in_their_order_and_types")
    else {
        return;
    };
    let store = MemoryStore::new();
    for content in ["empty", "filled"] {
        warehouse.follow(store.snapshot().as_ref(), 1);
        let reader = warehouse.reader();
        for view in VIEWS {
            let rows = reader.export(view.name).unwrap();
            let schema = rows.schema();
            let shown: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            let declared: Vec<&str> = view.columns().iter().map(|column| column.name).collect();
            assert_eq!(shown, declared, "{} of the {content} warehouse", view.name);
            for (field, column) in schema.fields().iter().zip(view.columns()) {
                let declared = catalogue::data_type(column.kind);
                assert_eq!(
                    *field.data_type(),
                    declared,
                    "{}.{} of the {content} warehouse",
                    view.name,
                    column.name
                );
            }
            rows.for_each(|batch| assert_eq!(batch.unwrap().schema(), schema, "{}", view.name));
        }
        store_row(&store, &issue(1, 1, 2), true);
        store_row(&store, &board_sprint(1, 1), true);
        store_row(&store, &entry(1, 0, EntryKind::Commit, [5.0, 5.0, 0.0], [1, 1, 0]), true);
    }
}

#[test]
fn no_column_holds_what_is_no_number() {
    let Some(warehouse) = Warehouse::new("no_column_holds_what_is_no_number") else { return };
    let store = MemoryStore::new();
    store_row(&store, &entry(1, 0, EntryKind::Commit, [8e9, 0.000_001, -0.0], [1, 1, 0]), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    for view in VIEWS {
        for column in view.columns().iter().filter(|column| column.kind == Kind::Float) {
            let sql =
                format!("SELECT count(*) AS odd FROM {} WHERE NOT isFinite({})", view.name, column.name);
            let odd = lines(&warehouse.reader().query(&sql).unwrap());
            assert_eq!(odd, [r#"{"odd":0}"#], "{}.{}", view.name, column.name);
        }
    }
    let points = "SELECT scope_points, remaining_points, completed_points FROM v1_ledger";
    assert_eq!(
        lines(&warehouse.reader().query(points).unwrap()),
        [r#"{"scope_points":8000000000,"remaining_points":0.000001,"completed_points":0}"#]
    );
}

#[test]
fn instants_compare_with_text_in_utc() {
    let Some(warehouse) = Warehouse::new("instants_compare_with_text_in_utc") else { return };
    let store = MemoryStore::new();
    store_row(&store, &board_sprint(1, 1), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    for (condition, rows) in [
        ("started_at = '2026-03-02T09:15:00Z'", 1),
        ("started_at >= '2026-03-02 09:15:00'", 1),
        ("closed_at > '2026-03-02T10:15:00+01:00'", 1),
        ("closed_at > '2026-03-03'", 0),
    ] {
        let sql = format!("SELECT sprint_id FROM v1_sprints WHERE {condition}");
        assert_eq!(lines(&warehouse.reader().query(&sql).unwrap()).len(), rows, "{condition}");
    }
}
