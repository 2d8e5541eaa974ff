//! `jira-archive`: a folder of what Jira's APIs returned, read like a source.
//!
//! `issues.ndjson[.gz]` (one issue a line), `sprints.json`, and optionally `boards.json`, `fields.json`,
//! `statuses.json`, `issuetypes.json`, `story_points.csv` and `observations.ndjson` (what was seen earlier). What is
//! absent from a newer archive is withdrawn by nothing.

mod lines;
mod read;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tidemark_model::Timestamp;

use crate::{Connector, Cursor, Error, Page, Pull};
use lines::Lines;
use read::{Progress, Stage};

/// Lines of a page: one durable write of ingest.
const PAGE_LINES: usize = 1000;
/// A page ends early when it holds this much text, so that huge issues do not add up.
const PAGE_BYTES: usize = 8 << 20;

/// An archive folder.
pub struct Archive {
    source: String,
    folder: PathBuf,
    /// The reader of the page after the last one, so that going on does not start over.
    open: Mutex<Option<(Progress, Lines)>>,
}

impl Archive {
    pub fn new(source: &str, folder: &Path) -> Self {
        Self { source: source.to_owned(), folder: folder.to_owned(), open: Mutex::new(None) }
    }

    fn page(&self, cursor: Option<Cursor>, now: Timestamp) -> Result<Page, Error> {
        let fingerprint = self.fingerprint()?;
        let progress = cursor.and_then(|cursor| Progress::parse(&cursor, &fingerprint));
        let progress = progress.unwrap_or_else(|| Progress::start(fingerprint));
        let reader = read::Reader { source: &self.source, folder: &self.folder, now };
        if progress.stage != Stage::Issues {
            return reader.small_files(progress);
        }
        let (path, mut lines) = self.lines(&progress)?;
        let page = reader.issues(&progress, &mut lines, &path)?;
        if let (Some(next), Ok(mut open)) = (&page.next, self.open.lock()) {
            *open = Progress::parse(next, &progress.fingerprint).map(|progress| (progress, lines));
        }
        Ok(page)
    }

    /// The lines of the issues' file from where a page begins.
    fn lines(&self, progress: &Progress) -> Result<(PathBuf, Lines), Error> {
        let path = self.issues_path()?;
        let kept = self.open.lock().ok().and_then(|mut open| open.take());
        if let Some((_, lines)) = kept.filter(|(kept, _)| kept == progress) {
            return Ok((path, lines));
        }
        let mut lines = Lines::open(&path).map_err(|error| cannot_read(&path, &error))?;
        lines.skip(progress.line).map_err(|error| cannot_read(&path, &error))?;
        Ok((path, lines))
    }

    fn issues_path(&self) -> Result<PathBuf, Error> {
        if !self.folder.is_dir() {
            return Err(Error::Input {
                input: self.folder.display().to_string(),
                reason: "there is no such folder".to_owned(),
                remedy: format!("set `path` of [sources.{}] to the folder of the archive", self.source),
            });
        }
        let candidates = ["issues.ndjson", "issues.ndjson.gz"].map(|name| self.folder.join(name));
        candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| Error::Input {
            input: self.folder.display().to_string(),
            reason: "it holds no issues.ndjson and no issues.ndjson.gz".to_owned(),
            remedy: format!("set `path` of [sources.{}] to the folder of the archive", self.source),
        })
    }

    /// Tells one state of the archive from another, so that a cursor of an older one is not used.
    fn fingerprint(&self) -> Result<String, Error> {
        let path = self.issues_path()?;
        let metadata = std::fs::metadata(&path).map_err(|error| cannot_read(&path, &error))?;
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(format!("{}-{}", metadata.len(), modified.map_or(0, |since| since.as_millis())))
    }
}

impl Connector for Archive {
    fn pull(&self, cursor: Option<Cursor>, now: Timestamp) -> Pull<'_> {
        Box::pin(async move { self.page(cursor, now) })
    }

    fn check(&self) -> Result<String, Error> {
        let path = self.issues_path()?;
        let mut lines = Lines::open(&path).map_err(|error| cannot_read(&path, &error))?;
        let first = lines.next_line().map_err(|error| cannot_read(&path, &error))?;
        Ok(match first {
            Some(_) => format!("{} can be read", path.display()),
            None => format!("{} can be read, but is empty", path.display()),
        })
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    let damaged = matches!(
        error.kind(),
        std::io::ErrorKind::UnexpectedEof
            | std::io::ErrorKind::InvalidInput
            | std::io::ErrorKind::InvalidData
    );
    let (reason, remedy) = if damaged {
        (
            format!("the file is damaged or cut short ({error})"),
            "copy or export it again, then sync: what was read before stays",
        )
    } else {
        (error.to_string(), "see that the file is there and may be read")
    };
    Error::Input { input: path.display().to_string(), reason, remedy: remedy.to_owned() }
}
