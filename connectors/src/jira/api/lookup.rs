//! Looking at one issue or project: is it there, and may it be seen?

use serde_json::value::RawValue;

use super::search::FIELDS;
use super::{Api, Flavour};
use crate::Error;
use crate::http::Call;

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
