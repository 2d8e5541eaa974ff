//! Boards and their sprints: the agile API, which Cloud and Data Center share.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Api;
use crate::Error;
use crate::http::Call;
use crate::jira::Id;

/// Rows of a page: what is given at most.
const PAGE: usize = 50;
/// A list that is longer than this has no end.
const MOST_PAGES: usize = 2000;

/// A page of the agile API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<T> {
    #[serde(default)]
    is_last: bool,
    total: Option<usize>,
    #[serde(default = "Vec::new")]
    values: Vec<T>,
}

/// A board as boards are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedBoard {
    pub(crate) id: Id,
    pub(crate) name: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

impl Api {
    /// Every board that can be seen.
    pub(crate) async fn boards(&self) -> Result<Vec<ListedBoard>, Error> {
        let first = Call::get("boards", "/rest/agile/1.0/board");
        // No board at all is an empty list; no list is something else that answers.
        self.listed(first).await?.ok_or_else(|| Error::Refused {
            input: format!("/rest/agile/1.0/board of {}", self.source),
            reason: "there is no list of boards".to_owned(),
            remedy: "see that Jira Software is installed, and that the account may use it".to_owned(),
            wait: Duration::from_secs(60),
        })
    }

    /// A board's columns and estimation; nothing where it may not be seen.
    pub(crate) async fn board_configuration(&self, board: &str) -> Result<Option<Box<RawValue>>, Error> {
        let call = Call::get("board_configuration", format!("/rest/agile/1.0/board/{board}/configuration"));
        let answer = self.ask_for(call).await?;
        answer.map(|answer| self.read("a board's configuration", &answer)).transpose()
    }

    /// The sprints that a board shows, in these states (`active,future`) or all; nothing where it has no sprints or may not
    /// be seen.
    pub(crate) async fn board_sprints(
        &self,
        board: &str,
        states: Option<&str>,
    ) -> Result<Option<Vec<Box<RawValue>>>, Error> {
        let mut call = Call::get("board_sprints", format!("/rest/agile/1.0/board/{board}/sprint"));
        if let Some(states) = states {
            call = call.with("state", states);
        }
        self.listed(call).await
    }

    /// One sprint; nothing where it is deleted.
    pub(crate) async fn sprint(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let answer = self.ask_for(Call::get("sprint", format!("/rest/agile/1.0/sprint/{id}"))).await?;
        answer.map(|answer| self.read("a sprint", &answer)).transpose()
    }

    /// All pages of a list; nothing where there is no such list: a board that supports no sprints answers 400.
    async fn listed<T: serde::de::DeserializeOwned>(&self, first: Call) -> Result<Option<Vec<T>>, Error> {
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = first.clone().with("startAt", all.len()).with("maxResults", PAGE).objects(PAGE);
            let path = call.path.clone();
            let answer = self.calls.call(call).await?;
            match answer.status {
                400 | 404 if all.is_empty() => return Ok(None),
                _ if !answer.is_success() => return Err(self.refused(&path, &answer)),
                _ => {}
            }
            let page: Listed<T> = self.read("a list", &answer)?;
            let read = page.values.len();
            all.extend(page.values);
            if page.is_last || read == 0 || page.total.is_some_and(|total| all.len() >= total) {
                break;
            }
        }
        Ok(Some(all))
    }
}
