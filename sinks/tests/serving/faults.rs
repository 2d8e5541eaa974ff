//! Servers that stop, and commits whose answers are lost: whoever tries again writes what is missing, once.
//!
//! These tests stop their server, and so start one of their own with `tests/services`, which `TIDEMARK_TEST_POSTGRES` says
//! can be done.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidemark_model::board::Board;
use tidemark_model::facts::BoardSprint;
use tidemark_sinks::{Followed, Serving};
use tidemark_sql::serving::{Access, Database, News};
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;

use crate::scratch::{self, Scratch};
use crate::support::{block_on, board, held, shown_boards, shown_sprints, sprint, write};

/// A server of a test's own.
struct Server {
    folder: TempDir,
}

impl Server {
    /// Starts one, where tests have one at all.
    fn start() -> Option<Self> {
        scratch::server()?;
        let server = Self { folder: tempfile::tempdir_in("/tmp").unwrap() };
        server.harness("start", &[]);
        Some(server)
    }

    fn harness(&self, verb: &str, more: &[&str]) {
        let command = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/services").join(verb);
        let mut command = Command::new(command);
        command.args(more).arg(self.folder.path()).arg("postgres").env_remove("TIDEMARK_TEST_POSTGRES");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn url(&self) -> String {
        let path: PathBuf = self.folder.path().join("env");
        let env = std::fs::read_to_string(path).unwrap();
        let line = env.lines().find_map(|line| line.strip_prefix("TIDEMARK_TEST_POSTGRES="));
        line.unwrap().trim_matches(['\'', '"']).to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.harness("stop", &["--remove"]);
    }
}

/// Follows until it is done; whatever fails meanwhile has to say that it may be tried again.
async fn insist(serving: &mut Serving, store: &MemoryStore) -> (Followed, usize) {
    let started = Instant::now();
    for failures in 0.. {
        match serving.follow(store.snapshot().as_ref(), 1, 0).await {
            Ok(followed) => return (followed, failures),
            Err(error) => {
                assert!(error.is_transient(), "{error}: {error:?}");
                assert!(started.elapsed() < Duration::from_secs(60), "{error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    unreachable!("it is tried for ever")
}

#[test]
fn a_server_that_restarts_in_the_middle_of_a_batch_costs_nothing() {
    let Some(server) = Server::start() else { return };
    let scratch = Scratch::empty_schema_on(&server.url());
    scratch::migrate(&scratch.place);
    let store = MemoryStore::new();
    let (working, failed) = (AtomicBool::new(true), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // One that comes between two batches is not noticed.
            for times in 0..10 {
                if times > 0 && failed.load(Ordering::Relaxed) {
                    break;
                }
                for verb in ["restart", "kill"] {
                    std::thread::sleep(Duration::from_millis(700));
                    server.harness(verb, &[]);
                    server.harness("start", &[]);
                }
            }
            working.store(false, Ordering::Relaxed);
        });
        block_on(async {
            let mut serving = Serving::open(&scratch.place).await.unwrap();
            let mut round = 0_u8;
            while working.load(Ordering::Relaxed) {
                round = round.wrapping_add(1);
                for number in 0..200 {
                    write(&store, &sprint(number, number, round), !(number ^ round).is_multiple_of(3));
                }
                write(&store, &board(round % 20, round), true);
                if insist(&mut serving, &store).await.1 > 0 {
                    failed.store(true, Ordering::Relaxed);
                }
            }
            assert!(failed.load(Ordering::Relaxed), "the server was away");
            // Commits that a server acknowledges may be lost when it is killed: the next time finds out.
            assert_eq!(insist(&mut serving, &store).await.1, 0);
            assert_eq!(shown_sprints(&scratch.place).await, held::<BoardSprint>(store.snapshot().as_ref()));
            let boards = held::<Board>(store.snapshot().as_ref());
            let mut boards: Vec<_> = boards.into_iter().map(|board| (board.source, board.name)).collect();
            boards.sort();
            assert_eq!(shown_boards(&scratch.place).await, boards);
            serving.close().await;
        });
    });
}

#[test]
fn a_server_that_is_away_is_said_to_be_and_heard_again() {
    let Some(server) = Server::start() else { return };
    let scratch = Scratch::empty_schema_on(&server.url());
    scratch::migrate(&scratch.place);
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        let mut serving = Serving::open(&scratch.place).await.unwrap();
        let database = Database::open(&scratch.place, Access::Read).await.unwrap();
        let mut news = News::open(&database).await.unwrap();
        server.harness("stop", &[]);
        let error = Database::open(&scratch.place, Access::Read).await.unwrap_err();
        assert!(error.is_transient() && error.to_string().contains("is it running"), "{error}");
        assert!(news.next().await.unwrap_err().is_transient());
        assert!(database.read().await.unwrap_err().is_transient());
        assert!(serving.follow(store.snapshot().as_ref(), 1, 0).await.unwrap_err().is_transient());
        server.harness("start", &[]);
        assert_eq!(insist(&mut serving, &store).await.0.rows, 1);
        assert!(news.next().await.unwrap().unwrap().everything);
        assert_eq!(shown_sprints(&scratch.place).await, [sprint(1, 1, 1)]);
        database.close().await;
        serving.close().await;
    });
}

/// Somebody's open transaction on what is to be written.
#[test]
fn a_batch_that_waits_too_long_may_be_tried_again() {
    let Some(scratch) = Scratch::schema() else { return };
    let store = MemoryStore::new();
    write(&store, &sprint(1, 1, 1), true);
    block_on(async {
        let mut serving = Serving::open(&scratch.place).await.unwrap();
        let other = Database::open(&scratch.place, Access::Write).await.unwrap();
        let held = other.write(tidemark_sql::serving::Lock::All).await.unwrap();
        let started = Instant::now();
        let error = serving.follow(store.snapshot().as_ref(), 1, 0).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        assert!((9..20).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        drop(held);
        other.close().await;
        assert_eq!(
            insist(&mut serving, &store).await,
            (Followed { rows: 1, everything: true, ..Followed::default() }, 0)
        );
        serving.close().await;
    });
}
