//! Jira's webhooks: what changed in an issue, a sprint or a board, told as it happens.
//!
//! A change of an issue carries its fields and the one history that the change made. Both are kept beside what was read as
//! a whole, under their own names, so that nothing has to be read before they are written; a whole history that holds the
//! change takes their place at the next poll.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::{Reason, Rejected, Stage};
use tidemark_model::time::{Clock, SystemClock};
use tidemark_model::{Rows, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use super::live::Jira;
use super::split::{self, KeptChangelog, TOLD, WHOLE};
use super::{Id, mended, observation};
use crate::Reject;
use crate::bearer::verify_bearer;
use crate::hook::{Delivery, Received, Receiver, Refusal, body_hash, verify_address, verify_sha256};

/// A change is made at the instant that the issue calls `updated`; an event that is told later than this is of another one.
const SAME_CHANGE_MS: i64 = 60_000;

/// Why an issue's webhook is passed over.
const OUT_OF_SCOPE: &str = "its project is none of those that are read";

/// The history that stands for the beginning of an issue: it has no changes, and a whole history takes its place.
pub const BEGINNING: i64 = 0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    timestamp: Option<i64>,
    webhook_event: Option<String>,
    #[serde(borrow)]
    issue: Option<&'a RawValue>,
    changelog: Option<Delta>,
    user: Option<serde_json::Value>,
    #[serde(borrow)]
    sprint: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta {
    id: Option<Id>,
    #[serde(default)]
    items: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct IssueHead {
    id: Option<Id>,
    key: Option<String>,
    #[serde(default)]
    fields: IssueFields,
}

#[derive(Deserialize)]
struct Project {
    key: Option<String>,
}

/// What a sprint has to say of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SprintHead {
    state: Option<String>,
    name: Option<String>,
    origin_board_id: Option<Id>,
}

impl SprintHead {
    fn is_whole(&self) -> bool {
        self.state.is_some() && self.name.is_some() && self.origin_board_id.is_some()
    }
}

#[derive(Default, Deserialize)]
struct IssueFields {
    project: Option<Project>,
    updated: Option<Timestamp>,
    created: Option<Timestamp>,
}

impl Receiver for Jira {
    fn admits(&self, head: &Delivery) -> Result<(), Refusal> {
        let options = self.options();
        match head.header("x-hub-signature") {
            Some(_) if options.webhook_secrets.is_empty() => Err(Refusal::NoSecret),
            Some(_) => Ok(()),
            None if options.bearer
                && let Some(token) = head.header("authorization") =>
            {
                verify_bearer(token, &options.webhook_secrets, SystemClock.now())
            }
            None if options.webhook_secret_in_url => {
                verify_address(head.secret.as_deref(), &options.webhook_secrets)
            }
            None if options.webhook_secrets.is_empty() => Err(Refusal::NoSecret),
            None => Err(Refusal::Missing),
        }
    }

    fn verify(&self, delivery: &Delivery) -> Result<String, Refusal> {
        let options = self.options();
        let signature = delivery.header("x-hub-signature");
        match delivery.header("authorization") {
            // An app's webhooks carry a token in place of a signature; where there is a signature, it decides.
            Some(token) if signature.is_none() && options.bearer => {
                verify_bearer(token, &options.webhook_secrets, SystemClock.now())?;
                Ok(body_hash(&delivery.body))
            }
            // A good address does not make up for a wrong signature.
            _ if signature.is_none() && options.webhook_secret_in_url => {
                verify_address(delivery.secret.as_deref(), &options.webhook_secrets)?;
                Ok(body_hash(&delivery.body))
            }
            _ => verify_sha256(signature, &delivery.body, &options.webhook_secrets),
        }
    }

    fn ask(&self) {
        self.memory().stale_catalogue = true;
    }

    fn is_asked(&self) -> bool {
        self.memory().stale_catalogue
    }

    fn read(&self, delivery: &Delivery) -> Result<Received, Refusal> {
        let id = delivery.header("x-atlassian-webhook-identifier").unwrap_or_default().to_owned();
        let mut received = Received { id, ..Received::default() };
        let taken = match serde_json::from_slice::<Body<'_>>(&delivery.body) {
            Ok(body) => self.take(body, &mut received),
            // What was signed and is an object is kept.
            Err(error) if serde_json::from_slice::<BTreeMap<String, &RawValue>>(&delivery.body).is_ok() => {
                Err(bad(&error))
            }
            Err(_) => return Err(Refusal::NoJson),
        };
        let readable = readable(&received.records);
        if readable.is_err() {
            received.records.clear();
        }
        if let Err(Reject { reason, detail }) = taken.and(readable) {
            let input = mended::input(&received.event, &delivery.body);
            let rejected = Rejected::new(self.source(), Stage::Receive, input, reason, detail);
            received.rejected.push(rejected.with_original(&delivery.body));
        }
        Ok(received)
    }
}

/// What could not be translated would keep all else that is known of its entity from being translated.
fn readable(records: &[Raw]) -> Result<(), Reject> {
    for kind in [RawKind::Issue, RawKind::Sprint] {
        let of_kind: Vec<Raw> = records.iter().filter(|record| record.kind == kind).cloned().collect();
        crate::translate(&of_kind, &mut Rows::default())?;
    }
    Ok(())
}

impl Jira {
    fn take(&self, body: Body<'_>, received: &mut Received) -> Result<(), Reject> {
        received.event = body.webhook_event.clone().unwrap_or_default();
        match received.event.clone().as_str() {
            "jira:issue_created" => self.created(body, received),
            "jira:issue_updated" => self.changed(&body, received),
            "jira:issue_deleted" => self.deleted(&body, received),
            "sprint_deleted" => self.sprint(&body, true, received),
            event if event.starts_with("sprint_") => self.sprint(&body, false, received),
            event if event.starts_with("board_") => {
                received.asks = true;
                received.passed_over = Some("boards are read at the next poll");
                Ok(())
            }
            _ => {
                received.passed_over = Some("nothing that is measured has changed");
                Ok(())
            }
        }
    }

    /// The fields of a new issue. What it was created with is called a changelog as well, and is in no history: there is
    /// none yet, and that is all there is.
    fn created(&self, body: Body<'_>, received: &mut Received) -> Result<(), Reject> {
        self.changed(&Body { changelog: None, ..body }, received)?;
        let beginning = received.records.iter().find(|record| record.part == RawPart::Snapshot).cloned();
        let nothing = KeptChangelog { total: 0, histories: BTreeMap::new() };
        let payload = to_raw_value(&nothing).map_err(|error| bad(&error))?;
        received.records.extend(beginning.map(|snapshot| Raw {
            part: RawPart::Changelog,
            variant: BEGINNING.to_string(),
            completeness: WHOLE,
            payload,
            ..snapshot
        }));
        Ok(())
    }

    /// The issue's fields, and the history that the change made.
    fn changed(&self, body: &Body<'_>, received: &mut Received) -> Result<(), Reject> {
        let issue = body.issue.ok_or_else(|| missing("issue"))?;
        let head: IssueHead = serde_json::from_str(issue.get()).map_err(|error| bad(&error))?;
        if !self.reads(&head) {
            received.passed_over = Some(OUT_OF_SCOPE);
            return Ok(());
        }
        let Some(updated) = head.fields.updated.or(head.fields.created) else {
            received.passed_over = Some("it carries a part of an issue: the whole is read at the next poll");
            return Ok(());
        };
        for record in split::issue(self.source(), issue.get())? {
            received.records.push(told(record, updated));
        }
        let Some(id) = head.id.map(Id::into_text) else { return Ok(()) };
        let Some(Delta { id: Some(history), items }) = &body.changelog else { return Ok(()) };
        if items.is_empty() {
            return Ok(());
        }
        if items.iter().any(names_without_ids) {
            return Err(Reject {
                reason: Reason::BadField,
                detail: format!(
                    "issue {id}: the change of its sprints carries names and no ids: the issue's fields are taken, and its history is read at the next poll"
                ),
            });
        }
        let stated = body.timestamp.map_or(updated, Timestamp);
        let at = if stated.0.saturating_sub(updated.0).saturating_abs() <= SAME_CHANGE_MS {
            updated
        } else {
            stated
        };
        received.records.push(self.delta(&id, history, at, &json!({"author": body.user, "items": items}))?);
        Ok(())
    }

    /// Whether an issue lies in a project that is read.
    fn reads(&self, issue: &IssueHead) -> bool {
        let stated = issue.fields.project.as_ref().and_then(|project| project.key.as_deref());
        let of_key = || Some(issue.key.as_deref()?.rsplit_once('-')?.0);
        let projects = &self.options().projects;
        projects.is_empty()
            || stated
                .or_else(of_key)
                .is_none_or(|key| projects.iter().any(|ours| ours.eq_ignore_ascii_case(key)))
    }

    /// One history as a changelog of its own.
    fn delta(
        &self,
        issue: &str,
        history: &Id,
        at: Timestamp,
        said: &serde_json::Value,
    ) -> Result<Raw, Reject> {
        let number = history.clone().into_text();
        let number: i64 = number.parse().map_err(|_| Reject {
            reason: Reason::BadField,
            detail: format!("issue {issue}: the history id `{number}` is no number"),
        })?;
        let (author, items) = (&said["author"], &said["items"]);
        let history =
            json!({"id": number.to_string(), "author": author, "created": at.to_string(), "items": items});
        let history = to_raw_value(&history).map_err(|error| bad(&error))?;
        let kept = KeptChangelog { total: 1, histories: [(number, &*history)].into() };
        let payload = to_raw_value(&kept).map_err(|error| bad(&error))?;
        Ok(Raw {
            source: self.source().to_owned(),
            kind: RawKind::Issue,
            id: issue.to_owned(),
            part: RawPart::Changelog,
            // Told twice in two forms, both stand side by side: no order decides.
            variant: format!("{number}-{:016x}", xxh3_64(payload.get().as_bytes())),
            at,
            completeness: TOLD,
            payload,
        })
    }

    fn deleted(&self, body: &Body<'_>, received: &mut Received) -> Result<(), Reject> {
        let issue = body.issue.ok_or_else(|| missing("issue"))?;
        let at = Timestamp(body.timestamp.ok_or_else(|| missing("timestamp"))?);
        let head: IssueHead = serde_json::from_str(issue.get()).map_err(|error| bad(&error))?;
        if !self.reads(&head) {
            received.passed_over = Some(OUT_OF_SCOPE);
            return Ok(());
        }
        for record in observation::records(self.source(), at, "issue_deleted", issue)? {
            let updated = record.at;
            received.records.push(if record.part == RawPart::Gone { record } else { told(record, updated) });
        }
        Ok(())
    }

    /// A sprint as it is now. One that nobody has heard of is taken as it is told; what it is told without (its state, its
    /// board's first sprint) the next poll looks for.
    fn sprint(&self, body: &Body<'_>, deleted: bool, received: &mut Received) -> Result<(), Reject> {
        let sprint = body.sprint.ok_or_else(|| missing("sprint"))?;
        let head: SprintHead = serde_json::from_str(sprint.get()).map_err(|error| bad(&error))?;
        received.asks = received.event == "sprint_created" || !head.is_whole();
        if head.state.is_none() && !deleted {
            received.passed_over = Some("it carries a part of a sprint: the whole is read at the next poll");
            return Ok(());
        }
        let at = Timestamp(body.timestamp.ok_or_else(|| missing("timestamp"))?);
        let mut payload = sprint.to_owned();
        if deleted {
            let mut value: serde_json::Value =
                serde_json::from_str(sprint.get()).map_err(|error| bad(&error))?;
            value["state"] = json!("deleted");
            payload = to_raw_value(&value).map_err(|error| bad(&error))?;
        }
        received.records.extend(observation::records(self.source(), at, "sprint", &payload)?);
        Ok(())
    }
}

/// A part of an issue as it was told, under a name of its own.
fn told(record: Raw, updated: Timestamp) -> Raw {
    match record.part {
        RawPart::Snapshot | RawPart::Changelog => {
            let variant = format!("{:020}-{:016x}", updated.0, xxh3_64(record.payload.get().as_bytes()));
            Raw { variant, completeness: TOLD, ..record }
        }
        _ => record,
    }
}

/// A change of sprints that says which by name only.
fn names_without_ids(item: &serde_json::Value) -> bool {
    let text = |name: &str| item.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    text("field").eq_ignore_ascii_case("sprint")
        && text("from").is_empty()
        && text("to").is_empty()
        && !(text("fromString").is_empty() && text("toString").is_empty())
}

fn missing(what: &str) -> Reject {
    Reject {
        reason: Reason::BadField,
        detail: format!("the webhook carries no `{what}`: it is read at the next poll"),
    }
}

fn bad(error: &serde_json::Error) -> Reject {
    Reject {
        reason: Reason::BadField,
        detail: format!("the webhook has an unexpected form: {error}; it is read at the next poll"),
    }
}
