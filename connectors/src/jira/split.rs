//! An issue as Jira returns it, split into the raw parts that are kept: present fields, changelog, and what it says of
//! its status, type and sprints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::Reason;

use super::{Id, id_of, pictures};
use crate::Reject;

/// Present fields and everything that came with them.
pub(crate) const WHOLE: u8 = 2;
/// What was told of an issue when it changed.
pub(crate) const TOLD: u8 = 1;

#[derive(Deserialize)]
struct Envelope<'a> {
    id: Option<Id>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
    #[serde(borrow)]
    changelog: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Changelog<'a> {
    total: Option<u64>,
    #[serde(borrow)]
    histories: Option<Vec<&'a RawValue>>,
}

/// A changelog as it is kept: ascending by history id, with the number that the source says there are.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeptChangelog<'a> {
    pub total: u64,
    #[serde(borrow)]
    pub histories: BTreeMap<i64, &'a RawValue>,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    key: Option<&'a RawValue>,
    fields: &'a RawValue,
}

/// What is read of the fields while splitting.
#[derive(Deserialize)]
struct Known<'a> {
    updated: Option<Timestamp>,
    created: Option<Timestamp>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    issuetype: Option<&'a RawValue>,
}

/// Splits the JSON text of one issue. Fails where it is no issue: no object, no id, no fields.
pub fn issue(source: &str, json: &str) -> Result<Vec<Raw>, Reject> {
    let no_json = |error: serde_json::Error| {
        if error.is_data() {
            bad(format!("no issue as Jira returns it: {error}"))
        } else {
            Reject {
                reason: Reason::NoJson,
                detail: format!("no JSON: {error}; mend the line or take it out"),
            }
        }
    };
    let envelope: Envelope<'_> = serde_json::from_str(json).map_err(no_json)?;
    let Some(id) = envelope.id.map(Id::into_text).filter(|id| usable(id)) else {
        let detail = "an issue without a usable `id`: export it again with its id".to_owned();
        return Err(Reject { reason: Reason::NoId, detail });
    };
    let Some(fields) = envelope.fields else {
        return Err(bad(format!("issue {id} has no `fields`: export it with all fields")));
    };
    let known: Known<'_> =
        serde_json::from_str(fields.get()).map_err(|error| bad(format!("issue {id}: {error}")))?;
    let Some(at) = known.updated.or(known.created) else {
        return Err(bad(format!(
            "issue {id} has neither `updated` nor `created`: export it with these fields"
        )));
    };
    let part = |part, payload: Box<RawValue>| Raw {
        source: source.to_owned(),
        kind: RawKind::Issue,
        id: id.clone(),
        part,
        variant: String::new(),
        at,
        completeness: WHOLE,
        payload,
    };
    let snapshot = without_pictures(&raw_value(&Snapshot { key: envelope.key, fields })?)?;
    let mut parts = vec![part(RawPart::Snapshot, snapshot)];
    if let Some(changelog) = envelope.changelog {
        let payload =
            changelog_payload(changelog).map_err(|error| bad(format!("issue {id}: changelog: {error}")))?;
        if let Some(payload) = payload {
            parts.push(part(RawPart::Changelog, without_pictures(&payload)?));
        }
    }
    parts.extend(known.status.and_then(|status| embedded(source, RawKind::Status, status)));
    parts.extend(known.issuetype.and_then(|kind| embedded(source, RawKind::IssueType, kind)));
    Ok(parts)
}

/// One payload about an entity that is not an issue, as seen at `at`. An empty variant lets ingest decide whether it
/// says anything new.
pub fn statement(
    source: &str,
    kind: RawKind,
    json: &RawValue,
    at: Timestamp,
    variant: String,
) -> Result<Raw, Reject> {
    let id = id_of(json).map_err(|error| {
        let detail = format!("a {kind} without `id` ({error}): export it again with its id");
        Reject { reason: Reason::NoId, detail }
    })?;
    let source = source.to_owned();
    if !usable(&id) {
        let detail = format!("a {kind} without a usable `id`: export it again with its id");
        return Err(Reject { reason: Reason::NoId, detail });
    }
    let payload = without_pictures(json)?;
    Ok(Raw { source, kind, id, part: RawPart::Statement, variant, at, completeness: WHOLE, payload })
}

/// Keys leave zero bytes out, so that an id with one would be another's.
fn usable(id: &str) -> bool {
    !id.is_empty() && !id.contains('\0')
}

fn bad(detail: String) -> Reject {
    Reject { reason: Reason::BadField, detail }
}

fn raw_value<T: Serialize>(value: &T) -> Result<Box<RawValue>, Reject> {
    serde_json::value::to_raw_value(value).map_err(|error| bad(error.to_string()))
}

/// The histories by id; nothing where the answer holds none at all.
fn changelog_payload(changelog: &RawValue) -> Result<Option<Box<RawValue>>, serde_json::Error> {
    let Changelog { total, histories: Some(list) } = serde_json::from_str(changelog.get())? else {
        return Ok(None);
    };
    let mut histories = BTreeMap::new();
    for history in list {
        let id = id_of(history)?;
        let id = id.parse().map_err(|_| serde::de::Error::custom(format!("history id `{id}`")))?;
        histories.insert(id, history);
    }
    let total = total.unwrap_or(histories.len() as u64);
    serde_json::value::to_raw_value(&KeptChangelog { total, histories }).map(Some)
}

fn embedded(source: &str, kind: RawKind, payload: &RawValue) -> Option<Raw> {
    let id = id_of(payload).ok().filter(|id| usable(id))?;
    Some(Raw {
        source: source.to_owned(),
        kind,
        id,
        part: RawPart::Embedded,
        variant: String::new(),
        at: Timestamp(0),
        completeness: 0,
        payload: payload.to_owned(),
    })
}

fn without_pictures(payload: &RawValue) -> Result<Box<RawValue>, Reject> {
    pictures::without_pictures(payload).map_err(|error| bad(error.to_string()))
}
