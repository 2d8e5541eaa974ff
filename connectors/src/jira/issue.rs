//! The translation of an issue: present fields, history, and what else was said of it, into one canonical row.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::SeqAccess;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use tidemark_model::issue::{
    FieldChange, FieldValue, Gone, HistoryEntry, Issue, IssueType, Person, Standing, StatusRef,
};
use tidemark_model::membership::Kin;
use tidemark_model::people::EmailShown;
use tidemark_model::raw::{Raw, RawPart};
use tidemark_model::rejected::Reason;
use tidemark_model::{Rows, Timestamp};

use super::split::WHOLE;
use super::{Id, read};
use crate::Reject;

/// Estimates in seconds that Jira keeps outside of custom fields.
const TIME_FIELDS: [&str; 3] = ["timeestimate", "timeoriginalestimate", "timespent"];

#[derive(Deserialize)]
struct Snapshot<'a> {
    key: Option<String>,
    #[serde(borrow)]
    fields: Fields<'a>,
}

/// The fields by id, each parsed when it is needed: one odd field does not cost the issue.
type Fields<'a> = BTreeMap<String, &'a RawValue>;

#[derive(Deserialize)]
struct Named {
    id: Option<Id>,
    key: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusPayload {
    id: Id,
    name: String,
    status_category: Option<Named>,
}

#[derive(Deserialize)]
struct TypePayload {
    id: Id,
    name: String,
    #[serde(default)]
    subtask: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    account_id: Option<String>,
    key: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    email_address: Option<String>,
}

/// The changelog as it is kept, read in one pass.
#[derive(Deserialize)]
struct Changelog {
    total: u64,
    histories: BTreeMap<i64, History>,
}

#[derive(Deserialize)]
struct History {
    author: Option<User>,
    created: Timestamp,
    #[serde(deserialize_with = "items")]
    items: Vec<FieldChange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    field: String,
    field_id: Option<String>,
    from: Option<String>,
    from_string: Option<String>,
    to: Option<String>,
    #[serde(rename = "toString")]
    to_text: Option<String>,
}

/// One row for the issue, and one for each parent that it was a sub-task of; nothing where only fragments of it are known.
pub(crate) fn translate(raw: &[Raw], out: &mut Rows) -> Result<(), Reject> {
    let snapshots = raw.iter().filter(|raw| raw.part == RawPart::Snapshot);
    let Some(present) = snapshots.max_by_key(|raw| (raw.at, raw.completeness, raw.payload.get())) else {
        return Ok(());
    };
    let snapshot: Snapshot<'_> = read(present)?;
    let mut issue = issue(present, &snapshot)?;
    (issue.history, issue.history_complete) = history(raw)?;
    let estimate = raw.iter().find(|raw| raw.part == RawPart::Estimate);
    issue.stated_estimate = estimate.map(read::<String>).transpose()?;
    issue.gone = gone(raw)?;
    for parent_id in issue.parents_as_subtask() {
        out.push(&Kin {
            source: issue.source.clone(),
            parent_id: parent_id.to_owned(),
            child_id: issue.id.clone(),
        });
    }
    if let Some((account_id, email)) =
        issue.assignee.as_ref().and_then(|person| Some((&person.id, person.email.as_ref()?)))
    {
        out.push(&EmailShown {
            source: issue.source.clone(),
            account_id: account_id.clone(),
            issue_id: issue.id.clone(),
            email: email.clone(),
        });
    }
    out.push(&issue);
    Ok(())
}

fn issue(raw: &Raw, snapshot: &Snapshot<'_>) -> Result<Issue, Reject> {
    let fields = Reader { raw, fields: &snapshot.fields };
    let status: StatusPayload = fields.required("status")?;
    let issue_type: TypePayload = fields.required("issuetype")?;
    let created_at: Timestamp = fields.required("created")?;
    let key = snapshot.key.clone().unwrap_or_else(|| raw.id.clone());
    let project: Option<Named> = fields.optional("project")?;
    let project_key = project.and_then(|project| project.key);
    Ok(Issue {
        source: raw.source.clone(),
        id: raw.id.clone(),
        project_key: project_key
            .unwrap_or_else(|| key.rsplit_once('-').map_or("", |(project, _)| project).to_owned()),
        key,
        summary: fields.optional("summary")?.unwrap_or_default(),
        issue_type: IssueType {
            id: issue_type.id.into_text(),
            name: issue_type.name,
            subtask: issue_type.subtask,
        },
        status: StatusRef {
            id: status.id.into_text(),
            name: status.name,
            category: status.status_category.and_then(|category| category.key),
        },
        resolution: fields.optional::<Named>("resolution")?.and_then(|resolution| resolution.name),
        resolved_at: fields.optional("resolutiondate")?,
        created_at,
        updated_at: fields.optional("updated")?.unwrap_or(created_at),
        assignee: fields.optional::<User>("assignee")?.map(person),
        priority: fields.optional::<Named>("priority")?.and_then(|priority| priority.name),
        labels: fields.optional("labels")?.unwrap_or_default(),
        components: names(fields.optional("components")?),
        parent_id: fields.optional::<Named>("parent")?.and_then(|parent| parent.id).map(Id::into_text),
        sprints: sprints(&snapshot.fields),
        fields: typed_fields(&snapshot.fields),
        stated_estimate: None,
        history_complete: false,
        history: Vec::new(),
        gone: None,
    })
}

/// A statement of a sweep.
#[derive(Deserialize)]
struct Found {
    standing: Standing,
    /// Since when, where that is known.
    at: Option<Timestamp>,
}

/// Where the issue is, if it is not to be seen. That it was deleted is final where the source has said so; all else was found
/// by looking, and holds until it is found otherwise.
fn gone(raw: &[Raw]) -> Result<Option<Gone>, Reject> {
    // What was read since it was looked for is there.
    let read_whole = raw.iter().filter(|raw| raw.part == RawPart::Snapshot && raw.completeness >= WHOLE);
    let read_at = read_whole.map(|raw| raw.at).max();
    let mut statements: Vec<&Raw> = raw.iter().filter(|raw| raw.part == RawPart::Gone).collect();
    statements.sort_by_key(|raw| (raw.at, raw.variant.as_str()));
    let mut found: Option<Gone> = None;
    for statement in statements {
        match statement.payload.get() {
            "null" => return Ok(Some(Gone { standing: Standing::Deleted, at: Some(statement.at) })),
            // Seen to be hidden at that instant; the first one counts.
            "true" => {
                found = found.or(Some(Gone { standing: Standing::Hidden, at: Some(statement.at) }));
            }
            _ => {
                let Found { standing, at } = read(statement)?;
                let is_gone =
                    standing != Standing::Present && read_at.is_none_or(|read| read <= statement.at);
                found = is_gone.then_some(Gone { standing, at });
            }
        }
    }
    Ok(found)
}

/// Reads single fields; an error names the issue and the field.
struct Reader<'a> {
    raw: &'a Raw,
    fields: &'a Fields<'a>,
}

impl Reader<'_> {
    fn optional<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Reject> {
        let Some(value) = self.fields.get(name) else { return Ok(None) };
        serde_json::from_str(value.get()).map_err(|error| self.bad(name, &error.to_string()))
    }

    fn required<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Reject> {
        self.optional(name)?.ok_or_else(|| self.bad(name, "missing"))
    }

    fn bad(&self, name: &str, problem: &str) -> Reject {
        let detail = format!(
            "issue {}: field `{name}`: {problem}; correct it in the source and sync again",
            self.raw.id
        );
        Reject { reason: Reason::BadField, detail }
    }
}

fn person(user: User) -> Person {
    let id = user.account_id.or(user.key).or_else(|| user.name.clone()).unwrap_or_default();
    let email = user.email_address.filter(|email| !email.is_empty());
    Person { name: user.display_name.or(user.name).unwrap_or_else(|| id.clone()), id, email }
}

fn names(values: Option<Vec<Named>>) -> Vec<String> {
    values.into_iter().flatten().filter_map(|value| value.name).collect()
}

/// The sprints that an issue is in: agile answers name them apart, platform answers in a custom field that is known by
/// its form, as objects (Cloud) or as text (Data Center).
fn sprints(fields: &Fields<'_>) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, value) in fields {
        let text = value.get();
        let agile = name == "closedSprints" || name == "sprint";
        // A cheap look before parsing: most custom fields hold no list.
        let custom = name.starts_with("customfield_") && text.starts_with('[') && text.contains("id");
        if !agile && !custom {
            continue;
        }
        match serde_json::from_str(text) {
            Ok(Value::Array(values)) => ids.extend(values.iter().filter_map(|value| sprint_id(value, agile))),
            Ok(value) => ids.extend(sprint_id(&value, agile)),
            Err(_) => {}
        }
    }
    ids.sort();
    ids.dedup();
    ids
}

fn sprint_id(value: &Value, agile: bool) -> Option<String> {
    match value {
        Value::Object(members) => {
            let is_sprint = agile
                || members.contains_key("state")
                    && (members.contains_key("boardId") || members.contains_key("startDate"));
            let id = members.get("id").filter(|_| is_sprint)?;
            id.as_i64().map(|id| id.to_string()).or_else(|| id.as_str().map(str::to_owned))
        }
        // com.atlassian.greenhopper.service.sprint.Sprint@1f[id=37,rapidViewId=12,state=CLOSED,name=…]
        Value::String(text) if text.starts_with("com.atlassian.greenhopper.service.sprint.Sprint@") => {
            let (_, body) = text.split_once('[')?;
            body.split([',', ']']).find_map(|pair| pair.strip_prefix("id=")).map(str::to_owned)
        }
        _ => None,
    }
}

/// All custom fields of a type that can be measured by, and time estimates.
fn typed_fields(fields: &Fields<'_>) -> BTreeMap<String, FieldValue> {
    let typed = fields
        .iter()
        .filter(|(name, _)| name.starts_with("customfield_") || TIME_FIELDS.contains(&name.as_str()));
    typed.filter_map(|(name, value)| Some((name.clone(), field_value(value.get())?))).collect()
}

fn field_value(text: &str) -> Option<FieldValue> {
    if text == "null" {
        return None;
    }
    match serde_json::from_str(text).ok()? {
        Value::Number(number) => number.as_f64().map(FieldValue::Number),
        Value::String(text) => Some(FieldValue::Text(text)),
        Value::Object(members) => option_text(&members).map(FieldValue::Text),
        Value::Array(values) => {
            let texts = values.iter().map(|value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Object(members) if !members.contains_key("state") => option_text(members),
                _ => None,
            });
            texts.collect::<Option<Vec<_>>>().map(FieldValue::List)
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// What a person sees of an option, a user or a version.
fn option_text(members: &serde_json::Map<String, Value>) -> Option<String> {
    let named = ["value", "displayName", "name"].iter().find_map(|name| members.get(*name));
    named.and_then(Value::as_str).map(str::to_owned)
}

/// The history, oldest first, and whether it is complete: what was told as it happened joins what was read as a whole.
fn history(raw: &[Raw]) -> Result<(Vec<HistoryEntry>, bool), Reject> {
    let mut changelogs: Vec<&Raw> = raw.iter().filter(|raw| raw.part == RawPart::Changelog).collect();
    // Of two that tell one change, the one that was read as a whole is believed.
    changelogs.sort_by_key(|raw| std::cmp::Reverse(raw.completeness));
    // That an issue began without changes says no more than what was read of it since.
    let is_read = changelogs.iter().any(|raw| raw.variant.is_empty() && raw.completeness >= WHOLE);
    let mut complete = false;
    let mut histories: BTreeMap<i64, History> = BTreeMap::new();
    for raw in changelogs {
        let bad = |error: serde_json::Error| {
            let detail =
                format!("issue {}: changelog: {error}; correct it in the source and sync again", raw.id);
            Reject { reason: Reason::BadField, detail }
        };
        let kept: Changelog = serde_json::from_str(raw.payload.get()).map_err(bad)?;
        let counts = raw.variant.is_empty() || !is_read;
        complete |= counts && raw.completeness >= WHOLE && kept.histories.len() as u64 >= kept.total;
        for (id, history) in kept.histories {
            histories.entry(id).or_insert(history);
        }
    }
    let entries = histories.into_iter().map(|(id, history)| {
        let actor = history.author.map(|author| person(author).id);
        HistoryEntry { id, at: history.created, actor, items: history.items }
    });
    let mut entries: Vec<HistoryEntry> = entries.collect();
    entries.sort_by_key(|entry| (entry.at, entry.id));
    Ok((entries, complete))
}

/// The items of a history; some exports write them as JSON inside a text.
fn items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FieldChange>, D::Error> {
    struct Visitor;
    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Vec<FieldChange>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of changed fields")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut changes = Vec::new();
            while let Some(item) = seq.next_element()? {
                changes.push(change(item));
            }
            Ok(changes)
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let items: Vec<Item> = serde_json::from_str(text).map_err(E::custom)?;
            Ok(items.into_iter().map(change).collect())
        }
    }
    deserializer.deserialize_any(Visitor)
}

fn change(item: Item) -> FieldChange {
    FieldChange {
        field: item.field,
        field_id: item.field_id.filter(|id| !id.is_empty()),
        from: item.from,
        from_text: item.from_string,
        to: item.to,
        to_text: item.to_text,
    }
}

#[cfg(test)]
mod tests;
