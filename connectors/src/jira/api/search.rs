//! Searching issues: by page tokens on Cloud, by offsets on Data Center.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::{Api, Flavour};
use crate::Error;
use crate::http::Call;

/// Issues of a page with all their fields: more are asked for in vain, the server cuts the page.
const PAGE_ISSUES: usize = 100;
/// Ids of a page without fields: what Cloud gives at most.
const PAGE_IDS: usize = 5000;
/// Data Center's usual limit of a page.
const PAGE_IDS_DATA_CENTER: usize = 1000;
/// An issue that changes while pages are read by offset moves the ones behind it: pages overlap by this many.
pub(crate) const OVERLAP: usize = 10;

/// All fields but the large texts, which no number needs.
pub(super) const FIELDS: [&str; 6] =
    ["*all", "-comment", "-worklog", "-attachment", "-description", "-environment"];

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) jql: String,
    /// Whole issues, or their ids alone.
    pub(crate) whole: bool,
}

/// Where the next page of a search begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    Token(String),
    Offset(u64),
}

/// A page of issues, as they were answered.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) issues: Vec<Box<RawValue>>,
    pub(crate) next: Option<Next>,
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum SearchError {
    /// The token is of no use any more: the walk starts again from where it is known to be.
    Token,
    Other(Error),
}

impl From<Error> for SearchError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    issues: Vec<Box<RawValue>>,
    next_page_token: Option<String>,
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Counted {
    count: Option<u64>,
    total: Option<u64>,
}

impl Api {
    /// One page of a search.
    pub(crate) async fn search(&self, search: &Search, next: Option<&Next>) -> Result<Found, SearchError> {
        match self.flavour().await? {
            Flavour::Cloud => self.search_by_token(search, next).await,
            Flavour::DataCenter => self.search_by_offset(search, next).await.map_err(SearchError::Other),
        }
    }

    async fn search_by_token(&self, search: &Search, next: Option<&Next>) -> Result<Found, SearchError> {
        let (size, fields) = if search.whole { (PAGE_ISSUES, &FIELDS[..]) } else { (PAGE_IDS, &["id"][..]) };
        let mut body = json!({"jql": search.jql, "fields": fields, "maxResults": size});
        let token = match next {
            Some(Next::Token(token)) => Some(token.as_str()),
            _ => None,
        };
        if let Some(token) = token {
            body["nextPageToken"] = json!(token);
        }
        let call = Call::post("search", "/rest/api/3/search/jql", body).objects(size);
        let path = call.path.clone();
        let answer = self.calls.call(call).await?;
        if answer.status == 400 && token.is_some() {
            return Err(SearchError::Token);
        }
        if !answer.is_success() {
            return Err(self.refused(&path, &answer).into());
        }
        let found: Answered = self.read("a search", &answer)?;
        // The absent token is the end: neither a short page nor `isLast` can be relied on.
        let next = found.next_page_token.filter(|token| !token.is_empty());
        if next.is_some() && next.as_deref() == token {
            return Err(SearchError::Token);
        }
        Ok(Found { issues: found.issues, next: next.map(Next::Token) })
    }

    async fn search_by_offset(&self, search: &Search, next: Option<&Next>) -> Result<Found, Error> {
        let start = match next {
            Some(Next::Offset(start)) => *start,
            _ => 0,
        };
        let (size, fields) =
            if search.whole { (PAGE_ISSUES, &FIELDS[..]) } else { (PAGE_IDS_DATA_CENTER, &["id"][..]) };
        let mut body = json!({"jql": search.jql, "fields": fields, "maxResults": size, "startAt": start});
        if search.whole {
            body["expand"] = json!(["changelog"]);
        }
        let answer = self.ask(Call::post("search", "/rest/api/2/search", body).objects(size)).await?;
        let found: Answered = self.read("a search", &answer)?;
        let read = found.issues.len() as u64;
        let more = read > 0 && start + read < found.total.unwrap_or(0);
        let next = more.then(|| Next::Offset(start + read.saturating_sub(OVERLAP as u64).max(1)));
        Ok(Found { issues: found.issues, next })
    }

    /// How many issues a search finds, about.
    pub(crate) async fn count(&self, jql: &str) -> Result<u64, Error> {
        let call = match self.flavour().await? {
            Flavour::Cloud => {
                Call::post("count", "/rest/api/3/search/approximate-count", json!({"jql": jql}))
            }
            Flavour::DataCenter => {
                let body = json!({"jql": jql, "maxResults": 0, "fields": ["id"], "startAt": 0});
                Call::post("search", "/rest/api/2/search", body)
            }
        };
        let answer = self.ask(call).await?;
        let counted: Counted = self.read("a count", &answer)?;
        Ok(counted.count.or(counted.total).unwrap_or(0))
    }
}
