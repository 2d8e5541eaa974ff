//! Looking at issues and projects: are they there, and may they be seen?

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::search::FIELDS;
use super::{Api, Flavour};
use crate::Error;
use crate::http::Call;
use crate::jira::id_of;

/// Issues that may be fetched at once, on Cloud.
const ISSUES: usize = 100;

#[derive(Deserialize)]
struct Fetched {
    #[serde(default)]
    issues: Vec<Box<RawValue>>,
}

/// What came of looking at an issue.
#[derive(Debug)]
pub(crate) enum Looked {
    Seen(Box<RawValue>),
    /// It exists, but this account may not see it. Data Center says so; Cloud does not.
    Forbidden,
    /// There is no such issue, or it may not be seen.
    Nothing,
}

impl Api {
    /// Those of these issues that can be seen, by id, as far as they are told in bulk: Data Center tells none, and of one that
    /// is missing here [`Api::issue`] says why.
    pub(crate) async fn issues(&self, ids: &[&str]) -> Result<BTreeMap<String, Box<RawValue>>, Error> {
        let mut found = BTreeMap::new();
        if self.flavour().await? == Flavour::DataCenter {
            return Ok(found);
        }
        for ids in ids.chunks(ISSUES) {
            let body = json!({"issueIdsOrKeys": ids, "fields": FIELDS});
            let call = Call::post("issues", "/rest/api/3/issue/bulkfetch", body).objects(ids.len());
            let path = call.path.clone();
            let answer = self.calls.call(call).await?;
            if !answer.is_success() {
                return Err(self.refused(&path, &answer));
            }
            let fetched: Fetched = self.read("issues", &answer)?;
            found.extend(fetched.issues.into_iter().filter_map(|issue| Some((id_of(&issue).ok()?, issue))));
        }
        Ok(found)
    }

    /// An issue with all its fields; on Data Center with its history.
    pub(crate) async fn issue(&self, id: &str) -> Result<Looked, Error> {
        let flavour = self.flavour().await?;
        let path = format!("/rest/api/{}/issue/{id}", flavour.version());
        let mut call = Call::get("issue", path.clone()).with("fields", FIELDS.join(","));
        if flavour == Flavour::DataCenter {
            call = call.with("expand", "changelog");
        }
        let answer = self.calls.call(call).await?;
        match answer.status {
            403 => Ok(Looked::Forbidden),
            404 => Ok(Looked::Nothing),
            _ if answer.is_success() => Ok(Looked::Seen(self.read("an issue", &answer)?)),
            _ => Err(self.refused(&path, &answer)),
        }
    }

    /// Whether a project can be seen.
    pub(crate) async fn sees_project(&self, key: &str) -> Result<bool, Error> {
        let version = self.flavour().await?.version();
        let path = format!("/rest/api/{version}/project/{key}");
        let answer = self.calls.call(Call::get("project", path.clone())).await?;
        match answer.status {
            403 | 404 => Ok(false),
            _ if answer.is_success() => Ok(true),
            _ => Err(self.refused(&path, &answer)),
        }
    }
}
