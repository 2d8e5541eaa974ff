//! How long big lakes take: `cargo test --release -p tidemark-sinks two_million -- --ignored --nocapture`.

use std::time::Instant;

use crate::support::{flush, issue};
use tidemark_model::Row;
use tidemark_model::issue::Issue;
use tidemark_sinks::Lake;
use tidemark_sql::Engine;
use tidemark_sql::format::{Format, write};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Store};

const ISSUES: u32 = 100_000;

/// History entries per issue; every second one changes two fields.
const ENTRIES: u32 = 14;

fn commit(store: &MemoryStore, ids: impl Iterator<Item = u32>, variant: u32) {
    let row = |id| {
        let issue = varied(id, variant);
        RowWrite {
            table: Issue::TABLE,
            key: issue.key(),
            json: Some(serde_json::to_vec(&issue).unwrap()),
            fresh: false,
        }
    };
    store.commit(Batch { rows: ids.map(row).collect(), ..Batch::default() }, Durability::Buffered).unwrap();
}

/// An issue whose history differs from all others as real ones do: ids and instants of its own, many people, texts.
fn varied(id: u32, variant: u32) -> Issue {
    let mut issue = issue(id, variant + id % 100, ENTRIES);
    let mut seed = u64::from(id) << 8 | u64::from(variant);
    let mut dice = |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    issue.summary = format!("{:x} {:x} {:x}", dice(1 << 30), dice(1 << 30), dice(1 << 30));
    for (number, entry) in (0_i64..).zip(&mut issue.history) {
        entry.id = i64::from(id) * i64::from(ENTRIES) + number;
        entry.at.0 += dice(1 << 30) as i64;
        entry.actor = Some(format!("Person {}", dice(300)));
        for item in &mut entry.items {
            item.field = format!("Field {}", dice(20));
            item.from = Some(dice(10_000).to_string());
            item.to_text = Some(if dice(4) == 0 {
                format!("{:x}", dice(1 << 30))
            } else {
                format!("Value {}", dice(100))
            });
        }
    }
    issue
}

#[test]
#[ignore = "takes a minute and says how long things took"]
fn two_million_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    commit(&store, 0..ISSUES, 0);
    let mut lake = Lake::open(folder.path()).unwrap();
    let mut timed = |store: &MemoryStore, what: &str| {
        let start = Instant::now();
        let flushed = lake.flush(store.snapshot().as_ref(), flush(1), &mut |_| ()).unwrap();
        let bytes: u64 = lake.manifest().unwrap().parts().map(|(_, part)| part.bytes).sum();
        println!("{what}: {:?}, {flushed:?}, {} MB in the lake", start.elapsed(), bytes >> 20);
    };
    timed(&store, "base");
    query(folder.path());
    commit(&store, 7..8, 3);
    timed(&store, "delta of one issue");
    commit(&store, (0..ISSUES).step_by(10), 5);
    timed(&store, "delta of a tenth");
    query(folder.path());
}

fn query(folder: &std::path::Path) {
    let start = Instant::now();
    let engine = Engine::open(folder).unwrap();
    println!("  open: {:?}", start.elapsed());
    for sql in [
        "SELECT count(*) FROM v1_issue_changes",
        "SELECT field, count(*) FROM v1_issue_changes GROUP BY field",
        "SELECT * FROM v1_issues WHERE issue_id = 'acme/4711'",
        "SELECT * FROM v1_issue_changes WHERE issue_id = 'acme/4711'",
    ] {
        let start = Instant::now();
        let rows: usize = engine.query(sql).unwrap().iter().map(|batch| batch.num_rows()).sum();
        println!("  {sql}: {:?}, {rows} rows", start.elapsed());
    }
    let start = Instant::now();
    let rows = engine.export("issue_changes").unwrap();
    write(Format::Csv, &rows.schema(), rows, std::io::sink()).unwrap();
    println!("  export of issue_changes as CSV: {:?}", start.elapsed());
}
