//! Issues put together from what several calls answered, and split into the raw parts that are kept.

use serde::Serialize;
use serde_json::value::RawValue;
use tidemark_model::raw::RawPart;
use tidemark_model::rejected::{Rejected, Stage};

use super::Jira;
use super::walk::Met;
use crate::jira::api::{Flavour, Looked};
use crate::jira::split;
use crate::{Error, Page, Reject};

/// An issue with the history that another call answered.
#[derive(Serialize)]
struct Whole<'a> {
    id: &'a str,
    key: Option<&'a RawValue>,
    fields: &'a RawValue,
    changelog: Changelog<'a>,
}

#[derive(Serialize)]
struct Changelog<'a> {
    total: usize,
    histories: &'a [Box<RawValue>],
}

#[derive(serde::Deserialize)]
struct Apart<'a> {
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    fields: &'a RawValue,
    #[serde(borrow)]
    changelog: Option<&'a RawValue>,
}

#[derive(Default, serde::Deserialize)]
struct Counted {
    #[serde(default)]
    total: usize,
    #[serde(default)]
    histories: Vec<serde::de::IgnoredAny>,
}

impl Jira {
    /// Adds issues with their whole histories to a page.
    pub(super) async fn add(&self, page: &mut Page, issues: &[Met]) -> Result<(), Error> {
        if issues.is_empty() {
            return Ok(());
        }
        self.memory().issues_read += issues.len() as u64;
        match self.api.flavour().await? {
            Flavour::Cloud => {
                let ids: Vec<String> = issues.iter().map(|issue| issue.id.clone()).collect();
                let mut histories = self.api.changelogs(&ids).await?;
                for issue in issues {
                    let histories = histories.remove(&issue.id).unwrap_or_default();
                    let whole = whole(issue, &histories);
                    self.split(page, &issue.id, whole.as_deref().unwrap_or(issue.json.get()));
                }
            }
            Flavour::DataCenter => {
                for issue in issues {
                    // A search may cut long histories; the issue itself has them whole.
                    let looked =
                        if is_cut(issue) { self.api.issue(&issue.id).await? } else { Looked::Nothing };
                    let json = match &looked {
                        Looked::Seen(json) => json.get(),
                        Looked::Forbidden | Looked::Nothing => issue.json.get(),
                    };
                    self.split(page, &issue.id, json);
                }
            }
        }
        Ok(())
    }

    /// Splits an issue into its raw parts; what can't be split is rejected with its original.
    pub(super) fn split(&self, page: &mut Page, id: &str, json: &str) {
        match split::issue(self.api.source(), json) {
            Ok(records) => {
                page.again.push(input(id));
                // What issues say of their statuses and types is said by thousands of them.
                page.records.extend(
                    records
                        .into_iter()
                        .filter(|record| record.part != RawPart::Embedded || self.memory().is_new(record)),
                );
            }
            Err(reject) => self.reject(page, input(id), reject, json),
        }
    }

    /// Adds a rejected record to a page.
    pub(super) fn reject(&self, page: &mut Page, input: String, reject: Reject, original: &str) {
        let Reject { reason, detail } = reject;
        let rejected = Rejected::new(self.api.source(), Stage::Read, input.clone(), reason, detail);
        page.again.push(input);
        page.rejected.push(rejected.with_original(original.as_bytes()));
    }
}

fn input(id: &str) -> String {
    format!("issue {id}")
}

/// The JSON of an issue with its history; nothing where it has no fields.
fn whole(issue: &Met, histories: &[Box<RawValue>]) -> Option<String> {
    let apart: Apart<'_> = serde_json::from_str(issue.json.get()).ok()?;
    let changelog = Changelog { total: histories.len(), histories };
    let whole = Whole { id: &issue.id, key: apart.key, fields: apart.fields, changelog };
    serde_json::to_string(&whole).ok()
}

/// Whether an issue's history holds less than it says there is.
fn is_cut(issue: &Met) -> bool {
    let apart: Option<Apart<'_>> = serde_json::from_str(issue.json.get()).ok();
    let counted = apart.and_then(|apart| apart.changelog);
    let counted: Option<Counted> = counted.map(|json| serde_json::from_str(json.get()).unwrap_or_default());
    counted.is_none_or(|counted| counted.histories.len() < counted.total)
}
