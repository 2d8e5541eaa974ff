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
            let (mut token, mut seen) = (None::<String>, HashSet::new());
            loop {
                let mut body = json!({"issueIdsOrKeys": ids, "maxResults": PAGE_HISTORIES});
                if let Some(token) = &token {
                    body["nextPageToken"] = json!(token);
                }
                let call = Call::post("changelogs", "/rest/api/3/changelog/bulkfetch", body);
                let answer = self.ask(call.objects(ids.len())).await?;
                let answered: Answered = self.read("changelogs", &answer)?;
                for one in answered.issue_change_logs {
                    histories.entry(one.issue_id.into_text()).or_default().extend(one.change_histories);
                }
                let Some(next) = answered.next_page_token.filter(|next| !next.is_empty()) else { break };
                // A token that comes again would never end, and what was read is not the whole.
                if !seen.insert(next.clone()) {
                    return Err(Error::Busy {
                        input: format!("changelogs of {}", self.source),
                        reason: "its page tokens lead in a circle".to_owned(),
                        wait: Duration::from_secs(10),
                    });
                }
                token = Some(next);
            }
        }
        Ok(histories)
    }
}
