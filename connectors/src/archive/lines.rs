//! Lines of a file, plain or gzip, as bytes: a line that is no UTF-8 is the reader's affair, not the file's.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// Large enough that decompression, not system calls, decides the speed.
const BUFFER_BYTES: usize = 256 << 10;

/// The lines of a file.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    consumed: Arc<AtomicU64>,
    size: u64,
    /// A file that failed once gives no more lines: what a decoder says after an error is not to be trusted.
    failed: Option<(io::ErrorKind, String)>,
}

/// Counts what is read of the file itself, for progress.
struct Counted<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.consumed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: file, consumed: Arc::clone(&consumed) };
        let buffered = BufReader::with_capacity(BUFFER_BYTES, counted);
        let reader: Box<dyn BufRead + Send> = if path.extension().is_some_and(|extension| extension == "gz") {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(buffered)))
        } else {
            Box::new(buffered)
        };
        Ok(Self { reader, consumed, size, failed: None })
    }

    /// The next line without its end; nothing after the last.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some((kind, reason)) = &self.failed {
            return Err(io::Error::new(*kind, reason.clone()));
        }
        let mut line = Vec::new();
        let read = self.reader.read_until(b'\n', &mut line);
        let read = read.inspect_err(|error| self.failed = Some((error.kind(), error.to_string())))?;
        if read == 0 {
            return Ok(None);
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some(line))
    }

    pub(super) fn skip(&mut self, lines: u64) -> io::Result<()> {
        for _ in 0..lines {
            if self.reader.skip_until(b'\n')? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// How much of the file has been read, from 0 to 1.
    pub(super) fn read(&self) -> f64 {
        if self.size == 0 { 1.0 } else { self.consumed.load(Ordering::Relaxed) as f64 / self.size as f64 }
    }
}
