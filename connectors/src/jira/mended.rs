//! Webhooks that could not be taken, until what they were about has been read: then nobody has to look at them any more.
//!
//! What a rejected webhook names (an issue, a sprint) and what happened stand in its `input`; when it happened, in its body.
//! One that names nothing stays until somebody has seen it.

use serde::Deserialize;
use serde_json::value::RawValue;
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::Rejected;

use super::id_of;
use crate::hook::body_hash;

/// A webhook is told some moments after its change; a body without its issue's `updated` is of no later change than this.
const TOLD_LATER_MS: i64 = 60_000;
/// Digits that tell one body from another.
const DIGITS: usize = 16;

/// What a body is about, whatever else is wrong with it.
#[derive(Default, Deserialize)]
struct About<'a> {
    #[serde(borrow)]
    issue: Option<&'a RawValue>,
    #[serde(borrow)]
    sprint: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct HasFields {
    fields: HasUpdated,
}

#[derive(Deserialize)]
struct HasUpdated {
    updated: Timestamp,
}

/// The input that a rejected webhook is listed under: what it is about where that can be told, what happened, and which body
/// it was.
pub(super) fn input(event: &str, body: &[u8]) -> String {
    let about = about(body);
    let id = |payload: Option<&RawValue>| {
        id_of(payload?).ok().filter(|id| !id.is_empty() && !id.contains([':', '\0']))
    };
    let mut hash = body_hash(body);
    hash.truncate(DIGITS);
    let webhook = format!("webhook {event} {hash}");
    match (id(about.issue), id(about.sprint)) {
        (Some(issue), _) => format!("{} {issue}: {webhook}", RawKind::Issue),
        (None, Some(sprint)) => format!("{} {sprint}: {webhook}", RawKind::Sprint),
        (None, None) => webhook,
    }
}

/// What the inputs of rejected webhooks about an entity begin with.
pub fn inputs_about(kind: RawKind, id: &str) -> String {
    format!("{kind} {id}: webhook ")
}

/// Whether a statement that was read says what a rejected webhook about its entity would have said, or something newer.
pub fn is_mended(rejected: &Rejected, read: &Raw) -> bool {
    let told = rejected.input.strip_prefix(&inputs_about(read.kind, &read.id));
    let Some(event) = told.and_then(|rest| rest.split(' ').next()) else { return false };
    let about = about(rejected.original.as_bytes());
    let stated = about.timestamp.and_then(|at| serde_json::from_str(at.get()).ok()).map(Timestamp);
    match (read.kind, read.part) {
        // That it is gone was looked for, and found or not.
        (RawKind::Issue, RawPart::Gone) => event.ends_with("_deleted"),
        (RawKind::Issue, RawPart::Snapshot) if !event.ends_with("_deleted") && read.variant.is_empty() => {
            let has: Option<HasFields> = about.issue.and_then(|issue| serde_json::from_str(issue.get()).ok());
            let updated = has.map(|has| has.fields.updated);
            let told = updated.or(stated.map(|at| Timestamp(at.0.saturating_sub(TOLD_LATER_MS))));
            told.is_some_and(|told| told <= read.at)
        }
        (RawKind::Sprint, RawPart::Statement) => stated.is_some_and(|told| told <= read.at),
        _ => false,
    }
}

fn about(body: &[u8]) -> About<'_> {
    serde_json::from_slice(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use tidemark_model::Timestamp;
    use tidemark_model::raw::{Raw, RawKind, RawPart};
    use tidemark_model::rejected::{Reason, Rejected, Stage};

    use super::{input, is_mended};

    const CHANGED: &str = r#"{"timestamp":1770000005000,"issue":{"id":"7","fields":{"updated":"2026-02-02T02:40:00.000+0000"}}}"#;
    const UPDATED: i64 = 1_770_000_000_000;

    fn rejected(event: &str, body: &str) -> Rejected {
        let input = input(event, body.as_bytes());
        Rejected::new("acme", Stage::Receive, input, Reason::BadField, String::new())
            .with_original(body.as_bytes())
    }

    fn read(kind: RawKind, id: &str, part: RawPart, at: i64) -> Raw {
        Raw {
            source: "acme".to_owned(),
            kind,
            id: id.to_owned(),
            part,
            variant: String::new(),
            at: Timestamp(at),
            completeness: 2,
            payload: RawValue::NULL.to_owned(),
        }
    }

    #[test]
    fn an_issue_that_was_read_since_mends_what_was_told_of_it() {
        let told = rejected("jira:issue_updated", CHANGED);
        assert!(told.input.starts_with("issue 7: webhook jira:issue_updated "), "{}", told.input);
        let mended = |id: &str, part, at| is_mended(&told, &read(RawKind::Issue, id, part, at));
        assert!(mended("7", RawPart::Snapshot, UPDATED));
        assert!(!mended("7", RawPart::Snapshot, UPDATED - 1), "it was read before the change");
        assert!(!mended("77", RawPart::Snapshot, UPDATED));
        assert!(!mended("7", RawPart::Changelog, UPDATED));
        assert!(!mended("7", RawPart::Gone, UPDATED));
        let told_too = Raw {
            variant: "another webhook".to_owned(),
            ..read(RawKind::Issue, "7", RawPart::Snapshot, UPDATED)
        };
        assert!(!is_mended(&told, &told_too), "it was told, not read");
    }

    #[test]
    fn without_its_fields_the_time_of_the_webhook_decides() {
        let told = rejected("jira:issue_updated", r#"{"timestamp":1770000000000,"issue":{"id":7}}"#);
        let mended = |at| is_mended(&told, &read(RawKind::Issue, "7", RawPart::Snapshot, at));
        assert!(mended(UPDATED - 60_000));
        assert!(!mended(UPDATED - 60_001));
        let untimed = rejected("jira:issue_updated", r#"{"issue":{"id":7}}"#);
        assert!(!is_mended(&untimed, &read(RawKind::Issue, "7", RawPart::Snapshot, UPDATED)));
    }

    #[test]
    fn that_an_issue_is_gone_is_mended_by_looking_for_it() {
        let told = rejected("jira:issue_deleted", r#"{"issue":{"id":"7"}}"#);
        assert!(is_mended(&told, &read(RawKind::Issue, "7", RawPart::Gone, 1)));
        assert!(!is_mended(&told, &read(RawKind::Issue, "7", RawPart::Snapshot, UPDATED)));
    }

    #[test]
    fn a_sprint_that_was_read_since_mends_what_was_told_of_it() {
        let told = rejected("sprint_updated", r#"{"timestamp":1770000000000,"sprint":{"id":3}}"#);
        assert!(is_mended(&told, &read(RawKind::Sprint, "3", RawPart::Statement, UPDATED)));
        assert!(!is_mended(&told, &read(RawKind::Sprint, "3", RawPart::Statement, UPDATED - 1)));
    }

    #[test]
    fn what_names_nothing_stays() {
        for body in ["{}", r#"{"issue":{"key":"A-1"}}"#, r#"{"issue":7}"#, r#"{"issue":{"id":"a:b"}}"#] {
            let told = rejected("jira:issue_updated", body);
            assert!(told.input.starts_with("webhook jira:issue_updated "), "{}", told.input);
        }
    }
}
