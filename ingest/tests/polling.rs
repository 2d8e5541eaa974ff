//! A source that is pulled again and again: what has not changed costs no write, and what is mended is no longer rejected.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidemark_connectors::archive::Archive;
use tidemark_ingest::{Poll, Polled, Pulled, pull};
use tidemark_model::rejected::Rejected;
use tidemark_model::time::ManualClock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_stream::Error;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::store::{Batch, Durability, Reset, Snapshot, Store};

/// Counts the commits of a store.
#[derive(Default)]
struct Counting {
    store: MemoryStore,
    commits: AtomicU64,
    /// Whether it can be written.
    away: bool,
}

impl Store for Counting {
    fn snapshot(&self) -> Box<dyn Snapshot + '_> {
        self.store.snapshot()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), Error> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        if self.away {
            return Err(Error::NoTable("the log is away".to_owned()));
        }
        self.store.commit(batch, durability)
    }

    fn sync(&self) -> Result<(), Error> {
        self.store.sync()
    }

    fn reset(&self, reset: &Reset) -> Result<(), Error> {
        self.store.reset(reset)
    }

    fn disk_bytes(&self) -> Result<u64, Error> {
        self.store.disk_bytes()
    }
}

impl Counting {
    /// Pulls an archive as a program that has just been started does; says how many commits that took.
    fn poll(&self, folder: &Path) -> (Pulled, u64) {
        let before = self.commits.load(Ordering::SeqCst);
        let clock = ManualClock::at(Timestamp(1_800_000_000_000));
        let pulled = pull("acme", &Archive::new("acme", folder), self, &clock, &mut |_| {
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        (pulled, self.commits.load(Ordering::SeqCst) - before)
    }

    fn rejected(&self) -> Vec<String> {
        let snapshot = self.store.snapshot();
        let rows = snapshot.scan(Rejected::TABLE, &Key::default()).unwrap();
        rows.map(|row| row.unwrap().0.part(2).unwrap().to_owned()).collect()
    }
}

fn issue(id: u32) -> String {
    format!("{{\"id\":\"{id}\",\"fields\":{{\"created\":\"2026-03-02T09:15:00.000+0000\"}}}}\n")
}

fn append(folder: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(folder.join("issues.ndjson")).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_poll_of_an_unchanged_source_commits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issues.ndjson"), issue(1) + "no JSON\n" + &issue(2)).unwrap();
    let store = Counting::default();
    let (pulled, commits) = store.poll(folder.path());
    assert_eq!((pulled.written, pulled.rejected, pulled.changed, commits), (2, 1, true, 3));
    for _ in 0..3 {
        let (pulled, commits) = store.poll(folder.path());
        assert_eq!((pulled.records, pulled.written, pulled.changed, commits), (0, 0, false, 0));
    }
    assert_eq!(store.rejected(), ["issues.ndjson:2"]);
    append(folder.path(), &issue(3));
    let (pulled, commits) = store.poll(folder.path());
    assert_eq!((pulled.records, pulled.written, pulled.changed, commits), (1, 1, true, 1));
    append(folder.path(), "neither\n");
    let (pulled, commits) = store.poll(folder.path());
    assert_eq!((pulled.records, pulled.rejected, pulled.changed, commits), (0, 1, true, 1));
    assert_eq!(store.rejected(), ["issues.ndjson:2", "issues.ndjson:5"]);
}

#[test]
fn a_store_that_cannot_be_written_is_told_before_it_ends_the_polling() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issues.ndjson"), issue(1)).unwrap();
    let store = Counting { away: true, ..Counting::default() };
    let every = Duration::from_secs(1);
    let poll = Poll {
        source: "acme",
        connector: &Archive::new("acme", folder.path()),
        store: &store,
        clock: &ManualClock::at(Timestamp(1_800_000_000_000)),
        every,
        reconcile_every: every,
    };
    let mut told = Vec::new();
    let ended = poll.run(&|_| ControlFlow::Continue(()), &mut |polled| {
        told.push(match polled {
            Polled::Unwritten(error) => error.to_string(),
            other => format!("{other:?}"),
        });
    });
    let said = ended.unwrap_err().to_string();
    assert!(said.contains("the log is away"), "{said}");
    assert_eq!(told, [said]);
}

#[test]
fn what_says_nothing_new_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issues.ndjson"), issue(1) + &issue(2)).unwrap();
    let store = Counting::default();
    store.poll(folder.path());
    append(folder.path(), &issue(1));
    let (pulled, _) = store.poll(folder.path());
    assert_eq!((pulled.records, pulled.written, pulled.changed), (1, 0, false));
}

#[test]
fn half_a_line_is_rejected_until_its_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issues.ndjson"), issue(1) + "no JSON\n" + &issue(2)[..30]).unwrap();
    let store = Counting::default();
    assert_eq!(store.poll(folder.path()).0.written, 1);
    assert_eq!(store.rejected(), ["issues.ndjson:2", "issues.ndjson:3"]);
    append(folder.path(), &issue(2)[30..]);
    let (pulled, _) = store.poll(folder.path());
    assert_eq!((pulled.records, pulled.written, pulled.changed), (1, 1, true));
    assert_eq!(store.rejected(), ["issues.ndjson:2"]);
}

#[test]
fn mended_small_files_and_files_written_anew_withdraw_what_was_rejected() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issues.ndjson"), issue(1) + "no JSON\n").unwrap();
    fs::write(folder.path().join("sprints.json"), "[{\"state\":\"active\"}]").unwrap();
    let store = Counting::default();
    store.poll(folder.path());
    assert_eq!(store.rejected(), ["issues.ndjson:2", "sprints.json:1"]);
    fs::write(folder.path().join("sprints.json"), "[{\"id\":1,\"state\":\"active\"}]").unwrap();
    let (pulled, _) = store.poll(folder.path());
    assert_eq!((pulled.records, pulled.written), (1, 1));
    assert_eq!(store.rejected(), ["issues.ndjson:2"]);
    fs::write(folder.path().join("issues.ndjson"), issue(1)).unwrap();
    let (pulled, _) = store.poll(folder.path());
    assert_eq!((pulled.written, pulled.changed), (0, true));
    assert_eq!(store.rejected(), Vec::<String>::new());
}
