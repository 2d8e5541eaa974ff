//! Transactions: of one writer at a time, seen once they are committed, and what those do that never end.

use std::time::{Duration, Instant};

use tidemark_stream::kafka::{Actor, Ends, Held, HeldUp};
use tidemark_stream::{Durability, Error, Store};

use crate::broker::Harbour;
use crate::contents::{contents, key, put};
use crate::{commit, raw, rebuilt, specs, task, text, topic};

#[test]
fn a_newer_owner_fences_the_older() {
    let Some(mut harbour) = Harbour::new(&specs(), 1) else { return };
    let older = task(&harbour, 0);
    commit(&older, put("tides", &["1"], "\"older\""));
    harbour.caches = tempfile::tempdir().unwrap();
    let newer = task(&harbour, 0);
    assert_eq!(
        text(&newer, "tides", &["1"]).as_deref(),
        Some("\"older\""),
        "what the older committed is there"
    );
    commit(&newer, put("tides", &["1"], "\"newer\""));
    let mut late = put("tides", &["1"], "\"late\"");
    late.set_meta("cursor/acme", "late");
    let error = older.commit(late, Durability::Synced).unwrap_err();
    assert!(
        matches!(&error, Error::Fenced { writer } if writer == "task-0") && !error.is_transient(),
        "{error}"
    );
    let error = older.commit(put("tides", &["2"], "1"), Durability::Synced).unwrap_err();
    assert!(error.to_string().contains("open it again"), "{error}");
    newer.catch_up().unwrap();
    assert_eq!(text(&newer, "tides", &["1"]).as_deref(), Some("\"newer\""));
    assert_eq!(newer.snapshot().meta("cursor/acme").unwrap(), None);
    let live = contents(&newer);
    assert_eq!(rebuilt(harbour, 0).1, live);
}

#[test]
fn what_a_killed_writer_left_open_is_never_seen() {
    let Some(harbour) = Harbour::new(&specs(), 1) else { return };
    let prefix = harbour.log.prefix();
    let store = task(&harbour, 0);
    commit(&store, put("tides", &["1"], "1"));
    // Another writer dies in the middle of its transaction, and someone takes its place.
    let killed =
        raw::interrupted(&format!("{prefix}writer-pull"), &topic(&harbour, "tides"), key(&["1"]).as_bytes());
    store.catch_up().unwrap();
    assert_eq!(text(&store, "tides", &["1"]).as_deref(), Some("1"));
    drop(killed);
    let pull = harbour.open(&Actor::Named("pull".to_owned()), &[("tides", Held::All)], &[]).unwrap();
    commit(&pull, put("tides", &["2"], "2"));
    store.catch_up().unwrap();
    let found = [&["1"][..], &["2"]].map(|parts| text(&store, "tides", parts));
    assert_eq!(found, [Some("1".to_owned()), Some("2".to_owned())]);
    // So does the task itself.
    drop(store);
    drop(raw::interrupted(&format!("{prefix}task-0"), &topic(&harbour, "tides"), key(&["2"]).as_bytes()));
    let store = task(&harbour, 0);
    assert_eq!(text(&store, "tides", &["2"]).as_deref(), Some("2"));
    commit(&store, put("tides", &["3"], "3"));
    assert_eq!(raw::committed(&topic(&harbour, "tides")).len(), 3);
}

#[test]
fn a_partition_is_held_up_for_as_long_as_a_transaction_in_it_does_not_end() {
    let Some(harbour) = Harbour::new(&specs(), 2) else { return };
    let store = task(&harbour, 0);
    commit(&store, put("boats", &["1"], "1"));
    let mut ends = Ends::new(&harbour.log).unwrap();
    assert_eq!(ends.held_up().unwrap(), [], "marks of ended transactions hold nothing up");
    let tides = topic(&harbour, "tides");
    let open =
        raw::interrupted(&format!("{}writer-pull", harbour.log.prefix()), &tides, key(&["1"]).as_bytes());
    let held = HeldUp { topic: tides, partition: 0, from: 0 };
    let seen = ends.held_up().unwrap();
    assert_eq!(seen.iter().map(|(held, _)| held).collect::<Vec<_>>(), [&held]);
    let again = ends.held_up().unwrap();
    assert!(again[0].0 == held && again[0].1 > seen[0].1, "{again:?} after {seen:?}");
    // Its place is taken, which ends it.
    let pull = harbour.open(&Actor::Named("pull".to_owned()), &[("tides", Held::All)], &[]).unwrap();
    drop((open, pull));
    let since = Instant::now();
    while !ends.held_up().unwrap().is_empty() {
        assert!(since.elapsed() < Duration::from_secs(30), "it is held up still");
    }
}
