//! Values that are hard to keep are kept alike by both databases.

use tidemark_model::Timestamp;
use tidemark_model::facts::{BoardSprint, Mode, RejectedFact, VelocityWindow};
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_sql::serving::{Access, Database, Select};
use tidemark_stream::Store as _;
use tidemark_stream::memory::MemoryStore;

use crate::scratch::{self, Scratch};
use crate::support::{block_on, follow, shown, shown_sprints, sprint, write};

on_each_engine! {
    texts_of_all_kinds_are_kept_and_found
    texts_sort_by_their_bytes_and_what_is_missing_comes_first
    a_large_text_is_kept_whole
    numbers_may_be_missing_in_any_row
    more_rows_than_fit_a_statement
}

fn named(number: u32, name: &str) -> BoardSprint {
    BoardSprint { sprint_id: format!("acme/{number}"), sprint_name: name.to_owned(), ..sprint(1, 1, 1) }
}

fn texts_of_all_kinds_are_kept_and_found(scratch: &Scratch) {
    let place = &scratch.place;
    let texts = [
        "",
        "NUL \0 inside",
        "'quoted' \"twice\" \\ and $1",
        "\u{feff}ÄÖ ẞ İ \u{1f600} e\u{301}",
        "a\r\n\tb\u{7f}",
    ];
    let store = MemoryStore::new();
    for (number, text) in (0..).zip(texts) {
        write(&store, &named(number, text), true);
    }
    block_on(async {
        follow(place, &store, 1).await;
        let names: Vec<String> = shown_sprints(place).await.into_iter().map(|row| row.sprint_name).collect();
        let mut kept = texts;
        kept[1] = "NUL \u{fffd} inside";
        assert_eq!(names, kept);
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut reading = database.read().await.unwrap();
        for text in texts {
            let select = Select::<BoardSprint>::all().is("sprint_name", text);
            assert_eq!(reading.count(&select).await.unwrap(), 1, "{text:?}");
        }
        // Case is that of ASCII alone, on every server.
        for (part, count) in [
            ("QUOTED", 1),
            ("\\", 1),
            ("%", 0),
            ("ÄÖ", 1),
            ("äö", 0),
            ("ẞ", 1),
            ("TWİCE", 0),
            ("TWICE", 1),
            ("NUL \0 INS", 1),
        ] {
            let select = Select::<BoardSprint>::all().containing(&["sprint_name"], part);
            assert_eq!(reading.count(&select).await.unwrap(), count, "{part:?}");
        }
    });
}

fn texts_sort_by_their_bytes_and_what_is_missing_comes_first(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    for (number, goal) in
        [(1, Some("b")), (2, None), (3, Some("B")), (4, Some("ä")), (5, Some("a b")), (6, Some("a-a"))]
    {
        write(&store, &BoardSprint { goal: goal.map(str::to_owned), ..named(number, "x") }, true);
    }
    block_on(async {
        follow(place, &store, 1).await;
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut reading = database.read().await.unwrap();
        for (descending, expected) in [(false, [2, 3, 5, 6, 1, 4]), (true, [4, 1, 6, 5, 3, 2])] {
            let rows = reading.rows(&Select::<BoardSprint>::all().by("goal", descending)).await.unwrap();
            assert_eq!(
                rows.into_iter().map(|row| row.sprint_id).collect::<Vec<_>>(),
                expected.map(|number| format!("acme/{number}"))
            );
        }
    });
}

/// A server that sorts and folds letters as Turks do.
#[test]
fn texts_are_the_same_whatever_the_language_of_the_server() {
    let Some(server) = scratch::server() else { return };
    let name = format!("t{}_language", std::process::id());
    let language = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'";
    scratch::run(&server, &format!("CREATE DATABASE {name} {language}"));
    let (address, _) = server.rsplit_once('/').unwrap();
    for test in
        [texts_of_all_kinds_are_kept_and_found, texts_sort_by_their_bytes_and_what_is_missing_comes_first]
    {
        let scratch = Scratch::empty_schema_on(&format!("{address}/{name}"));
        scratch::migrate(&scratch.place);
        test(&scratch);
    }
    scratch::run(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

fn a_large_text_is_kept_whole(scratch: &Scratch) {
    let store = MemoryStore::new();
    let original = "ä\"\\".repeat(4 << 20);
    let rejected =
        Rejected::new("acme", Stage::Read, "issue 1".to_owned(), Reason::NoJson, "long".to_owned());
    write(&store, &rejected.with_original(original.as_bytes()), true);
    block_on(async {
        follow(&scratch.place, &store, 1).await;
        let rows = shown::<RejectedFact>(&scratch.place, ["source", "input"]).await;
        assert!(rows[0].original == original, "16 MB");
    });
}

/// A statement that a server has prepared for a row takes all later rows.
fn numbers_may_be_missing_in_any_row(scratch: &Scratch) {
    let place = &scratch.place;
    let rows = [
        (None, None),
        (Some(0.1 + 0.2), None),
        (None, Some(-0.0)),
        (Some(f64::MIN_POSITIVE), Some(1e15 + 0.3)),
    ];
    block_on(async {
        let mut serving = tidemark_sinks::Serving::open(place).await.unwrap();
        let store = MemoryStore::new();
        // One batch each, over one connection: then each is written by the same statement.
        for (number, (mean, median)) in (0..).zip(rows) {
            write(&store, &window(number, mean, median), true);
            serving.follow(store.snapshot().as_ref(), 1, 0).await.unwrap();
        }
        serving.close().await;
        let shown = shown::<VelocityWindow>(place, ["board_id", "sprint_id"]).await;
        assert_eq!(shown.len(), rows.len());
        for (row, (mean, median)) in shown.iter().zip(rows) {
            let bits = |number: Option<f64>| number.map(f64::to_bits);
            // Of zeros there is one.
            let median = median.map(|number| number + 0.0);
            assert_eq!((bits(row.mean_points), bits(row.median_points)), (bits(mean), bits(median)));
        }
    });
}

fn window(number: u32, mean_points: Option<f64>, median_points: Option<f64>) -> VelocityWindow {
    VelocityWindow {
        source: "acme".to_owned(),
        board_id: "acme/1".to_owned(),
        sprint_id: format!("acme/{number}"),
        mode: Mode::JiraCloud,
        window_sprints: 7,
        closed_at: Timestamp(7),
        sprints: 1,
        mean_points,
        median_points,
        p25_points: None,
        p75_points: None,
        mean_issues: None,
        median_issues: None,
        p25_issues: None,
        p75_issues: None,
    }
}

fn more_rows_than_fit_a_statement(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    (1000..1307).for_each(|number| write(&store, &named(number, "first"), true));
    block_on(async {
        assert_eq!(follow(place, &store, 1).await.rows, 307);
        (1100..1407).for_each(|number| write(&store, &named(number, "second"), true));
        (1000..1050).for_each(|number| write(&store, &named(number, ""), false));
        assert_eq!(follow(place, &store, 1).await.rows, 357);
        let shown = shown_sprints(place).await;
        assert_eq!(shown.len(), 357);
        assert_eq!(shown.iter().filter(|row| row.sprint_name == "second").count(), 307);
    });
}
