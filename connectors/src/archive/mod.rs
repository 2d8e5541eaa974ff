//! `jira-archive`: a folder of what Jira's APIs returned, read like a source.
//!
//! `issues.ndjson[.gz]` (one issue a line), `sprints.json`, and optionally `boards.json`, `fields.json`,
//! `statuses.json`, `issuetypes.json`, `story_points.csv` and `observations.ndjson` (what was seen earlier). What is
//! absent from a newer archive is withdrawn by nothing. A folder with both forms of the issues is refused.
//!
//! An archive may go on growing: a pull of one that has not changed costs a look at its files, lines appended to
//! `issues.ndjson` are read alone, and whatever else changed is read again.

mod lines;
mod progress;
mod read;
mod stamp;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tidemark_model::Timestamp;

use crate::{Check, Connector, Cursor, Error, Page, Pull};
use lines::{Lines, is_packed};
use progress::{Progress, Stage};
use stamp::Files;

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
        let path = self.issues_path()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let files = Files::look(&self.folder, &name).map_err(|error| cannot_read(&self.folder, &error))?;
        let progress = match cursor.as_ref().and_then(Progress::parse) {
            Some(progress) => progress.go_on(&files),
            None => Progress::start(files.clone()),
        };
        let reader = read::Reader { source: &self.source, folder: &self.folder, now };
        if progress.stage != Stage::Issues {
            return reader.small_files(progress, files);
        }
        if progress.ended {
            return Ok(Page { resume: Some(progress.cursor()), read: Some(1.0), ..Page::default() });
        }
        let Some(mut lines) = self.lines(&path, &progress).map_err(|error| cannot_read(&path, &error))?
        else {
            return reader.small_files(Progress::start(files.clone()), files);
        };
        let (page, progress) = reader.issues(progress, &mut lines, &path)?;
        if let (true, Ok(mut open)) = (page.next.is_some(), self.open.lock()) {
            *open = Some((progress, lines));
        }
        Ok(page)
    }

    /// The lines of the issues' file from where a page begins; nothing where what comes before has changed.
    fn lines(&self, path: &Path, progress: &Progress) -> std::io::Result<Option<Lines>> {
        let kept = self.open.lock().ok().and_then(|mut open| open.take());
        if let Some((_, lines)) = kept.filter(|(kept, _)| kept == progress) {
            return Ok(Some(lines));
        }
        if !is_packed(&progress.files.name) {
            return Lines::open_at(path, progress.bytes, progress.mark);
        }
        let mut lines = Lines::open(path)?;
        lines.skip(progress.line)?;
        Ok(Some(lines))
    }

    /// What there is to be read.
    fn look(&self) -> Result<String, Error> {
        let path = self.issues_path()?;
        let mut lines = Lines::open(&path).map_err(|error| cannot_read(&path, &error))?;
        let first = lines.next_line().map_err(|error| cannot_read(&path, &error))?;
        Ok(match first {
            Some(_) => format!("{} can be read", path.display()),
            None => format!("{} can be read, but is empty", path.display()),
        })
    }

    fn issues_path(&self) -> Result<PathBuf, Error> {
        if !self.folder.is_dir() {
            return Err(Error::Input {
                input: self.folder.display().to_string(),
                reason: "there is no such folder".to_owned(),
                remedy: format!("set `path` of [sources.{}] to the folder of the archive", self.source),
            });
        }
        let [plain, packed] = ["issues.ndjson", "issues.ndjson.gz"].map(|name| self.folder.join(name));
        match (plain.is_file(), packed.is_file()) {
            (true, false) => Ok(plain),
            (false, true) => Ok(packed),
            // Which of them is the archive, and which a copy that was left behind, can't be told.
            (true, true) => Err(Error::Input {
                input: self.folder.display().to_string(),
                reason: "it holds issues.ndjson and issues.ndjson.gz, and one archive has one of them"
                    .to_owned(),
                remedy: "remove or rename the one that is not to be read".to_owned(),
            }),
            (false, false) => Err(Error::Input {
                input: self.folder.display().to_string(),
                reason: "it holds no issues.ndjson and no issues.ndjson.gz".to_owned(),
                remedy: format!("set `path` of [sources.{}] to the folder of the archive", self.source),
            }),
        }
    }
}

impl Connector for Archive {
    fn pull(&self, cursor: Option<Cursor>, now: Timestamp) -> Pull<'_> {
        Box::pin(async move { self.page(cursor, now) })
    }

    fn check(&self) -> Check<'_> {
        Box::pin(async move { self.look() })
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
