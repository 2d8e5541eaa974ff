//! The pages of an archive: first the small files, each one page, then the issues line by line.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::{Reason, Rejected, Stage as RejectedAt};
use xxhash_rust::xxh3::xxh3_64;

use super::lines::Lines;
use super::{PAGE_BYTES, PAGE_LINES, cannot_read};
use crate::jira::split;
use crate::{Cursor, Error, Page, Reject};

/// Where an archive's reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    Observations,
    Metadata,
    Issues,
}

/// What a cursor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) fingerprint: String,
    pub(super) stage: Stage,
    pub(super) line: u64,
    /// The newest observation: what the archive states now is newer.
    latest: Timestamp,
}

impl Progress {
    pub(super) fn start(fingerprint: String) -> Self {
        Self { fingerprint, stage: Stage::Observations, line: 0, latest: Timestamp(0) }
    }

    pub(super) fn parse(cursor: &Cursor, fingerprint: &str) -> Option<Self> {
        let progress: Self = serde_json::from_str(&cursor.0).ok()?;
        (progress.fingerprint == fingerprint).then_some(progress)
    }

    fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

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
    /// The pages before the issues.
    pub(super) fn small_files(&self, mut progress: Progress) -> Result<Page, Error> {
        let mut page = Page::default();
        if progress.stage == Stage::Observations {
            page.begins = true;
            let path = self.folder.join("observations.ndjson");
            if path.is_file() {
                progress.latest = self.observations(&path, &mut page)?;
            }
            progress.stage = Stage::Metadata;
        } else {
            let at = self.now.max(Timestamp(progress.latest.0 + 1));
            let files = [
                ("fields.json", RawKind::Field),
                ("statuses.json", RawKind::Status),
                ("issuetypes.json", RawKind::IssueType),
                ("boards.json", RawKind::Board),
                ("sprints.json", RawKind::Sprint),
            ];
            for (name, kind) in files {
                self.statements(name, kind, at, &mut page)?;
            }
            self.estimates()?;
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
        let variant = || format!("{:020}-{:016x}", at.0, xxh3_64(payload.get().as_bytes()));
        let records = match kind.as_str() {
            "sprint" => vec![split::statement(self.source, RawKind::Sprint, payload, at, variant())?],
            "board" => vec![split::statement(self.source, RawKind::Board, payload, at, variant())?],
            "issue" => split::issue(self.source, payload.get())?,
            "issue_deleted" => {
                let mut records = split::issue(self.source, payload.get())?;
                if let Some(first) = records.first() {
                    let gone =
                        Raw { part: RawPart::Gone, variant: format!("{:020}", at.0), at, ..first.clone() };
                    records.push(Raw { payload: null(), ..gone });
                }
                records
            }
            other => {
                let detail = format!(
                    "an observation of kind `{other}`: known are sprint, board, issue and issue_deleted"
                );
                return Err(Reject { reason: Reason::UnknownKind, detail });
            }
        };
        Ok((at, records))
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
        let path = self.folder.join("story_points.csv");
        if !path.is_file() {
            return Ok(BTreeMap::new());
        }
        let text = std::fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))?;
        let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
        let unquoted = |cell: &str| cell.trim().trim_matches('"').to_owned();
        Ok(rows.map(|(key, points)| (unquoted(key), unquoted(points))).collect())
    }

    /// A page of issues from where `lines` stands.
    pub(super) fn issues(&self, progress: &Progress, lines: &mut Lines, path: &Path) -> Result<Page, Error> {
        let estimates = self.estimates()?;
        let mut page = Page::default();
        let mut seen = HashSet::new();
        let mut bytes = 0;
        let mut line_number = progress.line;
        let mut more = true;
        while line_number - progress.line < PAGE_LINES as u64 && bytes < PAGE_BYTES {
            let line = match lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    more = false;
                    break;
                }
                // What came before the damage is a page of its own; the next one meets the damage first.
                Err(_) if line_number > progress.line => break,
                Err(error) => return Err(cannot_read(path, &error)),
            };
            line_number += 1;
            bytes += line.len();
            if line.is_empty() {
                continue;
            }
            match self.issue(&line, &estimates) {
                // What issues say of their statuses and types is said by thousands of them.
                Ok(records) => page.records.extend(records.into_iter().filter(|record| {
                    record.part != RawPart::Embedded
                        || seen.insert((record.kind, record.id.clone(), record.payload.get().to_owned()))
                })),
                Err(reject) => page.rejected.push(self.reject(path, line_number, reject, &line)),
            }
        }
        if !more && !estimates.is_empty() {
            page.rejected.extend(self.unmatched(estimates, path)?);
        }
        page.read = Some(lines.read());
        page.next = more.then(|| Progress { line: line_number, ..progress.clone() }.cursor());
        Ok(page)
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

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}
