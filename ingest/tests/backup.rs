//! A backup holds what cannot be computed again, and is used whole or not at all.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use serde_json::value::RawValue;
use tidemark_ingest::backup::{self, Contents, Error, Restore, Statement};
use tidemark_model::delivery::Delivery;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_model::{Row, Timestamp};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Store, codec};

fn raw(source: &str, id: usize) -> Raw {
    Raw {
        source: source.to_owned(),
        kind: RawKind::Issue,
        id: id.to_string(),
        part: RawPart::Snapshot,
        variant: String::new(),
        at: Timestamp(7),
        completeness: 1,
        payload: RawValue::from_string(format!("{{\n  \"text\": \"line\\nend \u{1f30a} {id}\"\n}}")).unwrap(),
    }
}

fn write<R: Row>(row: &R) -> RowWrite {
    let json = Some(codec::pack(serde_json::to_vec(row).unwrap()));
    RowWrite { table: R::TABLE, key: row.key(), json, fresh: true }
}

fn delivery(source: &str) -> Delivery {
    Delivery {
        source: source.to_owned(),
        signature: "a4771c39".to_owned(),
        id: "delivery-7".to_owned(),
        event: "jira:issue_updated".to_owned(),
        received_at: Timestamp(9),
    }
}

/// Two sources: five thousand issues and a rejected line of one, one issue and a webhook of the other.
fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let mut rows: Vec<RowWrite> = (0..5000).map(|id| write(&raw("acme", id))).collect();
    rows.push(write(&raw("tide", 1)));
    let rejected = |stage| {
        Rejected::new("acme", stage, "issues.json:3".to_owned(), Reason::NoJson, "no JSON".to_owned())
    };
    rows.extend([write(&rejected(Stage::Read)), write(&rejected(Stage::Translate))]);
    rows.push(write(&delivery("tide")));
    let mut batch = Batch { rows, ..Batch::default() };
    batch.set_meta("cursor/acme", "page 7");
    store.commit(batch, Durability::Synced).unwrap();
    store
}

fn backed_up(store: &MemoryStore) -> (Vec<u8>, Contents) {
    let mut file = Vec::new();
    let cursor = |source: &str| backup::cursor(store, source);
    let contents = backup::write(store.snapshot().as_ref(), 3, &cursor, &mut file).unwrap();
    (file, contents)
}

fn restored(file: &[u8], store: &MemoryStore) -> Result<Contents, Error> {
    let mut sources = [Restore::new("acme", store), Restore::new("tide", store)];
    let contents = backup::read(file, &mut |statement| {
        sources.iter_mut().try_for_each(|source| source.take(&statement))
    })?;
    sources.into_iter().try_for_each(Restore::finish)?;
    Ok(contents)
}

fn rows(store: &MemoryStore, table: &'static str) -> Vec<(String, Vec<u8>)> {
    let snapshot = store.snapshot();
    let rows = snapshot.scan(table, &tidemark_model::Key::default()).unwrap();
    rows.map(|row| row.map(|(key, stored)| (key.to_string(), stored.json)).unwrap()).collect()
}

#[test]
fn what_was_backed_up_comes_back_and_a_second_time_changes_nothing() {
    let store = filled();
    let (file, contents) = backed_up(&store);
    assert_eq!(contents.generation, 3);
    // 5,001 issues, one rejected record of two, one webhook, one cursor.
    assert_eq!(contents.statements, 5001 + 1 + 1 + 1);
    assert_eq!(contents.sources.iter().collect::<Vec<_>>(), ["acme", "tide"]);
    let other = MemoryStore::new();
    assert_eq!(restored(&file, &other).unwrap(), contents);
    assert_eq!(rows(&other, Raw::TABLE), rows(&store, Raw::TABLE));
    assert_eq!(rows(&other, Rejected::TABLE).len(), 1, "what processors rejected they reject again");
    assert_eq!(rows(&other, Delivery::TABLE), rows(&store, Delivery::TABLE), "a webhook is known again");
    assert_eq!(backup::cursor(&other, "acme").unwrap().as_deref(), Some("page 7"));
    assert_eq!(backup::cursor(&other, "tide").unwrap(), None);
    let newest = || [Raw::TABLE, Delivery::TABLE].map(|table| other.snapshot().newest(table).unwrap());
    let before = newest();
    restored(&file, &other).unwrap();
    assert_eq!(newest(), before);
}

#[test]
fn a_file_that_is_not_whole_is_refused() {
    let (file, _) = backed_up(&filled());
    let read = |file: &[u8]| backup::read(file, &mut |_| Ok(())).unwrap_err().to_string();
    for length in [0, 3, 10, file.len() / 2, file.len() - 1] {
        let error = read(&file[..length]);
        assert!(error.contains("damaged") || error.contains("no backup"), "{length}: {error}");
    }
    let mut flipped = file.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    assert!(read(&flipped).contains("damaged"));
    assert!(read(b"PK\x03\x04 something else").contains("no backup"));
    let newer = zstd::encode_all(&b"{\"tidemark\":{\"format\":99,\"generation\":1}}\n"[..], 1).unwrap();
    assert!(read(&newer).contains("newer tidemark"));
    let short = b"{\"tidemark\":{\"format\":1,\"generation\":1}}\n{\"end\":{\"statements\":2}}\n";
    assert!(read(&zstd::encode_all(&short[..], 1).unwrap()).contains("2 were written, 0 are here"));
}

#[test]
fn statements_are_json_that_other_programs_can_read() {
    let (file, _) = backed_up(&filled());
    let text = String::from_utf8(zstd::decode_all(&file[..]).unwrap()).unwrap();
    let statements: Vec<Statement> =
        serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().unwrap();
    assert!(matches!(statements.first(), Some(Statement::Tidemark { format: 2, generation: 3 })));
    assert_eq!(statements.len(), 1 + 5004 + 1);
}

#[test]
fn a_backup_of_the_first_format_is_read() {
    let text = "{\"tidemark\":{\"format\":1,\"generation\":4}}\n{\"cursor\":{\"source\":\"acme\",\"cursor\":\"page 2\"}}\n{\"end\":{\"statements\":1}}\n";
    let file = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let store = MemoryStore::new();
    assert_eq!(restored(&file, &store).unwrap().generation, 4);
    assert_eq!(backup::cursor(&store, "acme").unwrap().as_deref(), Some("page 2"));
}
