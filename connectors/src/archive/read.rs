//! The pages of an archive: first the small files, each one page, then the issues line by line.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::{Reason, Rejected, Stage as RejectedAt};

use super::lines::Lines;
use super::progress::{Progress, Stage};
use super::stamp::{ESTIMATES, Files, METADATA, OBSERVATIONS};
use super::{PAGE_BYTES, PAGE_LINES, cannot_read};
use crate::jira::{observation, split};
use crate::{Error, Page, Reject};

/// Something seen earlier.
#[derive(Deserialize)]
struct Observation<'a> {
    at: Timestamp,
    kind: String,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// Reads pages of one archive.
pub(super) struct Reader<'a> {
    pub(super) source: &'a str,
    pub(super) folder: &'a Path,
    pub(super) now: Timestamp,
}

impl Reader<'_> {
    /// The pages before the issues; `files` are as they are now, before they are read.
    pub(super) fn small_files(&self, mut progress: Progress, files: Files) -> Result<Page, Error> {
        let mut page = Page::default();
        if progress.stage == Stage::Observations {
            page.begins = std::mem::take(&mut progress.begins);
            page.again = vec![OBSERVATIONS.to_owned()];
            if files.observations.is_some() {
                progress.latest = self.observations(&self.folder.join(OBSERVATIONS), &mut page)?;
            }
            progress.files.observations = files.observations;
            progress.stage = Stage::Metadata;
        } else {
            const KINDS: [RawKind; METADATA.len()] =
                [RawKind::Field, RawKind::Status, RawKind::IssueType, RawKind::Board, RawKind::Sprint];
            page.again = METADATA.map(str::to_owned).to_vec();
            let at = self.now.max(Timestamp(progress.latest.0 + 1));
            for (name, kind) in METADATA.into_iter().zip(KINDS) {
                self.statements(name, kind, at, &mut page)?;
            }
            self.estimates()?;
            progress.files.metadata = files.metadata;
            progress.stage = Stage::Issues;
        }
        page.read = Some(0.0);
        page.next = Some(progress.cursor());
        Ok(page)
    }

    fn observations(&self, path: &Path, page: &mut Page) -> Result<Timestamp, Error> {
        let mut lines = Lines::open(path).map_err(|error| cannot_read(path, &error))?;
        let mut latest = Timestamp(0);
        let mut number = 0;
        while let Some(line) = lines.next_line().map_err(|error| cannot_read(path, &error))? {
            number += 1;
            if line.is_empty() {
                continue;
            }
            match self.observation(&line) {
                Ok((at, records)) => {
                    latest = latest.max(at);
                    page.records.extend(records);
                }
                Err(reject) => page.rejected.push(self.reject(path, number, reject, &line)),
            }
        }
        Ok(latest)
    }

    fn observation(&self, line: &[u8]) -> Result<(Timestamp, Vec<Raw>), Reject> {
        let Observation { at, kind, payload } = parse(line)?;
        Ok((at, observation::records(self.source, at, &kind, payload)?))
    }

    /// A file that is one JSON array of entities; it need not be there.
    fn statements(&self, name: &str, kind: RawKind, at: Timestamp, page: &mut Page) -> Result<(), Error> {
        let path = self.folder.join(name);
        if !path.is_file() {
            return Ok(());
        }
        let bytes = std::fs::read(&path).map_err(|error| cannot_read(&path, &error))?;
        let entities: Vec<Box<RawValue>> = serde_json::from_slice(&bytes).map_err(|error| Error::Input {
            input: path.display().to_string(),
            reason: format!("no JSON array: {error}"),
            remedy: "export it again".to_owned(),
        })?;
        for (entity, number) in entities.iter().zip(1..) {
            match split::statement(self.source, kind, entity, at, String::new()) {
                Ok(record) => page.records.push(record),
                Err(reject) => {
                    page.rejected.push(self.reject(&path, number, reject, entity.get().as_bytes()))
                }
            }
        }
        Ok(())
    }

    /// Story points by issue key.
    fn estimates(&self) -> Result<BTreeMap<String, String>, Error> {
        let path = self.folder.join(ESTIMATES);
        if !path.is_file() {
            return Ok(BTreeMap::new());
        }
        let text = std::fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))?;
        let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
        let unquoted = |cell: &str| cell.trim().trim_matches('"').to_owned();
        Ok(rows.map(|(key, points)| (unquoted(key), unquoted(points))).collect())
    }

    /// A page of issues from where `lines` stands, and the progress after it.
    pub(super) fn issues(
        &self,
        mut progress: Progress,
        lines: &mut Lines,
        path: &Path,
    ) -> Result<(Page, Progress), Error> {
        let estimates = self.estimates()?;
        let mut page = Page::default();
        if std::mem::take(&mut progress.half) {
            page.again.push(format!("{}:{}", progress.files.name, progress.line + 1));
        }
        let mut seen = HashSet::new();
        let mut bytes = 0;
        let first = progress.line;
        while progress.line - first < PAGE_LINES as u64 && bytes < PAGE_BYTES && !progress.ended {
            let line = match lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    progress.ended = true;
                    break;
                }
                // What came before the damage is a page of its own; the next one meets the damage first.
                Err(_) if progress.line > first => break,
                Err(error) => return Err(cannot_read(path, &error)),
            };
            bytes += line.len();
            let number = progress.line + 1;
            // A line without an end is taken as it is now, and read again once there is more of it.
            (progress.half, progress.ended) = (lines.half(), lines.half());
            progress.line += u64::from(!lines.half());
            if line.is_empty() {
                continue;
            }
            match self.issue(&line, &estimates) {
                // What issues say of their statuses and types is said by thousands of them.
                Ok(records) => page.records.extend(records.into_iter().filter(|record| {
                    record.part != RawPart::Embedded
                        || seen.insert((record.kind, record.id.clone(), record.payload.get().to_owned()))
                })),
                Err(reject) => page.rejected.push(self.reject(path, number, reject, &line)),
            }
        }
        if let Some(place) = lines.place() {
            (progress.bytes, progress.mark) = (place.bytes(), place.mark());
        }
        if progress.ended && !progress.matched && !estimates.is_empty() {
            let unmatched = self.unmatched(estimates, path)?;
            (progress.matched, progress.unmatched) = (true, !unmatched.is_empty());
            page.rejected.extend(unmatched);
        }
        page.read = Some(lines.read());
        let cursor = Some(progress.cursor());
        if progress.ended {
            page.resume = cursor
        } else {
            page.next = cursor
        }
        Ok((page, progress))
    }

    /// The estimates that name no issue of the archive. The file is read once more for that, so that an interrupted
    /// sync finds the same ones.
    fn unmatched(
        &self,
        mut estimates: BTreeMap<String, String>,
        path: &Path,
    ) -> Result<Vec<Rejected>, Error> {
        let mut lines = Lines::open(path).map_err(|error| cannot_read(path, &error))?;
        while let Some(line) = lines.next_line().map_err(|error| cannot_read(path, &error))? {
            if let Some(key) = std::str::from_utf8(&line).ok().and_then(issue_key) {
                estimates.remove(&key);
            }
        }
        let reject = |(key, points): (String, String)| {
            let detail = format!(
                "story_points.csv gives {key} an estimate, but the archive holds no issue with this key"
            );
            Rejected::new(
                self.source,
                RejectedAt::Read,
                format!("story_points.csv {key}"),
                Reason::UnknownIssue,
                detail,
            )
            .with_original(format!("{key},{points}").as_bytes())
        };
        Ok(estimates.into_iter().map(reject).collect())
    }

    fn issue(&self, line: &[u8], estimates: &BTreeMap<String, String>) -> Result<Vec<Raw>, Reject> {
        let text = std::str::from_utf8(line).map_err(|error| Reject {
            reason: Reason::NoJson,
            detail: format!("no UTF-8 ({error}): export it again as UTF-8"),
        })?;
        let mut records = split::issue(self.source, text)?;
        if !estimates.is_empty()
            && let Some(points) = issue_key(text).and_then(|key| estimates.get(&key))
            && let (Some(first), Ok(payload)) = (records.first(), serde_json::value::to_raw_value(points))
        {
            let estimate = Raw { part: RawPart::Estimate, at: Timestamp(0), payload, ..first.clone() };
            records.push(estimate);
        }
        Ok(records)
    }

    fn reject(&self, path: &Path, number: u64, reject: Reject, original: &[u8]) -> Rejected {
        let name = path.file_name().map_or_else(PathBuf::new, PathBuf::from);
        let input = format!("{}:{number}", name.display());
        Rejected::new(self.source, RejectedAt::Read, input, reject.reason, reject.detail)
            .with_original(original)
    }
}

fn issue_key(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Key {
        key: String,
    }
    serde_json::from_str::<Key>(text).ok().map(|issue| issue.key)
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Reject> {
    serde_json::from_slice(line).map_err(|error| Reject {
        reason: Reason::NoJson,
        detail: format!("no observation in JSON: {error}; mend the line or take it out"),
    })
}
