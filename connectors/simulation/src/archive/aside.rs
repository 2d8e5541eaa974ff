//! A file that appears under its name only when it is whole.

use std::fs::File;
use std::io::{BufWriter, Error as IoError, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Bytes to gather before they go to the file: large enough for few system calls.
const BUFFER_BYTES: usize = 256 * 1024;

pub(super) struct Aside {
    path: PathBuf,
    aside: PathBuf,
    file: BufWriter<File>,
}

impl Aside {
    /// Opens a hidden file beside `path`; a leftover of an earlier attempt is overwritten.
    pub(super) fn create(path: PathBuf) -> Result<Self, Error> {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".partial");
        let aside = path.with_file_name(name);
        let file = File::create(&aside).map_err(|source| at(&aside, source))?;
        Ok(Self { path, aside, file: BufWriter::with_capacity(BUFFER_BYTES, file) })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|source| at(&self.aside, source))
    }

    /// Takes what a compressor has ready, once it is worth a write.
    pub(super) fn drain(&mut self, ready: &mut Vec<u8>) -> Result<(), Error> {
        if ready.len() < BUFFER_BYTES {
            return Ok(());
        }
        self.write(ready)?;
        ready.clear();
        Ok(())
    }

    /// Makes the contents durable, then gives the file its name.
    pub(super) fn finish(self) -> Result<(), Error> {
        let file = self.file.into_inner().map_err(|error| at(&self.aside, error.into_error()))?;
        file.sync_all().map_err(|source| at(&self.aside, source))?;
        std::fs::rename(&self.aside, &self.path).map_err(|source| at(&self.path, source))
    }

    pub(super) fn writing(&self, source: IoError) -> Error {
        at(&self.path, source)
    }

    pub(super) fn encoding(&self, source: serde_json::Error) -> Error {
        Error::Encode { path: self.path.clone(), source }
    }
}

fn at(path: &Path, source: IoError) -> Error {
    Error::Write { path: path.to_owned(), source }
}
