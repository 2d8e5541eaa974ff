//! Reading the archive folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::issue::Issue;
use crate::json::{id_text, instant, text};
use crate::people::Emails;
use crate::points::Points;
use crate::sights::{Sight, newest_sprints};
use crate::sprint::{Board, Sprint};

/// The Sprint field where `fields.json` names no other.
const SPRINT: &str = "customfield_10020";

/// The type of the Sprint field.
const SPRINT_SCHEMA: &str = "com.pyxis.greenhopper.jira:gh-sprint";

/// All that an archive tells.
#[derive(Debug)]
pub(crate) struct Archive {
    /// By issue id.
    pub(crate) issues: BTreeMap<String, Issue>,
    /// What deleted or hidden issues are not among.
    listed: BTreeSet<String>,
    /// What all issues together, gone ones as well, tell of accounts.
    pub(crate) emails: Emails,
    /// The newest that is known of each (rule 13).
    pub(crate) sprints: Vec<Sprint>,
    /// What was seen of them earlier, by time.
    pub(crate) sights: Vec<Sight>,
    pub(crate) boards: BTreeMap<i64, Board>,
    /// Whether a status is in the category "done".
    status_done: BTreeMap<String, bool>,
    /// Whether a type of issue is one of sub-tasks.
    pub(crate) subtask_types: BTreeMap<String, bool>,
    /// The names of types by id.
    pub(crate) type_names: BTreeMap<String, String>,
    /// The names of fields by id.
    pub(crate) field_names: BTreeMap<String, String>,
    pub(crate) sprint_field: String,
    /// Estimates by present key, for issues without a value.
    pub(crate) spare_estimates: BTreeMap<String, Points>,
}

impl Archive {
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let fields = json_array(dir, "fields.json")?;
        let mut archive = Self {
            issues: BTreeMap::new(),
            listed: BTreeSet::new(),
            emails: Emails::default(),
            sprints: Vec::new(),
            sights: Vec::new(),
            boards: BTreeMap::new(),
            status_done: BTreeMap::new(),
            subtask_types: BTreeMap::new(),
            type_names: BTreeMap::new(),
            field_names: fields.iter().filter_map(field_name).collect(),
            sprint_field: sprint_field_id(&fields),
            spare_estimates: spare_estimates(dir)?,
        };
        for issue in json_lines(dir, &["issues.ndjson.gz", "issues.ndjson"])? {
            archive.add_issue(&issue)?;
        }
        archive.listed = archive.issues.keys().cloned().collect();
        for observation in json_lines(dir, &["observations.ndjson"])? {
            archive.add_observation(&observation)?;
        }
        archive.emails = Emails::shown_by(archive.issues.values());
        // What was seen is told in any order (case 27).
        archive.sights.sort_by_key(|sight| sight.at);
        let sprints = json_array(dir, "sprints.json")?;
        let listed = sprints.iter().map(Sprint::read).collect::<Result<_>>()?;
        archive.sprints = newest_sprints(listed, &archive.sights);
        // The present lists come last: they are the newest (METRICS rule 13).
        for board in json_array(dir, "boards.json")? {
            archive.add_board(&board)?;
        }
        for status in json_array(dir, "statuses.json")? {
            archive.learn_status(&status);
        }
        for issue_type in json_array(dir, "issuetypes.json")? {
            archive.learn_type(&issue_type);
        }
        Ok(archive)
    }

    fn add_issue(&mut self, value: &Value) -> Result<()> {
        let issue = Issue::read(value)?;
        self.learn_status(&value["fields"]["status"]);
        self.learn_type(&value["fields"]["issuetype"]);
        let known = self.issues.get(&issue.id);
        if known.is_none_or(|known| known.updated <= issue.updated) {
            self.issues.insert(issue.id.clone(), issue);
        }
        Ok(())
    }

    fn add_observation(&mut self, value: &Value) -> Result<()> {
        let payload = &value["payload"];
        match value["kind"].as_str() {
            Some("sprint") => {
                let at = instant(&value["at"])?;
                self.sights.push(Sight { at, sprint: Sprint::read(payload)? });
            }
            // One that is not listed now is hidden: it is as it was last seen
            // (case 18).
            Some("issue") if !self.is_listed(payload) => self.add_issue(payload)?,
            Some("board") => self.add_board(payload)?,
            Some("issue_deleted") => self.add_deleted(&value["at"], payload)?,
            _ => {}
        }
        Ok(())
    }

    fn is_listed(&self, issue: &Value) -> bool {
        id_text(&issue["id"]).is_some_and(|id| self.listed.contains(&id))
    }

    /// Adds an issue that was deleted (case 17). One that is listed among the
    /// present issues is there, whatever was seen earlier.
    fn add_deleted(&mut self, at: &Value, payload: &Value) -> Result<()> {
        let mut issue = Issue::read(payload)?;
        if self.listed.contains(&issue.id) {
            return Ok(());
        }
        let fields = &payload["fields"];
        // What present issues tell is newer.
        if !self.subtask_types.contains_key(&issue.kind) {
            self.learn_type(&fields["issuetype"]);
        }
        if !self.status_done.contains_key(&issue.status) {
            self.learn_status(&fields["status"]);
        }
        issue.deleted = Some(instant(at)?);
        self.issues.insert(issue.id.clone(), issue);
        Ok(())
    }

    fn add_board(&mut self, value: &Value) -> Result<()> {
        let board = Board::read(value)?;
        self.boards.insert(board.id, board);
        Ok(())
    }

    fn learn_status(&mut self, status: &Value) {
        let category = status["statusCategory"]["key"].as_str();
        if let (Some(id), Some(category)) = (id_text(&status["id"]), category) {
            self.status_done.insert(id, category == "done");
        }
    }

    fn learn_type(&mut self, issue_type: &Value) {
        let Some(id) = id_text(&issue_type["id"]) else { return };
        if let Some(name) = text(&issue_type["name"]) {
            self.type_names.insert(id.clone(), name);
        }
        if let Some(subtask) = issue_type["subtask"].as_bool() {
            self.subtask_types.insert(id, subtask);
        }
    }

    /// Whether a status is in the category "done"; an unknown status is not.
    pub(crate) fn is_done_category(&self, status: &str) -> bool {
        self.status_done.get(status).copied().unwrap_or(false)
    }

    /// Whether a type is one of sub-tasks; an unknown type is not.
    pub(crate) fn is_subtask_type(&self, issue_type: &str) -> bool {
        self.subtask_types.get(issue_type).copied().unwrap_or(false)
    }

    /// The present estimate of an issue in a field, filled from the list of
    /// spare estimates only where the issue has no value.
    pub(crate) fn present_estimate(&self, issue: &Issue, field: &str) -> Option<Points> {
        match issue.field(field) {
            Value::Null => self.spare_estimates.get(&issue.key).copied(),
            Value::String(text) if text.is_empty() => self.spare_estimates.get(&issue.key).copied(),
            value => Points::from_value(value),
        }
    }
}

fn field_name(field: &Value) -> Option<(String, String)> {
    Some((text(&field["id"])?, text(&field["name"])?))
}

/// The id of the Sprint field.
fn sprint_field_id(fields: &[Value]) -> String {
    let field = fields.iter().find(|field| field["schema"]["custom"] == SPRINT_SCHEMA);
    field.and_then(|field| text(&field["id"])).unwrap_or_else(|| SPRINT.to_owned())
}

/// Reads `story_points.csv`: `issuekey,storypoint`.
fn spare_estimates(dir: &Path) -> Result<BTreeMap<String, Points>> {
    let Some(mut file) = open(dir, "story_points.csv")? else {
        return Ok(BTreeMap::new());
    };
    let mut text = String::new();
    file.read_to_string(&mut text).context("story_points.csv")?;
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    let unquoted = |cell: &str| cell.trim().trim_matches('"').to_owned();
    let rows = rows.map(|(key, points)| (unquoted(key), unquoted(points)));
    Ok(rows.filter_map(|(key, points)| Some((key, Points::from_text(&points)?))).collect())
}

/// Opens a file of the archive, unpacking it by its name; absent: `None`.
fn open(dir: &Path, name: &str) -> Result<Option<Box<dyn BufRead>>> {
    let path = dir.join(name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    if path.extension().is_some_and(|extension| extension == "gz") {
        return Ok(Some(Box::new(BufReader::new(MultiGzDecoder::new(file)))));
    }
    Ok(Some(Box::new(BufReader::new(file))))
}

/// A JSON array; an absent file is an empty one.
fn json_array(dir: &Path, name: &str) -> Result<Vec<Value>> {
    match open(dir, name)? {
        Some(file) => serde_json::from_reader(file).with_context(|| name.to_owned()),
        None => Ok(Vec::new()),
    }
}

/// One JSON value a line, of the first of the files that exists.
fn json_lines(dir: &Path, names: &[&str]) -> Result<Vec<Value>> {
    for name in names {
        let Some(file) = open(dir, name)? else {
            continue;
        };
        let mut values = Vec::new();
        for (number, line) in file.lines().enumerate() {
            let place = || format!("{name}, line {}", number + 1);
            let line = line.with_context(place)?;
            if !line.trim().is_empty() {
                values.push(serde_json::from_str(&line).with_context(place)?);
            }
        }
        return Ok(values);
    }
    Ok(Vec::new())
}
