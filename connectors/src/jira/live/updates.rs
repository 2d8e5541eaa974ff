//! What has changed since: the sprints that are not closed, and the issues in the order of their last change.
//!
//! The search index lags behind, and JQL knows minutes only: each walk begins some minutes before the newest change that was
//! seen. What it meets again is known by its `updated` and costs nothing but its place on a page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_json::value::to_raw_value;
use tidemark_model::Timestamp;
use tidemark_model::raw::RawKind;

use super::Jira;
use super::place::Place;
use super::walk::{By, Step, Walk};
use crate::jira::id_of;
use crate::{Error, Page};

/// How far a walk goes back: longer than a search index lags.
const OVERLAP_MS: i64 = 300_000;

impl Jira {
    /// The next page of what has changed.
    pub(super) async fn updates(&self, mut place: Place, now: Timestamp) -> Result<Page, Error> {
        let mut page = Page::default();
        let begins = Timestamp(place.updated_at.0 - OVERLAP_MS);
        let walk = match place.walk.take() {
            Some(walk) => walk,
            None => {
                // By Jira's clock, as webhooks go by it too.
                let now = self.api.server().await?.time.unwrap_or(now);
                place.walk_at = now;
                self.open_sprints(&mut place, &mut page, now).await?;
                self.memory().forget_before(Timestamp(begins.0 - 60_000));
                Walk::new(By::Updated, begins)
            }
        };
        let Step { met, odd, rest } = walk.step(&self.api, &[&self.scope()]).await?;
        for json in odd {
            self.split(&mut page, "without an id", json.get());
        }
        let new: Vec<_> =
            met.into_iter().filter(|met| !self.memory().has_seen(&met.id, met.updated)).collect();
        self.add(&mut page, &new).await?;
        for issue in &new {
            self.memory().saw(&issue.id, issue.updated);
        }
        place.walk = rest;
        if place.walk.is_none() {
            // Not what issues say: an importer may set it to any time.
            place.updated_at = place.walk_at;
        }
        page.read = Some(1.0);
        let cursor = Some(place.cursor());
        if place.walk.is_some() {
            page.next = cursor;
        } else {
            page.resume = cursor;
        }
        Ok(page)
    }

    /// The sprints that are active or to come, and those that were until now.
    async fn open_sprints(&self, place: &mut Place, page: &mut Page, now: Timestamp) -> Result<(), Error> {
        let (mut open, mut unseen) = (BTreeMap::new(), BTreeMap::new());
        let (mut payloads, mut seen) = (Vec::new(), BTreeSet::new());
        for board in &place.boards {
            let Some(sprints) = self.api.board_sprints(board, Some("active,future")).await? else { continue };
            seen.insert(board.clone());
            for sprint in sprints {
                if id_of(&sprint).is_ok_and(|id| open.insert(id, board.clone()).is_none()) {
                    payloads.push(sprint);
                }
            }
        }
        for (id, board) in place.open_sprints.iter().filter(|(id, _)| !open.contains_key(*id)) {
            match self.api.sprint(id).await? {
                Some(sprint) => payloads.push(sprint),
                // A sprint that was not closed and is nowhere has been deleted.
                None if seen.contains(board) => {
                    payloads.extend(to_raw_value(&json!({"id": id, "state": "deleted"})).ok());
                }
                // Of a board that can't be seen any more nobody says which sprints are gone.
                None => {
                    unseen.insert(id.clone(), board.clone());
                }
            }
        }
        self.state(page, RawKind::Sprint, &payloads, now);
        open.extend(unseen);
        place.open_sprints = open;
        Ok(())
    }
}
