//! A sprint's ledger: every change of its scope and of its completed work.

use tidemark_model::fact::Cell;
use tidemark_model::facts::{EntryKind, LedgerEntry};
use tidemark_sql::serving::{Reading, Select};

use super::asked::Asked;
use super::definitions::{DONE, MODE, SUBTASKS, definitions};
use super::parameter::{Parameter, Takes};
use super::record::Record;
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read;

const KIND: Parameter = Parameter {
    name: "kind",
    doc: "Only entries of this kind.",
    takes: Takes::OneOf(|| EntryKind::ALL.iter().map(|kind| kind.as_str()).collect()),
};

const ISSUE: Parameter = Parameter {
    name: "issue",
    doc: "Only entries of this issue: its present key, or its id as source/native-id.",
    takes: Takes::Text,
};

const FROM: Parameter =
    Parameter { name: "from", doc: "Only what happened at this instant or later.", takes: Takes::Instant };

const TO: Parameter =
    Parameter { name: "to", doc: "Only what happened before this instant.", takes: Takes::Instant };

pub(super) const LIST: Resource = Resource {
    path: "/sprints/{source}/{id}/ledger",
    summary: "Every change of a sprint's scope and of its completed work, the oldest first",
    parameters: &[BOARD, KIND, ISSUE, FROM, TO, MODE, SUBTASKS, DONE],
    answer: Answer::List { row: LedgerEntry::schema, per_page: 50, meta: &[] },
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    if let Some(recount) = read::recount(&mut reading, &shown, definitions(&asked)).await? {
        let mut entries = recount.entries;
        entries.retain(|entry| is_asked_for(entry, &asked));
        entries.sort_by(|one, other| {
            (one.at, &one.issue_id, one.entry).cmp(&(other.at, &other.issue_id, other.entry))
        });
        return answer::list(&asked, &answer::cut(&asked, entries)?, &[]);
    }
    let select: Select<LedgerEntry> = read::mode_rows(&shown.sprint);
    let mut select = select.is_given("kind", asked.text(&KIND));
    if let Some(issue) = asked.text(&ISSUE) {
        select = select.is(if issue.contains('/') { "issue_id" } else { "issue_key" }, issue);
    }
    if let Some(from) = asked.instant(&FROM) {
        select = select.compare("at", ">=", Cell::Timestamp(from));
    }
    if let Some(to) = asked.instant(&TO) {
        select = select.compare("at", "<", Cell::Timestamp(to));
    }
    let select = select.by("at", false).by("issue_id", false).by("entry", false);
    let found = answer::select(&mut reading, &asked, vec![select]).await?;
    answer::list(&asked, &found, &[])
}

/// The same filter for entries that no database has.
fn is_asked_for(entry: &LedgerEntry, asked: &Asked) -> bool {
    let issue =
        |issue: &str| if issue.contains('/') { entry.issue_id == issue } else { entry.issue_key == issue };
    asked.text(&KIND).is_none_or(|kind| entry.kind.as_str() == kind)
        && asked.text(&ISSUE).is_none_or(issue)
        && asked.instant(&FROM).is_none_or(|from| entry.at >= from)
        && asked.instant(&TO).is_none_or(|to| entry.at < to)
}
