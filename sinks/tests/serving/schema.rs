//! The tables: who makes them, once, and what is said where they are others.

use tidemark_sinks::Serving;
use tidemark_sql::serving::{Access, Database, Error, News, Place, check};
use tidemark_stream::Store as _;
use tidemark_stream::memory::MemoryStore;

use crate::scratch::{self, Scratch};
use crate::support::{block_on, follow, shown_sprints, sprint, write};

on_each_engine! {
    migrating_twice_changes_nothing
    a_table_of_other_columns_is_made_anew_once_and_filled_again
    a_newer_schema_is_refused_by_name
    a_step_that_was_changed_is_refused
    the_account_of_a_former_program_is_taken_over
}

async fn migrate(place: &Place) -> Result<i64, Error> {
    let database = Database::open(place, Access::Write).await.unwrap();
    let done = database.migrate().await;
    database.close().await;
    done
}

async fn read_error(place: &Place) -> Error {
    Database::open(place, Access::Read).await.unwrap_err()
}

fn migrating_twice_changes_nothing(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        follow(place, &store, 1).await;
        for _ in 0..2 {
            assert_eq!(migrate(place).await.unwrap(), 6);
        }
        assert_eq!(shown_sprints(place).await, [sprint(1, 1, 1)]);
        assert!(follow(place, &store, 1).await.is_empty());
    });
}

fn a_table_of_other_columns_is_made_anew_once_and_filled_again(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    write(&store, &sprint(2, 2, 2), true);
    block_on(async {
        follow(place, &store, 1).await;
        // As a program left it that knew one column less, and one fact more.
        scratch.run("ALTER TABLE sprints DROP COLUMN goal");
        scratch.run("UPDATE fact_tables SET made_from = 'other' WHERE name = 'sprints'");
        scratch.run("CREATE TABLE \"for\"\"mer\" (x BIGINT)");
        scratch.run("INSERT INTO fact_tables VALUES ('for\"mer', 'x')");
        let error = read_error(place).await;
        assert!(matches!(error, Error::Outdated { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("`sprints`") && said.contains("run `tidemark"), "{said}");
        assert_eq!(migrate(place).await.unwrap(), 6);
        assert_eq!(shown_sprints(place).await, []);
        let followed = follow(place, &store, 1).await;
        assert_eq!(
            (followed.rows, followed.everything),
            (2, true),
            "of all facts this one alone is written anew"
        );
        assert_eq!(shown_sprints(place).await, [sprint(1, 1, 1), sprint(2, 2, 2)]);
        assert_eq!(migrate(place).await.unwrap(), 6);
        assert_eq!(shown_sprints(place).await.len(), 2, "it is made anew once");
        scratch.run("CREATE TABLE \"for\"\"mer\" (x BIGINT)");
    });
}

fn a_newer_schema_is_refused_by_name(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        follow(place, &store, 1).await;
        let mut running = Serving::open(place).await.unwrap();
        let database = Database::open(place, Access::Read).await.unwrap();
        let mut news = News::open(&database).await.unwrap();
        scratch.run(
            "INSERT INTO _sqlx_migrations SELECT 7, 'later', installed_on, success, checksum, execution_time \
             FROM _sqlx_migrations WHERE version = 1",
        );
        // Those that run meanwhile notice as well: a newer program that makes tables anew tells everything.
        scratch.run("DELETE FROM positions");
        write(&store, &sprint(1, 1, 2), true);
        let error = running.follow(store.snapshot().as_ref(), 1, 0).await.unwrap_err().to_string();
        assert!(error.contains("its schema is 7, this one knows 6"), "{error}");
        running.close().await;
        scratch.run("UPDATE news_heads SET number = 7");
        assert!(matches!(news.next().await.unwrap_err(), Error::Newer { found: 7, newest: 6, .. }));
        database.close().await;
        assert!(matches!(migrate(place).await.unwrap_err(), Error::Newer { found: 7, .. }));
        assert!(matches!(read_error(place).await, Error::Newer { found: 7, .. }));
        assert!(Serving::open(place).await.unwrap_err().to_string().contains("newer tidemark"));
        assert!(check(place).await.unwrap_err().to_string().contains("newer tidemark"));
    });
}

fn a_step_that_was_changed_is_refused(scratch: &Scratch) {
    block_on(async {
        migrate(&scratch.place).await.unwrap();
        scratch.run(
            "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2) \
             WHERE version = 1",
        );
        let error = migrate(&scratch.place).await.unwrap_err().to_string();
        assert!(error.contains("its step 1 is another than this program's"), "{error}");
    });
}

fn the_account_of_a_former_program_is_taken_over(scratch: &Scratch) {
    let place = &scratch.place;
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        follow(place, &store, 1).await;
        // As it was when the steps had a table of their own, and there were four of them.
        scratch.run("CREATE TABLE schema_steps (number BIGINT PRIMARY KEY, name TEXT NOT NULL, made_from TEXT NOT NULL)");
        scratch.run("INSERT INTO schema_steps SELECT version, description, 'a digest' FROM _sqlx_migrations WHERE version < 5");
        scratch.run("DROP TABLE _sqlx_migrations");
        for column in ["issues_read", "read_until", "backlog", "notice", "time_left_s", "token_expires_at"] {
            scratch.run(&format!("ALTER TABLE sources DROP COLUMN {column}"));
        }
        assert!(matches!(read_error(place).await, Error::Outdated { .. }));
        for _ in 0..2 {
            assert_eq!(migrate(place).await.unwrap(), 6);
        }
        assert_eq!(shown_sprints(place).await, [sprint(1, 1, 1)]);
        assert!(follow(place, &store, 1).await.is_empty(), "nothing is written anew");
        scratch.run("CREATE TABLE schema_steps (number BIGINT PRIMARY KEY, name TEXT NOT NULL, made_from TEXT NOT NULL)");
        scratch.run("INSERT INTO schema_steps VALUES (7, 'later', '')");
        assert!(matches!(migrate(place).await.unwrap_err(), Error::Newer { found: 7, .. }));
    });
}

/// A file is made by whoever writes first, a server's tables by `tidemark migrate` alone.
#[test]
fn a_server_is_not_migrated_by_whoever_opens_it() {
    let Some(scratch) = Scratch::empty_schema() else { return };
    block_on(async {
        for error in [
            Serving::open(&scratch.place).await.unwrap_err().to_string(),
            read_error(&scratch.place).await.to_string(),
            check(&scratch.place).await.unwrap_err().to_string(),
        ] {
            assert!(error.contains("it has none of Tidemark's tables: run `tidemark migrate`"), "{error}");
        }
        migrate(&scratch.place).await.unwrap();
        Serving::open(&scratch.place).await.unwrap().close().await;
        let said = check(&scratch.place).await.unwrap();
        assert!(said.starts_with("PostgreSQL ") && said.ends_with(", schema 6"), "{said}");
        // Steps that were not taken yet.
        scratch.run("DELETE FROM _sqlx_migrations WHERE version > 2");
        let error = Serving::open(&scratch.place).await.unwrap_err().to_string();
        assert!(error.contains("its schema is 2, this one knows 6: run `tidemark migrate`"), "{error}");
    });
    let file = Scratch::file();
    block_on(async {
        assert_eq!(check(&file.place).await.unwrap(), "a new file");
        Serving::open(&file.place).await.unwrap().close().await;
        assert_eq!(check(&file.place).await.unwrap(), "SQLite, schema 6");
    });
}

#[test]
fn tables_of_somebody_else_are_left_alone() {
    let (Some(scratch), file) = (Scratch::empty_schema(), Scratch::file()) else { return };
    block_on(async {
        scratch.run("CREATE TABLE sprints (theirs BIGINT)");
        let error = migrate(&scratch.place).await.unwrap_err().to_string();
        assert!(error.contains("\"sprints\" already exists") && error.contains("of its own"), "{error}");
        assert!(read_error(&scratch.place).await.to_string().contains("none of Tidemark's tables"));
        scratch.run("INSERT INTO sprints (theirs) VALUES (1)");
        // What is no database at all.
        std::fs::write(
            file.place.path().unwrap(),
            "not a database, but long enough to be taken for one".repeat(9),
        )
        .unwrap();
        let error = check(&file.place).await.unwrap_err().to_string();
        assert!(error.contains("file is not a database") && error.contains("a file with"), "{error}");
    });
}

#[test]
fn those_who_migrate_at_once_wait_for_each_other() {
    for _ in 0..5 {
        let Some(scratch) = Scratch::empty_schema() else { return };
        std::thread::scope(|scope| {
            let migrating: Vec<_> =
                (0..4).map(|_| scope.spawn(|| block_on(migrate(&scratch.place)))).collect();
            for one in migrating {
                assert_eq!(one.join().unwrap().unwrap(), 6);
            }
        });
        block_on(async { Serving::open(&scratch.place).await.unwrap().close().await });
    }
}

#[test]
fn what_is_wrong_with_a_server_is_said_without_its_password() {
    let Some(server) = scratch::server() else { return };
    let (credentials, rest) = server.split_once('@').unwrap();
    let (host, _) = rest.split_once('/').unwrap();
    let user = credentials.split("://").nth(1).unwrap().split(':').next().unwrap();
    let cases = [
        (format!("postgres://{user}:s3cret@{host}/tidemark"), "password authentication failed"),
        (format!("{credentials}@{host}/no_such_database"), "\"no_such_database\" does not exist: create it"),
        ("postgres://u:s3cret@127.0.0.1:1/tidemark".to_owned(), "is it running"),
        ("postgres://u:s3cret@no-such-host.invalid/tidemark".to_owned(), "is the host right"),
    ];
    for (url, reason) in cases {
        let place = Place::postgres(&url).unwrap();
        let said = block_on(check(&place)).unwrap_err().to_string();
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains("s3cret") && !said.contains("tidemark-test"), "{said}");
    }
}
