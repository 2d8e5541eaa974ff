//! The archive folder: every file of it, each written aside and renamed when it is whole.

mod aside;
pub(crate) mod catalogue;
mod delivery;
pub(crate) mod history;
mod issue;
mod policy;
pub(crate) mod sprint;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use self::aside::Aside;
use self::issue::Form;
use crate::book::View;
use crate::issue::Issue;
use crate::moment::Moment;
use crate::organisation::{Observation, Organisation};
use crate::sprint::{Sprint, SprintState};
use crate::{Error, cases};

pub(crate) use self::delivery::{Export, count as count_lines};
pub(crate) use self::issue::key;
pub(crate) use self::policy::text as policy;

/// What the archive is called in its configuration.
const SOURCE: &str = "acme";
const CONFIGURATION: &str =
    "[sources.acme]\ntype = \"jira-archive\"\npath = \".\"\n\n[storage]\ndata_dir = \"data\"\n";

/// An issue as a line of the archive, its sprints as seen at `at`.
pub(crate) fn issue(
    organisation: &Organisation,
    issue: &Issue,
    at: Moment,
) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&issue::record(organisation, issue, at))
}

/// An issue without what is odd about exports, and without its changelog.
pub(crate) fn plain_issue(organisation: &Organisation, issue: &Issue) -> serde_json::Result<Value> {
    issue::plain(organisation, issue)
}

/// The histories of an issue that suit, the oldest first.
pub(crate) fn plain_histories(
    organisation: &Organisation,
    issue: &Issue,
    suits: impl Fn(u32) -> bool,
) -> serde_json::Result<Vec<Value>> {
    let told = history::histories(organisation, issue, Form::Plain, suits);
    told.into_iter().map(serde_json::to_value).collect()
}

/// A sprint as seen at `at`.
pub(crate) fn sprint(
    organisation: &Organisation,
    sprint: &Sprint,
    at: Moment,
) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&sprint::agile(organisation, sprint, at))
}

/// A sprint as it is now.
pub(crate) fn plain_sprint(organisation: &Organisation, sprint: &Sprint) -> serde_json::Result<Value> {
    serde_json::to_value(sprint::agile(organisation, sprint, organisation.now))
}

/// Writes the whole archive; `progress` hears of the issues written.
pub(crate) fn write(
    organisation: &Organisation,
    dir: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })?;
    write_issues(organisation, dir.join("issues.ndjson.gz"), progress)?;
    write_observations(organisation, dir.join("observations.ndjson"))?;
    let sprints = organisation.listed_sprints();
    let sprints: Vec<_> =
        sprints.map(|sprint| sprint::agile(organisation, sprint, organisation.now)).collect();
    write_json(dir.join("sprints.json"), &sprints)?;
    write_json(dir.join("boards.json"), &catalogue::boards(organisation))?;
    write_json(dir.join("fields.json"), &catalogue::fields())?;
    write_json(dir.join("statuses.json"), &catalogue::statuses())?;
    write_json(dir.join("issuetypes.json"), &catalogue::issue_types())?;
    let reports = organisation.reports().into_iter();
    let reports: BTreeMap<u32, _> = reports.map(|report| (report.sprint, report)).collect();
    write_json(dir.join("expected.json"), &reports)?;
    write_json(dir.join("cases.json"), &cases(organisation))?;
    write_text(dir.join("policy.toml"), &policy(organisation, SOURCE))?;
    write_text(dir.join("tidemark.toml"), CONFIGURATION)
}

fn write_text(path: PathBuf, text: &str) -> Result<(), Error> {
    let mut file = Aside::create(path)?;
    file.write(text.as_bytes())?;
    file.finish()
}

/// How often each case was produced, and which sprints are special.
fn cases(organisation: &Organisation) -> serde_json::Value {
    let ids = |which: &dyn Fn(&Sprint) -> bool| -> Vec<u32> {
        organisation.sprints.iter().filter(|sprint| which(sprint)).map(|sprint| sprint.id).collect()
    };
    let shown = |sprint: &Sprint| sprint.books.iter().any(|book| book.view == View::Elsewhere);
    json!({
        "produced": cases::produced(&organisation.behaviours),
        "sprints": {
            "start_edited": ids(&|sprint| sprint.start_edit.is_some()),
            "reopened": ids(&|sprint| sprint.reopening.is_some()),
            "deleted": ids(&|sprint| sprint.state == SprintState::Deleted),
            "on_two_boards": ids(&shown),
        },
    })
}

fn write_issues(
    organisation: &Organisation,
    path: PathBuf,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    const EVERY: u64 = 1000;
    let mut file = Aside::create(path)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // A record is encoded whole first: a compressor is slow when it is fed token by token.
    let mut line = Vec::new();
    let (exports, mut late) = (delivery::exports(organisation), Vec::new());
    let mut written = 0;
    for state in organisation.issues.iter().filter(|issue| issue.listed()) {
        let record = issue::record(organisation, state, organisation.now);
        let lines = delivery::lines(state, &exports);
        line.clear();
        for export in lines.before {
            line.extend_from_slice(export.get().as_bytes());
            line.push(b'\n');
        }
        for _ in 0..=usize::from(lines.repeated) {
            serde_json::to_writer(&mut line, &record).map_err(|source| file.encoding(source))?;
            line.push(b'\n');
        }
        late.extend(lines.after);
        packed.write_all(&line).map_err(|source| file.writing(source))?;
        written += 1;
        if written % EVERY == 0 {
            progress(written);
        }
        file.drain(packed.get_mut())?;
    }
    for export in late {
        let line = [export.get().as_bytes(), b"\n"].concat();
        packed.write_all(&line).map_err(|source| file.writing(source))?;
    }
    let rest = packed.finish().map_err(|source| file.writing(source))?;
    file.write(&rest)?;
    file.finish()
}

/// A line of `observations.ndjson`.
#[derive(Serialize)]
struct Line<T> {
    at: String,
    kind: &'static str,
    payload: T,
}

fn write_observations(organisation: &Organisation, path: PathBuf) -> Result<(), Error> {
    let mut file = Aside::create(path)?;
    for observation in delivery::observations(organisation) {
        let (kind, payload) = observed(organisation, observation).map_err(|source| file.encoding(source))?;
        let line = Line { at: observation.at().in_sprint(), kind, payload };
        let line = serde_json::to_vec(&line).map_err(|source| file.encoding(source))?;
        file.write(&line)?;
        file.write(b"\n")?;
    }
    file.finish()
}

/// The kind of an observation, and what was seen.
pub(crate) fn observed(
    organisation: &Organisation,
    observation: Observation,
) -> serde_json::Result<(&'static str, Box<RawValue>)> {
    let record = |issue, at| to_raw_value(&issue::record(organisation, organisation.issue(issue), at));
    Ok(match observation {
        Observation::Sprint { at, sprint } => {
            ("sprint", to_raw_value(&sprint::agile(organisation, organisation.sprint(sprint), at))?)
        }
        Observation::Board { team, lens, .. } => {
            ("board", to_raw_value(&catalogue::board(organisation, team, lens))?)
        }
        Observation::Deleted { at, issue } => ("issue_deleted", record(issue, at)?),
        Observation::Hidden { at, issue } => ("issue", record(issue, at)?),
    })
}

fn write_json(path: PathBuf, value: &impl Serialize) -> Result<(), Error> {
    let mut file = Aside::create(path)?;
    let text = serde_json::to_vec_pretty(value).map_err(|source| file.encoding(source))?;
    file.write(&text)?;
    file.write(b"\n")?;
    file.finish()
}
