//! Data folders as crashes leave them.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::{Batch, Durability, Error, Store};

use crate::contents::{Contents, PROCESSORS, TABLES, contents, key, put, write};

pub(crate) fn open(folder: &Path) -> Result<EmbeddedStore, Error> {
    EmbeddedStore::open(folder, &TABLES, &PROCESSORS)
}

/// A small batch with everything in it: a row that is changed each time, a new one, one that goes, what was emitted,
/// and named values.
pub(crate) fn batch(number: usize) -> Batch {
    let text = number.to_string();
    let mut batch = put("tides", &["acme", "changed"], &text);
    batch.rows.push(write("boats", &["acme", &text], Some(&text)));
    if let Some(earlier) = number.checked_sub(2) {
        batch.rows.push(write("boats", &["acme", &earlier.to_string()], None));
    }
    batch.emitted.push(("moon", key(&["changed"]), Some(text.clone().into_bytes())));
    batch.emitted.push(("moon", key(&[&text]), Some(text.clone().into_bytes())));
    batch.set_meta("cursor/acme", text);
    batch
}

/// The newest journal of a store.
pub(crate) fn journal(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder.join("store")).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "jnl")).max().unwrap()
}

/// How much of a journal is written: it is made at full length, of zeros, and a batch does not end in one.
pub(crate) fn written_bytes(journal: &Path) -> u64 {
    let bytes = std::fs::read(journal).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

/// A copy of a folder, file by file; the store that holds it need not be closed.
pub(crate) fn copied(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_into(folder, copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_into(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), &target).unwrap();
        }
    }
}

/// A folder with some synced batches, as it lay there when the power went.
pub(crate) struct Written {
    folder: TempDir,
    /// Where each batch ends in the journal.
    pub(crate) ends: Vec<u64>,
    /// What the store held after none, one, two … of them.
    pub(crate) states: Vec<Contents>,
}

impl Written {
    pub(crate) fn new(batches: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap();
        let (mut ends, mut states) = (Vec::new(), vec![contents(&store)]);
        for number in 0..batches {
            store.commit(batch(number), Durability::Synced).unwrap();
            ends.push(written_bytes(&journal(folder.path())));
            states.push(contents(&store));
        }
        let copy = copied(folder.path());
        drop(store);
        // Of the journal's zeros a page will do: the copies are made quickly then.
        let file = std::fs::OpenOptions::new().write(true).open(journal(copy.path())).unwrap();
        file.set_len(ends[batches - 1] + 4096).unwrap();
        Self { folder: copy, ends, states }
    }
}

/// A copy of such a folder, to be damaged.
pub(crate) struct Crashed(TempDir);

impl Crashed {
    pub(crate) fn of(written: &Written) -> Self {
        Self(copied(written.folder.path()))
    }

    pub(crate) fn journal(&self) -> PathBuf {
        journal(self.0.path())
    }

    pub(crate) fn open(&self) -> Result<EmbeddedStore, Error> {
        open(self.0.path())
    }
}
