//! The warehouse follows the tables: whatever the batches, it shows the newest rows, and nothing else.

use proptest::prelude::*;
use tidemark_model::board::{Board, BoardColumn};
use tidemark_model::facts::{BoardFact, BoardSprint, IssueChangeFact, IssueFact, RejectedFact};
use tidemark_model::issue::Issue;
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_model::{Key, Row, Timestamp};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Snapshot, Store};

use crate::rows::{NOW, board_sprint, issue, store_row, stored};
use crate::support::Warehouse;

/// Compares what the views show with what the store says.
fn assert_shows(warehouse: &Warehouse, snapshot: &dyn Snapshot) {
    assert_eq!(warehouse.shown::<IssueFact>(), stored::<Issue, IssueFact>(snapshot));
    assert_eq!(warehouse.shown::<IssueChangeFact>(), stored::<Issue, IssueChangeFact>(snapshot));
    assert_eq!(warehouse.shown::<BoardSprint>(), stored::<BoardSprint, BoardSprint>(snapshot));
}

#[test]
fn rows_that_come_change_shrink_and_go_are_shown_as_they_are() {
    let Some(warehouse) = Warehouse::new("rows_that_come_change_shrink_and_go_are_shown_as_they_are") else {
        return;
    };
    let store = MemoryStore::new();
    for id in 1..=3 {
        store_row(&store, &issue(id, 1, 4), true);
        store_row(&store, &board_sprint(id, 0), true);
    }
    let first = warehouse.follow(store.snapshot().as_ref(), 1);
    // Three issues feed two facts each.
    assert_eq!((first.rows, first.gone, first.inserts, first.anew.len()), (9, 0, 3, 12));
    // Changes 0 to 3 have 1, 2, 1 and 2 items: six rows for each of three issues.
    assert_eq!(warehouse.shown::<IssueChangeFact>().len(), 18);
    assert_shows(&warehouse, store.snapshot().as_ref());

    assert_eq!(
        warehouse.follow(store.snapshot().as_ref(), 1),
        Default::default(),
        "a second time writes nothing"
    );

    store_row(&store, &issue(1, 2, 2), true);
    store_row(&store, &issue(2, 2, 0), true);
    store_row(&store, &issue(3, 1, 4), false);
    store_row(&store, &board_sprint(2, 0), false);
    let second = warehouse.follow(store.snapshot().as_ref(), 1);
    assert_eq!((second.rows, second.gone, second.inserts, second.anew.len()), (4, 3, 3, 0));
    assert_eq!(warehouse.shown::<IssueChangeFact>().len(), 3);
    assert_eq!(warehouse.shown::<IssueFact>().len(), 2);
    assert_shows(&warehouse, store.snapshot().as_ref());

    store_row(&store, &issue(3, 3, 1), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_eq!(warehouse.shown::<IssueFact>().len(), 3, "what was gone is back");
    assert_shows(&warehouse, store.snapshot().as_ref());

    let before = warehouse.number(&format!("SELECT count() FROM issues_{} FINAL", warehouse.step));
    warehouse.run(&format!("OPTIMIZE TABLE issues_{} FINAL", warehouse.step));
    assert_eq!(before, warehouse.number(&format!("SELECT count() FROM issues_{} FINAL", warehouse.step)));
    assert_shows(&warehouse, store.snapshot().as_ref());
}

#[derive(Debug, Clone)]
enum Act {
    Issue { id: u32, variant: u32, changes: u32 },
    Sprint { id: u32, variant: u32 },
    TakeAway { id: u32 },
    Follow,
    FollowOld,
    Repeat,
    NewGeneration,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..5_u32, 0..9_u32, 0..4_u32).prop_map(|(id, variant, changes)| Act::Issue { id, variant, changes }),
        4 => (0..5_u32, 0..9_u32).prop_map(|(id, variant)| Act::Sprint { id, variant }),
        3 => (0..5_u32).prop_map(|id| Act::TakeAway { id }),
        3 => Just(Act::Follow),
        1 => Just(Act::FollowOld),
        1 => Just(Act::Repeat),
        1 => Just(Act::NewGeneration),
    ];
    proptest::collection::vec(act, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    /// Positions that are forgotten repeat all that was written; a state that is followed late is an older one.
    #[test]
    fn whatever_the_batches_the_newest_rows_are_shown(acts in acts()) {
        let Some(warehouse) = Warehouse::new("whatever_the_batches_the_newest_rows_are_shown") else { return Ok(()) };
        let store = MemoryStore::new();
        let mut generation = 1;
        let writer = warehouse.writer().with_page_rows(3);
        let follow = |snapshot: &dyn Snapshot, generation| {
            warehouse.wait(writer.follow(snapshot, generation, 0)).unwrap()
        };
        let mut old = store.snapshot();
        for act in acts {
            match act {
                Act::Issue { id, variant, changes } => store_row(&store, &issue(id, variant, changes), true),
                Act::Sprint { id, variant } => store_row(&store, &board_sprint(id, variant), true),
                Act::TakeAway { id } => {
                    store_row(&store, &issue(id, 0, 0), false);
                    store_row(&store, &board_sprint(id, 0), false);
                }
                Act::Follow => {
                    old = store.snapshot();
                    follow(old.as_ref(), generation);
                }
                Act::FollowOld => {
                    warehouse.run("TRUNCATE TABLE positions");
                    follow(old.as_ref(), generation);
                }
                Act::Repeat => warehouse.run("TRUNCATE TABLE positions"),
                Act::NewGeneration => generation += 1,
            }
        }
        follow(store.snapshot().as_ref(), generation);
        assert_shows(&warehouse, store.snapshot().as_ref());
        prop_assert_eq!(follow(store.snapshot().as_ref(), generation), Default::default());
    }
}

#[test]
fn pages_are_bounded_and_a_row_of_any_size_is_one_block() {
    let Some(warehouse) = Warehouse::new("pages_are_bounded_and_a_row_of_any_size_is_one_block") else {
        return;
    };
    let store = MemoryStore::new();
    for id in 1..=5 {
        store_row(&store, &board_sprint(id, 0), true);
    }
    // 30,000 changes have 45,000 items.
    store_row(&store, &issue(1, 1, 30_000), true);
    store_row(&store, &issue(2, 1, 1), true);
    let writer = warehouse.writer().with_page_rows(2);
    let written = warehouse.wait(writer.follow(store.snapshot().as_ref(), 1, 0)).unwrap();
    // Sprints go by 2, 2 and 1; the first issue is a page, the second another one: 3 + 2 × 2.
    assert_eq!((written.rows, written.inserts), (9, 7));
    assert_eq!(warehouse.number("SELECT count() FROM v1_issue_changes"), 45_001);
    let parts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND rows > 0 AND level = 0 \
                 AND table = 'issue_changes_";
    assert!(warehouse.number(&format!("{parts}{}'", warehouse.step)) <= 2, "a page was cut into blocks");
}

/// An issue goes to and fro between 6 changes and 2. Whoever looks sees 6 or 2, and the issue as it was or as it is.
#[test]
fn readers_see_a_key_as_it_was_or_as_it_is() {
    let Some(warehouse) = Warehouse::current("readers_see_a_key_as_it_was_or_as_it_is") else { return };
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 4), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    let done = std::sync::atomic::AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let reader = warehouse.reader();
            let mut looks = Vec::new();
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let sql = "SELECT count(*) AS items, min(to_text) AS least, max(to_text) AS greatest FROM v1_issue_changes";
                looks.push(crate::rows::lines(&reader.query(sql).unwrap()).remove(0));
            }
            looks
        });
        for turn in 0..30 {
            store_row(&store, &issue(1, turn % 2, if turn % 2 == 0 { 1 } else { 4 }), true);
            warehouse.follow(store.snapshot().as_ref(), 1);
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        looking.join().unwrap()
    });
    let few = r#"{"items":1,"least":"0","greatest":"0"}"#;
    let many = r#"{"items":6,"least":"1","greatest":"1"}"#;
    assert!(looks.iter().all(|look| look == few || look == many), "{looks:?}");
    assert!(looks.iter().any(|look| look == few) && looks.iter().any(|look| look == many), "{looks:?}");
}

#[test]
fn hostile_texts_come_back_as_they_are() {
    let Some(warehouse) = Warehouse::new("hostile_texts_come_back_as_they_are") else { return };
    let store = MemoryStore::new();
    let long = "ä".repeat(1 << 19);
    let texts = [
        "",
        "\0",
        "a\0b",
        "'; DROP TABLE issues; --",
        "\\",
        "\\'",
        "\\N",
        "\"`",
        "\t\r\n",
        "\u{1f468}\u{200d}\u{1f469}",
        "{a:String}",
        "?",
        "??",
        "NULL",
        "\u{feff}",
        "\u{10ffff}",
        &long,
    ];
    for (id, text) in (1..).zip(texts) {
        let mut issue = issue(id, 1, 1);
        issue.summary = text.to_owned();
        issue.priority = Some(text.to_owned());
        issue.history[0].items[0].to_text = Some(text.to_owned());
        store_row(&store, &issue, true);
    }
    let mut strange = board_sprint(7, 0);
    strange.sprint_id = "acme/'\\\u{1f600}".to_owned();
    strange.board_id = "x".repeat(5000);
    store_row(&store, &strange, true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_shows(&warehouse, store.snapshot().as_ref());
    store_row(&store, &strange, false);
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_shows(&warehouse, store.snapshot().as_ref());
}

#[test]
fn instants_and_numbers_at_the_ends_of_their_range_come_back() {
    let Some(warehouse) = Warehouse::new("instants_and_numbers_at_the_ends_of_their_range_come_back") else {
        return;
    };
    let store = MemoryStore::new();
    // 1677 to 9999, which is what Jira's instants can say.
    for (id, at) in (1..).zip([-9_223_372_036_854, -1, 0, 1, 253_402_300_799_999]) {
        let mut issue = issue(id, 1, 1);
        issue.created_at = Timestamp(at);
        issue.history[0].at = Timestamp(at);
        issue.history[0].id = if at < 0 { i64::MIN } else { i64::MAX };
        store_row(&store, &issue, true);
    }
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_shows(&warehouse, store.snapshot().as_ref());
}

#[test]
fn facts_that_are_not_their_tables_are_made_of_them() {
    let Some(warehouse) = Warehouse::new("facts_that_are_not_their_tables_are_made_of_them") else { return };
    let store = MemoryStore::new();
    let column = |name: &str| BoardColumn { name: name.to_owned(), status_ids: Vec::new() };
    let board = Board {
        source: "acme".to_owned(),
        id: "9".to_owned(),
        effective_at: NOW,
        name: "Payments".to_owned(),
        kind: "scrum".to_owned(),
        columns: vec![column("To do"), column("Done")],
        estimation_field: None,
        estimation_unsaid: false,
        shown_sprints: Vec::new(),
    };
    store_row(&store, &board, true);
    let detail = "no JSON: mend the line".to_owned();
    let rejected = Rejected::new("acme", Stage::Read, "issues.ndjson:3".to_owned(), Reason::NoJson, detail);
    store_row(&store, &rejected.with_original(b"{\xff"), true);
    warehouse.follow(store.snapshot().as_ref(), 1);
    assert_eq!(
        warehouse.shown::<BoardFact>(),
        [
            r#"{"source":"acme","board_id":"acme/9","board_name":"Payments","kind":"scrum","estimation_field_id":null,"column_names":"To do,Done"}"#
        ]
    );
    assert!(warehouse.shown::<RejectedFact>()[0].ends_with(r#""original_hex":"7bff"}"#));
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_what_was_before_it_is_written() {
    let Some(warehouse) =
        Warehouse::new("a_row_that_cannot_be_read_is_named_and_what_was_before_it_is_written")
    else {
        return;
    };
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 1), true);
    let poison = |json: Option<&[u8]>| {
        let (table, key) = (Issue::TABLE, Key::of(["acme", "7"]));
        let row = RowWrite { table, key, json: json.map(<[u8]>::to_vec), fresh: false };
        store.commit(Batch { rows: vec![row], ..Batch::default() }, Durability::Buffered).unwrap();
    };
    poison(Some(b"{\"source\":7}"));
    let writer = warehouse.writer().with_page_rows(1);
    let error = warehouse.wait(writer.follow(store.snapshot().as_ref(), 1, 0)).unwrap_err();
    assert!(
        error.to_string().starts_with("the row acme/7 of table `issues` cannot be read: invalid type"),
        "{error}"
    );
    assert!(!error.is_transient());
    assert_eq!(warehouse.shown::<IssueFact>().len(), 1);
    poison(None);
    warehouse.wait(writer.follow(store.snapshot().as_ref(), 1, 0)).unwrap();
    assert_shows(&warehouse, store.snapshot().as_ref());
}
