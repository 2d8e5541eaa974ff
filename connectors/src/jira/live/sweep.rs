//! Which issues and sprints can be seen, and where those are that cannot: deleted, moved out of the projects that are read, or
//! hidden.
//!
//! Cloud answers alike for an issue that is deleted and for one that may not be seen. It is called hidden where something
//! speaks for that: it had a security level, or its project can't be seen either; else it is called deleted, at a time that
//! nobody knows. One that is seen again is no longer gone, whatever it was called.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tidemark_model::Timestamp;
use tidemark_model::issue::Standing;
use tidemark_model::raw::{Raw, RawKind, RawPart};

use super::Jira;
use super::walk::Met;
use crate::jira::api::{Looked, Next, Search, SearchError};
use crate::jira::{Id, id_of};
use crate::{Cursor, Error, Ids, Listing, Looking, Page, Sweep, Unseen};

/// What is read of an issue to know where it is.
#[derive(Default, Deserialize)]
struct Whereabouts {
    key: Option<String>,
    #[serde(default)]
    fields: Fields,
}

#[derive(Default, Deserialize)]
struct Fields {
    project: Option<Project>,
    security: Option<serde_json::Value>,
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
}

/// What is read of a sprint to know whose it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Origin {
    origin_board_id: Option<Id>,
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
struct Project {
    key: Option<String>,
}

impl Whereabouts {
    fn project(&self) -> Option<&str> {
        let stated = self.fields.project.as_ref().and_then(|project| project.key.as_deref());
        stated.or_else(|| Some(self.key.as_deref()?.rsplit_once('-')?.0))
    }
}

impl Jira {
    async fn listed(&self, cursor: Option<Cursor>) -> Result<Ids, Error> {
        let next: Option<Next> = cursor.and_then(|cursor| serde_json::from_str(&cursor.0).ok());
        let search =
            Search { jql: format!("{} ORDER BY created ASC, id ASC", self.everything()), whole: false };
        let found = self.api.search(&search, next.as_ref()).await.map_err(|error| match error {
            SearchError::Other(error) => error,
            SearchError::Token => Error::Busy {
                input: format!("the sweep of {}", self.api.source()),
                reason: "its page token has died: it starts again".to_owned(),
                wait: std::time::Duration::from_secs(1),
            },
        })?;
        let ids = found.issues.iter().filter_map(|json| id_of(json).ok());
        let next = found.next.map(|next| Cursor(serde_json::to_string(&next).unwrap_or_default()));
        Ok(Ids { ids: ids.collect(), next })
    }

    async fn looked(&self, unseen: &[Unseen], now: Timestamp) -> Result<Page, Error> {
        let (mut page, mut seen) = (Page::default(), Vec::new());
        let mut projects: BTreeMap<String, bool> = BTreeMap::new();
        let ids: Vec<&str> = unseen.iter().map(|issue| issue.id.as_str()).collect();
        let mut found = self.api.issues(&ids).await?;
        for issue in unseen {
            let looked = match found.remove(&issue.id) {
                Some(json) => Looked::Seen(json),
                None => self.api.issue(&issue.id).await?,
            };
            match looked {
                Looked::Seen(json) => {
                    let whereabouts: Whereabouts = serde_json::from_str(json.get()).unwrap_or_default();
                    let ours =
                        |key: &str| self.options.projects.iter().any(|ours| ours.eq_ignore_ascii_case(key));
                    let moved = !self.options.projects.is_empty() && !whereabouts.project().is_some_and(ours);
                    let standing = if moved { Standing::Moved } else { Standing::Present };
                    // An archived issue is seen and never listed: nothing is said of it again and again.
                    if standing != issue.standing {
                        page.records.extend(self.gone(&issue.id, standing, now));
                    }
                    let Fields { created, updated, .. } = whereabouts.fields;
                    let created = created.unwrap_or(now);
                    let updated = updated.unwrap_or(created);
                    seen.push(Met { id: issue.id.clone(), created, updated, json });
                }
                Looked::Forbidden => page.records.extend(self.gone(&issue.id, Standing::Hidden, now)),
                Looked::Nothing => {
                    let last = issue.last.as_deref().map(serde_json::from_str::<Whereabouts>);
                    let last = last.and_then(Result::ok).unwrap_or_default();
                    let secured = last.fields.security.as_ref().is_some_and(|level| !level.is_null());
                    let hidden = secured || !self.sees(&mut projects, last.project()).await?;
                    let standing = if hidden { Standing::Hidden } else { Standing::Deleted };
                    page.records.extend(self.gone(&issue.id, standing, now));
                }
            }
        }
        self.add(&mut page, &seen).await?;
        Ok(page)
    }

    async fn listed_sprints(&self) -> Result<Ids, Error> {
        let mut ids = BTreeSet::new();
        for board in self.api.boards().await? {
            let sprints = self.api.board_sprints(&board.id.into_text(), None).await?.unwrap_or_default();
            ids.extend(sprints.iter().filter_map(|sprint| id_of(sprint).ok()));
        }
        Ok(Ids { ids: ids.into_iter().collect(), next: None })
    }

    /// A sprint that its board does not list, and that is not there by its id, is deleted. Of a board that can't be seen
    /// nobody says which sprints are gone.
    async fn looked_at_sprints(&self, unseen: &[Unseen], now: Timestamp) -> Result<Page, Error> {
        let boards = self.api.boards().await?.into_iter().map(|board| board.id.into_text());
        let boards: BTreeSet<String> = boards.collect();
        let mut deleted = Vec::new();
        for sprint in unseen {
            let last = sprint.last.as_deref().and_then(|last| serde_json::from_str::<Origin>(last).ok());
            let Some(Origin { origin_board_id: Some(board), state }) = last else { continue };
            let is_known = state.eq_ignore_ascii_case("deleted");
            if !is_known
                && boards.contains(&board.into_text())
                && self.api.sprint(&sprint.id).await?.is_none()
            {
                deleted.extend(to_raw_value(&json!({"id": sprint.id, "state": "deleted"})).ok());
            }
        }
        let mut page = Page::default();
        self.state(&mut page, RawKind::Sprint, &deleted, now);
        Ok(page)
    }

    /// Whether a project can be seen, asked once.
    async fn sees(&self, known: &mut BTreeMap<String, bool>, key: Option<&str>) -> Result<bool, Error> {
        let Some(key) = key else { return Ok(true) };
        if let Some(sees) = known.get(key) {
            return Ok(*sees);
        }
        let sees = self.api.sees_project(key).await?;
        known.insert(key.to_owned(), sees);
        Ok(sees)
    }

    /// States where an issue was found at `now`; since when it has been there is not known.
    fn gone(&self, id: &str, standing: Standing, now: Timestamp) -> Option<Raw> {
        let payload: Box<RawValue> = to_raw_value(&json!({"standing": standing, "at": null})).ok()?;
        Some(Raw {
            source: self.api.source().to_owned(),
            kind: RawKind::Issue,
            id: id.to_owned(),
            part: RawPart::Gone,
            variant: format!("{:020}-{standing}", now.0),
            at: now,
            completeness: 0,
            payload,
        })
    }
}

impl Sweep for Jira {
    fn ids(&self, cursor: Option<Cursor>) -> Listing<'_> {
        Box::pin(self.listed(cursor))
    }

    fn look<'a>(&'a self, unseen: &'a [Unseen], now: Timestamp) -> Looking<'a> {
        Box::pin(self.looked(unseen, now))
    }

    fn sprints(&self) -> Listing<'_> {
        Box::pin(self.listed_sprints())
    }

    fn look_at_sprints<'a>(&'a self, unseen: &'a [Unseen], now: Timestamp) -> Looking<'a> {
        Box::pin(self.looked_at_sprints(unseen, now))
    }
}
