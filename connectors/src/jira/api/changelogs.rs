//! Whole change histories: by bulk on Cloud, with the issue on Data Center.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Api;
use crate::Error;
use crate::http::Call;
use crate::jira::Id;

/// Issues that may be asked for at once.
const ISSUES: usize = 1000;
/// Histories of a page: the most that are given.
const PAGE_HISTORIES: usize = 10_000;
/// Histories of an issue, about: what they cost is known once they are there.
const HISTORIES_PER_ISSUE: usize = 10;
/// How often histories are asked for from the beginning again, when a page token has died.
const MOST_RESTARTS: u32 = 3;

/// Histories by issue id.
pub(crate) type Histories = BTreeMap<String, Vec<Box<RawValue>>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    #[serde(default)]
    issue_change_logs: Vec<OfIssue>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfIssue {
    issue_id: Id,
    #[serde(default)]
    change_histories: Vec<Box<RawValue>>,
}

impl Api {
    /// The whole histories of issues on Cloud; an issue that never changed has none.
    pub(crate) async fn changelogs(&self, ids: &[String]) -> Result<Histories, Error> {
        let mut histories: Histories = ids.iter().map(|id| (id.clone(), Vec::new())).collect();
        for ids in ids.chunks(ISSUES) {
            let mut restarts = 0;
            let found = loop {
                match self.changelogs_of(ids).await? {
                    Some(found) => break found,
                    None if restarts < MOST_RESTARTS => restarts += 1,
                    None => return Err(self.nowhere("its page tokens die again and again")),
                }
            };
            for (id, found) in found {
                histories.entry(id).or_default().extend(found);
            }
        }
        Ok(histories)
    }

    /// The histories of issues that may be asked for at once; nothing where a page token died on the way: what was read
    /// before is not the whole.
    async fn changelogs_of(&self, ids: &[String]) -> Result<Option<Histories>, Error> {
        let (mut histories, mut token, mut seen) = (Histories::new(), None::<String>, HashSet::new());
        loop {
            let mut body = json!({"issueIdsOrKeys": ids, "maxResults": PAGE_HISTORIES});
            if let Some(token) = &token {
                body["nextPageToken"] = json!(token);
            }
            let call = Call::post("changelogs", "/rest/api/3/changelog/bulkfetch", body);
            let call = call.objects(ids.len() * HISTORIES_PER_ISSUE);
            let path = call.path.clone();
            let answer = self.calls.call(call).await?;
            if answer.status == 400 && token.is_some() {
                return Ok(None);
            }
            if !answer.is_success() {
                return Err(self.refused(&path, &answer));
            }
            let answered: Answered = self.read("changelogs", &answer)?;
            for one in answered.issue_change_logs {
                histories.entry(one.issue_id.into_text()).or_default().extend(one.change_histories);
            }
            let Some(next) = answered.next_page_token.filter(|next| !next.is_empty()) else {
                return Ok(Some(histories));
            };
            // A token that comes again would never end.
            if !seen.insert(next.clone()) {
                return Err(self.nowhere("its page tokens lead in a circle"));
            }
            token = Some(next);
        }
    }

    fn nowhere(&self, reason: &str) -> Error {
        Error::Busy {
            input: format!("changelogs of {}", self.source),
            reason: reason.to_owned(),
            wait: Duration::from_secs(10),
        }
    }
}
