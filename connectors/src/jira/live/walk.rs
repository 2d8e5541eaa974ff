//! A walk over issues in the order of an instant: it can be taken up from any page, whatever became of its page token.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidemark_model::Timestamp;

use crate::Error;
use crate::jira::Id;
use crate::jira::api::{Api, Next, OVERLAP, Search, SearchError};

/// JQL knows no less than a minute.
const MINUTE_MS: i64 = 60_000;
/// Pages without an issue are passed over, but not for ever.
const MOST_EMPTY_PAGES: u32 = 20;
/// How far a walk by offsets goes back that has lost its place.
const STEP_BACK: u64 = 100;
/// A walk that starts again this often and gets nowhere has something in its way.
const MOST_RESTARTS: u32 = 3;

/// The instant by which issues are walked over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    /// Never changes: for all issues there are.
    Created,
    /// Only ever moves on: for those that changed.
    Updated,
}

/// A walk, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Walk {
    pub(super) by: By,
    /// Where the search begins.
    from: Timestamp,
    /// Where it would begin again: everything earlier has been read.
    reached: Timestamp,
    /// The next page of this very search, if its token still lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
    /// The last issues of the page before, where pages are found by their offsets: they overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tail: Vec<String>,
    /// How often it has started again without getting on.
    #[serde(default)]
    restarts: u32,
}

/// What one step of a walk met.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) met: Vec<Met>,
    /// What is no issue with an instant.
    pub(super) odd: Vec<Box<RawValue>>,
    /// The walk after it; nothing after the last issues.
    pub(super) rest: Option<Walk>,
}

/// An issue on the way, with what the walk has to know of it.
#[derive(Debug)]
pub(super) struct Met {
    pub(super) id: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) json: Box<RawValue>,
}

#[derive(Deserialize)]
struct Head {
    id: Id,
    fields: HeadFields,
}

#[derive(Deserialize)]
struct HeadFields {
    created: Timestamp,
    updated: Option<Timestamp>,
}

impl Walk {
    pub(super) fn new(by: By, from: Timestamp) -> Self {
        let from = minute(from);
        Self { by, from, reached: from, next: None, tail: Vec::new(), restarts: 0 }
    }

    /// The next issues, and the walk after them. `bounds` narrow the search down.
    pub(super) async fn step(self, api: &Api, bounds: &[&str]) -> Result<Step, Error> {
        let mut walk = self;
        let mut empty = 0;
        loop {
            let search = Search { jql: walk.jql(bounds), whole: true };
            let found = match api.search(&search, walk.next.as_ref()).await {
                Ok(found) => found,
                // The token is dead, or leads in a circle: the walk starts again from where it is.
                Err(SearchError::Token) if walk.restarts < MOST_RESTARTS => {
                    (walk.from, walk.next) = (walk.reached, None);
                    walk.restarts += 1;
                    continue;
                }
                Err(SearchError::Token) => return Err(stuck(api, "its page tokens lead nowhere")),
                Err(SearchError::Other(error)) => return Err(error),
            };
            let (mut met, mut odd) = (Vec::new(), Vec::new());
            for json in found.issues {
                match serde_json::from_str::<Head>(json.get()) {
                    Ok(Head { id, fields: HeadFields { created, updated } }) => {
                        met.push(Met {
                            id: id.into_text(),
                            created,
                            updated: updated.unwrap_or(created),
                            json,
                        });
                    }
                    Err(_) => odd.push(json),
                }
            }
            // Issues that were changed meanwhile are at the end now, and those behind them have moved up: more of them than
            // pages overlap by.
            if let Some(Next::Offset(start @ 1..)) = walk.next
                && !walk.tail.is_empty()
                && !met.iter().any(|met| walk.tail.contains(&met.id))
            {
                walk.next = Some(Next::Offset(start.saturating_sub(STEP_BACK)));
                continue;
            }
            let Some(next) = found.next else { return Ok(Step { met, odd, rest: None }) };
            if met.is_empty() && odd.is_empty() {
                empty += 1;
                if empty > MOST_EMPTY_PAGES {
                    return Err(stuck(api, "a search goes on and on without an issue"));
                }
                walk.next = Some(next);
                continue;
            }
            let before = walk.reached;
            walk.reached = met.last().map_or(before, |last| before.max(minute(walk.by.of(last))));
            if walk.reached > before {
                walk.restarts = 0;
            }
            // A token belongs to its search; offsets are small where the search begins where the walk is.
            match next {
                Next::Offset(_) if walk.reached > walk.from => {
                    (walk.from, walk.next, walk.tail) = (walk.reached, None, Vec::new());
                }
                Next::Offset(_) => {
                    walk.tail = met.iter().rev().take(OVERLAP).map(|met| met.id.clone()).collect();
                    walk.next = Some(next);
                }
                Next::Token(_) => walk.next = Some(next),
            }
            return Ok(Step { met, odd, rest: Some(walk) });
        }
    }

    fn jql(&self, bounds: &[&str]) -> String {
        let by = match self.by {
            By::Created => "created",
            By::Updated => "updated",
        };
        let mut conditions: Vec<String> =
            bounds.iter().filter(|bound| !bound.is_empty()).map(|bound| (*bound).to_owned()).collect();
        // As milliseconds: a date would be read in the time zone of whoever asks.
        conditions.push(format!("{by} >= {}", self.from.0));
        format!("{} ORDER BY {by} ASC, id ASC", conditions.join(" AND "))
    }
}

impl By {
    fn of(self, met: &Met) -> Timestamp {
        match self {
            Self::Created => met.created,
            Self::Updated => met.updated,
        }
    }
}

fn minute(instant: Timestamp) -> Timestamp {
    Timestamp(instant.0.max(0) / MINUTE_MS * MINUTE_MS)
}

fn stuck(api: &Api, reason: &str) -> Error {
    let (input, reason) = (format!("the search of {}", api.source()), reason.to_owned());
    Error::Busy { input, reason, wait: Duration::from_secs(60) }
}
