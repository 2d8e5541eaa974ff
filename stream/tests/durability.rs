//! What the embedded store has acknowledged outlives crashes, torn writes and flipped bits: whole batches or a clear error.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod contents;
mod crash;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::process::Command;

use contents::{PROCESSORS, TABLES, contents, put};
use crash::{Crashed, Written, batch, copied, journal, open};
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::{Durability, Error, Store};

/// Batches before a crash.
const BATCHES: usize = 4;

#[test]
fn what_was_acknowledged_is_in_a_copy_of_the_open_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for number in 0..BATCHES {
        store.commit(batch(number), Durability::Synced).unwrap();
        let copy = copied(folder.path());
        assert_eq!(contents(&open(copy.path()).unwrap()), contents(&store), "after batch {number}");
    }
    store.commit(batch(BATCHES), Durability::Buffered).unwrap();
    store.sync().unwrap();
    assert_eq!(contents(&open(copied(folder.path()).path()).unwrap()), contents(&store), "after a sync");
}

#[test]
fn a_journal_torn_at_any_byte_gives_whole_batches() {
    let written = Written::new(BATCHES);
    let last = written.ends[BATCHES - 2]..written.ends[BATCHES - 1];
    // Every third byte of the last batch, its borders, and some of all the others.
    let mut offsets: BTreeSet<u64> =
        last.clone().step_by(3).chain([last.start + 1, last.end - 1, last.end]).collect();
    offsets.extend((written.ends[0]..last.start).step_by(41));
    for (number, offset) in offsets.into_iter().enumerate() {
        let whole = written.ends.iter().filter(|end| **end <= offset).count();
        let crashed = Crashed::of(&written);
        let file = OpenOptions::new().write(true).open(crashed.journal()).unwrap();
        file.set_len(offset).unwrap();
        // The file ends there, or nothing but the zeros that it was made of follow.
        if number % 2 == 0 {
            file.set_len(written.ends[BATCHES - 1] + 4096).unwrap();
        }
        let found = crashed.open().unwrap_or_else(|error| panic!("torn at {offset}: {error}"));
        assert_eq!(contents(&found), written.states[whole], "torn at {offset} of {:?}", written.ends);
        // And it is fit for use.
        if number % 7 == 0 {
            found.commit(put("tides", &["later"], "1"), Durability::Synced).unwrap();
            let after = contents(&found);
            drop(found);
            assert_eq!(
                contents(&crashed.open().unwrap()),
                after,
                "torn at {offset}, written and opened again"
            );
        }
    }
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "fjall asserts the lengths that it reads, in builds with debug assertions"
)]
fn a_flipped_bit_gives_whole_batches_or_a_clear_error() {
    let written = Written::new(BATCHES);
    let (start, end) = (written.ends[BATCHES - 2], written.ends[BATCHES - 1]);
    let (before, after) = (&written.states[BATCHES - 1], &written.states[BATCHES]);
    let (mut refused, mut lost, mut unharmed) = (0, 0, 0);
    // The head of the batch bit by bit (no checksum covers it), of the rest one bit of every fourth byte.
    let head = (start..start + 13).flat_map(|byte| (0..8).map(move |bit| (byte, bit)));
    let rest = (start + 13..end).step_by(4).map(|byte| (byte, (byte / 4 % 8) as u8));
    for (byte, bit) in head.chain(rest) {
        let place = format!("bit {bit} of byte {} of {}", byte - start, end - start);
        let crashed = Crashed::of(&written);
        let file = OpenOptions::new().read(true).write(true).open(crashed.journal()).unwrap();
        let mut value = [0];
        file.read_exact_at(&mut value, byte).unwrap();
        file.write_all_at(&[value[0] ^ 1 << bit], byte).unwrap();
        match std::panic::catch_unwind(|| crashed.open()).unwrap_or_else(|_| panic!("{place}: a panic")) {
            Err(Error::Corrupt { .. } | Error::Disk { .. }) => refused += 1,
            Err(error) => panic!("{place}: {error}"),
            Ok(store) => {
                let found = contents(&store);
                assert!(
                    found == *before || found == *after,
                    "{place}: half a batch or a wrong value: {found:#?}"
                );
                if found == *before {
                    lost += 1
                } else {
                    unharmed += 1
                }
                store.commit(put("tides", &["later"], "1"), Durability::Synced).unwrap();
            }
        }
    }
    println!("refused {refused}, given up with the batch {lost}, without effect {unharmed}");
    assert!(refused > 0 && lost > 0);
}

#[test]
fn a_second_opening_names_the_folder_and_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let error = open(folder.path()).err().unwrap();
    let Error::Locked { path, holder } = &error else { panic!("{error}") };
    assert_eq!(
        (path.as_str(), holder.clone()),
        (folder.path().to_str().unwrap(), format!("pid {}", std::process::id()))
    );
    let text = error.to_string();
    assert!(
        text.contains(path) && text.contains(holder) && text.contains("data_dir") && error.is_transient(),
        "{text}"
    );
    drop(store);
    open(folder.path()).unwrap();
}

/// What the next test traces: each commit, followed by a line that says that it was acknowledged.
#[test]
fn commits_for_a_tracer() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path(), &TABLES, &PROCESSORS).unwrap();
    for number in 0..=8 {
        store.commit(batch(number), Durability::Synced).unwrap();
        std::io::stderr().write_all(format!("acknowledged {number}\n").as_bytes()).unwrap();
    }
}

#[test]
fn every_acknowledged_commit_was_synced_before() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let traced = Command::new("strace")
        .args(["-f", "-e", "trace=fsync,fdatasync,write", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "commits_for_a_tracer", "--nocapture"])
        .output();
    let output = match traced {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped every_acknowledged_commit_was_synced_before: strace is not installed");
            return;
        }
        traced => traced.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("ptrace") {
        println!("skipped every_acknowledged_commit_was_synced_before: strace may not trace here: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
    let (mut synced, mut acknowledged) = (0, 0);
    for line in std::fs::read_to_string(&trace).unwrap().lines() {
        if line.contains("sync") && line.ends_with("= 0") {
            synced += 1;
        } else if line.contains("\"acknowledged ") {
            // The first one follows the making of the store, which syncs as well.
            assert!(synced > 0, "nothing was synced before commit {acknowledged} was acknowledged");
            (synced, acknowledged) = (0, acknowledged + 1);
        }
    }
    assert_eq!(acknowledged, 9);
}

#[test]
fn the_journal_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let empty = crash::written_bytes(&journal(folder.path()));
    store.commit(batch(0), Durability::Synced).unwrap();
    assert!(crash::written_bytes(&journal(folder.path())) > empty + 100);
}
