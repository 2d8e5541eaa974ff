//! The issues of a sprint, and what each contributes to the report.

use std::cmp::Ordering;

use tidemark_model::facts::{Outcome, SprintItem};
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::definitions::{DONE, MODE, SUBTASKS, definitions};
use super::parameter::{Parameter, Takes};
use super::record::Record;
use super::sprints::BOARD;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read;

const OUTCOME: Parameter = Parameter {
    name: "outcome",
    doc: "Only those that ended so.",
    takes: Takes::OneOf(|| Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect()),
};

const ADDED: Parameter = Parameter {
    name: "added",
    doc: "Only those that came into scope after the start, or only those that did not.",
    takes: Takes::Flag,
};

const SUBTASK: Parameter =
    Parameter { name: "subtask", doc: "Only sub-tasks, or only what is none.", takes: Takes::Flag };

const Q: Parameter =
    Parameter { name: "q", doc: "Only those with this text in their key or summary.", takes: Takes::Text };

pub(super) const LIST: Resource = Resource {
    path: "/sprints/{source}/{id}/items",
    summary: "A sprint's issues in the order of the sprint report: by outcome, then by key",
    parameters: &[BOARD, OUTCOME, ADDED, SUBTASK, Q, MODE, SUBTASKS, DONE],
    answer: Answer::List { row: SprintItem::schema, per_page: 50, meta: &[] },
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

/// The order of the sprint report's sections.
const ORDER: [Outcome; 6] = [
    Outcome::Completed,
    Outcome::NotCompleted,
    Outcome::Removed,
    Outcome::DoneOutside,
    Outcome::DoneBeforeStart,
    Outcome::Planned,
];

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let shown = read::shown(&mut reading, &asked.subject, asked.text(&BOARD)).await?;
    // All of them, filtered and sorted here: no database has counted them by other definitions than the configured ones,
    // or knows that ACME-9 comes before ACME-10.
    let mut items = match read::recount(&mut reading, &shown, definitions(&asked)).await? {
        Some(recount) => recount.items,
        None => reading.rows(&read::mode_rows(&shown.sprint)).await?,
    };
    items.retain(|item| is_asked_for(item, &asked));
    items.sort_by(|one, other| section(one).cmp(&section(other)).then_with(|| by_key(one, other)));
    answer::list(&asked, &answer::cut(&asked, items)?, &[])
}

fn is_asked_for(item: &SprintItem, asked: &Asked) -> bool {
    let flag = |parameter, holds: Option<bool>| asked.flag(parameter).is_none_or(|flag| holds == Some(flag));
    let contains = |text: &str, q: &str| text.to_ascii_lowercase().contains(&q.to_ascii_lowercase());
    asked.text(&OUTCOME).is_none_or(|outcome| item.outcome.as_str() == outcome)
        && flag(&ADDED, item.added)
        && flag(&SUBTASK, Some(item.subtask))
        && asked.text(&Q).is_none_or(|q| contains(&item.issue_key, q) || contains(&item.summary, q))
}

fn section(item: &SprintItem) -> Option<usize> {
    ORDER.iter().position(|outcome| *outcome == item.outcome)
}

fn by_key(one: &SprintItem, other: &SprintItem) -> Ordering {
    let key = |item: &SprintItem| natural(&item.issue_key);
    key(one).cmp(&key(other)).then_with(|| one.issue_id.cmp(&other.issue_id))
}

/// A key's project and number.
fn natural(key: &str) -> (String, u64) {
    match key.rsplit_once('-').and_then(|(project, number)| Some((project, number.parse().ok()?))) {
        Some((project, number)) => (project.to_owned(), number),
        None => (key.to_owned(), 0),
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::facts::Outcome;

    use super::{ORDER, natural};

    #[test]
    fn every_outcome_has_its_place() {
        assert!(Outcome::ALL.iter().all(|outcome| ORDER.contains(outcome)));
    }

    #[test]
    fn keys_sort_as_people_count() {
        let mut keys = ["ACME-10", "ACME-9", "ACME", "ABC-D-2", "ABC-100"];
        keys.sort_by_key(|key| natural(key));
        assert_eq!(keys, ["ABC-100", "ABC-D-2", "ACME", "ACME-9", "ACME-10"]);
    }
}
