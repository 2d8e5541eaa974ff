//! Lines of a file, plain or gzip, as bytes: a line that is no UTF-8 is the reader's affair, not the file's.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use xxhash_rust::xxh3::Xxh3Default;

/// Large enough that decompression, not system calls, decides the speed.
const BUFFER_BYTES: usize = 256 << 10;
/// Of what was read, this much of the beginning and of the end is looked at to see whether it is still the same.
const LOOK_BYTES: usize = 4 << 10;

/// Whether a file of this name holds gzip.
pub(super) fn is_packed(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "gz")
}

/// The lines of a file.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    consumed: Arc<AtomicU64>,
    size: u64,
    /// A file that failed once gives no more lines: what a decoder says after an error is not to be trusted.
    failed: Option<(io::ErrorKind, String)>,
    /// After the last line that had an end; of a plain file only.
    place: Option<Place>,
    half: bool,
}

/// A place in a plain file, with what stands at the beginning and just before it.
#[derive(Default)]
pub(super) struct Place {
    bytes: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Place {
    /// The place `bytes` into a file.
    fn of(file: &mut File, bytes: u64) -> io::Result<Self> {
        let looked = bytes.min(LOOK_BYTES as u64);
        let mut read = |from: u64| {
            let mut part = Vec::new();
            file.seek(SeekFrom::Start(from))?;
            file.by_ref().take(looked).read_to_end(&mut part)?;
            Ok::<_, io::Error>(part)
        };
        let head = read(0)?;
        Ok(Self { bytes, head, tail: read(bytes - looked)? })
    }

    fn advance(&mut self, line: &[u8]) {
        self.bytes += line.len() as u64;
        let missing = LOOK_BYTES - self.head.len();
        self.head.extend_from_slice(&line[..line.len().min(missing)]);
        self.tail.extend_from_slice(&line[line.len().saturating_sub(LOOK_BYTES)..]);
        self.tail.drain(..self.tail.len().saturating_sub(LOOK_BYTES));
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Tells this place from the same one in a file that was written anew, as far as the looked at bytes do.
    pub(super) fn mark(&self) -> u64 {
        let mut hash = Xxh3Default::new();
        hash.update(&self.head);
        hash.update(&self.tail);
        hash.digest()
    }
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
        let place = (!is_packed(&path.to_string_lossy())).then(Place::default);
        Self::from(File::open(path)?, place)
    }

    /// The lines of a plain file from `bytes` on; nothing where what comes before is no longer what `mark` says.
    pub(super) fn open_at(path: &Path, bytes: u64, mark: u64) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        let place = Place::of(&mut file, bytes)?;
        if place.mark() != mark {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(bytes))?;
        Self::from(file, Some(place)).map(Some)
    }

    fn from(file: File, place: Option<Place>) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let consumed = Arc::new(AtomicU64::new(place.as_ref().map_or(0, Place::bytes)));
        let counted = Counted { inner: file, consumed: Arc::clone(&consumed) };
        let buffered = BufReader::with_capacity(BUFFER_BYTES, counted);
        let reader: Box<dyn BufRead + Send> = if place.is_none() {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(buffered)))
        } else {
            Box::new(buffered)
        };
        Ok(Self { reader, consumed, size, failed: None, place, half: false })
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
        self.half = line.last() != Some(&b'\n');
        if let Some(place) = self.place.as_mut().filter(|_| !self.half) {
            place.advance(&line);
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some(line))
    }

    /// Whether the line that was read last had no end: it is the file's last one, for now.
    pub(super) fn half(&self) -> bool {
        self.half
    }

    /// Where a plain file is to be read on.
    pub(super) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
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
