//! The lake shows exactly the store's rows, whatever happened before.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::rows::{NOW, board_sprint, issue, store_row, stored};
use crate::support::{flush, queried};
use arrow::array::{Array, AsArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use proptest::prelude::*;
use tidemark_model::facts::{BoardSprint, IssueChangeFact, IssueFact};
use tidemark_model::issue::Issue;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_sinks::{EXPORTS, Flush, Flushed, Lake};
use tidemark_sql::Engine;
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::store::Scan;
use tidemark_stream::{Change, Error, Offset, Snapshot, Store, Stored, Table};

/// Tables that are written from the start: each feeds one or more facts of the lake.
const BASES: usize = 11;

const GENERATION: u64 = 3;

/// Issues and sprints that the lake starts with: enough that few changes make a delta.
const ROWS: u32 = 40;

#[derive(Debug, Clone)]
enum Step {
    Issue {
        id: u32,
        variant: u32,
        changes: u32,
    },
    Sprint {
        id: u32,
        variant: u32,
    },
    Withdraw {
        id: u32,
    },
    Flush {
        compact: bool,
    },
    /// A flush that ends after so many reads of the store.
    Interrupted {
        reads: usize,
        compact: bool,
    },
    Reopen,
    /// Files that an interrupted flush leaves behind.
    Litter,
    /// Long after: what no manifest names is old.
    Later,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..ROWS + 5;
    prop_oneof![
        6 => (id.clone(), 0..100_u32, 0..5_u32).prop_map(|(id, variant, changes)| Step::Issue { id, variant, changes }),
        4 => (id.clone(), 0..100_u32).prop_map(|(id, variant)| Step::Sprint { id, variant }),
        3 => id.prop_map(|id| Step::Withdraw { id }),
        6 => prop::bool::weighted(0.1).prop_map(|compact| Step::Flush { compact }),
        1 => (0..100_usize, any::<bool>()).prop_map(|(reads, compact)| Step::Interrupted { reads, compact }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Litter),
        1 => Just(Step::Later),
    ]
}

fn flush_now(lake: &mut Lake, store: &MemoryStore, flush: Flush) -> Flushed {
    lake.flush(store.snapshot().as_ref(), flush, &mut |_| ()).unwrap()
}

fn assert_shows(lake_dir: &Path, snapshot: &dyn Snapshot) {
    let engine = Engine::open(lake_dir).unwrap();
    assert_eq!(queried::<BoardSprint>(&engine), stored::<BoardSprint, BoardSprint>(snapshot));
    assert_eq!(queried::<IssueFact>(&engine), stored::<Issue, IssueFact>(snapshot));
    assert_eq!(queried::<IssueChangeFact>(&engine), stored::<Issue, IssueChangeFact>(snapshot));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lake_shows_exactly_the_stores_rows(steps in prop::collection::vec(step(), 1..80)) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("lake");
        let store = MemoryStore::new();
        for id in 0..ROWS {
            store_row(&store, &issue(id, id, id % 4), true);
            store_row(&store, &board_sprint(id, id), true);
        }
        let mut lake = Lake::open(&dir).unwrap();
        flush_now(&mut lake, &store, flush(GENERATION));
        assert_shows(&dir, store.snapshot().as_ref());
        let mut now = NOW;
        for step in steps {
            match step {
                Step::Issue { id, variant, changes } => store_row(&store, &issue(id, variant, changes), true),
                Step::Sprint { id, variant } => store_row(&store, &board_sprint(id, variant), true),
                Step::Withdraw { id } => {
                    store_row(&store, &issue(id, 0, 0), false);
                    store_row(&store, &board_sprint(id, 0), false);
                }
                Step::Flush { compact } => {
                    flush_now(&mut lake, &store, Flush { generation: GENERATION, now, compact });
                    let snapshot = store.snapshot();
                    assert!(lake.is_current(snapshot.as_ref(), GENERATION).unwrap());
                    assert_shows(&dir, snapshot.as_ref());
                    let again = flush_now(&mut lake, &store, Flush { generation: GENERATION, now, compact: false });
                    assert_eq!(again, Flushed::default());
                }
                Step::Interrupted { reads, compact } => {
                    let before = queried::<IssueChangeFact>(&Engine::open(&dir).unwrap());
                    let breaking = Breaking { inner: store.snapshot(), reads: AtomicUsize::new(reads) };
                    let flush = Flush { generation: GENERATION, now, compact };
                    if lake.flush(&breaking, flush, &mut |_| ()).is_err() {
                        assert_eq!(queried::<IssueChangeFact>(&Engine::open(&dir).unwrap()), before);
                    }
                }
                Step::Reopen => lake = Lake::open(&dir).unwrap(),
                Step::Litter => {
                    let next = lake.manifest().unwrap().sequence + 1;
                    std::fs::write(dir.join("manifest.json.tmp"), "{\"format\":").unwrap();
                    std::fs::write(dir.join(format!("issues/base-{next:09}.parquet")), "torn").unwrap();
                    std::fs::write(dir.join(format!("issues/delta-{next:09}.keys.parquet")), "torn").unwrap();
                }
                Step::Later => now = Timestamp(now.0 + 86_400_000 * 365 * 20),
            }
        }
        flush_now(&mut lake, &store, Flush { generation: GENERATION, now, compact: false });
        assert_shows(&dir, store.snapshot().as_ref());
    }
}

/// Rows of 8 kB, so that the table is encoded in several chunks, by several threads.
#[test]
fn equal_tables_make_equal_files_in_key_order() {
    let store = MemoryStore::new();
    for id in 0..6000 {
        let summary = format!("{id} ").repeat(2000);
        store_row(&store, &Issue { summary, ..issue(id, id, id % 3) }, true);
    }
    let write_lake = |folder: &Path| {
        let mut written = Vec::new();
        let mut lake = Lake::open(folder).unwrap();
        lake.flush(store.snapshot().as_ref(), flush(1), &mut |progress| written.push(progress.rows)).unwrap();
        assert!(written.len() > 2 && written.is_sorted() && written.last() == Some(&6000), "{written:?}");
        assert_shows(folder, store.snapshot().as_ref());
        folder.join("issues/base-000000001.parquet")
    };
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (write_lake(one.path()), write_lake(other.path()));
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&other).unwrap());

    let keys =
        ParquetRecordBatchReader::try_new(File::open(&one).unwrap(), 1000).unwrap().flat_map(|batch| {
            let batch = batch.unwrap();
            let keys = batch.column_by_name("_key").unwrap().as_binary::<i32>().clone();
            (0..keys.len()).map(move |row| keys.value(row).to_vec()).collect::<Vec<_>>()
        });
    assert!(keys.is_sorted());
}

#[test]
fn bases_follow_big_changes_and_deltas_follow_small_ones() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    for id in 0..100 {
        store_row(&store, &board_sprint(id, 0), true);
    }
    let mut lake = Lake::open(folder.path()).unwrap();
    assert_eq!(flush_now(&mut lake, &store, flush(1)).bases, BASES);
    for id in 0..16 {
        store_row(&store, &board_sprint(id, 1), true);
        assert_eq!(flush_now(&mut lake, &store, flush(1)), Flushed { bases: 0, deltas: 1, rows: 1 }, "{id}");
    }
    // The seventeenth delta would be one too many.
    store_row(&store, &board_sprint(16, 1), true);
    assert_eq!(flush_now(&mut lake, &store, flush(1)), Flushed { bases: 1, deltas: 0, rows: 100 });
    // 20 of 100 rows are a delta, one more is not.
    for (id, written) in [(0..15, (0, 1)), (15..20, (0, 1)), (20..21, (1, 0))] {
        id.for_each(|id| store_row(&store, &board_sprint(id, 2), true));
        let flushed = flush_now(&mut lake, &store, flush(1));
        assert_eq!((flushed.bases, flushed.deltas), written);
    }
    // Another generation is another log.
    assert!(!lake.is_current(store.snapshot().as_ref(), 2).unwrap());
    assert_eq!(flush_now(&mut lake, &store, flush(2)).bases, BASES);
    assert_shows(folder.path(), store.snapshot().as_ref());
}

#[test]
fn the_lake_follows_the_embedded_store_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let (data_dir, dir) = (folder.path().join("data"), folder.path().join("lake"));
    let mut tables: Vec<Table> = EXPORTS.iter().map(|export| export.table).collect();
    tables.dedup();
    for start in 0..4 {
        let store = EmbeddedStore::open(&data_dir, &tables, &[]).unwrap();
        let mut lake = Lake::open(&dir).unwrap();
        assert_eq!(lake.is_current(store.snapshot().as_ref(), 1).unwrap(), start > 0);
        for id in if start == 0 { 0..100 } else { start * 3..start * 3 + 5 } {
            store_row(&store, &issue(id, start, start), true);
            store_row(&store, &board_sprint(id, start), true);
        }
        store_row(&store, &issue(50 + start, 0, 0), false);
        let flushed = lake.flush(store.snapshot().as_ref(), flush(1), &mut |_| ()).unwrap();
        assert_eq!(flushed.bases, if start == 0 { BASES } else { 0 }, "start {start}");
        assert_shows(&dir, store.snapshot().as_ref());
    }
}

#[test]
fn a_superseded_part_lives_ten_minutes_longer() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    store_row(&store, &board_sprint(1, 0), true);
    let mut lake = Lake::open(folder.path()).unwrap();
    flush_now(&mut lake, &store, flush(1));
    let old = folder.path().join("sprints/base-000000001.parquet");
    let reader = Engine::open(folder.path()).unwrap();
    let at = |minutes: i64| Flush { now: Timestamp(NOW.0 + minutes * 60_000), ..flush(1) };

    store_row(&store, &board_sprint(1, 1), true);
    flush_now(&mut lake, &store, at(60));
    flush_now(&mut lake, &store, at(70));
    assert!(old.try_exists().unwrap());
    assert_eq!(queried::<BoardSprint>(&reader).len(), 1);
    flush_now(&mut lake, &store, at(71));
    assert!(!old.try_exists().unwrap());
}

#[test]
fn a_lake_that_cannot_be_trusted_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    store_row(&store, &issue(1, 1, 2), true);
    flush_now(&mut Lake::open(folder.path()).unwrap(), &store, flush(1));
    std::fs::remove_file(folder.path().join("issues/base-000000001.parquet")).unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    assert_eq!(flush_now(&mut lake, &store, flush(1)).bases, BASES);
    assert_shows(folder.path(), store.snapshot().as_ref());
    std::fs::write(folder.path().join("manifest.json"), "{").unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    assert_eq!(flush_now(&mut lake, &store, flush(1)).bases, BASES);
    assert_shows(folder.path(), store.snapshot().as_ref());
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let row = tidemark_stream::RowWrite {
        table: Issue::TABLE,
        key: Key::of(["acme", "7"]),
        json: Some(b"{\"source\":7}".to_vec()),
        fresh: true,
    };
    let batch = tidemark_stream::Batch { rows: vec![row], ..Default::default() };
    store.commit(batch, tidemark_stream::Durability::Buffered).unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let error = lake.flush(store.snapshot().as_ref(), flush(1), &mut |_| ()).unwrap_err();
    assert!(
        error.to_string().starts_with("the row acme/7 of table `issues` cannot be read: invalid type"),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_with_its_file_and_leaves_the_lake_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    store_row(&store, &board_sprint(1, 0), true);
    let mut lake = Lake::open(folder.path()).unwrap();
    flush_now(&mut lake, &store, flush(1));
    let before = std::fs::read(folder.path().join("manifest.json")).unwrap();

    store_row(&store, &board_sprint(2, 0), true);
    let part = folder.path().join("sprints/base-000000002.parquet");
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let error = lake.flush(store.snapshot().as_ref(), flush(1), &mut |_| ()).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot write {}: no space left on device", part.display()));
    assert_eq!(std::fs::read(folder.path().join("manifest.json")).unwrap(), before);

    assert_eq!(flush_now(&mut lake, &store, flush(1)).bases, 1);
    assert_shows(folder.path(), store.snapshot().as_ref());
}

/// A snapshot that can be read only so often.
struct Breaking<'a> {
    inner: Box<dyn Snapshot + 'a>,
    reads: AtomicUsize,
}

impl Breaking<'_> {
    fn read(&self) -> Result<(), Error> {
        let left = self.reads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |reads| reads.checked_sub(1));
        left.map(|_| ()).map_err(|_| Error::NoTable("the disk went away".to_owned()))
    }
}

type Items<'a, T> = Box<dyn Iterator<Item = Result<T, Error>> + 'a>;

impl Snapshot for Breaking<'_> {
    fn get(&self, table: Table, key: &Key) -> Result<Option<Stored>, Error> {
        self.read().and_then(|()| self.inner.get(table, key))
    }

    fn scan(&self, table: Table, prefix: &Key) -> Result<Scan<'_>, Error> {
        let rows = self.inner.scan(table, prefix)?;
        Ok(Box::new(rows.map(|row| self.read().and(row))))
    }

    fn scan_after(&self, table: Table, after: &Key) -> Result<Scan<'_>, Error> {
        self.inner.scan_after(table, after)
    }

    fn keys_after(&self, table: Table, after: &Key) -> Result<Items<'_, Key>, Error> {
        self.inner.keys_after(table, after)
    }

    fn changes(&self, table: Table, after: Offset) -> Result<Items<'_, Change>, Error> {
        self.inner.changes(table, after)
    }

    fn newest(&self, table: Table) -> Result<Offset, Error> {
        self.inner.newest(table)
    }

    fn emitted(&self, processor: &str, group: &Key) -> Result<Option<Vec<u8>>, Error> {
        self.inner.emitted(processor, group)
    }

    fn emitted_after(&self, processor: &str, after: &Key) -> Result<Items<'_, Key>, Error> {
        self.inner.emitted_after(processor, after)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.meta(name)
    }
}
